//! What was looked up a moment ago.

use std::fmt;
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::future::Cache;
use otp_core::Contact;

/// Remembers for a short while which contacts belong to a customer, so that not each request asks the database.
#[derive(Clone)]
pub(crate) struct KnownContacts(Cache<Contact, bool>);

/// Most contacts remembered; the least used go first.
const MOST: u64 = 10_000;
/// A customer that another process removed gets codes for this long.
const KNOWN_FOR: Duration = Duration::from_mins(1);
/// A customer that another process added gets none for this long; shorter, since people wait for it.
const UNKNOWN_FOR: Duration = Duration::from_secs(10);

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
                .expire_after(Lifetimes)
                .build(),
        )
    }
}

impl fmt::Debug for KnownContacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KnownContacts")
    }
}

struct Lifetimes;

impl Expiry<Contact, bool> for Lifetimes {
    fn expire_after_create(&self, _: &Contact, known: &bool, _: Instant) -> Option<Duration> {
        Some(if *known { KNOWN_FOR } else { UNKNOWN_FOR })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(number: u64) -> Contact {
        Contact::email(&format!("a{number}@example.com")).unwrap()
    }

    #[test]
    fn nothing_is_remembered_for_long() {
        let lifetime = |known| Lifetimes.expire_after_create(&contact(1), &known, Instant::now());
        assert_eq!(lifetime(true), Some(KNOWN_FOR));
        assert_eq!(lifetime(false), Some(UNKNOWN_FOR));
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
