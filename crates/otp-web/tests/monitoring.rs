//! What Prometheus makes of our metrics, and what our alerts and our dashboard ask of them.

#[path = "serve/process.rs"]
mod process;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};

use crate::process::Manager;

/// Issues a code, has it sent, presents a wrong one, and returns what `/metrics` tells then.
async fn metrics() -> String {
    let manager = Manager::new();
    let service = tokio::task::block_in_place(|| manager.start(&[]));
    let post = async |path: &str, body: Value| {
        let answer = Client::new()
            .post(manager.url(path))
            .json(&body)
            .send()
            .await;
        answer.unwrap().json::<Value>().await.unwrap()
    };
    let contact = json!({ "contact_type": "email", "contact_value": "ada@example.com" });
    let issued = post("/api/v1/otps", contact).await;
    let verify = format!("/api/v1/otps/{}/verify", issued["id"].as_str().unwrap());
    post(&verify, json!({ "otp_code": "000000" })).await;
    let sent = async {
        loop {
            let text = reqwest::get(manager.url("/metrics")).await.unwrap();
            let text = text.text().await.unwrap();
            if text.contains("\notp_sent_total{") {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let text = tokio::time::timeout(Duration::from_secs(30), sent).await;
    tokio::task::block_in_place(|| service.stop());
    text.expect("a message that is sent")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promtool_finds_nothing_to_say_about_the_metrics() {
    let mut promtool = Command::new(promtool())
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let text = metrics().await;
    promtool
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = promtool.wait_with_output().unwrap();
    let says = [output.stdout, output.stderr].concat();
    let says = String::from_utf8(says).unwrap();
    assert!(output.status.success() && says.is_empty(), "{says}\n{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_and_dashboard_ask_for_metrics_that_there_are() {
    let text = metrics().await;
    let told: BTreeSet<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split(['{', ' ']).next().unwrap())
        .collect();
    for (file, asks) in [
        (
            "alerts.yml",
            include_str!("../deploy/prometheus/alerts.yml"),
        ),
        ("otp.json", include_str!("../deploy/grafana/otp.json")),
    ] {
        let asked = names(asks);
        assert!(asked.len() >= 10, "{file}: {asked:?}");
        let missing: Vec<_> = asked.difference(&told).collect();
        assert!(
            missing.is_empty(),
            "{file} asks for {missing:?} of {told:?}"
        );
    }
}

/// Finds the names of metrics in expressions.
fn names(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("otp_") || word.starts_with("process_"))
        .collect()
}

/// Where `cargo xtask ci` found it.
fn promtool() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "where promtool is comes from the environment"
    )]
    let program = std::env::var("OTP_TEST_PROMTOOL");
    program.expect("OTP_TEST_PROMTOOL, which `cargo xtask services` sets")
}
