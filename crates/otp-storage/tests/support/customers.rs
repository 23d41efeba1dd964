//! Clauses of the list of customers.

use chrono::{DateTime, Utc};
use otp_core::{Channel, Contact, CustomerDirectory as _, EmailAddress, PhoneNumber};
use otp_storage::{Added, Customer, Customers, NewCustomer};

use super::fresh::Fresh;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_767_268_800_123_456).unwrap()
}

pub(crate) fn new(email: Option<&str>, phone: Option<&str>) -> NewCustomer {
    NewCustomer {
        name: "Ada Lovelace".to_owned(),
        email: email.map(|text| EmailAddress::parse(text).unwrap()),
        phone: phone.map(|text| PhoneNumber::parse(text).unwrap()),
        customer_type: "Household".to_owned(),
    }
}

pub(crate) async fn add(customers: &Customers, new: &NewCustomer) -> Customer {
    match customers.add(new, now()).await.unwrap() {
        Added::Customer(customer) => customer,
        Added::Taken(channel) => panic!("{channel} is taken"),
    }
}

/// A customer is found by either contact, listed in pages, and gone when removed.
pub(crate) async fn adds_finds_lists_and_removes_customers(fresh: Fresh) {
    let customers = fresh.database.customers();
    let mut all = Vec::new();
    for new in [
        new(Some("ada@example.com"), Some("+919876543210")),
        new(Some("eve@example.com"), None),
        new(None, Some("+919876543211")),
        new(None, None),
    ] {
        all.push(add(&customers, &new).await);
    }
    assert_eq!(customers.list(None, 10).await.unwrap(), all);
    assert_eq!(customers.list(None, 2).await.unwrap(), all[..2]);
    assert_eq!(customers.list(Some(all[1].id), 10).await.unwrap(), all[2..]);
    for (contact, owner) in [
        (Contact::email("ada@example.com"), Some(&all[0])),
        (Contact::phone("+919876543210"), Some(&all[0])),
        (Contact::phone("+919876543211"), Some(&all[2])),
        (Contact::email("nobody@example.com"), None),
    ] {
        let found = customers.find(&contact.unwrap()).await.unwrap();
        assert_eq!(found.as_ref(), owner);
    }
    assert!(customers.remove(all[0].id).await.unwrap());
    assert!(!customers.remove(all[0].id).await.unwrap());
    assert_eq!(customers.list(None, 10).await.unwrap(), all[1..]);
    assert_eq!(
        format!("{:?}", all[0]),
        format!("Customer {{ id: {}, .. }}", all[0].id)
    );
}

/// Two customers never share a contact, not even when they are added at once.
pub(crate) async fn refuses_a_contact_that_is_taken(fresh: Fresh) {
    let customers = fresh.database.customers();
    add(
        &customers,
        &new(Some("ada@example.com"), Some("+919876543210")),
    )
    .await;
    for (email, phone, taken) in [
        (Some("ada@example.com"), None, Channel::Email),
        (
            Some("eve@example.com"),
            Some("+919876543210"),
            Channel::Phone,
        ),
        (
            Some("ada@example.com"),
            Some("+919876543210"),
            Channel::Email,
        ),
    ] {
        let added = customers.add(&new(email, phone), now()).await.unwrap();
        assert_eq!(added, Added::Taken(taken));
    }
    let mut at_once = Vec::new();
    for _ in 0..8 {
        let customers = customers.clone();
        at_once.push(tokio::spawn(async move {
            customers
                .add(&new(Some("bob@example.com"), None), now())
                .await
        }));
    }
    let mut added = 0;
    for task in at_once {
        added += usize::from(matches!(task.await.unwrap().unwrap(), Added::Customer(_)));
    }
    assert_eq!(added, 1);
    assert_eq!(customers.list(None, 10).await.unwrap().len(), 2);
}

/// A directory asks the database once in a while; what changes through it is known at once.
pub(crate) async fn performance_tips_customer_look_ups_are_remembered(fresh: Fresh) {
    let here = fresh.database.customers();
    let elsewhere = Fresh::open(fresh.url.clone()).await.database.customers();
    let ada = Contact::email("ada@example.com").unwrap();
    let number = Contact::phone("+919876543210").unwrap();
    assert!(!here.knows(&ada).await.unwrap());
    let both = new(Some("ada@example.com"), Some("+919876543210"));
    let added = add(&elsewhere, &both).await;
    assert!(!here.knows(&ada).await.unwrap(), "asked a moment ago");
    assert!(here.knows(&number).await.unwrap(), "not asked before");
    assert!(elsewhere.knows(&ada).await.unwrap());
    assert!(here.remove(added.id).await.unwrap());
    assert!(!here.knows(&number).await.unwrap());
    add(&here, &both).await;
    assert!(here.knows(&ada).await.unwrap() && here.knows(&number).await.unwrap());
}
