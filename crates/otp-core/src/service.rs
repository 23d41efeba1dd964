//! The use cases: issue, verify, resend, revoke. Every caller passes through here, so the rules are here too.

mod caller;
mod issue;
mod resend;
mod revoke;
mod status;
mod verify;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

pub use caller::{Caller, Handle};
pub use issue::{Idempotency, Issue, IssueError};
pub use verify::{Verified, Verify, VerifyContact, VerifyError};

use crate::budget::Limiter;
use crate::ports::{Accepted, SecretError, StoreError};
use crate::{
    Budgets, Channel, Clock, CodeFormat, Contact, CustomerDirectory, Delivery, DeliveryId,
    DeliveryState, Event, EventSink, Happening, Keyring, KnownDevices, Otp, OtpId, OtpRepository,
    Policies, Purpose, Reference, SecretSource, TooMany, UseCase,
};

/// Issues and verifies one-time passcodes.
///
/// Cheap to clone; all state is in the store.
#[derive(Clone)]
pub struct OtpService {
    otps: Arc<dyn OtpRepository>,
    keys: Arc<Keyring>,
    policies: Arc<Policies>,
    limiter: Limiter,
    clock: Arc<dyn Clock>,
    secrets: Arc<dyn SecretSource>,
    on_queued: Arc<dyn Fn() + Send + Sync>,
    channels: Arc<[Channel]>,
    customers: Option<Arc<dyn CustomerDirectory>>,
    devices: Option<Arc<dyn KnownDevices>>,
    events: Arc<dyn EventSink>,
}

impl OtpService {
    /// Makes a service with the default policy for every purpose and the default budgets.
    pub fn new(
        otps: Arc<dyn OtpRepository>,
        keys: Arc<Keyring>,
        clock: Arc<dyn Clock>,
        secrets: Arc<dyn SecretSource>,
    ) -> Self {
        Self {
            limiter: Limiter::new(Budgets::default(), &keys),
            otps,
            keys,
            policies: Arc::default(),
            clock,
            secrets,
            on_queued: Arc::new(|| {}),
            channels: Channel::ALL.as_slice().into(),
            customers: None,
            devices: None,
            events: Arc::new(()),
        }
    }

    /// Replaces the policies.
    #[must_use]
    pub fn with_policies(mut self, policies: Policies) -> Self {
        self.policies = Arc::new(policies);
        self
    }

    /// Replaces the budgets.
    #[must_use]
    pub fn with_budgets(mut self, budgets: Budgets) -> Self {
        self.limiter = Limiter::new(budgets, &self.keys);
        self
    }

    /// Grants devices that signed in before budgets of their own; without a registry no device is known.
    #[must_use]
    pub fn with_devices(mut self, devices: Arc<dyn KnownDevices>) -> Self {
        self.devices = Some(devices);
        self
    }

    /// Calls `wake` after each commit that queued a message, so that a worker need not wait for its next look.
    #[must_use]
    pub fn on_queued(mut self, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        self.on_queued = wake;
        self
    }

    /// Issues to these channels only; to all of them by default.
    #[must_use]
    pub fn with_channels(mut self, channels: &[Channel]) -> Self {
        self.channels = channels.into();
        self
    }

    /// Issues decoys to contacts that `customers` does not know; without a directory everybody gets a code.
    ///
    /// A decoy is answered, stored and verified like any other OTP, and is never sent and never opens, so that nobody
    /// learns from this service who is a customer.
    #[must_use]
    pub fn with_customers(mut self, customers: Arc<dyn CustomerDirectory>) -> Self {
        self.customers = Some(customers);
        self
    }

    /// Tells `events` what happens; nobody by default.
    #[must_use]
    pub fn with_events(mut self, events: Arc<dyn EventSink>) -> Self {
        self.events = events;
        self
    }

    /// Returns the channels that codes go by.
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// Returns the policies in force.
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Returns the budgets in force.
    pub fn budgets(&self) -> &Budgets {
        &self.limiter.budgets
    }

    /// Tells what happened to an OTP; a decoy is told of once, as what it is.
    fn note(&self, otp: &Otp, what: Happening) {
        if !otp.decoy {
            self.events.record(&Event::of(otp, what));
        } else if what == Happening::Issued {
            self.events.record(&Event::of(otp, Happening::Decoyed));
        }
    }

    /// Tells of an answer when it is a refusal.
    fn note_refusal<T>(
        &self,
        use_case: UseCase,
        purpose: Option<Purpose>,
        channel: Option<Channel>,
        answer: &Outcome<T>,
    ) {
        if let Outcome::Refused(refusal) = *answer {
            self.events.record(&Event {
                purpose,
                channel,
                what: Happening::Refused { use_case, refusal },
            });
        }
    }

    /// What a caller is told of an OTP.
    ///
    /// With a directory of customers nothing is told of its delivery: a mail server that refuses, is slow or is away
    /// would tell who is a customer.
    fn told(&self, otp: &Otp, delivery: DeliveryState, now: DateTime<Utc>) -> Issued {
        // Nobody is told either that a contact's messages are used up: only then is one dropped for a valid code.
        let is_withheld = delivery == DeliveryState::Dropped && otp.is_valid(now);
        let delivery = match self.customers {
            None if !is_withheld => delivery,
            _ => DeliveryState::Queued,
        };
        Issued::of(otp, delivery, now)
    }

    /// A message about an OTP, due at once.
    fn message(&self, otp: &Otp, now: DateTime<Utc>) -> Result<Delivery, SecretError> {
        let id = DeliveryId::from_uuid(self.uuid(now)?);
        let (channel, locale) = (otp.contact.channel(), otp.locale.clone());
        Ok(Delivery::queued(id, otp.id, channel, locale, now))
    }

