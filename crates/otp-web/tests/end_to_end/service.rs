//! The real binary, in the production profile, on a database of its own.

use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_otp");

pub(crate) struct Service {
    child: Child,
    port: u16,
    api_key: String,
    settings: Vec<(&'static str, String)>,
}

impl Service {
    /// Makes a database and a key, applies the migrations and starts to serve; returns once `/readyz` answers 200.
    pub(crate) async fn start() -> Self {
        let name = unique("e2e").replace('-', "_");
        let server = variable("OTP_TEST_POSTGRES_URL");
        let created = Command::new("psql")
            .args([&server, "-qc", &format!("CREATE DATABASE {name}")])
            .output();
        succeeded(created.expect("psql, of the package postgresql-client"));
        let key = succeeded(
            Command::new(BINARY)
                .args(["keys", "generate"])
                .output()
                .expect("the binary"),
        );
        let port = free_port();
        let api_key = unique("api-key");
        let settings = vec![
            ("OTP_PROFILE", "production".to_owned()),
            ("OTP_LISTEN", format!("127.0.0.1:{port}")),
            ("OTP_PUBLIC_URL", format!("http://localhost:{port}")),
            ("OTP_APP_NAME", "Example".to_owned()),
            ("OTP_DATABASE__URL", with_database(&server, &name)),
            ("OTP_KEYS", key.trim().to_owned()),
            ("OTP_MAIL__URL", variable("OTP_TEST_SMTP_URL")),
            ("OTP_MAIL__FROM", "Example <noreply@otp.test>".to_owned()),
            ("OTP_SMS__URL", "console:".to_owned()),
            ("OTP_API__KEYS", api_key.clone()),
        ];
        succeeded(
            otp(&settings, &["migrate", "up"])
                .output()
                .expect("the binary"),
        );
        let child = otp(&settings, &["serve"]).spawn().expect("the binary");
        let service = Self {
            child,
            port,
            api_key,
            settings,
        };
        service.until_ready().await;
        service
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    pub(crate) fn api_key(&self) -> &str {
        &self.api_key
    }

    pub(crate) fn add_customer(&self, name: &str, email: &str) {
        let add = ["customer", "add", "--name", name, "--email", email];
        succeeded(otp(&self.settings, &add).output().expect("the binary"));
    }

    /// Issues so many codes for made-up addresses.
    pub(crate) async fn issue(&self, count: u8) {
        let client = reqwest::Client::new();
        for _ in 0..count {
            let body = serde_json::json!({
                "contact_type": "email", "contact_value": format!("{}@otp.test", unique("nobody")),
            });
            let request = client
                .post(self.url("/api/v1/otps"))
                .bearer_auth(&self.api_key);
            let answer = request.json(&body).send().await.expect("an answer");
            assert_eq!(answer.status(), 201);
        }
    }

    /// Sends SIGTERM and sees that the service ends by itself, with status 0.
    pub(crate) async fn stop(mut self) {
        succeeded(
            Command::new("kill")
                .arg(self.child.id().to_string())
                .output()
                .expect("kill"),
        );
        let status = wait(Duration::from_secs(20), async || {
            self.child.try_wait().expect("a child")
        })
        .await;
        assert!(status.expect("an end within 20 s").success(), "{status:?}");
    }

    async fn until_ready(&self) {
        let ready = wait(Duration::from_secs(20), async || {
            let answer = reqwest::get(self.url("/readyz")).await.ok()?;
            answer.status().is_success().then_some(())
        });
        ready.await.expect("200 from /readyz within 20 s");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Only when a test failed before it could stop the service.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn otp(settings: &[(&str, String)], arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command
        .args(arguments)
        .envs(settings.iter().cloned())
        .stdin(Stdio::null());
    command
}

/// Asks every 50 ms until there is an answer or the time is over.
pub(crate) async fn wait<T>(most: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    while started.elapsed() < most {
        if let Some(answer) = ask().await {
            return Some(answer);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    None
}

/// What `cargo xtask ci` sets for the tests.
pub(crate) fn variable(name: &str) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "the servers' addresses come from the environment"
    )]
    let value = std::env::var(name);
    value.unwrap_or_else(|_| {
        panic!("{name} is not set: `cargo xtask ci` starts the servers and sets it")
    })
}

pub(crate) fn unique(prefix: &str) -> String {
    format!("{prefix}-{}", uuid::Uuid::new_v4().simple())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn with_database(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).expect("a URL");
    url.set_path(name);
    url.to_string()
}

fn succeeded(output: Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}
