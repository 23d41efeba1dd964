//! Who may call.

use otp_core::Clock as _;
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
    assert_eq!(calls.len(), 7);
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

/// Which scopes a call takes, by its method and path.
fn scopes_of(method: &Method, path: &str) -> &'static [&'static str] {
    match (method.as_str(), path) {
        ("GET", path) if path.contains("/otps/") => &["issue", "verify", "admin"],
        ("POST", path) if path.ends_with("/verify") => &["verify", "admin"],
        ("POST" | "DELETE", path) if path.contains("/otps") => &["issue", "admin"],
        ("GET", "/api/v1/stats") => &["stats", "admin"],
        other => panic!("{other:?} takes no scope"),
    }
}

#[tokio::test]
async fn a_key_opens_the_calls_of_its_scopes_and_no_others() {
    let desk = Desk::with(keys(&[KEY])).await;
    for (letter, scope) in [
        ('i', "issue"),
        ('v', "verify"),
        ('s', "stats"),
        ('a', "admin"),
    ] {
        let bearer = format!("Bearer {}", desk.add_key(letter, scope).await);
        for (method, path) in every_call(&desk).await {
            let answer = desk.send(call(&method, &path, Some(&bearer))).await;
            if scopes_of(&method, &path).contains(&scope) {
                assert!(
                    !matches!(answer.status, 401 | 403),
                    "{scope} {method} {path} {answer:?}"
                );
            } else {
                answer.is_problem(403, "forbidden");
            }
        }
    }
    let both = format!("Bearer {}", desk.add_key('b', "issue,verify").await);
    for path in ["/api/v1/otps", "/api/v1/verify"] {
        let answer = desk.send(call(&Method::POST, path, Some(&both))).await;
        assert_eq!(answer.status, 400, "{path} {answer:?}");
    }
}

#[tokio::test]
async fn a_stored_key_opens_with_its_own_secret_until_it_is_revoked() {
    let desk = Desk::with(keys(&[])).await;
    let (key, other) = (
        desk.add_key('a', "admin").await,
        desk.add_key('b', "stats").await,
    );
    let try_key = async |key: &str| {
        let bearer = format!("Bearer {key}");
        desk.send(call(&Method::POST, "/api/v1/otps", Some(&bearer)))
            .await
    };
    let (prefix, secret) = key.split_at(18);
    let stolen_id = format!("{prefix}{}", &other[18..]);
    let unknown_id = format!("otpk_cccccccccccc_{secret}");
    for wrong in [&stolen_id, &unknown_id, &key[..key.len() - 1], secret] {
        try_key(wrong).await.is_problem(401, "unauthorized");
    }
    assert_eq!(try_key(&key).await.status, 400);
    let api_keys = desk.database.api_keys();
    let used = api_keys.find("aaaaaaaaaaaa").await.unwrap().unwrap();
    assert_eq!(used.last_used_at, Some(desk.bench.clock.now()));
    let unused = api_keys.find("bbbbbbbbbbbb").await.unwrap().unwrap();
    assert_eq!(unused.last_used_at, None, "a wrong secret is no use");
    // As another node would.
    let now = desk.bench.clock.now();
    assert!(api_keys.revoke("aaaaaaaaaaaa", now).await.unwrap());
    try_key(&key).await.is_problem(401, "unauthorized");
}

#[tokio::test]
async fn an_open_api_checks_a_key_that_is_shown() {
    let desk = Desk::with(ApiAccess::Open).await;
    let stats = format!("Bearer {}", desk.add_key('s', "stats").await);
    let issue = format!("Bearer {}", desk.add_key('i', "issue").await);
    for (authorization, status) in [
        (None, 400),
        (Some(issue.as_str()), 400),
        (Some(stats.as_str()), 403),
        (Some("Bearer x"), 401),
        (Some("Basic eDp5"), 401),
    ] {
        let call = call(&Method::POST, "/api/v1/otps", authorization);
        assert_eq!(desk.send(call).await.status, status, "{authorization:?}");
    }
}
