//! All routes on a fresh SQLite file, with a clock that stands still and secrets that are the same in each run.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use otp_core::ports::Claim;
use otp_core::testing::{Bench, Subject};
use otp_core::{Clock as _, EmailAddress, OtpId, OtpService, Region};
use otp_storage::{Added, AddedKey, ApiKey, Database, DatabaseUrl, NewCustomer};
use otp_web::{ApiAccess, Hosts, Loopback, Metrics, MetricsAt, Site, TrustedProxies, routes};
use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderMap, HeaderValue, Method, header};
use poem::{Body, Endpoint as _, Request, RequestBuilder, Response};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) struct Desk {
    pub(crate) bench: Bench,
    pub(crate) database: Database,
    routes: BoxEndpoint<'static, Response>,
    _directory: TempDir,
}

/// A desk whose API is open.
pub(crate) async fn open() -> Desk {
    Desk::with(ApiAccess::Open).await
}

impl Desk {
    pub(crate) async fn with(api_access: ApiAccess) -> Self {
        Self::build(api_access, Migrate::All, |otps, _| otps).await
    }

    pub(crate) async fn without_tables() -> Self {
        Self::build(ApiAccess::Open, Migrate::Nothing, |otps, _| otps).await
    }

    /// A desk that gives codes to customers only, with Ada among them.
    pub(crate) async fn for_customers() -> Self {
        let for_customers = |otps: OtpService, database: &Database| {
            otps.with_customers(Arc::new(database.customers()))
        };
        let desk = Self::build(ApiAccess::Open, Migrate::All, for_customers).await;
        let ada = NewCustomer {
            name: "Ada".to_owned(),
            email: EmailAddress::parse("ada@example.com").ok(),
            phone: None,
            customer_type: "Household".to_owned(),
        };
        let customers = desk.database.customers();
        let added = customers.add(&ada, desk.bench.clock.now()).await.unwrap();
        assert!(matches!(added, Added::Customer(_)));
        desk
    }

    async fn build(
        api_access: ApiAccess,
        migrate: Migrate,
        prepare: impl FnOnce(OtpService, &Database) -> OtpService,
    ) -> Self {
        let directory = TempDir::new().unwrap();
        let url = format!("sqlite://{}/otp.sqlite3", directory.path().display());
        let database = Database::connect(&DatabaseUrl::parse(&url).unwrap())
            .await
            .unwrap();
        if matches!(migrate, Migrate::All) {
            database.migrations().up(None).await.unwrap();
        }
        let bench = Bench::on(Subject {
            otps: Arc::new(database.otps()),
            queue: Arc::new(database.deliveries()),
        });
        let metrics = Metrics::new(bench.service().policies(), bench.clock.now());
        let metrics = Arc::new(metrics);
        let site = Site {
            otps: prepare(bench.service(), &database).with_events(metrics.clone()),
            queue: bench.subject.queue.clone(),
            database: database.clone(),
            customers: database.customers(),
            sessions: database.sessions(),
            keys: bench.keys.clone(),
            clock: bench.clock.clone(),
            secrets: bench.secrets.clone(),
            public_url: "https://otp.example.com".parse().unwrap(),
            hosts: Hosts::default(),
            trusted_proxies: TrustedProxies::default(),
            default_region: Region::parse("IN").unwrap(),
            api_access,
            app_name: "Test".to_owned(),
            metrics,
            loopback: Loopback::Anybody,
            metrics_at: MetricsAt::Routes,
        };
        Self {
            bench,
            database,
            routes: routes(site),
            _directory: directory,
        }
    }

