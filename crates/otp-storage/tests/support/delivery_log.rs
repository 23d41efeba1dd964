//! Clauses of what an operator sees of deliveries.

use chrono::{DateTime, TimeDelta, Utc};
use otp_core::ports::{Claim, Settlement};
use otp_core::testing::Bench;
use otp_core::{
    Contact, Delivery, DeliveryId, DeliveryQueue as _, DeliveryState, OtpRepository as _,
};
use otp_storage::{DeliveryFilter, Retried};
use sea_orm::prelude::Uuid;

use super::fresh::Fresh;
use super::otps::{opened, sample};

fn id(number: u128) -> DeliveryId {
    DeliveryId::from_uuid(Uuid::from_u128(number))
}

async fn queue(fresh: &Fresh, bench: &Bench, number: u128, contact: &str) {
    let (mut otp, delivery) = sample(bench, number);
    otp.contact = Contact::email(contact).unwrap();
    opened(&fresh.database.otps(), &otp, &delivery).await;
}

async fn settle(fresh: &Fresh, now: DateTime<Utc>, settlement: &Settlement) {
    let queue = fresh.database.deliveries();
    let claim = Claim {
        lease: [1; 16],
        now,
        lease_until: now + TimeDelta::seconds(30),
        limit: 10,
    };
    for claimed in queue.claim(&claim).await.unwrap() {
        let settled = queue.settle(claimed.delivery.id, [1; 16], settlement).await;
        assert!(settled.is_ok(), "{settled:?}");
    }
}

async fn listed(fresh: &Fresh, filter: DeliveryFilter<'_>, limit: u64) -> Vec<u128> {
    let listed = fresh.database.delivery_log().list(filter, limit).await;
    let ids = listed.unwrap().into_iter();
    ids.map(|logged| logged.delivery.id.as_uuid().as_u128())
        .collect()
}

pub(crate) async fn lists_deliveries_by_state_and_contact_the_newest_first(fresh: Fresh) {
    let bench = Bench::new();
    queue(&fresh, &bench, 1, "ada@example.com").await;
    queue(&fresh, &bench, 2, "grace@example.com").await;
    let sent = Settlement::Sent {
        at: bench.now(),
        provider: "smtp".to_owned(),
        message_id: Some("7".to_owned()),
    };
    settle(&fresh, bench.now(), &sent).await;
    queue(&fresh, &bench, 3, "ada@example.com").await;
    let all = DeliveryFilter::default();
    assert_eq!(listed(&fresh, all, 10).await, [3, 2, 1]);
    assert_eq!(listed(&fresh, all, 2).await, [3, 2]);
    let state = |state| DeliveryFilter {
        state: Some(state),
        ..all
    };
    assert_eq!(listed(&fresh, state(DeliveryState::Sent), 10).await, [2, 1]);
    assert_eq!(listed(&fresh, state(DeliveryState::Queued), 10).await, [3]);
    assert_eq!(listed(&fresh, state(DeliveryState::Dead), 10).await, []);
    let ada = Contact::email("ada@example.com").unwrap();
    let of_ada = DeliveryFilter {
        contact: Some(&ada),
        ..all
    };
    assert_eq!(listed(&fresh, of_ada, 10).await, [3, 1]);
    let of_one = DeliveryFilter {
        otp: Some(sample(&bench, 2).0.id),
        ..all
    };
    assert_eq!(listed(&fresh, of_one, 10).await, [2]);
    let next_page = DeliveryFilter {
        before: Some(id(3)),
        ..of_ada
    };
    assert_eq!(listed(&fresh, next_page, 10).await, [1]);
    let found = fresh.database.delivery_log().find(id(2)).await.unwrap();
    let found = found.unwrap();
    assert_eq!(found.otp.contact.as_str(), "grace@example.com");
    assert_eq!(found.provider.as_deref(), Some("smtp"));
    assert_eq!(found.message_id.as_deref(), Some("7"));
    assert_eq!(found.what(), "smtp");
    assert_eq!((found.sent_at, found.last_error), (Some(bench.now()), None));
    let missing = fresh.database.delivery_log().find(id(9)).await.unwrap();
    assert!(missing.is_none());
}

