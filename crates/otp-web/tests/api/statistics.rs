//! `GET /stats`.

use chrono::TimeDelta;
use insta::assert_snapshot;
use serde_json::json;

use crate::bodies::sorted;
use crate::desk;

#[tokio::test]
async fn the_statistics_tell_what_became_of_the_codes() {
    let desk = desk::open().await;
    let id = desk.issue().await;
    let wrong = desk.wrong_code(id).await;
    assert_eq!(desk.verify(id, &wrong).await.status, 422);
    desk.bench.advance(TimeDelta::seconds(30));
    let code = desk.code(id).await;
    assert_eq!(desk.verify(id, &code).await.status, 200);
    let payment = json!({
        "contact_type": "phone", "contact_value": "9876543210", "purpose": "payment",
    });
    desk.issue_as(&payment).await;
    let path = "/api/v1/stats?since=2026-01-01T11:30:00Z&until=2026-01-01T13:00:00%2B00:00";
    let told = desk.get(&format!("{path}&by=hour")).await;
    assert_eq!(told.status, 200, "{told:?}");
    assert_snapshot!("statistics", sorted(&told.json()));
    let of_payment = desk.get(&format!("{path}&purpose=payment")).await.json();
    assert_eq!(of_payment["purpose"], "payment");
    assert_eq!(of_payment["funnel"]["issued"], 1);
    assert_eq!(of_payment["by"], "day");
    assert_eq!(of_payment["since"], "2026-01-01T00:00:00Z");
    let usual = desk.get("/api/v1/stats").await.json();
    assert_eq!(usual["since"], "2025-12-25T00:00:00Z");
    assert_eq!(usual["until"], "2026-01-02T00:00:00Z");
    assert_eq!(usual["periods"].as_array().map(Vec::len), Some(8));
    assert_eq!(usual["funnel"]["issued"], 2);
    assert_eq!(usual["total"], 2);
}

#[tokio::test]
async fn a_parameter_that_is_not_as_described_is_named() {
    let desk = desk::open().await;
    for (query, field) in [
        ("since=yesterday", "since"),
        ("since=2026-01-01", "since"),
        ("since=2027-01-01T00:00:00Z", "since"),
        ("since=2024-12-01T00:00:00Z", "since"),
        ("since=2025-12-01T11:59:59Z&by=hour", "since"),
        ("until=", "until"),
        ("purpose=Login", "purpose"),
        ("by=week", "by"),
        ("sinse=2026-01-01T00:00:00Z", "sinse"),
        ("by=day&by=hour", "by"),
    ] {
        let answer = desk.get(&format!("/api/v1/stats?{query}")).await;
        answer.names(400, "invalid-request", field);
    }
}
