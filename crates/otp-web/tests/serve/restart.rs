//! A restart on a socket that somebody else holds: whoever comes meanwhile waits, and nobody is turned away.
//!
//! HTTP/1.1 lets a server close a kept connection that is idle, and a client may have sent its next request just
//! then. Clients repeat such a request when it is safe to repeat (RFC 9112 section 9.3.1), as the one here does; a POST
//! by an idle kept connection cannot be promised.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use reqwest::Client;
use serde_json::json;
use tokio::task::JoinSet;

use crate::process::Manager;

/// What clients saw.
#[derive(Default)]
struct Seen {
    done: AtomicBool,
    answered: AtomicU32,
}

/// Who asks without a pause, each on its own.
const CLIENTS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_while_the_service_is_restarted_under_load() {
    let manager = Manager::new();
    let seen = Arc::<Seen>::default();
    let mut service = manager.start(&[]);
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(issue_by_new_connections(
            manager.url("/api/v1/otps"),
            seen.clone(),
        ));
        clients.spawn(ask_by_a_kept_connection(
            manager.url("/healthz"),
            seen.clone(),
        ));
    }
    for _ in 0..3 {
        until_answered(&seen, 40).await;
        service.ask_to_stop();
        let before = service;
        tokio::task::block_in_place(|| before.ended());
        service = tokio::task::block_in_place(|| manager.start(&[]));
    }
    until_answered(&seen, 40).await;
    seen.done.store(true, Ordering::Relaxed);
    let mut failures = Vec::new();
    while let Some(client) = clients.join_next().await {
        failures.extend(client.unwrap().err());
    }
    assert_eq!(failures, [""; 0]);
    tokio::task::block_in_place(|| service.stop());
}

/// Posts, each time by a new connection, as a proxy without kept connections does.
async fn issue_by_new_connections(url: String, seen: Arc<Seen>) -> Result<(), String> {
    let client = Client::builder().pool_max_idle_per_host(0).build().unwrap();
    let body = json!({ "contact_type": "email", "contact_value": "ada@example.com" });
    until_done(&seen, 201, || client.post(&url).json(&body)).await
}

/// Asks again and again by one connection while it lives.
async fn ask_by_a_kept_connection(url: String, seen: Arc<Seen>) -> Result<(), String> {
    let client = Client::builder().pool_max_idle_per_host(1).build().unwrap();
    until_done(&seen, 200, || client.get(&url)).await
}

async fn until_done(
    seen: &Seen,
    expected: u16,
    request: impl Fn() -> reqwest::RequestBuilder,
) -> Result<(), String> {
    while !seen.done.load(Ordering::Relaxed) {
        let answer = request().timeout(Duration::from_mins(1)).send().await;
        let answer = answer.map_err(|error| format!("{error:?}"))?;
        let status = answer.status().as_u16();
        let text = answer.text().await.map_err(|error| format!("{error:?}"))?;
        if status != expected {
            return Err(format!("{status}: {text}"));
        }
        seen.answered.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Waits for so many more answers.
async fn until_answered(seen: &Seen, more: u32) {
    let enough = seen.answered.load(Ordering::Relaxed) + more;
    let many = async {
        while seen.answered.load(Ordering::Relaxed) < enough {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_mins(1), many).await;
    waited.expect("clients that are answered");
}

#[test]
fn the_manager_is_told_of_the_start_the_end_and_that_it_lives() {
    let manager = Manager::new();
    let service = manager.start(&[("WATCHDOG_USEC", "200000")]);
    manager.hears("WATCHDOG=1");
    service.ask_to_stop();
    manager.hears("STOPPING=1");
    service.ended();
}
