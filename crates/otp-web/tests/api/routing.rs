//! Addresses, methods, media types and sizes.

use poem::http::Method;
use serde_json::json;

use crate::desk::{self, ada, request};

const ISSUE: &str = "/api/v1/otps";
const HANDLE: &str = "/api/v1/otps/019b796d-d600-7f55-b0f5-a1810b7af78c";

#[tokio::test]
async fn an_unknown_address_is_a_problem() {
    let desk = desk::open().await;
    for path in [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v2/otps",
        "/api/v1/nothing",
        "/api/v1/otps/",
        "/api/v1//otps",
        "/api/v1/otps/x/y",
        "/api/v1/otps/x/verify/",
        "/api/v1/%00",
    ] {
        desk.get(path).await.is_problem(404, "not-found");
    }
}

#[tokio::test]
async fn an_address_that_is_no_text_is_a_problem() {
    let desk = desk::open().await;
    for path in ["/api/v1/otps/%FF", "/api/%C0%AF"] {
        desk.get(path).await.is_problem(400, "invalid-request");
    }
}

#[tokio::test]
async fn another_method_is_a_problem_with_allow() {
    let desk = desk::open().await;
    let (verify, resend) = (format!("{HANDLE}/verify"), format!("{HANDLE}/resend"));
    for (path, allowed) in [
        (ISSUE, "POST"),
        (HANDLE, "DELETE, GET, HEAD"),
        (&verify, "POST"),
        (&resend, "POST"),
        ("/api/v1/verify", "POST"),
        ("/openapi.json", "GET, HEAD"),
        ("/healthz", "GET, HEAD"),
        ("/readyz", "GET, HEAD"),
    ] {
        for method in [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW",
        ] {
            if allowed.split(", ").any(|one| one == method) {
                continue;
            }
            let answer = desk
                .send(request(method.parse().unwrap(), path).finish())
                .await;
            assert_eq!(answer.status, 405, "{method} {path}");
            let mut told: Vec<&str> = answer.header("allow").split(", ").collect();
            told.sort_unstable();
            assert_eq!(told.join(", "), allowed, "{method} {path}");
            if method != "HEAD" {
                answer.is_problem(405, "method-not-allowed");
            }
        }
    }
}

#[tokio::test]
async fn a_body_must_be_json_by_its_content_type() {
    let desk = desk::open().await;
    for path in [ISSUE, &format!("{HANDLE}/verify"), "/api/v1/verify"] {
        let without = request(Method::POST, path).body(ada().to_string());
        desk.send(without).await.is_problem(415, "invalid-request");
        for media_type in [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/problem+json",
            "application/jsonp",
            "application/json; charset=latin1",
            "application/json; charset=utf-8; charset=utf-16",
            "application/json, text/plain",
        ] {
            let request = request(Method::POST, path).header("Content-Type", media_type);
            let answer = desk.send(request.body(ada().to_string())).await;
            answer.is_problem(415, "invalid-request");
        }
        let twice = request(Method::POST, path)
            .header("Content-Type", "application/json")
            .header("Content-Type", "text/plain");
        let answer = desk.send(twice.body(ada().to_string())).await;
        answer.is_problem(415, "invalid-request");
    }
    assert_eq!(desk.take_messages().await, 0);
    for media_type in [
        "application/json",
        "Application/JSON;charset=UTF-8",
        "application/json; charset=\"utf-8\"",
    ] {
        let request = request(Method::POST, ISSUE).header("Content-Type", media_type);
        assert_eq!(
            desk.send(request.body(ada().to_string())).await.status,
            201,
            "{media_type}"
        );
    }
}

#[tokio::test]
async fn a_body_has_at_most_eight_kibibytes() {
    let desk = desk::open().await;
    let body = |length| {
        let mut body = ada().to_string();
        body.extend(std::iter::repeat_n(' ', length - body.len()));
        body
    };
    assert_eq!(desk.post_raw(ISSUE, body(8192)).await.status, 201);
    for length in [8193, 1_000_000] {
        for path in [ISSUE, &format!("{HANDLE}/verify"), "/api/v1/verify"] {
            desk.post_raw(path, body(length))
                .await
                .is_problem(413, "invalid-request");
        }
    }
    assert_eq!(desk.take_messages().await, 1);
}

#[tokio::test]
async fn other_sites_are_granted_nothing() {
    let desk = desk::open().await;
    let preflight = request(Method::OPTIONS, ISSUE)
        .header("Origin", "https://evil.example")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type");
    let mut answers = vec![desk.send(preflight.finish()).await];
    let id = desk.issue().await;
    desk.take_messages().await;
    desk.bench.advance(chrono::TimeDelta::seconds(61));
    let body = ada().to_string();
    for (name, value) in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Origin", "http://otp.example.com"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        for (method, path, media_type) in [
            (Method::POST, ISSUE, "application/json"),
            (Method::POST, ISSUE, "text/plain"),
            (Method::POST, &desk::resend(id), "text/plain"),
            (Method::POST, &desk::verify(id), "text/plain"),
            (Method::DELETE, &desk::otp(id), "text/plain"),
        ] {
            let cross = request(method, path)
                .header(name, value)
                .content_type(media_type);
            let answer = desk.send(cross.body(body.clone())).await;
            answer.is_problem(401, "unauthorized");
            answers.push(answer);
        }
    }
    assert_eq!(desk.take_messages().await, 0);
    assert_eq!(desk.attempts_left(id).await, 5);
    assert_eq!(desk.get("/api/v1/stats").await.json()["total"], 1);
    for answer in answers {
        let granted = answer
            .headers
            .keys()
            .any(|name| name.as_str().starts_with("access-control-"));
        assert!(!granted, "{answer:?}");
    }
}

#[tokio::test]
async fn our_own_pages_and_holders_of_a_key_may_call() {
    let desk = desk::open().await;
    let key = format!("Bearer {}", desk.add_key('k', "issue").await);
    for headers in [
        &[
            ("Origin", "https://otp.example.com"),
            ("Sec-Fetch-Site", "same-origin"),
        ][..],
        &[("Origin", "https://shop.example"), ("Authorization", &key)],
        &[("Sec-Fetch-Site", "cross-site"), ("Authorization", &key)],
        &[],
    ] {
        let mut call = request(Method::POST, ISSUE).content_type("application/json");
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        let answer = desk.send(call.body(ada().to_string())).await;
        assert_eq!(answer.status, 201, "{headers:?} {answer:?}");
    }
}

#[tokio::test]
async fn an_answer_is_never_cached() {
    let desk = desk::open().await;
    let id = desk.issue().await;
    for answer in [
        desk.post(ISSUE, &ada()).await,
        desk.get(&desk::otp(id)).await,
        desk.post(&desk::verify(id), &json!({ "otp_code": "000000" }))
            .await,
        desk.delete(&desk::otp(id)).await,
        desk.get("/api/v1/nothing").await,
    ] {
        assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
    }
}
