//! One key of the ring: its name, its secret, and how long it opens what was made under it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::Keyring;

/// Names a key of the ring; 1 to 16 of `a`-`z`, `0`-`9`, `-` and `_`. Not secret: it stands in each row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub(super) String);

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

/// One secret of at least 32 bytes with a name and a term; wiped when dropped.
#[derive(Clone)]
pub struct Key {
    pub(super) id: KeyId,
    secret: Zeroizing<Vec<u8>>,
    pub(super) term: Term,
}

/// How long a key opens what was made under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// As long as it is in the ring.
    Open,
    /// It is known to this node before any node makes codes with it: the first step of a rotation on several nodes.
    Next,
    /// Until this moment, at which it opens nothing any more: it has been followed by another key.
    Until(DateTime<Utc>),
}

impl Term {
    const NEXT: &'static str = "next";

    /// Reads `next`, a time of RFC 3339, or a date, which ends at its beginning.
    fn parse(text: &str) -> Option<Self> {
        if text == Self::NEXT {
            return Some(Self::Next);
        }
        let time = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
        let day = || {
            text.parse::<NaiveDate>()
                .map(|day| day.and_time(NaiveTime::MIN).and_utc())
        };
        time.or_else(|_| day()).ok().map(Self::Until)
    }

    /// Says whether what was made under the key opens at `now`.
    pub fn is_open(self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Open | Self::Next => true,
            Self::Until(end) => now < end,
        }
    }
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
        let term = Term::Open;
        Ok(Self { id, secret, term })
    }

    /// Parses `id[@term]:base64url`; `place` is where it stands in its ring, counted from one.
    pub(super) fn parse(place: usize, text: &str) -> Result<Self, KeyringError> {
        // The last colon: a time has colons too, a secret has none.
        let (head, secret) = text.rsplit_once(':').ok_or(KeyringError::Form(place))?;
        let (id, term) = match head.split_once('@') {
            Some((id, term)) => (id, Term::parse(term).ok_or(KeyringError::Term(place))?),
            None => (head, Term::Open),
        };
        let id = KeyId::parse(id).ok_or(KeyringError::Form(place))?;
        let secret = URL_SAFE_NO_PAD
            .decode(secret.trim_end_matches('='))
            .map(Zeroizing::new)
            .map_err(|_| KeyringError::Form(place))?;
        Ok(Self::new(id, secret)?.with_term(term))
    }

    /// Gives the key another term.
    #[must_use]
    pub fn with_term(mut self, term: Term) -> Self {
        self.term = term;
        self
    }

    /// Returns its name.
    pub const fn id(&self) -> &KeyId {
        &self.id
    }

    /// Returns how long it opens what was made under it.
    pub const fn term(&self) -> Term {
        self.term
    }

    /// Returns `id[@term]:base64url`, the form that configuration takes: for whoever keeps the keys, and nobody else.
    pub fn expose(&self) -> Zeroizing<String> {
        let secret = Zeroizing::new(URL_SAFE_NO_PAD.encode(self.secret.as_slice()));
        let term = match self.term {
            Term::Open => String::new(),
            Term::Next => format!("@{}", Term::NEXT),
            Term::Until(end) => format!("@{}", end.to_rfc3339_opts(SecondsFormat::Secs, true)),
        };
        Zeroizing::new(format!("{}{term}:{}", self.id.0, *secret))
    }

    /// A message authentication code over a label and parts, each with its length before it, so that no two
    /// lists of parts run together to the same bytes.
    pub(super) fn mac(&self, label: &str, parts: &[&[u8]]) -> [u8; 32] {
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

/// Why keys were refused. `Display` never shows a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// The key at this place (counted from one) is not `id:base64url`.
    #[error("key {0} is not of the form id:base64url, with an id of 1 to 16 of a-z 0-9 - _")]
    Form(usize),
    /// What stands behind the `@` of the key at this place is no term.
    #[error("key {0} must have `next` or a time like 2026-12-01T00:00:00Z behind its @")]
    Term(usize),
    /// The first key has a term.
    #[error("key {:?} stands first and makes new codes, so it has no @ and no end", .0.as_str())]
    CurrentEnds(KeyId),
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
