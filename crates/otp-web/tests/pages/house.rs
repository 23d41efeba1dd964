//! All routes on a fresh SQLite file, with a clock that stands still and secrets that are the same in each run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use otp_core::ports::Claim;
use otp_core::testing::{Bench, Subject};
use otp_core::{Clock as _, EmailAddress, Keyring, OtpId, Region};
use otp_storage::{Added, AddedKey, ApiKey, Database, DatabaseUrl, NewCustomer};
use otp_web::{ApiAccess, Hosts, Loopback, Metrics, MetricsAt, Site, TrustedProxies, routes};
use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderMap, Method, header};
use poem::{Body, Endpoint as _, Request, Response};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

pub(crate) const HTTPS: &str = "https://otp.example.com";

/// The file of the database.
const FILE: &str = "otp.sqlite3";

fn url(directory: &Path) -> DatabaseUrl {
    DatabaseUrl::parse(&format!("sqlite://{}/{FILE}", directory.display())).unwrap()
}

async fn connect(directory: &Path) -> Database {
    Database::connect(&url(directory)).await.unwrap()
}

pub(crate) struct House {
    pub(crate) bench: Bench,
    pub(crate) database: Database,
    pub(crate) public_url: &'static str,
    routes: BoxEndpoint<'static, Response>,
    site: Site,
    directory: TempDir,
}

