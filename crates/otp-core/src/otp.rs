//! The OTP: one issued one-time passcode, and the one judge of codes.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::keyring::BoundTo;
use crate::{Code, CodeFormat, Contact, Context, KeyId, Keyring, Purpose};

/// One issued one-time passcode, as its row tells it.
///
/// Any combination of values is judged safely; only [`check`](Self::check) says whether a code opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Otp {
    /// The unguessable handle.
    pub id: OtpId,
    /// Where the code goes.
    pub contact: Contact,
    /// The pseudonym under which the contact is looked up.
    pub contact_key: ContactKey,
    /// What the code is good for.
    pub purpose: Purpose,
    /// How the code looks.
    pub format: CodeFormat,
    /// Which key derives the code.
    pub key_id: KeyId,
    /// Three characters shown on the page and in the message.
    pub reference: Reference,
    /// When it was issued.
    pub created_at: DateTime<Utc>,
    /// When it stops to open; the first moment at which it does not.
    pub expires_at: DateTime<Utc>,
    /// From when on the message may be sent again.
    pub resend_at: DateTime<Utc>,
    /// Messages queued so far.
    pub sends: u16,
    /// Comparisons charged so far.
    pub attempts: u16,
    /// Comparisons allowed.
    pub max_attempts: u16,
    /// The language asked for.
    pub locale: Option<Locale>,
    /// What the code confirms, such as an amount and a payee, as its message shows it.
    pub context: Option<Context>,
    /// The digest of what the code confirms: what it is bound to.
    pub context_digest: Option<Digest>,
    /// The digest of the browser's own secret, when the code opens in that browser only.
    pub binding: Option<Digest>,
    /// Whether its contact belongs to nobody: it looks like any other, is never sent, and nothing opens it.
    pub decoy: bool,
    /// What has become of it.
    pub state: OtpState,
}

/// What has become of an OTP. Time alone also ends it, see [`Otp::is_expired`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtpState {
    /// It can open; its seed is there.
    Live(Seed),
    /// The right code came; it never opens again.
    Verified {
        /// When.
        at: DateTime<Utc>,
    },
    /// It was called back.
    Revoked {
        /// When.
        at: DateTime<Utc>,
    },
    /// Its seed was wiped because its attempts are used up, or it was cleaned.
    Spent,
}

/// What is presented to open an OTP: the code, and what the presenter says it is for.
#[derive(Debug, Clone)]
pub struct Presented {
    /// What was typed.
    pub code: Code,
    /// What it is to open.
    pub purpose: Purpose,
    /// What it is to confirm.
    pub context: Option<String>,
    /// The digest of the browser's own secret.
    pub binding: Option<Digest>,
}

/// What [`Otp::check`] found. Nothing of it may be told before the attempt is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The code opens this OTP.
    Opens,
    /// It does not.
    Wrong,
    /// No code opens this OTP any more.
    Closed,
    /// What was typed has another form than this OTP's codes: no comparison took place, none is charged.
    Malformed,
}

impl Otp {
    /// Comparisons allowed on a strong code: nobody guesses it, and nobody uses them up within its life.
    pub const STRONG_ATTEMPTS: u16 = 10_000;

    /// How far the clocks of nodes may be apart. A code that is younger than that comes from before a clock was set back:
    /// nobody knows how long ago, so it opens nothing.
    const CLOCK_DIFFERENCE: TimeDelta = TimeDelta::minutes(1);

    /// The same OTP with codes of another format.
    #[must_use]
    pub(crate) fn in_format(mut self, format: CodeFormat) -> Self {
        self.format = format;
        if format.is_strong() {
            self.max_attempts = self.max_attempts.max(Self::STRONG_ATTEMPTS);
        }
        self
    }

