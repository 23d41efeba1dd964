//! The whole way of a short message: the real binary, Kannel as the gateway, and a phone network that writes down what
//! arrives. `cargo xtask ci` starts them and sets the variables read here.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_otp");
const PRESET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/sms/kannel.toml");
const API_KEY: &str = "api-key-of-the-kannel-tests";

#[tokio::test]
async fn a_code_requested_by_phone_arrives_through_kannel() {
    let service = Service::start(|_| format!("gateway:{PRESET}")).await;
    let phone = Phone::new();
    let issued = service.issue(&phone, json!({})).await;
    let text = phone.text().await;
    let code = code(&text);
    assert!(
        text.contains(&format!("{code} is your Example code to sign in. Ref ")),
        "{text}"
    );
    assert!(text.ends_with(&format!("\n\n@localhost #{code}")), "{text}");
    assert_eq!(
        issued["reference"],
        text.split_once("Ref ").expect("a reference").1[..3]
    );
    service.verify(&issued, code).await;
    service
        .has_metric(r#"otp_sent_total{channel="phone",provider="kannel",purpose="login"} 1"#)
        .await;
}

#[tokio::test]
async fn a_text_in_another_alphabet_arrives_to_the_letter() {
    let service = Service::start(|_| format!("gateway:{PRESET}")).await;
    let phone = Phone::new();
    let more = json!({ "purpose": "payment", "context": "₹ 500 ज्योति को" });
    let issued = service.issue(&phone, more).await;
    let text = phone.text().await;
    assert!(
        text.contains("to confirm a payment. Details: ₹ 500 ज्योति को. Ref "),
        "{text}"
    );
    let found = service
        .get(&format!(
            "/api/v1/otps/{}",
            issued["id"].as_str().expect("an id")
        ))
        .await;
    assert_eq!(found["delivery"], "sent", "{found}");
}

#[tokio::test]
async fn with_the_first_gateway_down_the_code_arrives_through_the_second() {
    let service = Service::start(|folder| {
        let down = folder.join("down.toml");
        let preset = fs::read_to_string(PRESET).expect("the preset");
        let nowhere = format!("http://127.0.0.1:{}/", free_port());
        fs::write(&down, preset.replace("{{ values.kannel_url }}", &nowhere)).expect("a file");
        format!("gateway:{} gateway:{PRESET}", down.display())
    })
    .await;
    for _ in 0..6 {
        let phone = Phone::new();
        let issued = service.issue(&phone, json!({})).await;
        let text = phone.text().await;
        service.verify(&issued, code(&text)).await;
    }
    // No message waited for another try, which comes a second later at the earliest.
    service
        .has_metric(r#"otp_not_sent_total{channel="phone",purpose="login",state="retry"} 0"#)
        .await;
    service
        .has_metric(r#"otp_sender_up{channel="phone",sender="down"} 0"#)
        .await;
    service
        .has_metric(r#"otp_sender_up{channel="phone",sender="kannel"} 1"#)
        .await;
}

#[tokio::test]
async fn the_check_and_a_test_message_use_the_gateway() {
    let service = Service::start(|_| format!("gateway:{PRESET}")).await;
    let checked = service.otp(&["check"]).output().expect("the binary");
    let lines = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(
        lines.contains(&format!("gateway:{PRESET} can be used")),
        "{lines}"
    );
    let phone = Phone::new();
    let sent = service
        .otp(&["send-test", "--phone", &phone.number])
        .output();
    let said = succeeded(sent.expect("the binary"));
    assert!(said.starts_with("handed over to kannel for +"), "{said}");
    assert!(phone.text_with("his is a test message").await.len() < 160);
    let wrong = service
        .otp(&["send-test", "--phone", &phone.number])
        .env("OTP_SMS__VALUES__KANNEL_PASSWORD", "hunter2")
        .output()
        .expect("the binary");
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        said.contains(
            "the test message was not sent: the gateway does not let us in: it answered 403"
        ),
        "{said}"
    );
    assert!(
        !said.contains("hunter2") && !said.contains(&phone.number),
        "{said}"
    );
}

/// The real binary, in the production profile, on a database of its own.
struct Service {
    child: Child,
    port: u16,
    set: Vec<(&'static str, String)>,
    _folder: tempfile::TempDir,
}

impl Service {
    /// Serves with the ways that `sms_url` makes, and returns once `/readyz` answers 200.
    async fn start(sms_url: impl FnOnce(&Path) -> String) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = Command::new(BINARY).args(["keys", "generate"]).output();
        let port = free_port();
        let database = folder.path().join("otp.sqlite3");
        let set = vec![
            ("OTP_PROFILE", "production".to_owned()),
            ("OTP_LISTEN", format!("127.0.0.1:{port}")),
            ("OTP_PUBLIC_URL", format!("http://localhost:{port}")),
            ("OTP_APP_NAME", "Example".to_owned()),
            (
                "OTP_DATABASE__URL",
                format!("sqlite://{}", database.display()),
            ),
            (
                "OTP_KEYS",
                succeeded(keys.expect("the binary")).trim().to_owned(),
            ),
            ("OTP_SMS__URL", sms_url(folder.path())),
            (
                "OTP_SMS__VALUES__KANNEL_URL",
                variable("OTP_TEST_KANNEL_URL"),
            ),
            ("OTP_SMS__VALUES__KANNEL_USER", "otp".to_owned()),
            ("OTP_SMS__VALUES__KANNEL_PASSWORD", "otp-test".to_owned()),
            ("OTP_API__KEYS", API_KEY.to_owned()),
        ];
        let migrated = otp(&set, &["migrate", "up"]).output();
        succeeded(migrated.expect("the binary"));
        let child = otp(&set, &["serve"]).spawn().expect("the binary");
        let service = Self {
            child,
            port,
            set,
            _folder: folder,
        };
        let url = service.url("/readyz");
        let ready = until(async || {
            reqwest::get(&url)
                .await
                .ok()?
                .status()
                .is_success()
                .then_some(())
        });
        ready.await.expect("200 from /readyz");
        service
    }

    fn otp(&self, arguments: &[&str]) -> Command {
        otp(&self.set, arguments)
    }

    fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    async fn issue(&self, phone: &Phone, more: Value) -> Value {
        let mut wanted = json!({ "contact_type": "phone", "contact_value": phone.number });
        let more = more.as_object().expect("an object").clone();
        wanted.as_object_mut().expect("an object").extend(more);
        let (status, issued) = self.post("/api/v1/otps", &wanted).await;
        assert_eq!(status, 201, "{issued}");
        issued
    }

    async fn verify(&self, issued: &Value, code: &str) {
        let path = format!(
            "/api/v1/otps/{}/verify",
            issued["id"].as_str().expect("an id")
        );
        let (status, verified) = self.post(&path, &json!({ "otp_code": code })).await;
        assert_eq!(
            (status, &verified["verified"]),
            (200, &json!(true)),
            "{verified}"
        );
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = reqwest::Client::new().post(self.url(path));
        let answer = request.bearer_auth(API_KEY).json(body).send().await;
        let answer = answer.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json().await.expect("a JSON body"))
    }

    async fn get(&self, path: &str) -> Value {
        let request = reqwest::Client::new().get(self.url(path));
        let answer = request
            .bearer_auth(API_KEY)
            .send()
            .await
            .expect("an answer");
        answer.json().await.expect("a JSON body")
    }

    /// Waits for a line of the metrics: the settlement comes a moment after the text.
    async fn has_metric(&self, line: &str) {
        let request = || reqwest::Client::new().get(self.url("/metrics"));
        let found = until(async || {
            let answer = request().bearer_auth(API_KEY).send().await.ok()?;
            let text = answer.text().await.ok()?;
            text.lines().any(|one| one == line).then_some(())
        });
        found.await.unwrap_or_else(|| panic!("no {line}"));
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A phone that nothing else sends to.
struct Phone {
    number: String,
}

impl Phone {
    fn new() -> Self {
        let drawn = uuid::Uuid::new_v4().as_u128() % 100_000_000;
        Self {
            number: format!("+9198{drawn:08}"),
        }
    }

    /// Waits for the text with a code to this phone.
    async fn text(&self) -> String {
        // The last line; a log is read while it is written.
        self.text_with("@localhost #").await
    }

    /// Waits for a text to this phone that has `part`, which stands in its last line.
    async fn text_with(&self, part: &str) -> String {
        let network = variable("OTP_TEST_KANNEL_PHONES");
        let text = until(async || {
            let heard = fs::read(&network).ok()?;
            let text = said_to(&self.number, &String::from_utf8_lossy(&heard));
            text.contains(part).then_some(text)
        });
        let text = text.await;
        text.unwrap_or_else(|| panic!("no text for {} within 20 s", self.number))
    }
}

/// Puts together what the phone network wrote down for a number. A text begins with `OTPTEST NUMBER text`, with
/// `ucs-2` for `text` when it is encoded as in a URL, or, for segments, with `udh`, the header and `data`; each further line is
/// written as if it was a message.
fn said_to(number: &str, heard: &str) -> String {
    let lines = heard.lines().filter_map(|line| {
        let (_, line) = line.split_once("Got message ")?;
        line.split_once(": <")?.1.strip_suffix('>')
    });
    let (mut text, mut is_ours) = (String::new(), false);
    for line in lines {
        let begun = line
            .strip_prefix("OTPTEST ")
            .and_then(|rest| rest.split_once(' '));
        let Some((to, said)) = begun else {
            if is_ours {
                text += "\n";
                text += line;
            }
            continue;
        };
        is_ours = to == number;
        if is_ours {
            text += &part(said);
        }
    }
    text
}

fn part(said: &str) -> String {
    let said = match said.strip_prefix("udh ") {
        Some(rest) => rest.split_once(' ').expect("a header").1,
        None => said,
    };
    match said.split_once(' ').expect("a kind") {
        ("text", text) => text.to_owned(),
        ("ucs-2" | "data", text) => {
            let bytes = unescaped(text);
            let units = bytes
                .chunks(2)
                .map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
            char::decode_utf16(units)
                .map(|c| c.expect("UTF-16"))
                .collect()
        }
        (kind, _) => panic!("a message of the kind {kind}"),
    }
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next().expect("a digit")).to_digit(16);
                let (high, low) = (digit().expect("hex"), digit().expect("hex"));
                u8::try_from(high * 16 + low).expect("a byte")
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    bytes
}

fn code(text: &str) -> &str {
    text.rsplit_once('#').expect("an origin-bound code").1
}

fn otp(set: &[(&'static str, String)], arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command.envs(set.iter().map(|(name, value)| (name, value)));
    command
}

fn succeeded(output: Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

/// Asks every 50 ms until there is an answer, for 20 s.
async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        if let Some(answer) = ask().await {
            return Some(answer);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    None
}

fn variable(name: &str) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "the servers' addresses come from the environment"
    )]
    let value = std::env::var(name);
    value.unwrap_or_else(|_| {
        panic!("{name} is not set: `cargo xtask ci` starts the servers and sets it")
    })
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}
