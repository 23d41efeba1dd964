//! Clauses of OTPs and deliveries that only a database has.

use std::error::Error;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use chrono::TimeDelta;
use otp_core::ports::{Charge, Charged, Claim, Claimed, Guarded, Opened, Opening, Settlement};
use otp_core::testing::Bench;
use otp_core::{
    Clock, Contact, Delivery, DeliveryId, DeliveryQueue, Otp, OtpId, OtpRepository, OtpState,
    Purpose, Reference, Seed, StoreError,
};
use otp_storage::Otps;
use sea_orm::TransactionTrait;
use sea_orm::prelude::Uuid;

use super::fresh::Fresh;

/// Makes an OTP and its delivery, both numbered.
pub(crate) fn sample(bench: &Bench, number: u128) -> (Otp, Delivery) {
    let contact = Contact::email("ada@example.com").unwrap();
    let now = bench.clock.now();
    let id = OtpId::from_uuid(Uuid::from_u128(number));
    let delivery = DeliveryId::from_uuid(Uuid::from_u128(number));
    let delivery = Delivery::queued(delivery, id, contact.channel(), None, now);
    let otp = Otp {
        id,
        contact_key: bench.keys.contact_key(&contact),
        contact,
        purpose: Purpose::default(),
        format: otp_core::CodeFormat::DEFAULT,
        key_id: bench.keys.current().clone(),
        reference: Reference::pick([1, 2, 3]),
        created_at: now,
        expires_at: now + TimeDelta::minutes(5),
        resend_at: now + TimeDelta::seconds(60),
        sends: 1,
        attempts: 0,
        max_attempts: 5,
        locale: None,
        context: None,
        context_digest: None,
        binding: None,
        decoy: false,
        state: OtpState::Live(Seed::from_bytes([7; 32])),
    };
    (otp, delivery)
}

/// Opens an OTP whatever was issued before.
pub(super) async fn opened(otps: &Otps, otp: &Otp, delivery: &Delivery) {
    let opening = Opening::unlimited(otp.clone(), delivery.clone());
    let opened = otps.open(&opening).await.unwrap();
    assert!(matches!(opened, Opened::New(_)), "{opened:?}");
}

async fn open(otps: &Otps, bench: &Bench, number: u128) -> OtpId {
    let (otp, delivery) = sample(bench, number);
    opened(otps, &otp, &delivery).await;
    otp.id
}

async fn claim(fresh: &Fresh, bench: &Bench) -> Vec<Claimed> {
    let now = bench.clock.now();
    let claim = Claim {
        lease: [1; 16],
        now,
        lease_until: now + TimeDelta::seconds(30),
        limit: 10,
    };
    fresh.database.deliveries().claim(&claim).await.unwrap()
}

/// Walks an error to its end, as the edge does that logs it.
fn chain(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        said = format!("{said}: {cause}");
        next = cause.source();
    }
    said
}

/// The seed is there for the last attempt, and gone after it: MySQL and MariaDB see a SET's earlier assignments.
pub(crate) async fn keeps_the_seed_until_the_last_attempt(fresh: Fresh) {
    let bench = Bench::new();
    let otps = fresh.database.otps();
    let id = open(&otps, &bench, 1).await;
    let charge = Charge::unlimited(id, bench.clock.now(), None);
    for attempt in 1..=5 {
        let otp = otps.find(id).await.unwrap().unwrap();
        assert!(matches!(otp.state, OtpState::Live(_)), "attempt {attempt}");
        assert_eq!(otps.charge(&charge).await.unwrap(), Charged::Applied);
    }
    let otp = otps.find(id).await.unwrap().unwrap();
    assert_eq!((otp.attempts, otp.state), (5, OtpState::Spent));
}

