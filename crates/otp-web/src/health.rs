//! `/healthz`: the process answers. `/readyz`: it can do its work.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use poem::endpoint::{make, make_sync};
use poem::http::StatusCode;
use poem::{Response, Route, get};
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use crate::pages::takes_only;
use crate::site::Site;

/// Longest wait for one check; they run side by side.
const PATIENCE: Duration = Duration::from_secs(2);
/// Longest a due message may wait before the queue counts as stuck.
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(60);

/// Adds `/healthz` and `/readyz`.
pub(crate) fn mount(route: Route, site: &Arc<Site>) -> Route {
    let site = site.clone();
    let alive = make_sync(|_| answer(StatusCode::OK, &json!({ "status": "ok" })));
    let ready = make(move |_| {
        let site = site.clone();
        async move { ready(&site).await }
    });
    route
        .at("/healthz", takes_only("GET, HEAD", get(alive)))
        .at("/readyz", takes_only("GET, HEAD", get(ready)))
}

async fn ready(site: &Site) -> Response {
    let (database, migrations, queue) = tokio::join!(
        in_time(database(site)),
        in_time(migrations(site)),
        in_time(queue(site)),
    );
    let checks = [
        ("database", database),
        ("migrations", migrations),
        ("queue", queue),
    ];
    let is_ready = checks.iter().all(|(_, check)| check.is_ok());
    let (status, word) = if is_ready {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    let told: Map<String, Value> = checks
        .into_iter()
        .map(|(name, check)| (name.to_owned(), check.err().unwrap_or("ok").into()))
        .collect();
    answer(status, &json!({ "status": word, "checks": told }))
}

/// What is wrong, in words that tell nothing of the inside.
type Check = Result<(), &'static str>;

async fn in_time(check: impl Future<Output = Check>) -> Check {
    timeout(PATIENCE, check)
        .await
        .unwrap_or(Err("no answer in time"))
}

async fn database(site: &Site) -> Check {
    site.database
        .ping()
        .await
        .map_err(|error| failed("database", &error))
}

async fn migrations(site: &Site) -> Check {
    let pending = site.database.migrations().pending().await;
    match pending.map_err(|error| failed("migrations", &error))? {
        none if none.is_empty() => Ok(()),
        _ => Err("not all applied"),
    }
}

async fn queue(site: &Site) -> Check {
    let now = site.clock.now();
    let since = site.queue.waiting_since(now).await;
    match since.map_err(|error| failed("queue", &error))? {
        Some(since) if now - since >= LONGEST_WAIT => Err("messages are waiting"),
        _ => Ok(()),
    }
}

fn failed(check: &str, error: &(dyn Error + 'static)) -> &'static str {
    tracing::warn!(check, error, "a check of readiness failed");
    "not reachable"
}

fn answer(status: StatusCode, body: &Value) -> Response {
    Response::builder()
        .status(status)
        .content_type("application/json")
        .body(body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_check_that_never_answers_is_cut_off_after_two_seconds() {
        let started = tokio::time::Instant::now();
        let never = in_time(std::future::pending()).await;
        assert_eq!(never, Err("no answer in time"));
        assert_eq!(started.elapsed(), PATIENCE);
    }
}
