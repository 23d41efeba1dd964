//! A table is as large as what counts, whatever came before.

use std::sync::Arc;

use chrono::TimeDelta;
use otp_core::ports::Purge;
use otp_core::testing::{Bench, Subject};
use otp_core::{Contact, OtpHistory, OtpRepository, Verify};
use otp_storage::Otps;
use sea_orm::TransactionTrait;

use super::fresh::Fresh;

const REQUESTS: u64 = 10_000;

/// A34: requests for as many contacts, and two days later their rows are gone, while codes still open.
pub(crate) async fn what_many_requests_left_is_removed(fresh: Fresh) {
    let raw = fresh.raw().await;
    let transaction = Arc::new(raw.begin().await.unwrap());
    let many = Bench::on(Subject {
        otps: Arc::new(Otps::in_transaction(transaction.clone())),
        queue: Arc::new(fresh.database.deliveries()),
    });
    let service = many.guarded_service();
    for number in 0..REQUESTS {
        let contact = Contact::email(&format!("somebody{number}@example.com")).unwrap();
        let issued = service.issue(contact).await.unwrap();
        assert!(issued.granted().is_some());
    }
    drop(service);
    let secrets = many.secrets.clone();
    drop(many);
    Arc::into_inner(transaction)
        .unwrap()
        .commit()
        .await
        .unwrap();
    raw.close().await.unwrap();
    assert!(rows(&fresh).await >= 3 * REQUESTS);

    let (history, otps) = (fresh.database.history(), fresh.database.otps());
    let url = fresh.url.clone();
    let bench = Bench {
        secrets,
        ..Bench::on(fresh.into())
    };
    let service = bench.guarded_service();
    bench.advance(TimeDelta::hours(48));
    let mut more = true;
    while more {
        let now = bench.now();
        let purge = Purge {
            issued_until: now - TimeDelta::hours(24),
            now,
            limit: 500,
        };
        let purged = history.purge(&purge).await.unwrap();
        let swept = otps.sweep(now, 500).await.unwrap();
        more = purged.more || swept.more;
        let owner = Contact::phone("+919876543210").unwrap();
        let issued = service.issue(owner).await.unwrap().granted().unwrap();
        let code = bench.read_code(issued.id).await;
        let answer = service.verify(Verify::new(issued.id, code)).await.unwrap();
        assert!(answer.granted().is_some());
    }
    let left = rows(&Fresh::open(url).await).await;
    assert!(left < 3 * REQUESTS / 100, "{left}");
}

async fn rows(fresh: &Fresh) -> u64 {
    let tables = ["core_otp", "core_otp_delivery", "core_otp_budget"];
    let mut sum = 0;
    for table in tables {
        let counted = format!("SELECT CAST(COUNT(*) AS CHAR(20)) FROM {table}");
        let rows = fresh.query(&counted).await;
        sum += rows[0][0].trim().parse::<u64>().unwrap();
    }
    sum
}