/// A clock with nanoseconds changes nothing: what is stored is read back, and a deadline is one moment.
pub(crate) async fn cuts_times_to_microseconds(fresh: Fresh) {
    let bench = Bench::new();
    let otps = fresh.database.otps();
    let (mut otp, delivery) = sample(&bench, 1);
    let whole = otp.clone();
    otp.created_at += TimeDelta::nanoseconds(999);
    otp.expires_at += TimeDelta::nanoseconds(999);
    otp.resend_at += TimeDelta::nanoseconds(999);
    opened(&otps, &otp, &delivery).await;
    assert_eq!(otps.find(otp.id).await.unwrap(), Some(whole.clone()));
    let late = whole.expires_at + TimeDelta::nanoseconds(1);
    let mut charge = Charge::unlimited(otp.id, late, Some([1; 16]));
    assert_eq!(otps.charge(&charge).await.unwrap(), Charged::Refused);
    charge.now = whole.expires_at - TimeDelta::nanoseconds(1);
    assert_eq!(otps.charge(&charge).await.unwrap(), Charged::Applied);
    let at = whole.expires_at - TimeDelta::microseconds(1);
    let consumed = otps.find(otp.id).await.unwrap().unwrap();
    assert_eq!(consumed.state, OtpState::Verified { at });
}

/// A row that this version cannot have written is named by table, column and id, and its value is not repeated.
pub(crate) async fn names_a_corrupt_row_and_never_its_value(fresh: Fresh) {
    let bench = Bench::new();
    let otps = fresh.database.otps();
    for (number, (column, value)) in (1..).zip([
        ("reference", "0O1"),
        ("email", "not-an-address"),
        ("otp_type", "pigeon"),
        ("code_alphabet", "runes"),
        ("purpose", "LOGIN NOW"),
        ("key_id", "KEY"),
        ("otp_code", "123456"),
        ("locale", "x_y"),
        ("max_attempts", "70000"),
        ("code_length", "99"),
    ]) {
        let id = open(&otps, &bench, number).await;
        // The databases write an id each in their own way; only the new row has this count.
        let only_it =
            format!("UPDATE core_otp SET {column} = '{value}', sends = 9 WHERE sends = 1");
        fresh.execute(&only_it).await;
        let error = otps.find(id).await.unwrap_err();
        assert!(matches!(error, StoreError::Broken(_)), "{column}");
        let said = chain(&error);
        assert!(said.contains(&format!("core_otp.{column} ")), "{said}");
        assert!(said.contains(&id.to_string()), "{said}");
        assert!(!said.contains(value), "{said}");
        assert!(!format!("{error:?}").contains(value), "{said}");
    }
}

/// One row that cannot be read does not hold up the queue, now or later.
pub(crate) async fn leaves_out_a_corrupt_delivery_and_hands_out_the_others(fresh: Fresh) {
    let bench = Bench::new();
    let otps = fresh.database.otps();
    open(&otps, &bench, 1).await;
    fresh
        .execute("UPDATE core_otp_delivery SET channel = 'pigeon'")
        .await;
    let second = open(&otps, &bench, 2).await;
    for _ in 0..3 {
        let claimed = claim(&fresh, &bench).await;
        let ids: Vec<_> = claimed.iter().map(|each| each.otp.id).collect();
        assert_eq!(ids, [second]);
        bench.advance(TimeDelta::seconds(30));
    }
}

