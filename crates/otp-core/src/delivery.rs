//! The delivery: one message to be sent, and what became of it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Channel, Locale, OtpId};

/// One message to be sent. It holds no code and no seed: the code is derived when the message is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its own id; also the left part of a mail's Message-ID.
    pub id: DeliveryId,
    /// The OTP whose code it carries.
    pub otp_id: OtpId,
    /// The way it goes.
    pub channel: Channel,
    /// The language asked for.
    pub locale: Option<Locale>,
    /// What has become of it.
    pub state: DeliveryState,
    /// Times it was claimed, the running one included.
    pub attempts: u16,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// Not to be sent before.
    pub not_before: DateTime<Utc>,
    /// Since when a sender has it that must not send it twice; `None` when none has.
    pub handed_over_at: Option<DateTime<Utc>>,
}

impl Delivery {
    /// Makes a delivery that is due at once.
    pub fn queued(
        id: DeliveryId,
        otp_id: OtpId,
        channel: Channel,
        locale: Option<Locale>,
        now: DateTime<Utc>,
    ) -> Self {
        let state = DeliveryState::Queued;
        Self {
            id,
            otp_id,
            channel,
            locale,
            state,
            attempts: 0,
            created_at: now,
            not_before: now,
            handed_over_at: None,
        }
    }

    /// Says whether it waits for nothing but a worker.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.state == DeliveryState::Queued && self.not_before <= now
    }
}

/// The id of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(Uuid);

impl DeliveryId {
    /// Takes a UUID.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// Returns the UUID.
    pub const fn as_uuid(&self) -> &Uuid {
        &self.0
    }
}

/// What has become of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// Waiting for its time, or being sent under a lease.
    Queued,
    /// Handed over to the mail server or the SMS gateway.
    Sent,
    /// Known to have arrived, by a receipt.
    Delivered,
    /// Refused for good.
    Failed,
    /// Not sent, because its code was dead or the contact gets none.
    Dropped,
    /// Given up after too many tries.
    Dead,
    /// Sent or not, nobody knows, and it must not be sent twice.
    Unknown,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Sent,
        Self::Delivered,
        Self::Failed,
        Self::Dropped,
        Self::Dead,
        Self::Unknown,
    ];

    /// Returns the name used in tables and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
        }
    }

    /// Says whether an operator may have it tried again: it was given up, and no limit forbade it.
    pub const fn may_be_retried(self) -> bool {
        matches!(self, Self::Failed | Self::Dead | Self::Unknown)
    }

    /// Reads the name used in tables; `None` when there is no such state.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}
