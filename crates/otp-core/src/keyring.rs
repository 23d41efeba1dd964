//! The secret keys outside the database, and everything that is derived from them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

use crate::otp::{ContactKey, Digest, OtpId, Seed};
use crate::{Code, CodeFormat, Contact, Purpose};

/// Names a key of the ring; 1 to 16 of `a`-`z`, `0`-`9`, `-` and `_`. Not secret: it stands in each row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// Parses a key's name; `None` when it is not 1 to 16 of the allowed characters.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        ((1..=16).contains(&text.len()) && text.bytes().all(allowed)).then(|| Self(text.to_owned()))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One secret of at least 32 bytes with a name; wiped when dropped.
#[derive(Clone)]
pub struct Key {
    id: KeyId,
    secret: Zeroizing<Vec<u8>>,
}

impl Key {
    /// Fewest bytes of a secret: the output of the hash it keys (RFC 2104 section 3).
    pub const MIN_BYTES: usize = 32;

    /// Takes a secret of at least 32 bytes that was drawn at random.
    ///
    /// # Errors
    /// [`KeyringError::Short`], or [`KeyringError::Weak`] when fewer than twelve different bytes occur in it:
    /// a placeholder, not a drawn secret.
    pub fn new(id: KeyId, secret: Zeroizing<Vec<u8>>) -> Result<Self, KeyringError> {
        if secret.len() < Self::MIN_BYTES {
            return Err(KeyringError::Short(id));
        }
        let mut seen = [false; 256];
        for byte in secret.iter() {
            if let Some(slot) = seen.get_mut(usize::from(*byte)) {
                *slot = true;
            }
        }
        if seen.iter().filter(|slot| **slot).count() < 12 {
            return Err(KeyringError::Weak(id));
        }
        Ok(Self { id, secret })
    }

    /// Returns `id:base64url`, the form that configuration takes: for a freshly made key, and for nothing else.
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(format!(
            "{}:{}",
            self.id.0,
            URL_SAFE_NO_PAD.encode(self.secret.as_slice())
        ))
    }

    /// A message authentication code over a label and parts, each with its length before it, so that no two
    /// lists of parts run together to the same bytes.
    fn mac(&self, label: &str, parts: &[&[u8]]) -> [u8; 32] {
        // HMAC takes keys of any length, so this cannot fail; a wrong key would fail closed: no code would match.
        let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(&self.secret) else {
            return [0; 32];
        };
        for part in std::iter::once(&label.as_bytes()).chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, redacted)", self.id.0)
    }
}

/// The keys in force: the first makes new codes, the others still open codes made before a rotation.
#[derive(Debug, Clone)]
pub struct Keyring {
    current: Key,
    older: Vec<Key>,
    epoch: u64,
}

impl Keyring {
    /// Most keys in one ring: a look-up by contact asks for each of them.
    pub const MAX_KEYS: usize = 8;

    /// Makes a ring of a current key and older ones.
    ///
    /// # Errors
    /// [`KeyringError::TooMany`] above eight keys, [`KeyringError::Duplicate`] when two share a name.
    pub fn new(current: Key, older: Vec<Key>) -> Result<Self, KeyringError> {
        if older.len() >= Self::MAX_KEYS {
            return Err(KeyringError::TooMany);
        }
        let ring = Self {
            current,
            older,
            epoch: 0,
        };
        let mut seen = std::collections::BTreeSet::new();
        for key in ring.keys() {
            if !seen.insert(&key.id) {
                return Err(KeyringError::Duplicate(key.id.clone()));
            }
        }
        Ok(ring)
    }

    /// Moves the ring to another epoch: every code made in a different one is dead, as after a restored backup.
    #[must_use]
    pub fn with_epoch(mut self, epoch: u64) -> Self {
        self.epoch = epoch;
        self
    }

    /// Parses `id:base64url[,id:base64url…]`, the first being the current key.
    ///
    /// # Errors
    /// A [`KeyringError`] that names the key by its place or id, never by its secret.
    pub fn parse(text: &str) -> Result<Self, KeyringError> {
        let mut keys = text
            .split(',')
            .enumerate()
            .map(|(place, part)| parse_key(place + 1, part.trim()));
        let current = keys.next().ok_or(KeyringError::Form(1))??;
        Self::new(current, keys.collect::<Result<_, _>>()?)
    }

    /// Returns the name of the current key.
    pub fn current(&self) -> &KeyId {
        &self.current.id
    }