/// Within the caller's own transaction an OTP is there exactly when the caller commits.
pub(crate) async fn issues_with_the_callers_own_rows_or_not_at_all(fresh: Fresh) {
    let bench = Bench::new();
    let raw = fresh.raw().await;
    for (number, commits) in [(1, false), (2, true)] {
        let transaction = Arc::new(raw.begin().await.unwrap());
        let otps = Otps::in_transaction(transaction.clone());
        let id = open(&otps, &bench, number).await;
        assert!(otps.find(id).await.unwrap().is_some());
        let (otp, delivery) = sample(&bench, number);
        let again = Opening::unlimited(otp, delivery);
        assert_eq!(otps.open(&again).await.unwrap(), Opened::Exists);
        drop(otps);
        let transaction = Arc::into_inner(transaction).unwrap();
        if commits {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        let found = fresh.database.otps().find(id).await.unwrap();
        assert_eq!(found.is_some(), commits);
        assert_eq!(claim(&fresh, &bench).await.len(), usize::from(commits));
    }
    raw.close().await.unwrap();
}

/// A caller that hangs up while an OTP is stored leaves all of it or nothing, and no transaction that stays open.
pub(crate) async fn a_dropped_open_stores_all_or_nothing(fresh: Fresh) {
    let bench = Bench::new();
    let otps = fresh.database.otps();
    for polls in 1..30 {
        let (otp, mut delivery) = sample(&bench, polls);
        let mut left = polls;
        let opening = Opening::unlimited(otp.clone(), delivery.clone());
        let mut caller = otps.open(&opening);
        poll_fn(|context| {
            left -= 1;
            let done = caller.as_mut().poll(context).is_ready();
            if done || left == 0 {
                return Poll::Ready(());
            }
            Poll::Pending
        })
        .await;
        drop(caller);
        // Another with the same id waits for whatever is still under way, and tells what became of it.
        delivery.id = sample(&bench, polls + 100).1.id;
        let again = Opening::unlimited(otp.clone(), delivery);
        let _: Opened = otps.open(&again).await.unwrap();
        let claimed = claim(&fresh, &bench).await;
        let ids: Vec<_> = claimed.iter().map(|each| each.otp.id).collect();
        assert_eq!(ids, [otp.id], "{polls} polls");
    }
}

/// A database that is gone may come back; a table that is missing will not.
pub(crate) async fn tells_a_closed_database_from_a_broken_one(fresh: Fresh) {
    let id = OtpId::from_uuid(Uuid::from_u128(1));
    let otps = fresh.database.otps();
    fresh.execute("DROP TABLE core_otp_delivery").await;
    fresh.execute("DROP TABLE core_otp").await;
    let missing = otps.find(id).await.unwrap_err();
    assert!(!missing.is_temporary(), "{}", chain(&missing));
    assert!(chain(&missing).contains("core_otp"), "{}", chain(&missing));
    fresh.database.ping().await.unwrap();
    fresh.database.clone().close().await;
    let closed = otps.find(id).await.unwrap_err();
    assert!(closed.is_temporary(), "{}", chain(&closed));
    assert!(fresh.database.ping().await.unwrap_err().is_temporary());
}

/// A gateway's endless id is cut, so that a message that was sent is not sent again.
pub(crate) async fn settles_with_an_endless_message_id(fresh: Fresh) {
    let bench = Bench::new();
    open(&fresh.database.otps(), &bench, 1).await;
    let claimed = claim(&fresh, &bench).await;
    let sent = Settlement::Sent {
        at: bench.clock.now(),
        provider: "é".repeat(300),
        message_id: Some(format!("\0\u{1b}[31m{}", "é".repeat(3000))),
    };
    let queue = fresh.database.deliveries();
    let id = claimed[0].delivery.id;
    let settled = queue.settle(id, [1; 16], &sent).await;
    assert_eq!(settled.unwrap(), Guarded::Applied);
    let logged = fresh.database.delivery_log().find(id).await.unwrap();
    let stored = logged.unwrap().message_id.unwrap();
    assert!(stored.starts_with("[31mé"), "{stored:?}");
}

pub(crate) async fn tells_how_its_pools_are_used(fresh: Fresh) {
    fresh.database.ping().await.unwrap();
    let pools = fresh.database.pools();
    let names: Vec<&str> = pools.iter().map(|pool| pool.name).collect();
    assert!(
        names == ["server"] || names == ["reader", "writer"],
        "{pools:?}"
    );
    let used = pools.first().unwrap();
    assert!(used.open >= 1 && used.max >= used.open, "{pools:?}");
    assert!(
        pools
            .iter()
            .all(|pool| pool.idle <= pool.open && pool.max >= 1)
    );
    fresh.database.close().await;
}
