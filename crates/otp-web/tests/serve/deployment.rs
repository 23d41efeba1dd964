//! Phase 12 of the guide: from nothing to a service in production, and the looks after it.

use std::process::{Command, Stdio};

use crate::process::Manager;

/// Runs another command in the folder of the service; returns whether it ended well, and what it printed or said.
pub(crate) fn run(
    manager: &Manager,
    settings: &[(&str, &str)],
    arguments: &[&str],
) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_otp"))
        .args(arguments)
        .current_dir(manager.path("."))
        .env_clear()
        .envs(settings.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = if output.status.success() {
        output.stdout
    } else {
        output.stderr
    };
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn phase_12_a_deployment_is_migrated_started_and_looked_at() {
    let manager = Manager::new();
    let (_, key) = run(&manager, &[], &["keys", "generate"]);
    let address = manager.address().to_string();
    let settings = [
        ("OTP_PROFILE", "production"),
        ("OTP_PUBLIC_URL", "https://login.example.com"),
        // No proxy stands in front here.
        ("OTP_HOSTS", address.as_str()),
        ("OTP_KEYS", key.trim()),
        ("OTP_MAIL__URL", "file:mails"),
        ("OTP_API__KEYS", "0123456789abcdef"),
    ];
    let (started, said) = run(&manager, &settings, &["serve", "--listen", "127.0.0.1:0"]);
    assert!(!started && said.contains("run `otp migrate up`"), "{said}");
    let (migrated, said) = run(&manager, &settings, &["migrate", "up"]);
    assert!(migrated, "{said}");
    let service = tokio::task::block_in_place(|| manager.start(&settings));

    let ready = reqwest::get(manager.url("/readyz")).await.unwrap();
    assert_eq!(ready.status(), 200);
    // No `collectstatic`: what a page needs is in the binary.
    let page = reqwest::get(manager.url("/otp/request/")).await.unwrap();
    let page = page.text().await.unwrap();
    let style = page
        .split('"')
        .find(|part| part.contains(".css?v="))
        .unwrap();
    let style = reqwest::get(manager.url(style)).await.unwrap();
    assert_eq!(style.status(), 200);
    let created = reqwest::Client::new()
        .post(manager.url("/api/v1/otps"))
        .bearer_auth("0123456789abcdef")
        .json(&serde_json::json!({ "contact_type": "email", "contact_value": "admin@example.com" }))
        .send()
        .await
        .unwrap();
    assert_eq!(created.status(), 201);
    let (printed, _) = tokio::task::block_in_place(|| service.stop());
    assert!(!printed.contains("DEVELOPMENT"), "{printed}");
}
