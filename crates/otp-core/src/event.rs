//! Events: what happened, for whoever counts. An event holds no contact, no code, no key and no handle.

use chrono::TimeDelta;

use crate::{Channel, Otp, Purpose, Refusal};

/// Something that happened, told after it was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What the code is good for; `None` when an unknown handle came without a purpose.
    pub purpose: Option<Purpose>,
    /// The way the code goes; `None` when the handle is unknown.
    pub channel: Option<Channel>,
    /// What happened.
    pub what: Happening,
}

impl Event {
    /// Says that something happened to an OTP.
    pub fn of(otp: &Otp, what: Happening) -> Self {
        Self {
            purpose: Some(otp.purpose.clone()),
            channel: Some(otp.contact.channel()),
            what,
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// An OTP was opened and its message queued.
    Issued,
    /// An OTP that is never sent and never opens was issued to an unknown contact; nothing else is told of it but
    /// refusals.
    Decoyed,
    /// Another message with the same code was queued.
    Resent,
    /// Its message waits for the end of the contact's wait between messages, which nobody who asks is told.
    Deferred {
        /// For how long, from the request.
        wait: TimeDelta,
    },
    /// Its message is not sent: the contact's budget is spent, which nobody who asks is told.
    Withheld,
    /// An OTP was called back.
    Revoked,
    /// The right code came.
    Verified {
        /// From the issue to the right code.
        since_issue: TimeDelta,
    },
    /// A rule forbade it.
    Refused {
        /// What was asked for.
        use_case: UseCase,
        /// The rule.
        refusal: Refusal,
    },
    /// A message was handed over.
    Sent {
        /// To which sender, such as `smtp`.
        provider: String,
        /// From the queueing of the message.
        since_queued: TimeDelta,
        /// From the issue of its code.
        since_issue: TimeDelta,
    },
    /// A try to send a message ended otherwise.
    NotSent(Unsent),
    /// A sender failed again and again, and messages go another way until it is back.
    SenderDown {
        /// Its name.
        sender: String,
    },
    /// A sender takes messages.
    SenderUp {
        /// Its name.
        sender: String,
    },
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UseCase {
    /// A code.
    Issue,
    /// Another message with the same code.
    Resend,
    /// To say whether a code is the right one.
    Verify,
}

impl UseCase {
    /// Returns the name used in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Resend => "resend",
            Self::Verify => "verify",
        }
    }
}

/// How a try to send a message ended, when it was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unsent {
    /// It is to be tried again.
    Retry,
    /// It was refused for good.
    Failed,
    /// Its code is dead.
    Dropped,
    /// It was tried too often.
    Dead,
    /// It may have been sent, and must not be sent twice.
    Unknown,
}

impl Unsent {
    /// Every way.
    pub const ALL: [Self; 5] = [
        Self::Retry,
        Self::Failed,
        Self::Dropped,
        Self::Dead,
        Self::Unknown,
    ];

    /// Returns the name used in metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
        }
    }
}