    /// Returns the names of all keys, the current one first.
    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        self.keys().map(|key| &key.id)
    }

    /// Returns the pseudonym of `contact` under the current key: what is stored with a new OTP.
    pub fn contact_key(&self, contact: &Contact) -> ContactKey {
        contact_key(&self.current, contact)
    }

    /// Returns the pseudonyms of `contact` under every key: what a look-up by contact asks for.
    pub fn contact_keys(&self, contact: &Contact) -> Vec<ContactKey> {
        self.keys().map(|key| contact_key(key, contact)).collect()
    }

    /// Returns the digest under which a random `token` is stored, such as a session's id; `label` says what it is.
    ///
    /// It belongs to the current key and the epoch: a dump opens nothing, nobody who may write rows can make one up,
    /// and another epoch knows none of them.
    pub fn token_digest(&self, label: &str, token: &[u8]) -> [u8; 32] {
        self.digest_under(&self.current, label, token)
    }

    /// Returns the digests of `token` under every key, the current one first: what a look-up asks for.
    pub fn token_digests(&self, label: &str, token: &[u8]) -> Vec<[u8; 32]> {
        self.keys()
            .map(|key| self.digest_under(key, label, token))
            .collect()
    }

    /// Returns the key of a budget's bucket.
    ///
    /// It belongs to the oldest key, so that a rotation empties no bucket, and to no epoch, so that a restore gives
    /// nobody new guesses.
    pub(crate) fn bucket(&self, parts: &[&[u8]]) -> [u8; 32] {
        let oldest = self.older.last().unwrap_or(&self.current);
        oldest.mac("otp/budget/v1", parts)
    }

    /// Returns the handles that `idempotency` of one `scope` (a caller) has now, and had under the older keys.
    pub(crate) fn handles(&self, scope: &str, idempotency: &str) -> (OtpId, Vec<OtpId>) {
        let handle = |key: &Key| {
            let mac = key.mac("otp/handle/v1", &[scope.as_bytes(), idempotency.as_bytes()]);
            let half = mac.first_chunk::<16>().copied().unwrap_or_default();
            OtpId::from_uuid(uuid::Builder::from_custom_bytes(half).into_uuid())
        };
        (
            handle(&self.current),
            self.older.iter().map(handle).collect(),
        )
    }

    /// Returns the digest under which a context is stored with an OTP.
    pub(crate) fn context_digest(
        &self,
        key_id: &KeyId,
        id: OtpId,
        context: &str,
    ) -> Option<Digest> {
        let key = self.key(key_id)?;
        Some(Digest::from_bytes(
            key.mac("otp/context/v1", &[id.as_bytes(), context.as_bytes()]),
        ))
    }

    /// Derives the code of one OTP; `None` when its key is no longer in the ring.
    ///
    /// The first 128 bits of an HMAC-SHA-256 over everything the code is bound to, modulo the number of codes.
    pub(crate) fn derive(&self, bound_to: &BoundTo<'_>) -> Option<Code> {
        let key = self.key(bound_to.key_id)?;
        let mut mac = key.mac(
            "otp/code/v1",
            &[
                &self.epoch.to_be_bytes(),
                bound_to.id.as_bytes(),
                bound_to.purpose.as_str().as_bytes(),
                bound_to.contact_key.as_bytes(),
                bound_to.context_digest.map_or(&[], Digest::as_bytes),
                bound_to.format.alphabet().as_str().as_bytes(),
                &[bound_to.format.length()],
                bound_to.seed.expose(),
            ],
        );
        let mut number = u128::from_be_bytes(mac.first_chunk::<16>().copied().unwrap_or_default());
        let code = bound_to.format.write(number);
        number.zeroize();
        mac.zeroize();
        Some(code)
    }

    fn digest_under(&self, key: &Key, label: &str, token: &[u8]) -> [u8; 32] {
        key.mac(
            "otp/token/v1",
            &[&self.epoch.to_be_bytes(), label.as_bytes(), token],
        )
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.older)
    }

    fn key(&self, id: &KeyId) -> Option<&Key> {
        self.keys().find(|key| key.id == *id)
    }
}

/// Everything a code is bound to: a change in any part makes another code.
pub(crate) struct BoundTo<'a> {
    pub(crate) key_id: &'a KeyId,
    pub(crate) id: OtpId,
    pub(crate) purpose: &'a Purpose,
    pub(crate) contact_key: &'a ContactKey,
    pub(crate) context_digest: Option<&'a Digest>,
    pub(crate) format: CodeFormat,
    pub(crate) seed: &'a Seed,
}

fn contact_key(key: &Key, contact: &Contact) -> ContactKey {
    let parts: [&[u8]; 2] = [
        contact.channel().as_str().as_bytes(),
        contact.as_str().as_bytes(),
    ];
    ContactKey::from_bytes(key.mac("otp/contact/v1", &parts))
}

fn parse_key(place: usize, text: &str) -> Result<Key, KeyringError> {
    let (id, secret) = text.split_once(':').ok_or(KeyringError::Form(place))?;
    let id = KeyId::parse(id).ok_or(KeyringError::Form(place))?;
    let secret = URL_SAFE_NO_PAD
        .decode(secret.trim_end_matches('='))
        .map_err(|_| KeyringError::Form(place))?;
    Key::new(id, Zeroizing::new(secret))
}

/// Why keys were refused. `Display` never shows a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// The key at this place (counted from one) is not `id:base64url`.
    #[error("key {0} is not of the form id:base64url, with an id of 1 to 16 of a-z 0-9 - _")]
    Form(usize),
    /// The secret has fewer than 32 bytes.
    #[error("key {:?} is shorter than {} bytes", .0.as_str(), Key::MIN_BYTES)]
    Short(KeyId),
    /// The secret is a placeholder.
    #[error("key {:?} is a pattern, not a random secret", .0.as_str())]
    Weak(KeyId),
    /// Two keys share a name.
    #[error("key id {:?} is used twice", .0.as_str())]
    Duplicate(KeyId),
    /// More keys than a ring takes.
    #[error("more than {} keys", Keyring::MAX_KEYS)]
    TooMany,
}

impl OtpId {
    fn as_bytes(&self) -> &[u8] {
        let uuid: &Uuid = self.as_uuid();
        uuid.as_bytes()
    }
}

#[cfg(test)]
mod tests;
