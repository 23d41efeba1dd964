//! The one-time-passcode service: pages, JSON API and command line.
//!
//! The binary `otp` is this crate with a configuration. A poem app of your own takes [`routes`] instead:
//!
//! ```
//! use std::sync::Arc;
//!
//! use otp_core::{Clock as _, Keyring, OtpService, Policies, Region};
//! use otp_storage::{Database, DatabaseUrl};
//! use otp_web::{ApiAccess, Hosts, Loopback, Metrics, MetricsAt, Site, SystemClock, SystemSecrets, TrustedProxies, routes};
//! use poem::Route;
//!
//! # async fn app(folder: &std::path::Path) -> Result<Route, Box<dyn std::error::Error>> {
//! let url = DatabaseUrl::parse(&format!("sqlite://{}/otp.sqlite3", folder.display()))?;
//! let database = Database::connect(&url).await?;
//! database.migrations().up(None).await?;
//! let keys = Arc::new(Keyring::parse("k1:7l2oHqvR0cF5nXwJmT8uYbZsKdEaQyLg4iP9hV3rN6M")?); // `otp keys generate`
//! let (clock, secrets) = (Arc::new(SystemClock), Arc::new(SystemSecrets));
//! let metrics = Arc::new(Metrics::new(&Policies::default(), clock.now()));
//! let site = Site {
//!     otps: OtpService::new(Arc::new(database.otps()), keys.clone(), clock.clone(), secrets.clone())
//!         .with_events(metrics.clone()),
//!     queue: Arc::new(database.deliveries()),
//!     customers: database.customers(),
//!     sessions: database.sessions(),
//!     database,
//!     keys,
//!     clock,
//!     secrets,
//!     public_url: "https://shop.example.com/auth".parse()?,
//!     hosts: Hosts::default(), // other names than that of `public_url`
//!     trusted_proxies: TrustedProxies::default(), // those in front of the service, for the client's address
//!     default_region: Region::parse("IN")?,
//!     api_access: ApiAccess::Keys(Vec::new()), // those of `otp api-key` only
//!     app_name: "Shop".to_owned(),
//!     metrics,
//!     loopback: Loopback::Anybody,
//!     metrics_at: MetricsAt::Routes,
//! };
//! let app = Route::new().nest("/auth", routes(site));
//! # Ok(app) }
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let client = poem::test::TestClient::new(app(folder.path()).await?);
//! # let page = client.get("/auth/otp/request/").header("host", "shop.example.com").send().await;
//! # page.assert_status_is_ok();
//! # Ok(()) }
//! ```
//!
//! The messages that the routes queue are sent by a dispatcher of `otp-notify`.
//!
//! # In reading order
//!
//! | module | holds |
//! |---|---|
//! | [`Site`] | the parts every route works with |
//! | [`routes`] | every route, behind one guard: limits, deadline, headers, log line |
//! | `pages`, `session` | the pages, and the browser on the other side |
//! | `api`, `problems`, `health` | the JSON API, what it refuses with, and its probes |
//! | [`ClientAddress`] | who is on the other side, behind proxies too |
//! | [`Metrics`] | what is counted, for `/metrics` |
//! | `config`, `wiring`, [`cli`] | the binary |

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod access;
mod api;
mod api_key;
pub mod cli;
mod client_address;
mod config;
mod failure;
mod health;
mod hosts;
mod housekeeping;
mod keys;
mod metrics;
mod next;
mod pages;
mod problems;
mod security;
mod session;
mod site;
mod statistics;
mod system;
mod traces;
mod wiring;

use std::sync::Arc;

use poem::endpoint::BoxEndpoint;
use poem::{EndpointExt as _, Response, Route};

pub use self::client_address::{ClientAddress, NotAProxy, TrustedProxies};
pub use self::hosts::{Hosts, NotAHost};
pub use self::metrics::Metrics;
pub use self::next::LocalPath;
use self::pages::Pages;
use self::security::Guard;
pub use self::site::{ApiAccess, Loopback, MetricsAt, Site};
pub use self::system::{SystemClock, SystemSecrets};

/// Returns every route: the pages under `/otp/`, the JSON API under `/api/v1` with its description at
/// `/openapi.json` and `/docs`, the pages of its problems, `/healthz`, `/readyz` and `/metrics`.
///
/// Nest them into any poem app; where that is not at its root, `public_url` has the same path.
pub fn routes(site: Site) -> BoxEndpoint<'static, Response> {
    let site = Arc::new(site);
    let pages = Arc::new(Pages::new(site.clone()));
    let routes = pages::mount(Route::new(), &pages);
    let routes = api::mount(routes, &site);
    let routes = problems::mount(routes, &pages);
    let routes = health::mount(routes, &site);
    let routes = metrics::mount(routes, &site);
    Guard::around(routes, pages).boxed()
}

/// Returns `/metrics` alone, without a key: for a listener that only the monitoring reaches.
pub fn metrics_route(site: Site) -> BoxEndpoint<'static, Response> {
    metrics::alone(Arc::new(site)).boxed()
}

/// The guide for embedders, compiled with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/embedding.md")]
pub struct EmbeddingGuide;
