//! The secret keys outside the database, and everything that is derived from them.

mod key;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

pub use self::key::{Key, KeyId, KeyringError, Term};

use crate::otp::{ContactKey, Digest, OtpId, Seed};
use crate::{Code, CodeFormat, Contact, Purpose};

/// The keys in force: the first makes new codes, the others still open what was made before a rotation, each for its
/// [`Term`].
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
    /// [`KeyringError::TooMany`] above eight keys, [`KeyringError::Duplicate`] when two share a name,
    /// [`KeyringError::CurrentEnds`] when the current key has a term.
    pub fn new(current: Key, older: Vec<Key>) -> Result<Self, KeyringError> {
        if older.len() >= Self::MAX_KEYS {
            return Err(KeyringError::TooMany);
        }
        if current.term != Term::Open {
            return Err(KeyringError::CurrentEnds(current.id));
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

    /// Parses `id:base64url[,id[@term]:base64url…]`, the first being the current key.
    ///
    /// # Errors
    /// A [`KeyringError`] that names the key by its place or id, never by its secret.
    pub fn parse(text: &str) -> Result<Self, KeyringError> {
        let mut keys = text
            .split(',')
            .enumerate()
            .map(|(place, part)| Key::parse(place + 1, part.trim()));
        let current = keys.next().ok_or(KeyringError::Form(1))??;
        Self::new(current, keys.collect::<Result<_, _>>()?)
    }

    /// Returns the form that configuration takes, for whoever keeps the keys.
    pub fn expose(&self) -> Zeroizing<String> {
        let keys: Vec<_> = self.keys().map(Key::expose).collect();
        let keys: Vec<&str> = keys.iter().map(|key| key.as_str()).collect();
        Zeroizing::new(keys.join(","))
    }

    /// Returns the ring without the keys whose term is over at `now`: what they made opens no more.
    pub fn at(&self, now: DateTime<Utc>) -> Cow<'_, Self> {
        if self.older.iter().all(|key| key.term.is_open(now)) {
            return Cow::Borrowed(self);
        }
        let mut ring = self.clone();
        ring.older.retain(|key| key.term.is_open(now));
        Cow::Owned(ring)
    }

    /// Lets every node know `next` before any makes codes with it.
    ///
    /// # Errors
    /// [`KeyringError`] as [`Self::new`].
    pub fn announced(mut self, next: Key) -> Result<Self, KeyringError> {
        self.older.insert(0, next.with_term(Term::Next));
        Ok(Self::new(self.current, self.older)?.with_epoch(self.epoch))
    }

    /// Makes codes with the announced key from now on, or with `fresh` when none was announced.
    ///
    /// The other keys open until `end` at most, and those whose term is over at `now` leave the ring, but for the
    /// oldest: see [`naming`](Self::naming).
    ///
    /// # Errors
    /// [`KeyringError`] as [`Self::new`].
    pub fn rotated(
        mut self,
        fresh: Key,
        now: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Result<Self, KeyringError> {
        let naming = self.naming().clone();
        let announced = self.older.iter().position(|key| key.term == Term::Next);
        let next = announced.map_or(fresh, |place| self.older.remove(place));
        let mut older = vec![self.current.with_term(Term::Until(end))];
        let stays = |key: &Key| key.term.is_open(now) || key.id == naming;
        older.extend(self.older.into_iter().filter(stays));
        for key in &mut older {
            key.term = match key.term {
                Term::Open => Term::Until(end),
                Term::Until(own) => Term::Until(own.min(end)),
                Term::Next => Term::Next,
            };
        }
        Ok(Self::new(next.with_term(Term::Open), older)?.with_epoch(self.epoch))
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

    /// Returns the name of the oldest key, under which budgets and known devices are named.
    ///
    /// A rotation leaves it in the ring also when it opens nothing any more, so that limits go on and devices stay
    /// known.
    pub fn naming(&self) -> &KeyId {
        &self.oldest().id
    }

    fn oldest(&self) -> &Key {
        let mut used = self.keys().filter(|key| key.term != Term::Next);
        used.next_back().unwrap_or(&self.current)
    }

    /// Returns the key of a budget's bucket.
    ///
    /// It belongs to the oldest key, so that a rotation empties no bucket, and to no epoch, so that a restore gives
    /// nobody new guesses.
    pub(crate) fn bucket(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.oldest().mac("otp/budget/v1", parts)
    }

    /// Returns the digest under which a device is known, of its `token`.
    ///
    /// It belongs to the oldest key, so that a rotation forgets no device, and to the epoch like every token.
    pub(crate) fn device(&self, token: &[u8]) -> [u8; 32] {
        self.digest_under(self.oldest(), "otp/device/v1", token)
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

    /// Returns the keys, the current one first.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Key> {
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

impl OtpId {
    fn as_bytes(&self) -> &[u8] {
        let uuid: &Uuid = self.as_uuid();
        uuid.as_bytes()
    }
}

#[cfg(test)]
mod tests;
