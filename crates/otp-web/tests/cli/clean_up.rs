//! What is removed.

use std::sync::Arc;

use chrono::TimeDelta;
use otp_core::testing::{Bench, Subject};
use otp_core::{Contact, DeviceId, KnownDevices as _};
use otp_storage::{Database, DatabaseUrl};
use serde_json::Value;

use crate::folder::Folder;

#[test]
fn performance_tips_what_is_over_is_cleaned_up_and_what_lives_stays() {
    let folder = Folder::new();
    let create = || {
        folder.json(&[
            "create",
            "--email",
            "test@example.com",
            "--show-code",
            "--json",
        ])
    };
    let text = |created: &Value, key: &str| created[key].as_str().expect("a text").to_owned();
    let (used, live) = (create(), create());
    let (id, code) = (text(&used, "id"), text(&used, "code"));
    folder.otp(&["verify", "--id", &id, "--code", &code]).done();
    let told = folder.json(&["cleanup", "--older-than", "0s", "--dry-run", "--json"]);
    assert_eq!(
        told,
        serde_json::json!({ "dry_run": true, "otps": 1, "sessions": 0, "ledgers": 0, "devices": 0 })
    );
    assert_eq!(
        folder.otp(&["cleanup"]).done(),
        "removed 0 OTPs with their deliveries, 0 sessions, 0 ledgers and 0 devices\n"
    );
    assert_eq!(
        folder.otp(&["cleanup", "--older-than", "0s"]).done(),
        "removed 1 OTPs with their deliveries, 0 sessions, 0 ledgers and 0 devices\n"
    );
    let (id, code) = (text(&live, "id"), text(&live, "code"));
    folder.otp(&["verify", "--id", &id, "--code", &code]).done();
    let wrong = folder.otp(&["cleanup", "--older-than", "a day"]);
    assert_eq!(wrong.status, Some(2));
    assert!(wrong.stderr.contains("90s, 5m, 24h"), "{wrong:?}");
}

#[tokio::test]
async fn a_clean_up_tells_of_ledgers_and_devices_too() {
    let folder = Folder::new();
    folder.otp(&["migrate", "up"]).done();
    let file = folder.path().join("var/otp.sqlite3");
    let url = DatabaseUrl::parse(&format!("sqlite://{}", file.display())).expect("a URL");
    let database = Database::connect(&url).await.expect("the database");
    // By the clock of the bench, which is long past by that of the machine.
    let bench = Bench::on(Subject {
        otps: Arc::new(database.otps()),
        queue: Arc::new(database.deliveries()),
    });
    let ada = Contact::email("ada@example.com").expect("an address");
    let issued = bench.guarded_service().issue(ada).await;
    assert!(issued.expect("a store").granted().is_some());
    let devices = database.devices();
    for (device, until) in [(1, bench.now()), (2, bench.now() + TimeDelta::days(36_500))] {
        let id = DeviceId::from_bytes([device; 32]);
        devices.remember(&id, until).await.expect("a store");
    }
    database.close().await;
    let removed = "1 OTPs with their deliveries, 0 sessions, 1 ledgers and 1 devices";
    let told = folder.json(&["cleanup", "--dry-run", "--json"]);
    let expected = serde_json::json!({
        "dry_run": true, "otps": 1, "sessions": 0, "ledgers": 1, "devices": 1
    });
    assert_eq!(told, expected);
    let told = folder.otp(&["cleanup"]).done();
    assert_eq!(told, format!("removed {removed}\n"));
    let told = folder.json(&["cleanup", "--json"]);
    assert_eq!([&told["ledgers"], &told["devices"]], [0, 0]);
}
