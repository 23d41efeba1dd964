//! What was looked up a moment ago.

use std::fmt;
use std::time::Duration;

use moka::future::Cache;
use otp_core::Contact;

/// Remembers for a short while which contacts belong to a customer, so that not each request asks the database.
#[derive(Clone)]
pub(crate) struct KnownContacts(Cache<Contact, bool>);

/// Most contacts remembered; the least used go first.
const MOST: u64 = 10_000;
/// A customer that another process added gets no codes for this long, and one that it removed still gets them.
///
/// Customers and strangers are remembered alike: else one more look at the database would tell them apart.
const REMEMBERED_FOR: Duration = Duration::from_secs(10);

impl KnownContacts {
    pub(super) async fn recall(&self, contact: &Contact) -> Option<bool> {
        self.0.get(contact).await
    }

    pub(super) async fn remember(&self, contact: &Contact, known: bool) {
        self.0.insert(contact.clone(), known).await;
    }

    pub(super) async fn forget(&self, contacts: impl Iterator<Item = Contact>) {
        for contact in contacts {
            self.0.invalidate(&contact).await;
        }
    }

    pub(super) fn forget_all(&self) {
        self.0.invalidate_all();
    }
}

impl Default for KnownContacts {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(MOST)
                .time_to_live(REMEMBERED_FOR)
                .build(),
        )
    }
}

impl fmt::Debug for KnownContacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KnownContacts")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(number: u64) -> Contact {
        Contact::email(&format!("a{number}@example.com")).unwrap()
    }

    #[tokio::test]
    async fn customers_and_strangers_are_remembered_alike_and_not_for_long() {
        let lifetime = KnownContacts::default().0.policy().time_to_live();
        assert_eq!(lifetime, Some(Duration::from_secs(10)));
    }

    #[tokio::test]
    async fn no_more_is_remembered_than_fits() {
        let known = KnownContacts::default();
        for number in 0..MOST + 500 {
            known.remember(&contact(number), true).await;
        }
        known.0.run_pending_tasks().await;
        assert!(known.0.entry_count() <= MOST);
    }
}