pub(crate) async fn retries_what_was_given_up_while_its_code_is_of_use(fresh: Fresh) {
    let bench = Bench::new();
    let log = fresh.database.delivery_log();
    let retry = async |number, now| log.retry(id(number), now).await.unwrap();
    queue(&fresh, &bench, 1, "ada@example.com").await;
    assert_eq!(retry(9, bench.now()).await, Retried::NotFound);
    let not_yet = Retried::NotFailed(DeliveryState::Queued);
    assert_eq!(retry(1, bench.now()).await, not_yet);
    let reason = "nobody of that name";
    settle(&fresh, bench.now(), &Settlement::Failed { reason }).await;
    let later = bench.now() + TimeDelta::minutes(1);
    assert_eq!(retry(1, later).await, Retried::Queued);
    let again = log.find(id(1)).await.unwrap().unwrap().delivery;
    let expected = Delivery {
        not_before: later,
        ..sample(&bench, 1).1
    };
    assert_eq!(again, expected);
    // A second operator comes too late.
    assert_eq!(retry(1, later).await, not_yet);
    let sent = Settlement::Sent {
        at: later,
        provider: "smtp".to_owned(),
        message_id: None,
    };
    let still_failing = log.find(id(1)).await.unwrap().unwrap();
    assert_eq!(still_failing.what(), reason);
    settle(&fresh, later, &sent).await;
    let taken = log.find(id(1)).await.unwrap().unwrap();
    assert_eq!(
        (taken.what(), taken.last_error.as_deref()),
        ("smtp", Some(reason))
    );
    let is_sent = Retried::NotFailed(DeliveryState::Sent);
    assert_eq!(retry(1, later).await, is_sent);
    queue(&fresh, &bench, 2, "ada@example.com").await;
    settle(&fresh, bench.now(), &Settlement::Dead { reason }).await;
    let expired = bench.now() + TimeDelta::minutes(5);
    assert_eq!(retry(2, expired).await, Retried::CodeIsDead);
    let otp = sample(&bench, 2).0.id;
    queue(&fresh, &bench, 3, "ada@example.com").await;
    settle(&fresh, bench.now(), &Settlement::Unknown { reason }).await;
    assert_eq!(retry(3, later).await, Retried::Queued);
    let otps = fresh.database.otps();
    let revoked = otps.revoke(otp, bench.now()).await;
    assert!(revoked.is_ok(), "{revoked:?}");
    assert_eq!(retry(2, bench.now()).await, Retried::CodeIsDead);
}

/// Of operators who press the button at the same moment, one queues the message.
pub(crate) async fn parallel_retries_queue_a_delivery_once(fresh: Fresh) {
    const AT_ONCE: usize = 16;
    let bench = Bench::new();
    let now = bench.now();
    for round in 1..=10 {
        queue(&fresh, &bench, round, "ada@example.com").await;
        let reason = "nobody of that name";
        settle(&fresh, now, &Settlement::Failed { reason }).await;
        let retries: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let log = fresh.database.delivery_log();
                tokio::spawn(async move { log.retry(id(round), now).await.unwrap() })
            })
            .collect();
        let mut queued = 0;
        for retry in retries {
            match retry.await.unwrap() {
                Retried::Queued => queued += 1,
                other => assert_eq!(other, Retried::NotFailed(DeliveryState::Queued)),
            }
        }
        assert_eq!(queued, 1, "round {round}");
    }
}

pub(crate) async fn leaves_a_corrupt_delivery_out_of_the_list(fresh: Fresh) {
    let bench = Bench::new();
    for number in 1..=2 {
        queue(&fresh, &bench, number, "ada@example.com").await;
    }
    fresh
        .execute("UPDATE core_otp_delivery SET channel = 'pigeon' WHERE attempts = 0")
        .await;
    queue(&fresh, &bench, 3, "ada@example.com").await;
    assert_eq!(listed(&fresh, DeliveryFilter::default(), 10).await, [3]);
    assert!(fresh.database.delivery_log().find(id(1)).await.is_err());
}
