//! What the core asks of the world, as traits named by role; every promise is a clause of the conformance suite.

mod clock;
mod customers;
mod deliveries;
mod devices;
mod events;
mod history;
mod notifier;
mod otps;
mod secrets;

use std::error::Error;

pub use clock::Clock;
pub use customers::CustomerDirectory;
#[cfg(feature = "mocks")]
pub use customers::MockCustomerDirectory;
#[cfg(feature = "mocks")]
pub use deliveries::MockDeliveryQueue;
pub use deliveries::{Claim, Claimed, DeliveryQueue, Settlement};
pub use devices::KnownDevices;
pub use events::EventSink;
pub use history::{Batch, OtpHistory, Purge};
#[cfg(feature = "mocks")]
pub use notifier::MockNotifier;
pub use notifier::{Notice, Notifier, NotifyError, Receipt, Repeat};
#[cfg(feature = "mocks")]
pub use otps::MockOtpRepository;
pub use otps::{
    Accepted, Charge, Charged, Guarded, Newest, Opened, Opening, OtpRepository, Resend, Resent,
};
pub use secrets::{SecretError, SecretSource};

/// A failure of a store, opaque around its cause.
///
/// `Display` says its own part only, and never an address, a code, a key or SQL; the cause is in `source`.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store could not be reached or was too busy; the same call may succeed later.
    #[error("the store is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The store answered something that cannot be right; calling again does not help.
    #[error("the store is damaged or of another version")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
}

impl StoreError {
    /// Says whether the same call may succeed later.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}