/// What a request was answered with.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::at("http://localhost:8000").await
    }

    /// A house that people reach at `public_url`.
    pub(crate) async fn at(public_url: &'static str) -> Self {
        Self::with(public_url, ApiAccess::Open).await
    }

    /// A house at `public_url` whose API admits these.
    pub(crate) async fn with(public_url: &'static str, api_access: ApiAccess) -> Self {
        let directory = TempDir::new().unwrap();
        let database = connect(directory.path()).await;
        database.migrations().up(None).await.unwrap();
        Self::over(directory, database, public_url, api_access, 0)
    }

    /// Copies the database, as `otp backup` does.
    pub(crate) async fn backup(&self, name: &str) -> PathBuf {
        let file = self.directory.path().join(name);
        let made = otp_storage::backup(&url(self.directory.path()), &file).await;
        made.unwrap();
        file
    }

    /// Another house over a backup of this one, in this epoch.
    pub(crate) async fn restored(&self, backup: &Path, epoch: u64) -> Self {
        let directory = TempDir::new().unwrap();
        std::fs::copy(backup, directory.path().join(FILE)).unwrap();
        let database = connect(directory.path()).await;
        let api_access = self.site.api_access.clone();
        Self::over(directory, database, self.public_url, api_access, epoch)
    }

    /// A house over this database, which is migrated; backups go to `directory`.
    pub(crate) fn over(
        directory: TempDir,
        database: Database,
        public_url: &'static str,
        api_access: ApiAccess,
        epoch: u64,
    ) -> Self {
        let mut bench = Bench::on(Subject {
            otps: Arc::new(database.otps()),
            queue: Arc::new(database.deliveries()),
        });
        bench.keys = Arc::new(Keyring::clone(&bench.keys).with_epoch(epoch));
        let metrics = Metrics::new(bench.service().policies(), bench.clock.now());
        let metrics = Arc::new(metrics);
        let site = Site {
            otps: bench.service().with_events(metrics.clone()),
            queue: bench.subject.queue.clone(),
            database: database.clone(),
            customers: database.customers(),
            sessions: database.sessions(),
            keys: bench.keys.clone(),
            clock: bench.clock.clone(),
            secrets: bench.secrets.clone(),
            public_url: public_url.parse().unwrap(),
            hosts: Hosts::default(),
            trusted_proxies: TrustedProxies::default(),
            default_region: Region::parse("IN").unwrap(),
            api_access,
            app_name: "Test & Sons".to_owned(),
            metrics,
            loopback: Loopback::Anybody,
            metrics_at: MetricsAt::Routes,
        };
        Self {
            bench,
            database,
            public_url,
            routes: routes(site.clone()),
            site,
            directory,
        }
    }

    /// Starts anew with another ring.
    pub(crate) fn restart_with_ring(&mut self, ring: Keyring) {
        self.site.keys = Arc::new(ring);
        self.routes = routes(self.site.clone());
    }

    /// Starts anew with other API keys in the configuration.
    pub(crate) fn restart_with(&mut self, api_access: ApiAccess) {
        self.site.api_access = api_access;
        self.routes = routes(self.site.clone());
    }

    /// Sends a request to the host that people know, unless it names another.
    pub(crate) async fn send(&self, mut request: Request) -> Page {
        let own = self.site.public_url.authority().parse().unwrap();
        request.headers_mut().entry(header::HOST).or_insert(own);
        self.send_as_is(request).await
    }

    pub(crate) async fn send_as_is(&self, request: Request) -> Page {
        let response = self
            .routes
            .call(request)
            .await
            .expect("an answer, never an error");
        let (parts, body) = response.into_parts();
        Page {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: body.into_string().await.unwrap(),
        }
    }

    /// Makes a call of the API.
    pub(crate) async fn call(&self, path: &str, body: impl Into<Body>) -> Page {
        let call = Request::builder().method(Method::POST).uri_str(path);
        self.send(call.content_type("application/json").body(body))
            .await
    }

    /// Issues a code as a program does, bound to no browser.
    pub(crate) async fn issue_by_api(
        &self,
        contact_type: &str,
        contact_value: &str,
        purpose: &str,
    ) -> OtpId {
        let body = json!({ "contact_type": contact_type, "contact_value": contact_value, "purpose": purpose });
        let page = self.call("/api/v1/otps", body.to_string()).await;
        let told: Value = serde_json::from_str(&page.text).unwrap();
        OtpId::from_uuid(told["id"].as_str().unwrap().parse().unwrap())
    }

    /// Counts the codes that were ever issued.
    pub(crate) async fn issued(&self) -> u64 {
        let request = Request::builder().uri_str("/api/v1/stats").finish();
        let told: Value = serde_json::from_str(&self.send(request).await.text).unwrap();
        told["total"].as_u64().unwrap()
    }

    /// Reads the code as its owner does in the message.
    pub(crate) async fn code(&self, id: OtpId) -> String {
        self.bench.read_code(id).await.expose().to_owned()
    }

    /// A code that is not that one.
    pub(crate) async fn wrong_code(&self, id: OtpId) -> String {
        let right: u32 = self.code(id).await.parse().unwrap();
        format!("{:06}", (right + 1) % 1_000_000)
    }

    /// Takes the messages that are queued, and returns how many there were.
    pub(crate) async fn take_messages(&self) -> usize {
        let now = self.bench.clock.now();
        let claim = Claim {
            lease: [7; 16],
            now,
            lease_until: now + TimeDelta::days(1),
            limit: 100,
        };
        self.bench.subject.queue.claim(&claim).await.unwrap().len()
    }

    /// Stores an API key with these scopes and returns it in full; its name and id are made of `letter`.
    pub(crate) async fn add_key(&self, letter: char, scopes: &str) -> String {
        let secret = [letter as u8; 32];
        let id = letter.to_string().repeat(12);
        let key = ApiKey {
            id: id.clone(),
            name: id.clone(),
            digest: Sha256::digest(secret).into(),
            scopes: scopes.parse().unwrap(),
            created_at: self.bench.clock.now(),
            last_used_at: None,
            revoked_at: None,
        };
        let added = self.database.api_keys().add(&key).await.unwrap();
        assert_eq!(added, AddedKey::Done);
        format!("otpk_{id}_{}", URL_SAFE_NO_PAD.encode(secret))
    }

    /// The guide's customer.
    pub(crate) async fn add_test_customer(&self) {
        let customer = NewCustomer {
            name: "Test <User>".to_owned(),
            email: Some(EmailAddress::parse("test@example.com").unwrap()),
            phone: None,
            customer_type: "Household".to_owned(),
        };
        let now = self.bench.clock.now();
        let added = self.database.customers().add(&customer, now).await.unwrap();
        assert!(matches!(added, Added::Customer(_)));
    }
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Sees that the page holds this text, whatever is kept apart in it for the direction of writing.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) {
        let whole = self.text.replace("<bdi>", "").replace("</bdi>", "");
        assert!(
            whole.contains(text),
            "{text:?} is not in {} {}",
            self.status,
            self.text
        );
    }

    #[track_caller]
    pub(crate) fn leads_to(&self, path: &str) {
        assert_eq!(
            (self.status, self.header("location")),
            (303, path),
            "{}",
            self.text
        );
    }

    /// Returns the first tag that holds `part`.
    pub(crate) fn tag(&self, part: &str) -> &str {
        let tags = self.text.split('<').filter(|tag| tag.contains(part));
        tags.map(|tag| tag.split('>').next().unwrap())
            .next()
            .unwrap_or_default()
    }

    /// Returns the token of the page's forms.
    pub(crate) fn form_token(&self) -> Option<String> {
        let value = self.tag("name=\"csrf_token\"").split("value=\"").nth(1)?;
        value.split('"').next().map(str::to_owned)
    }
}
