//! Clauses of units that a neighbour's lock undoes. SQLite has none: its writers take turns.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use otp_core::ports::{Claim, Opened, Opening};
use otp_core::testing::{Bench, Subject};
use otp_core::{Contact, DeliveryQueue, OtpId, OtpRepository, OtpService, StoreError};
use otp_storage::Otps;
use sea_orm::prelude::Uuid;
use sea_orm::{DbBackend, TransactionTrait};

use super::fresh::Fresh;
use super::otps::{opened, sample};

/// What the database undid because of a neighbour is done again.
pub(crate) async fn repeats_what_a_deadlock_undid(fresh: Fresh) {
    let opened = deadlock(&fresh, fresh.database.otps()).await;
    assert!(matches!(opened.unwrap(), Opened::New(_)));
}

/// Within the caller's transaction nothing is repeated: the database undid all of it, not only our part.
pub(crate) async fn repeats_nothing_within_the_callers_transaction(fresh: Fresh) {
    let raw = fresh.raw().await;
    let transaction = Arc::new(raw.begin().await.unwrap());
    let refused = deadlock(&fresh, Otps::in_transaction(transaction)).await;
    assert!(refused.unwrap_err().is_temporary());
}

/// Within the caller's transaction the budgets are as they stand, not as they stood when it began to look.
pub(crate) async fn counts_what_others_charged_since_the_caller_began(fresh: Fresh) {
    let raw = fresh.raw().await;
    let transaction = Arc::new(raw.begin().await.unwrap());
    let within = Bench::on(Subject {
        otps: Arc::new(Otps::in_transaction(transaction.clone())),
        queue: Arc::new(fresh.database.deliveries()),
    });
    // On MySQL and MariaDB, what a transaction reads later is as old as this.
    let unknown = OtpId::from_uuid(Uuid::from_u128(1));
    assert_eq!(within.subject.otps.find(unknown).await.unwrap(), None);
    let database = fresh.database.clone();
    let elsewhere = Bench {
        secrets: within.secrets.clone(),
        ..Bench::on(fresh.into())
    };
    for bench in [&elsewhere, &within] {
        let contact = Contact::email("ada@example.com").unwrap();
        let issued = bench.guarded_service().issue(contact).await.unwrap();
        assert!(issued.granted().is_some());
    }
    drop(within.subject.otps);
    let transaction = Arc::into_inner(transaction).unwrap();
    transaction.commit().await.unwrap();
    raw.close().await.unwrap();
    let start = elsewhere.now();
    let claim = Claim {
        lease: [1; 16],
        now: start + TimeDelta::hours(1),
        lease_until: start + TimeDelta::hours(2),
        limit: 10,
    };
    let claimed = database.deliveries().claim(&claim).await.unwrap();
    let due: Vec<_> = claimed
        .iter()
        .map(|each| each.delivery.not_before)
        .collect();
    assert_eq!(due, [start, start + TimeDelta::seconds(60)]);
}

/// A ledger that is charged between a sweep's look and its removal is kept, and its charge counts.
pub(crate) async fn a_sweep_keeps_what_is_charged_meanwhile(fresh: Fresh) {
    let database = fresh.database.clone();
    let bench = Bench::on(Subject {
        otps: Arc::new(database.otps()),
        queue: Arc::new(database.deliveries()),
    });
    let contact = || Contact::email("ada@example.com").unwrap();
    let issue = async |service: OtpService| {
        let issued = service.issue(contact()).await.unwrap();
        assert!(issued.granted().is_some());
    };
    issue(bench.guarded_service()).await;
    bench.advance(TimeDelta::hours(25));
    let now = bench.now();
    let raw = fresh.raw().await;
    let transaction = Arc::new(raw.begin().await.unwrap());
    let neighbour = OtpService::new(
        Arc::new(Otps::in_transaction(transaction.clone())),
        bench.keys.clone(),
        bench.clock.clone(),
        bench.secrets.clone(),
    );
    issue(neighbour).await;
    let otps = database.otps();
    let sweep = tokio::spawn(async move { otps.sweep(now, 100).await });
    while !somebody_waits(&fresh).await {
        tokio::time::sleep(Duration::from_millis(120)).await;
    }
    let transaction = Arc::into_inner(transaction).unwrap();
    transaction.commit().await.unwrap();
    raw.close().await.unwrap();
    assert!(sweep.await.unwrap().is_ok());
    issue(bench.guarded_service()).await;
    let claim = Claim {
        lease: [1; 16],
        now: now + TimeDelta::hours(1),
        lease_until: now + TimeDelta::hours(2),
        limit: 10,
    };
    let claimed = database.deliveries().claim(&claim).await.unwrap();
    let due = claimed.iter().map(|each| each.delivery.not_before);
    let of_today: Vec<_> = due.filter(|due| *due >= now).collect();
    assert_eq!(of_today, [now, now + TimeDelta::seconds(60)]);
}

/// Opens an OTP while a neighbour holds its delivery's id and then asks for the OTP's id: each waits for the other.
async fn deadlock(fresh: &Fresh, otps: Otps) -> Result<Opened, StoreError> {
    let bench = Bench::new();
    let raw = fresh.raw().await;
    let transaction = Arc::new(raw.begin().await.unwrap());
    let neighbour = Otps::in_transaction(transaction.clone());
    // MariaDB undoes the transaction that changed less, PostgreSQL the one that has waited longer.
    for number in 10..30 {
        let (otp, delivery) = sample(&bench, number);
        opened(&neighbour, &otp, &delivery).await;
    }
    let (otp, mut delivery) = sample(&bench, 1);
    delivery.id = sample(&bench, 10).1.id;
    let opening = Opening::unlimited(otp, delivery);
    let ours = tokio::spawn(async move { otps.open(&opening).await });
    // MariaDB shows its waits anew only to those who have not looked for a tenth of a second.
    while !somebody_waits(fresh).await {
        tokio::time::sleep(Duration::from_millis(120)).await;
    }
    let (otp, delivery) = sample(&bench, 1);
    opened(&neighbour, &otp, &delivery).await;
    drop(neighbour);
    let transaction = Arc::into_inner(transaction).unwrap();
    transaction.rollback().await.unwrap();
    raw.close().await.unwrap();
    ours.await.unwrap()
}

async fn somebody_waits(fresh: &Fresh) -> bool {
    let waits = match fresh.backend() {
        DbBackend::MySql => {
            "SELECT 'waits' FROM information_schema.innodb_trx t \
             JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id \
             WHERE t.trx_state = 'LOCK WAIT' AND p.db = DATABASE()"
        }
        _ => {
            "SELECT 'waits' FROM pg_stat_activity \
             WHERE wait_event_type = 'Lock' AND datname = current_database()"
        }
    };
    !fresh.query(waits).await.is_empty()
}
