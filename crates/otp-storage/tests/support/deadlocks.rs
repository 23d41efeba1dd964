//! Clauses of units that a neighbour's lock undoes. SQLite has none: its writers take turns.

use std::sync::Arc;
use std::time::Duration;

use otp_core::ports::{Opened, Opening};
use otp_core::testing::Bench;
use otp_core::{OtpRepository, StoreError};
use otp_storage::Otps;
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
