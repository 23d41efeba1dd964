//! The real binary when its database is away: at the start, in the middle, and back again.
//! `cargo xtask ci` starts PostgreSQL and sets the variable read here.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

/// A way to PostgreSQL that can be cut, as when the server stops.
struct Way {
    server: String,
    port: u16,
    open: Option<JoinHandle<()>>,
}

impl Way {
    async fn to(server: &Url) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let host = server.host_str().expect("a host");
        let mut way = Self {
            server: format!("{host}:{}", server.port().expect("a port")),
            port: listener.local_addr().expect("an address").port(),
            open: None,
        };
        way.listen(listener);
        way
    }

    fn listen(&mut self, listener: TcpListener) {
        let server = self.server.clone();
        self.open = Some(tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let server = server.clone();
                connections.spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(server).await {
                        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        }));
    }

    /// Ends every connection; the next ones are refused.
    async fn cut(&mut self) {
        let open = self.open.take().expect("an open way");
        open.abort();
        assert!(open.await.expect_err("an end").is_cancelled());
    }

    async fn mend(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await;
        self.listen(listener.expect("the same port"));
    }
}

struct Desk {
    folder: TempDir,
    database: Url,
    port: u16,
}

impl Desk {
    fn otp(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_otp"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command.env("OTP_PROFILE", "development");
        command.env("OTP_LISTEN", format!("127.0.0.1:{}", self.port));
        command.env("OTP_DATABASE__URL", self.database.as_str());
        command
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.otp(arguments);
        tokio::task::spawn_blocking(move || command.output())
            .await
            .expect("a thread")
            .expect("the binary")
    }

    /// Returns the one line that a command failed with.
    async fn failed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        let said = String::from_utf8(output.stderr).expect("text");
        let last = said.lines().last().unwrap_or_default().to_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        last
    }

    fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    async fn issue(&self) -> reqwest::Response {
        let wanted = json!({ "contact_type": "email", "contact_value": "test@example.com" });
        let request = reqwest::Client::new()
            .post(self.url("/api/v1/otps"))
            .json(&wanted);
        request.send().await.expect("an answer")
    }

    /// Waits until `/readyz` answers with this status.
    async fn until_ready_is(&self, status: u16) {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(30) {
            let answer = reqwest::get(self.url("/readyz")).await;
            if answer.is_ok_and(|answer| answer.status() == status) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("/readyz did not answer {status} within 30 s");
    }
}

/// Ends the service with the test, however that ends.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A database of its own, seen through a way that can be cut.
async fn desk() -> (Desk, Way) {
    let mut database = Url::parse(&variable("OTP_TEST_POSTGRES_URL")).expect("a URL");
    let name = format!("bad_days_{}", uuid::Uuid::new_v4().simple());
    psql(&database, &format!("CREATE DATABASE {name}"));
    let way = Way::to(&database).await;
    database.set_path(&name);
    database.set_port(Some(way.port)).expect("a port");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let desk = Desk {
        folder: TempDir::new().expect("a folder"),
        database,
        port: free.local_addr().expect("an address").port(),
    };
    (desk, way)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_is_answered_503_until_it_is_back() {
    let (desk, mut way) = desk().await;
    let mut log = desk.otp(&["serve"]);
    let _serving = Serving(log.stderr(Stdio::null()).spawn().expect("the binary"));
    desk.until_ready_is(200).await;
    assert_eq!(desk.issue().await.status(), 201);

    way.cut().await;
    // A session that nobody has must be looked up all the same.
    let session = format!("otp_session={}", "A".repeat(43));
    let page = reqwest::Client::new()
        .get(desk.url("/otp/done/"))
        .header("cookie", session)
        .send();
    let started = Instant::now();
    let (api, page) = tokio::join!(desk.issue(), page);
    let page = page.expect("an answer");
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "within the deadline of a request"
    );
    for (answer, kind) in [
        (&api, "application/problem+json"),
        (&page, "text/html; charset=utf-8"),
    ] {
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["content-type"], kind);
        let wait = answer.headers()["retry-after"]
            .to_str()
            .expect("text")
            .parse();
        assert!(matches!(wait, Ok(1_u32..)), "{answer:?}");
    }
    let problem: Value = api.json().await.expect("JSON");
    assert!(
        problem["type"]
            .as_str()
            .is_some_and(|kind| kind.ends_with("/problems/unavailable")),
        "{problem}"
    );
    desk.until_ready_is(503).await;

    way.mend().await;
    desk.until_ready_is(200).await;
    assert_eq!(desk.issue().await.status(), 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_at_the_start_is_one_line() {
    let (desk, mut way) = desk().await;
    way.cut().await;
    let said = desk.failed(&["serve"]).await;
    let place = format!("127.0.0.1:{}", way.port);
    assert!(
        said.contains("cannot be reached; see that it runs") && said.contains(&place),
        "{said}"
    );
    way.mend().await;
    assert!(desk.run(&["migrate", "up"]).await.status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_missing_is_one_line() {
    let (desk, _way) = desk().await;
    assert!(desk.run(&["migrate", "up"]).await.status.success());
    psql(
        &desk.database,
        "DROP TABLE core_session; DROP TABLE core_customer",
    );
    let said = desk.failed(&["customer", "list"]).await;
    assert!(
        said.contains("a table is missing: `otp check` names it"),
        "{said}"
    );
}

fn psql(database: &Url, sql: &str) {
    let output = Command::new("psql")
        .args([database.as_str(), "-qc", sql])
        .output()
        .expect("psql");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What `cargo xtask ci` sets for the tests.
fn variable(name: &str) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "the server's address comes from the environment"
    )]
    let value = std::env::var(name);
    value.unwrap_or_else(|_| {
        panic!("{name} is not set: `cargo xtask ci` starts the server and sets it")
    })
}
