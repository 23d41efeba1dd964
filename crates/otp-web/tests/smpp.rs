//! The whole way to a phone: a code is asked for over the API, arrives through a busy SMSC by TLS, and opens.

#[path = "serve/process.rs"]
mod process;
#[path = "../../otp-notify/tests/smpp/smsc.rs"]
mod smsc;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use process::Manager;
use reqwest::Client;
use serde_json::{Value, json};
use smsc::Smsc;
use tempfile::TempDir;

const PHONE: &str = "+919876543210";

/// An SMSC with a certificate of its own; the URL that leads there, and the file that makes it trusted.
async fn encrypted(folder: &Path) -> (Smsc, String, String) {
    let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let file = |name: &str, content: String| {
        let path = folder.join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let key = file("key.pem", own.signing_key.serialize_pem());
    let certificate = file("certificate.pem", own.cert.pem());
    let smsc = Smsc::start(&["0", &key, &certificate]).await;
    let url = format!("smpps://otp:otptest@localhost:{}?from=Example", smsc.port());
    (smsc, url, certificate)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_asked_for_by_phone_arrives_through_the_smsc() {
    let manager = Manager::new();
    let (mut smsc, url, certificate) = encrypted(&manager.path("")).await;
    let settings = [
        ("OTP_SMS__URL", url.as_str()),
        ("SSL_CERT_FILE", &certificate),
        // Not even there does a secret stand.
        ("OTP_LOG__LEVEL", "trace"),
    ];
    let service = tokio::task::block_in_place(|| manager.start(&settings));
    let post = async |path: String, body: Value| {
        let request = Client::new().post(manager.url(&path)).json(&body);
        let answer = request.send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.json::<Value>().await.unwrap(),
        )
    };
    smsc.order("answer 88").await;
    let wanted = json!({ "contact_type": "phone", "contact_value": PHONE });
    let (status, issued) = post("/api/v1/otps".to_owned(), wanted).await;
    assert_eq!(status, 201, "{issued}");
    let id = issued["id"].as_str().unwrap();

    let put_off = smsc.event("message").await;
    smsc.order("answer 0").await;
    let arrived = smsc.event("message").await;
    assert_eq!(arrived, put_off, "the same message again");
    assert_eq!(arrived["to"], json!([1, 1, "919876543210"]));
    assert_eq!(arrived["from"], json!([5, 0, "Example"]));
    let text = arrived["text"].as_str().unwrap();
    let (_, code) = text.rsplit_once("\n@localhost #").unwrap();
    let verify = format!("/api/v1/otps/{id}/verify");
    let (status, verified) = post(verify, json!({ "otp_code": code })).await;
    assert_eq!((status, &verified["verified"]), (200, &json!(true)));
    assert_eq!(verified["contact_value"], PHONE);

    let (printed, logged) = tokio::task::block_in_place(|| service.stop());
    smsc.event("unbound").await;
    assert!(logged.contains("the session with the SMSC is bound"));
    for secret in [code, "919876543210", "otptest"] {
        assert!(!printed.contains(secret) && !logged.contains(secret));
    }
}

#[tokio::test]
async fn an_smsc_that_nobody_vouches_for_gets_neither_password_nor_message() {
    let folder = TempDir::new().unwrap();
    let (mut smsc, url, certificate) = encrypted(folder.path()).await;
    let send_test = |trust: &[(&str, &str)]| {
        Command::new(env!("CARGO_BIN_EXE_otp"))
            .args(["send-test", "--phone", PHONE])
            .current_dir(folder.path())
            .env_clear()
            .env("OTP_PROFILE", "development")
            .env("OTP_SMS__URL", &url)
            .envs(trust.iter().copied())
            .output()
            .unwrap()
    };
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let refused = send_test(&[]);
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("no trusted TLS connection to the SMSC"),
        "{}",
        said(&refused)
    );
    let sent = send_test(&[("SSL_CERT_FILE", &certificate)]);
    assert!(sent.status.success(), "{}", said(&sent));
    let printed = String::from_utf8_lossy(&sent.stdout).into_owned();
    assert!(printed.contains("handed over to smpp for"), "{printed}");
    smsc.event("message").await;
    let rest = smsc.stop().await;
    let messages = rest.iter().filter(|event| event["event"] == "message");
    assert_eq!(messages.count(), 0, "{rest:?}");
}
