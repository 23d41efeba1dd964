//! The queue of messages.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Guarded, StoreError};
use crate::{Delivery, DeliveryId, Otp};

/// Hands out deliveries under leases, so that any number of workers on any number of nodes may empty it.
///
/// A lease is a claim with an end: a worker that dies loses it, and another takes over.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait DeliveryQueue: Send + Sync {
    /// Leases up to `limit` deliveries that are due and not under a running lease, oldest due time first,
    /// and counts an attempt on each. No delivery is ever under two running leases, and callers at the same time do not
    /// get fewer because of each other while there is enough.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn claim(&self, claim: &Claim) -> Result<Vec<Claimed>, StoreError>;

    /// Notes that a leased delivery goes to a sender that must not send it twice, until it is settled.
    ///
    /// Applied only while the delivery is leased under `lease`. When the lease ends without a settlement, the next
    /// claim brings the delivery with this note.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn hand_over(
        &self,
        id: DeliveryId,
        lease: [u8; 16],
        now: DateTime<Utc>,
    ) -> Result<Guarded, StoreError>;

    /// Writes what became of a leased delivery and ends the lease; no sender has it any more.
    ///
    /// Applied only while the delivery is still leased under `lease`; a worker that lost its lease changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn settle(
        &self,
        id: DeliveryId,
        lease: [u8; 16],
        settlement: &Settlement,
    ) -> Result<Guarded, StoreError>;

    /// Gives a leased delivery back untouched, so that another worker sends it at once; its attempt is not counted.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn give_back(&self, id: DeliveryId, lease: [u8; 16]) -> Result<Guarded, StoreError>;

    /// Returns since when the oldest due delivery has been waiting without a running lease; `None` when none waits.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn waiting_since(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError>;

    /// Counts what is queued, due or not and under a lease or not; it stops to count at `at_most`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn count_queued(&self, at_most: u32) -> Result<u32, StoreError>;
}

/// What a worker asks for.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// A fresh random name for the leases of this claim.
    pub lease: [u8; 16],
    /// The time of the claim.
    pub now: DateTime<Utc>,
    /// When the leases end.
    pub lease_until: DateTime<Utc>,
    /// Most deliveries to lease.
    pub limit: u16,
}

/// A delivery under lease, with the OTP whose code it carries.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The delivery, its attempt counted.
    pub delivery: Delivery,
    /// Its OTP as it stands now.
    pub otp: Otp,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// It was handed over.
    Sent {
        /// When.
        at: DateTime<Utc>,
        /// To which sender, such as `smtp`.
        provider: String,
        /// The provider's own id for it, when it gave one.
        message_id: Option<String>,
    },
    /// It is to be tried again.
    Retry {
        /// Not before this time.
        not_before: DateTime<Utc>,
        /// Why it was not sent: a fixed phrase, never the server's own words.
        reason: &'static str,
    },
    /// It was refused for good.
    Failed {
        /// Why.
        reason: &'static str,
    },
    /// Its code is dead, so it was not sent.
    Dropped {
        /// Why.
        reason: &'static str,
    },
    /// It was tried too often.
    Dead {
        /// Why the last try failed.
        reason: &'static str,
    },
    /// Nobody knows whether it was handed over, and it must not be sent twice.
    Unknown {
        /// Why nobody knows.
        reason: &'static str,
    },
}
