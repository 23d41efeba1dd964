//! What stays known of OTPs when they are over.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::statistics::{Statistics, Window};

/// Counts OTPs that are over, each exactly once, and removes them; any number of nodes may do both at once.
///
/// What is counted stays told after the OTP is removed. No call holds up an issue or a verify.
#[async_trait]
pub trait OtpHistory: Send + Sync {
    /// Tells what became of the OTPs of a window, of those still there as of those removed, at one moment.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn read(&self, window: &Window, now: DateTime<Utc>) -> Result<Statistics, StoreError>;

    /// Counts up to `limit` OTPs that expired at or before `until`, the oldest first, so that a later
    /// [`read`](Self::read) need not look at each of them.
    ///
    /// What happens to an OTP after it was counted is not told any more, so `until` leaves time for its deliveries.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is counted then.
    async fn count(&self, until: DateTime<Utc>, limit: u16) -> Result<Batch, StoreError>;

    /// Removes up to `limit` OTPs with their deliveries, the oldest first, and counts those that were not.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is removed then.
    async fn purge(&self, purge: &Purge) -> Result<Batch, StoreError>;
}

/// Which OTPs may go: issued at or before a time, and over.
#[derive(Debug, Clone, Copy)]
pub struct Purge {
    /// They were issued at or before this time.
    pub issued_until: DateTime<Utc>,
    /// The time at which they are over: consumed, revoked, spent or expired.
    pub now: DateTime<Utc>,
    /// Most OTPs to remove.
    pub limit: u16,
}

/// What one bounded step did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[must_use]
pub struct Batch {
    /// How many OTPs it dealt with.
    pub done: u64,
    /// Whether there was more than its limit.
    pub more: bool,
}
