//! The keys of the API.

use crate::folder::Folder;

#[test]
fn api_keys_are_made_listed_and_revoked() {
    let folder = Folder::new();
    let create = [
        "api-key",
        "create",
        "--name",
        "shop",
        "--scope",
        "issue,verify",
    ];
    let printed = folder.otp(&create).done();
    assert!(printed.contains("not shown again"), "{printed}");
    let key_in_full = printed
        .split_whitespace()
        .find(|word| word.starts_with("otpk_"))
        .expect("a key");
    let id = &key_in_full[5..17];
    let taken = folder.otp(&create).failed();
    assert!(taken.contains("shop already"), "{taken}");
    let stats = [
        "api-key", "create", "--name", "board", "--scope", "stats", "--json",
    ];
    let made = folder.json(&stats);
    let (board, other) = (made["id"].as_str().expect("an id"), &made["api_key"]);
    assert!(
        other
            .as_str()
            .expect("a key")
            .starts_with(&format!("otpk_{board}_"))
    );
    assert_eq!(made["scopes"], serde_json::json!(["stats"]));
    let listed = folder.otp(&["api-key", "list"]).done();
    assert!(
        listed.contains(id) && listed.contains("never") && !listed.contains(&key_in_full[18..]),
        "{listed}"
    );
    let revoked = folder.otp(&["api-key", "revoke", id]).done();
    assert_eq!(revoked, format!("revoked API key {id}\n"));
    let again = folder.otp(&["api-key", "revoke", id]).failed();
    assert!(again.contains("api-key list"), "{again}");
    let not_repeated = folder.otp(&["api-key", "revoke", key_in_full]).failed();
    assert!(!not_repeated.contains(key_in_full), "{not_repeated}");
    let listed = folder.json(&["api-key", "list", "--json"]);
    let of = |id: &str| {
        let all = listed.as_array().expect("a list").iter();
        all.clone()
            .find(|key| key["id"] == id)
            .expect("the key")
            .clone()
    };
    assert!(of(id)["revoked_at"].is_string() && of(board)["revoked_at"].is_null());
    assert!(of(id).get("api_key").is_none(), "{listed}");
    for wrong in ["", "all", "issue verify"] {
        let refused = folder.otp(&["api-key", "create", "--name", "x", "--scope", wrong]);
        assert_eq!(refused.status, Some(2), "{refused:?}");
        assert!(
            refused.stderr.contains("issue, verify, stats and admin"),
            "{refused:?}"
        );
    }
    let nameless = folder
        .otp(&["api-key", "create", "--name", " ", "--scope", "stats"])
        .failed();
    assert!(nameless.contains("--name"), "{nameless}");
}
