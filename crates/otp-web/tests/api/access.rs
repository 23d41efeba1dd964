//! Who may call.

use otp_web::ApiAccess;
use poem::Request;
use poem::http::Method;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::desk::{Answer, Desk, ada, request};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const OTHER_KEY: &str = "fedcba9876543210fedcba9876543210";

fn keys(keys: &[&str]) -> ApiAccess {
    ApiAccess::Keys(keys.iter().map(|key| Sha256::digest(key).into()).collect())
}

/// Every call of the description: a new one without a check fails here.
async fn every_call(desk: &Desk) -> Vec<(Method, String)> {
    let description = desk.get("/openapi.json").await.json();
    let mut calls = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let method = method.to_uppercase().parse().unwrap();
            let path = path.replace("{id}", "019b796d-d600-7f55-b0f5-a1810b7af78c");
            calls.push((method, format!("/api/v1{path}")));
        }
    }
    assert_eq!(calls.len(), 6);
    calls
}

fn call(method: &Method, path: &str, authorization: Option<&str>) -> Request {
    let request = request(method.clone(), path).content_type("application/json");
    match authorization {
        Some(value) => request.header("Authorization", value).body("{"),
        None => request.body("{"),
    }
}

#[tokio::test]
async fn every_call_asks_for_a_key_before_it_looks_at_anything_else() {
    let desk = Desk::with(keys(&[KEY, OTHER_KEY])).await;
    let basic = format!("Basic {KEY}");
    let bearers = [KEY, OTHER_KEY].map(|key| format!("Bearer {key}"));
    let longer = format!("Bearer {KEY}0");
    for (method, path) in every_call(&desk).await {
        let wrong = ["Bearer", "Bearer ", "Bearer x", KEY, &basic, &longer];
        for authorization in [None].into_iter().chain(wrong.map(Some)) {
            let answer = desk.send(call(&method, &path, authorization)).await;
            answer.is_problem(401, "unauthorized");
            assert_eq!(
                answer.header("www-authenticate"),
                "Bearer",
                "{authorization:?}"
            );
        }
        for bearer in &bearers {
            let answer = desk.send(call(&method, &path, Some(bearer))).await;
            assert_ne!(answer.status, 401, "{method} {path} {answer:?}");
        }
    }
}

#[tokio::test]
async fn without_keys_a_closed_api_admits_nobody() {
    let desk = Desk::with(keys(&[])).await;
    let empty = format!("Bearer {}", "");
    for authorization in [None, Some(empty.as_str()), Some("Bearer x")] {
        let answer = desk
            .send(call(&Method::POST, "/api/v1/otps", authorization))
            .await;
        answer.is_problem(401, "unauthorized");
    }
}

#[tokio::test]
async fn two_callers_with_one_idempotency_key_do_not_meet() {
    let desk = Desk::with(keys(&[KEY, OTHER_KEY])).await;
    let first = issue(&desk, KEY, &ada()).await;
    let other = issue(&desk, OTHER_KEY, &ada()).await;
    let again = issue(&desk, KEY, &ada()).await;
    assert_ne!(first.id(), other.id());
    assert_eq!(first.id(), again.id());
    assert_eq!(desk.take_messages().await, 2);
}

async fn issue(desk: &Desk, key: &str, body: &Value) -> Answer {
    let request = request(Method::POST, "/api/v1/otps")
        .content_type("application/json")
        .header("Authorization", format!("Bearer {key}"))
        .header("Idempotency-Key", "order-1");
    desk.send(request.body(body.to_string())).await
}
