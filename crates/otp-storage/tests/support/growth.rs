//! A table is as large as what counts, whatever came before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use otp_core::ports::Purge;
use otp_core::testing::{Bench, Subject};
use otp_core::{Code, Contact, OtpHistory, OtpRepository, Refusal, Verify};
use otp_storage::Otps;
use sea_orm::TransactionTrait;

use super::fresh::Fresh;

/// So many requests are played, and what each left in the tables is copied so many times.
const PLAYED: u64 = 1_000;
const COPIES: u64 = 100;
const REQUESTS: u64 = PLAYED * COPIES;

/// A34: requests for as many contacts, and two days later their rows are gone. While they go, people sign in, and each
/// is answered right. In the words of SQLite.
pub(crate) async fn what_many_requests_left_is_removed(fresh: Fresh) {
    let raw = fresh.raw().await;
    let transaction = Arc::new(raw.begin().await.unwrap());
    let many = Bench::on(Subject {
        otps: Arc::new(Otps::in_transaction(transaction.clone())),
        queue: Arc::new(fresh.database.deliveries()),
    });
    let service = many.guarded_service();
    for number in 0..PLAYED {
        let contact = Contact::email(&format!("somebody{number}@example.com")).unwrap();
        let issued = service.issue(contact).await.unwrap();
        assert!(issued.granted().is_some());
        many.advance(TimeDelta::milliseconds(1));
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
    copy(&fresh).await;
    assert!(rows(&fresh).await >= 3 * REQUESTS);

    let (history, otps) = (fresh.database.history(), fresh.database.otps());
    let url = fresh.url.clone();
    let bench = Bench {
        secrets,
        ..Bench::on(fresh.into())
    };
    bench.advance(TimeDelta::hours(48));
    let now = bench.now();
    let purge = Purge {
        issued_until: now - TimeDelta::hours(24),
        now,
        limit: 500,
    };
    let is_clean = AtomicBool::new(false);
    let clean = async {
        let mut more = true;
        while more {
            let purged = history.purge(&purge).await.unwrap();
            let swept = otps.sweep(now, 500).await.unwrap();
            more = purged.more || swept.more;
        }
        is_clean.store(true, Ordering::Relaxed);
    };
    let sign_in = async {
        let mut people = 0;
        while !is_clean.load(Ordering::Relaxed) {
            sign_in(&bench, people).await;
            people += 1;
        }
        people
    };
    let ((), people) = tokio::join!(clean, sign_in);
    assert!(people > 50, "{people} signed in meanwhile");
    let left = rows(&Fresh::open(url).await).await;
    assert!(left < 3 * REQUESTS / 100, "{left} for {people} people");
}

/// One person mistypes the code, types it, and types it again.
async fn sign_in(bench: &Bench, person: u64) {
    let service = bench.guarded_service();
    let contact = Contact::email(&format!("person{person}@example.com")).unwrap();
    let issued = service.issue(contact).await.unwrap().granted().unwrap();
    let code = bench.read_code(issued.id).await;
    let (first, rest) = code.expose().split_at(1);
    let wrong = Code::parse(&format!("{}{rest}", if first == "0" { "1" } else { "0" })).unwrap();
    for (typed, expected) in [
        (wrong, Some(Refusal::WrongCode { attempts_left: 4 })),
        (code.clone(), None),
        (code, Some(Refusal::NotUsable)),
    ] {
        let answer = service.verify(Verify::new(issued.id, typed)).await.unwrap();
        assert_eq!(answer.refused(), expected);
    }
}

/// Copies every row, under ids and names of its own.
async fn copy(fresh: &Fresh) {
    for (table, keys) in [
        ("core_otp", &["id"][..]),
        ("core_otp_delivery", &["id", "otp_id"]),
        ("core_otp_budget", &["bucket"]),
    ] {
        let columns = format!("SELECT name FROM pragma_table_info('{table}')");
        let columns: Vec<String> = fresh.query(&columns).await.concat();
        let copied = columns.iter().map(|column| {
            if keys.contains(&column.as_str()) {
                format!("unhex(hex(substr({column}, 5)) || printf('%08x', copy))")
            } else {
                format!("\"{column}\"")
            }
        });
        let copied: Vec<String> = copied.collect();
        let all = format!(
            "INSERT INTO {table} ({}) WITH RECURSIVE copies(copy) AS \
             (SELECT 1 UNION ALL SELECT copy + 1 FROM copies WHERE copy < {}) \
             SELECT {} FROM {table}, copies",
            columns.join(", "),
            COPIES - 1,
            copied.join(", "),
        );
        fresh.execute(&all).await;
    }
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
