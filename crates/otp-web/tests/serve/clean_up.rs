//! The service removes what is over by itself.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::deployment::run;
use crate::process::Manager;

#[test]
fn performance_tips_the_service_cleans_up_by_itself() {
    let manager = Manager::new();
    let settings = [
        ("OTP_PROFILE", "development"),
        ("OTP_CLEANUP__RETENTION", "0s"),
    ];
    let json = |arguments: &[&str]| -> Value {
        let (done, said) = run(&manager, &settings, arguments);
        assert!(done, "{said}");
        serde_json::from_str(&said).unwrap()
    };
    let created = json(&[
        "create",
        "--email",
        "ada@example.com",
        "--show-code",
        "--json",
    ]);
    let [id, code] = ["id", "code"].map(|key| created[key].as_str().unwrap());
    json(&["verify", "--id", id, "--code", code, "--json"]);
    let left = || json(&["cleanup", "--dry-run", "--json"])["otps"].clone();
    assert_eq!(left(), json!(1));
    let service = manager.start(&settings);
    let end = Instant::now() + Duration::from_secs(30);
    while left() != json!(0) {
        assert!(Instant::now() < end, "not cleaned up in thirty seconds");
    }
    service.stop();
    let told = json(&["stats", "--json"]);
    assert_eq!((&told["total"], &told["verified"]), (&json!(1), &json!(1)));
}
