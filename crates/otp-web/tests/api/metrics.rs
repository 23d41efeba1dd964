//! `/metrics`: who may read it, and what it tells.

use chrono::TimeDelta;
use otp_web::ApiAccess;
use poem::http::Method;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::desk::{self, Desk, ada, resend};

const KEY: &str = "a-key-of-the-monitoring";

#[tokio::test]
async fn without_keys_everybody_reads_it_as_prometheus_does() {
    let desk = desk::open().await;
    let answer = desk.get("/metrics").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    for line in [
        concat!(
            "otp_build_info{version=\"",
            env!("CARGO_PKG_VERSION"),
            "\"} 1"
        ),
        "otp_database_up 1",
        "otp_queue_messages 0",
        "otp_queue_oldest_due_age_seconds 0",
        "otp_database_pool_max_connections{pool=\"writer\"} 1",
    ] {
        assert!(answer.text.lines().any(|one| one == line), "{line}");
    }
}

#[tokio::test]
async fn with_keys_it_asks_for_one_as_the_api_does() {
    let desk = Desk::with(ApiAccess::Keys(vec![Sha256::digest(KEY).into()])).await;
    desk.get("/metrics").await.is_problem(401, "unauthorized");
    for (key, status) in [(KEY, 200), ("another-key-of-theirs", 401)] {
        let request = desk::request(Method::GET, "/metrics");
        let request = request.header("authorization", format!("Bearer {key}"));
        assert_eq!(desk.send(request.finish()).await.status, status);
    }
}

#[tokio::test]
async fn the_queue_and_requests_are_told_as_they_are() {
    let desk = desk::open().await;
    desk.issue().await;
    desk.issue().await;
    desk.bench.advance(TimeDelta::seconds(42));
    let text = desk.get("/metrics").await.text;
    for line in [
        "otp_issued_total{channel=\"email\",purpose=\"login\"} 2",
        "otp_queue_messages 2",
        "otp_queue_oldest_due_age_seconds 42",
        "otp_http_request_duration_seconds_count\
         {method=\"POST\",route=\"/api/v1/otps\",status=\"201\"} 2",
    ] {
        assert!(text.lines().any(|one| one == line), "no {line} in {text}");
    }
}

#[tokio::test]
async fn a_database_that_is_gone_is_told_and_hides_nothing_else() {
    let desk = desk::open().await;
    desk.issue().await;
    desk.database.clone().close().await;
    let answer = desk.get("/metrics").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let text = answer.text;
    assert!(text.contains("\notp_database_up 0\n"), "{text}");
    assert!(!text.contains("\notp_queue_"), "{text}");
    assert!(text.contains("otp_issued_total{channel=\"email\",purpose=\"login\"} 1"));
}

#[tokio::test]
async fn no_contact_id_code_or_word_of_a_caller_becomes_a_label() {
    let desk = desk::open().await;
    let id = desk.issue().await;
    let (code, wrong) = (desk.code(id).await, desk.wrong_code(id).await);
    desk.verify(id, &wrong).await;
    desk.verify(id, &code).await;
    desk.post_nothing(&resend(id)).await;
    let mut planted = ada();
    planted["purpose"] = json!("planted-purpose");
    desk.issue_as(&planted).await;
    desk.get("/planted-path").await;
    desk.send(desk::request("PLANTED".parse().unwrap(), "/").finish())
        .await;
    let text = desk.get("/metrics").await.text;
    assert!(text.contains("reason=\"wrong-code\""), "{text}");
    let id = id.to_string();
    for secret in ["planted", "PLANTED", "ada", "example", &id, &code, &wrong] {
        let labels = text.lines().filter(|line| !line.starts_with('#'));
        let mut labels = labels.filter_map(|line| line.split_once('{'));
        assert!(
            !labels.any(|(_, labels)| labels.contains(secret)),
            "{secret} is in {text}"
        );
    }
}