    /// Stores an API key with these scopes and returns it in full; its name and id are made of `letter`.
    pub(crate) async fn add_key(&self, letter: char, scopes: &str) -> String {
        let secret = [letter as u8; 32];
        let id = letter.to_string().repeat(12);
        let key = ApiKey {
            id: id.clone(),
            name: scopes.to_owned(),
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

    /// Sends a request to the host that people know, unless it names another.
    pub(crate) async fn send(&self, mut request: Request) -> Answer {
        let own = HeaderValue::from_static("otp.example.com");
        request.headers_mut().entry(header::HOST).or_insert(own);
        let response = self
            .routes
            .call(request)
            .await
            .expect("an answer, never an error");
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: body.into_string().await.unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path).finish()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(request(Method::DELETE, path).finish()).await
    }

    /// Posts without a body.
    pub(crate) async fn post_nothing(&self, path: &str) -> Answer {
        self.send(request(Method::POST, path).finish()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_raw(path, body.to_string()).await
    }

    pub(crate) async fn post_raw(&self, path: &str, body: impl Into<Body>) -> Answer {
        let request = request(Method::POST, path).content_type("application/json");
        self.send(request.body(body)).await
    }

    /// Issues a code for Ada and returns its handle.
    pub(crate) async fn issue(&self) -> OtpId {
        self.issue_as(&ada()).await
    }

    pub(crate) async fn issue_as(&self, body: &Value) -> OtpId {
        let answer = self.post("/api/v1/otps", body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.id()
    }

    pub(crate) async fn verify(&self, id: OtpId, code: &str) -> Answer {
        self.post(&verify(id), &json!({ "otp_code": code })).await
    }

    /// Reads the right code, as its owner does in the message.
    pub(crate) async fn code(&self, id: OtpId) -> String {
        self.bench.read_code(id).await.expose().to_owned()
    }

    /// A code of the right form that is not the right one.
    pub(crate) async fn wrong_code(&self, id: OtpId) -> String {
        let right = self.code(id).await;
        let last = if right.ends_with('0') { "1" } else { "0" };
        format!("{}{last}", &right[..right.len() - 1])
    }

    pub(crate) async fn attempts_left(&self, id: OtpId) -> u64 {
        self.get(&otp(id)).await.json()["attempts_left"]
            .as_u64()
            .unwrap()
    }

    /// Counts the messages that wait to be sent, by taking them all.
    pub(crate) async fn take_messages(&self) -> usize {
        let now = self.bench.clock.now();
        let claim = Claim {
            lease: [7; 16],
            now,
            lease_until: now + TimeDelta::hours(1),
            limit: 1000,
        };
        self.bench.subject.queue.claim(&claim).await.unwrap().len()
    }
}

enum Migrate {
    All,
    Nothing,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn id(&self) -> OtpId {
        let id = self.json()["id"].as_str().map(Uuid::parse_str);
        OtpId::from_uuid(id.unwrap().unwrap())
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Says that this is the problem of that name, well formed.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, name: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self:?}"
        );
        assert_eq!(self.header("cache-control"), "no-store", "{self:?}");
        let body = self.json();
        let kind = format!("https://otp.example.com/problems/{name}");
        assert_eq!(body["type"], json!(kind), "{self:?}");
        assert_eq!(body["status"], json!(status), "{self:?}");
        assert!(
            body["title"].is_string() && body["detail"].is_string(),
            "{self:?}"
        );
    }

    /// Says that this is the problem of that name and names the field.
    #[track_caller]
    pub(crate) fn names(&self, status: u16, name: &str, field: &str) {
        self.is_problem(status, name);
        assert_eq!(self.json()["field"], json!(field), "{self:?}");
        let detail = self.json()["detail"].to_string();
        assert!(detail.contains(field), "{self:?}");
    }
}

pub(crate) fn request(method: Method, path: &str) -> RequestBuilder {
    Request::builder().method(method).uri_str(path)
}

pub(crate) fn ada() -> Value {
    json!({ "contact_type": "email", "contact_value": "ada@example.com" })
}

pub(crate) fn otp(id: OtpId) -> String {
    format!("/api/v1/otps/{id}")
}

pub(crate) fn verify(id: OtpId) -> String {
    format!("/api/v1/otps/{id}/verify")
}

pub(crate) fn resend(id: OtpId) -> String {
    format!("/api/v1/otps/{id}/resend")
}
