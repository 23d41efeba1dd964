//! The parts every route works with.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use otp_core::{Clock, DeliveryQueue, Keyring, OtpService, Region, SecretSource};
use otp_storage::{Customers, Database, Sessions};
use url::Url;

use crate::client_address::{ClientAddress, TrustedProxies};
use crate::hosts::Hosts;
use crate::metrics::Metrics;

/// What the routes need; built once by the wiring, or by the program that nests the routes.
#[derive(Clone)]
pub struct Site {
    /// Issues and verifies.
    pub otps: OtpService,
    /// The queue, for `/readyz`.
    pub queue: Arc<dyn DeliveryQueue>,
    /// The database, for `/readyz`.
    pub database: Database,
    /// Who the contacts belong to.
    pub customers: Customers,
    /// Who is signed in.
    pub sessions: Sessions,
    /// The keys, which the digests of sessions are made with.
    pub keys: Arc<Keyring>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub secrets: Arc<dyn SecretSource>,
    /// Where people reach the service; its scheme decides about `Secure` and `__Host-` cookies.
    pub public_url: Url,
    /// Further names that people reach it by; a request for any other is refused.
    pub hosts: Hosts,
    /// The proxies that are believed when they name the client.
    pub trusted_proxies: TrustedProxies,
    /// Whether clients on this machine have budgets.
    pub loopback: Loopback,
    /// The region of phone numbers without a country code.
    pub default_region: Region,
    /// Who may call the JSON API.
    pub api_access: ApiAccess,
    /// The name shown on pages.
    pub app_name: String,
    /// What was counted.
    pub metrics: Arc<Metrics>,
    /// Where it is told.
    pub metrics_at: MetricsAt,
}

impl Site {
    /// Says whether people reach the service over https.
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// Returns the address whose budgets a request is charged to; `None` for one that has none.
    pub(crate) fn charged(&self, ClientAddress(client): ClientAddress) -> Option<IpAddr> {
        client.filter(|client| self.loopback == Loopback::Anybody || !client.is_loopback())
    }

    /// Returns the path under which people reach the routes, without a slash at its end; most often it is empty.
    pub(crate) fn base_path(&self) -> &str {
        self.public_url.path().trim_end_matches('/')
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("public_url", &self.public_url.as_str())
            .field("api_access", &self.api_access)
            .finish_non_exhaustive()
    }
}

/// Who comes from the loopback address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loopback {
    /// Whoever a proxy on this machine brings: charged like any client.
    Anybody,
    /// The developer, who tries things out: not charged.
    Ours,
}

/// Where `/metrics` is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsAt {
    /// Among the other routes, for those who may call the JSON API.
    Routes,
    /// On a listener of its own, with [`metrics_route`](crate::metrics_route).
    Elsewhere,
}

/// Who may call the JSON API, beside the holders of the keys that `otp api-key create` made.
#[derive(Clone)]
pub enum ApiAccess {
    /// Anybody who shows no key: development without configured keys. A key that is shown is checked.
    Open,
    /// Holders of one of these keys, by the SHA-256 of the key, with every scope.
    Keys(Vec<[u8; 32]>),
}

impl fmt::Debug for ApiAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("Open"),
            Self::Keys(keys) => write!(f, "Keys({} redacted)", keys.len()),
        }
    }
}
