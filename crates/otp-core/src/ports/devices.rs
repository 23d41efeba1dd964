//! Which devices a contact signed in with before.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::DeviceId;

/// Keeps the ids of known devices, each for one contact.
#[async_trait]
pub trait KnownDevices: Send + Sync {
    /// Says whether `id` is known at `now`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn knows(&self, id: &DeviceId, now: DateTime<Utc>) -> Result<bool, StoreError>;

    /// Keeps `id` until a time.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn remember(&self, id: &DeviceId, until: DateTime<Utc>) -> Result<(), StoreError>;
}
