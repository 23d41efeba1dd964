//! Whom contacts belong to.

use async_trait::async_trait;

use super::StoreError;
use crate::Contact;

/// Knows the contacts of customers: the installation's own list, or somebody else's.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait CustomerDirectory: Send + Sync {
    /// Says whether the contact belongs to a customer.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is issued then.
    async fn knows(&self, contact: &Contact) -> Result<bool, StoreError>;
}
