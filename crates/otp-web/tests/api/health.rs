//! `/healthz` and `/readyz`.

use chrono::TimeDelta;
use serde_json::json;

use crate::desk::{self, Desk};

#[tokio::test]
async fn a_service_that_can_work_is_alive_and_ready() {
    let desk = desk::open().await;
    let alive = desk.get("/healthz").await;
    assert_eq!(
        (alive.status, alive.json()),
        (200, json!({ "status": "ok" }))
    );
    let ready = desk.get("/readyz").await;
    let checks = json!({ "database": "ok", "migrations": "ok", "queue": "ok" });
    assert_eq!(
        (ready.status, ready.json()),
        (200, json!({ "status": "ready", "checks": checks }))
    );
}

#[tokio::test]
async fn a_message_that_waits_for_a_minute_is_not_ready() {
    let desk = desk::open().await;
    desk.issue().await;
    desk.bench.advance(TimeDelta::seconds(59));
    assert_eq!(desk.get("/readyz").await.status, 200);
    desk.bench.advance(TimeDelta::seconds(1));
    let answer = desk.get("/readyz").await;
    let checks = json!({ "database": "ok", "migrations": "ok", "queue": "messages are waiting" });
    assert_eq!(
        (answer.status, answer.json()["checks"].clone()),
        (503, checks)
    );
    desk.take_messages().await;
    assert_eq!(desk.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn missing_tables_are_not_ready() {
    let desk = Desk::without_tables().await;
    let answer = desk.get("/readyz").await;
    let checks =
        json!({ "database": "ok", "migrations": "not all applied", "queue": "not reachable" });
    assert_eq!(
        (answer.status, answer.json()["checks"].clone()),
        (503, checks)
    );
    assert_eq!(desk.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn a_database_that_is_gone_is_not_ready_and_not_dead() {
    let desk = desk::open().await;
    desk.database.clone().close().await;
    let answer = desk.get("/readyz").await;
    let gone = "not reachable";
    let checks = json!({ "database": gone, "migrations": gone, "queue": gone });
    assert_eq!(
        (answer.status, answer.json()["checks"].clone()),
        (503, checks)
    );
    assert_eq!(desk.get("/healthz").await.status, 200);
}