    /// Tells of a queued message, or that the contact gets none; wakes the dispatcher.
    fn note_message(&self, accepted: &Accepted, what: Happening, now: DateTime<Utc>) {
        let Accepted { otp, delivery } = accepted;
        self.note(otp, what);
        let wait = delivery.not_before - now;
        if delivery.state == DeliveryState::Dropped {
            self.note(otp, Happening::Withheld);
            return;
        }
        if wait > TimeDelta::zero() {
            self.note(otp, Happening::Deferred { wait });
        }
        (self.on_queued)();
    }

    fn random<const N: usize>(&self) -> Result<[u8; N], SecretError> {
        let mut bytes = [0; N];
        self.secrets.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A UUIDv7 (RFC 9562 section 5.7): the time in front keeps indexes compact, 74 random bits keep it unguessable.
    fn uuid(&self, now: DateTime<Utc>) -> Result<Uuid, SecretError> {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
        Ok(uuid::Builder::from_unix_timestamp_millis(millis, &self.random()?).into_uuid())
    }
}

impl fmt::Debug for OtpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtpService")
            .field("policies", &self.policies)
            .finish_non_exhaustive()
    }
}

/// The answer of a use case: what was asked for, or the rule that forbids it. Failures are errors, not answers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Outcome<T> {
    /// It was done.
    Granted(T),
    /// A rule forbids it.
    Refused(Refusal),
}

impl<T> Outcome<T> {
    /// Returns what was granted.
    #[must_use]
    pub fn granted(self) -> Option<T> {
        match self {
            Self::Granted(granted) => Some(granted),
            Self::Refused(_) => None,
        }
    }

    /// Returns the rule that forbids it.
    #[must_use]
    pub fn refused(self) -> Option<Refusal> {
        match self {
            Self::Granted(_) => None,
            Self::Refused(refusal) => Some(refusal),
        }
    }
}

/// A broken rule, as a value. `Display` is fit for the person who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What was typed is not a code of this OTP's form; no attempt was charged.
    #[error("enter the code from the message: {expected}")]
    Malformed {
        /// The form of its codes.
        expected: CodeFormat,
    },
    /// The code, or what it was presented for, is wrong; an attempt was charged.
    #[error("that is not the code")]
    WrongCode {
        /// Attempts left when this one was judged.
        attempts_left: u16,
    },
    /// Unknown, expired, used, revoked or spent: one answer for all.
    #[error("this code can no longer be used; request a new one")]
    NotUsable,
    /// It may be asked for again later.
    #[error("please wait before asking for another message")]
    TooSoon {
        /// From when on.
        retry_at: DateTime<Utc>,
    },
    /// The client asked, or guessed wrong, too often.
    #[error("too many requests from your network; try again later")]
    TooMany {
        /// From when on it may ask again.
        retry_at: DateTime<Utc>,
    },
    /// A lifetime was asked for that the policy does not allow.
    #[error("a code for this purpose lives for 1 to {} seconds", longest.num_seconds())]
    Lifetime {
        /// The policy's own lifetime.
        longest: TimeDelta,
    },
    /// No codes are sent this way here.
    #[error("codes are not sent by {channel} here")]
    ChannelOff {
        /// The way.
        channel: Channel,
    },
    /// The idempotency key was used for another request.
    #[error("this idempotency key was used for a different request")]
    IdempotencyMismatch,
}

impl From<TooMany> for Refusal {
    fn from(TooMany { retry_at }: TooMany) -> Self {
        Self::TooMany { retry_at }
    }
}

impl Refusal {
    /// Returns the name used in metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed",
            Self::WrongCode { .. } => "wrong-code",
            Self::NotUsable => "not-usable",
            Self::TooSoon { .. } => "too-soon",
            Self::TooMany { .. } => "too-many",
            Self::Lifetime { .. } => "lifetime",
            Self::ChannelOff { .. } => "channel-off",
            Self::IdempotencyMismatch => "idempotency-mismatch",
        }
    }
}

/// What a caller may know of an issued OTP: everything but the code and the contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The handle.
    pub id: OtpId,
    /// The way the code goes.
    pub channel: Channel,
    /// The contact, masked: `a***@example.com`.
    pub contact_hint: String,
    /// What the code is good for.
    pub purpose: Purpose,
    /// How the code looks.
    pub format: CodeFormat,
    /// The letters in the message.
    pub reference: Reference,
    /// When it stops to open.
    pub expires_at: DateTime<Utc>,
    /// From when on it may be sent again.
    pub resend_at: DateTime<Utc>,
    /// Comparisons left.
    pub attempts_left: u16,
    /// Whether a right code would open it now.
    pub is_valid: bool,
    /// Whether the right code came.
    pub is_verified: bool,
    /// What became of the newest message.
    pub delivery: DeliveryState,
}

impl Issued {
    fn of(otp: &Otp, delivery: DeliveryState, now: DateTime<Utc>) -> Self {
        Self {
            id: otp.id,
            channel: otp.contact.channel(),
            contact_hint: otp.contact.hint(),
            purpose: otp.purpose.clone(),
            format: otp.format,
            reference: otp.reference.clone(),
            expires_at: otp.expires_at,
            resend_at: otp.resend_at,
            attempts_left: otp.attempts_left(),
            is_valid: otp.is_valid(now),
            is_verified: otp.is_verified(),
            delivery,
        }
    }
}