    /// Says whether its time is over; `expires_at` itself is too late.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at <= now
    }

    /// Says whether a right code would open it now: live, in time, not from the future, with an attempt left.
    pub fn is_valid(&self, now: DateTime<Utc>) -> bool {
        matches!(self.state, OtpState::Live(_))
            && !self.is_expired(now)
            && self.created_at <= now + Self::CLOCK_DIFFERENCE
            && self.attempts < self.max_attempts
    }

    /// Says whether the right code came.
    pub const fn is_verified(&self) -> bool {
        matches!(self.state, OtpState::Verified { .. })
    }

    /// Returns how many comparisons are left, were it asked now.
    pub const fn attempts_left(&self) -> u16 {
        self.max_attempts.saturating_sub(self.attempts)
    }

    /// Judges what is presented; the only place where a code is compared.
    ///
    /// Pure: it charges nothing, so its verdict must not leave the process before the charge has been committed.
    pub fn check(&self, presented: &Presented, keys: &Keyring, now: DateTime<Utc>) -> Verdict {
        let Some(typed) = self.format.read(&presented.code) else {
            return Verdict::Malformed;
        };
        if !self.is_valid(now) {
            return Verdict::Closed;
        }
        let keys = &*keys.at(now);
        let Some(code) = self.code(keys) else {
            return Verdict::Closed;
        };
        let right_code = code.equals(&typed);
        let right_context =
            self.context_digest == self.digest_of(presented.context.as_deref(), keys);
        let right_browser = self.binding == presented.binding;
        let right_purpose = self.purpose == presented.purpose;
        if right_code && right_context && right_browser && right_purpose && !self.decoy {
            Verdict::Opens
        } else {
            Verdict::Wrong
        }
    }

    /// Derives the code, for the message; `None` once the OTP is closed or its key is gone from the ring.
    pub fn code(&self, keys: &Keyring) -> Option<Code> {
        let OtpState::Live(seed) = &self.state else {
            return None;
        };
        keys.derive(&BoundTo {
            key_id: &self.key_id,
            id: self.id,
            purpose: &self.purpose,
            contact_key: &self.contact_key,
            context_digest: self.context_digest.as_ref(),
            format: self.format,
            seed,
        })
    }

    pub(crate) fn digest_of(&self, context: Option<&str>, keys: &Keyring) -> Option<Digest> {
        keys.context_digest(&self.key_id, self.id, context?)
    }
}

/// The handle of an OTP: a UUID that cannot be guessed. Treat it as a secret of the browser or the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OtpId(Uuid);

impl OtpId {
    /// Takes a UUID that came from a store or a caller.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// Returns the UUID.
    pub const fn as_uuid(&self) -> &Uuid {
        &self.0
    }
}

impl fmt::Display for OtpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Thirty-two opaque bytes with a meaning of their own.
macro_rules! bytes32 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Eq, PartialOrd, Ord)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Takes the bytes.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// Returns the bytes.
            pub const fn as_bytes(&self) -> &[u8] {
                &self.0
            }
        }

        impl PartialEq for $name {
            /// Compares in constant time.
            fn eq(&self, other: &Self) -> bool {
                self.0.ct_eq(&other.0).into()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

bytes32! {
    /// The keyed pseudonym of a contact: what is looked up and limited without comparing addresses in SQL.
    ContactKey
}

bytes32! {
    /// A digest of something that an OTP is bound to.
    Digest
}

impl Digest {
    /// Digests a random secret, such as a browser's own cookie.
    pub fn of_secret(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }
}

/// The random part of a code's derivation; wiped when dropped, and from the row when the OTP closes.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    /// Takes 32 random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads the form that the column `otp_code` holds; `None` when it is not 32 bytes in base64url.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        bytes.as_slice().try_into().ok().map(Self::from_bytes)
    }

    /// Writes the form that the column `otp_code` holds: 43 characters of base64url.
    pub fn encode(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    pub(crate) fn expose(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(redacted)")
    }
}

/// Three letters shown on the page and in the message, so that a person with two mails picks the right one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference(String);

impl Reference {
    /// Letters that are not mistaken for each other or for digits.
    const LETTERS: &'static [u8; 20] = b"ACDEFGHJKLMNPQRTVWXY";

    /// Picks three letters by three random bytes.
    pub fn pick(random: [u8; 3]) -> Self {
        let letter = |byte: u8| {
            Self::LETTERS
                .get(usize::from(byte) % Self::LETTERS.len())
                .copied()
                .unwrap_or(b'A')
        };
        Self(
            random
                .into_iter()
                .map(|byte| char::from(letter(byte)))
                .collect(),
        )
    }

    /// Reads a reference from a store; `None` when it is not three of its letters.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 3 && text.bytes().all(|b| Self::LETTERS.contains(&b)))
            .then(|| Self(text.to_owned()))
    }

    /// Returns the three letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A language tag (BCP 47) in its plain form: 2 to 35 letters, digits and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Locale(String);

impl Locale {
    /// Parses a tag; `None` when it has another form.
    pub fn parse(text: &str) -> Option<Self> {
        let subtags_are_whole = text.split('-').all(|tag| {
            (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        ((2..=35).contains(&text.len()) && subtags_are_whole).then(|| Self(text.to_owned()))
    }

    /// Returns the tag as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests;
