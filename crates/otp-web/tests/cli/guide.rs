//! The phases of the guide.

use crate::folder::{Folder, wrong};

#[test]
fn phase_1_the_version_is_told() {
    assert!(Folder::new().otp(&["--version"]).done().starts_with("otp "));
}

#[test]
fn phase_2_and_3_migrations_are_shown_and_applied() {
    let folder = Folder::new();
    assert!(folder.otp(&["migrate", "sql"]).done().contains("core_otp"));
    assert!(
        folder
            .otp(&["migrate", "status"])
            .done()
            .lines()
            .all(|line| line.starts_with("[ ] m"))
    );
    let up = folder.otp(&["migrate", "up"]).done();
    assert!(
        up.lines().count() >= 1 && up.lines().all(|line| line.starts_with("applied m")),
        "{up}"
    );
    assert!(
        folder
            .otp(&["migrate", "status"])
            .done()
            .lines()
            .all(|line| line.starts_with("[X] m"))
    );
    assert_eq!(folder.otp(&["migrate", "up"]).done(), "nothing to do\n");
    let listed = folder.json(&["migrate", "status", "--json"]);
    assert!(
        listed
            .as_array()
            .is_some_and(|all| all.iter().all(|one| one["applied"] == true)),
        "{listed}"
    );
}

#[test]
fn phase_6_generate_prints_a_code_of_digits() {
    let folder = Folder::new();
    for (arguments, length) in [
        (&["generate"][..], 6),
        (&["generate", "--length", "10"], 10),
    ] {
        let code = folder.otp(arguments).done();
        let code = code.trim_end();
        assert_eq!(code.len(), length, "{code}");
        assert!(code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    }
    assert_ne!(
        folder.otp(&["generate", "--length", "13"]).done(),
        folder.otp(&["generate", "--length", "13"]).done()
    );
    assert_eq!(
        folder.json(&["generate", "--json"])["code"]
            .as_str()
            .map(str::len),
        Some(6)
    );
    assert!(
        folder
            .otp(&["generate", "--length", "5"])
            .failed()
            .contains("6 to 13")
    );
}

#[test]
fn phase_6_create_and_verify_by_contact() {
    let folder = Folder::new();
    let created = folder.json(&[
        "create",
        "--email",
        "test@example.com",
        "--expiry-minutes",
        "5",
        "--show-code",
        "--json",
    ]);
    let code = created["code"].as_str().expect("a code");
    assert_eq!(created["contact_hint"], "t***@example.com");
    let refused = folder
        .otp(&[
            "verify",
            "--email",
            "test@example.com",
            "--code",
            wrong(code),
        ])
        .failed();
    assert!(refused.contains("4 attempts left"), "{refused}");
    let verified = folder.json(&[
        "verify",
        "--email",
        "Test@Example.com",
        "--code",
        code,
        "--json",
    ]);
    assert_eq!(verified["verified"], true);
    assert_eq!(verified["contact_value"], "test@example.com");
    let again = folder
        .otp(&["verify", "--email", "test@example.com", "--code", code])
        .failed();
    assert!(again.contains("no longer be used"), "{again}");
}

#[test]
fn phase_6_create_and_verify_by_phone_and_id() {
    let folder = Folder::new();
    let created = folder.json(&["create", "--phone", "9876543210", "--show-code", "--json"]);
    let (id, code) = (
        created["id"].as_str().expect("an id"),
        created["code"].as_str().expect("a code"),
    );
    assert!(
        folder
            .otp(&["verify", "--id", id, "--code", code, "--purpose", "payment"])
            .failed()
            .contains("not the code")
    );
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let verified = folder.json(&["verify", "--id", id, "--code", &spaced, "--json"]);
    assert_eq!(verified["contact_value"], "+919876543210");
}

#[test]
fn a_code_is_printed_on_request_only() {
    let folder = Folder::new();
    let created = folder.json(&["create", "--email", "test@example.com", "--json"]);
    assert!(created.get("code").is_none(), "{created}");
}

#[test]
fn phase_7_mail_goes_to_the_console_by_default_and_to_files_when_told() {
    let folder = Folder::new();
    let sent = folder.otp(&["send-test", "--email", "test@example.com"]);
    assert!(sent.stderr.contains("test@example.com"), "{sent:?}");
    assert!(sent.done().contains("handed over"));
    let to_files = [
        ("OTP_PROFILE", "development"),
        ("OTP_MAIL__URL", "file:mails"),
    ];
    folder
        .otp_with(&to_files, &["create", "--email", "test@example.com"])
        .done();
    let mails: Vec<_> = std::fs::read_dir(folder.path().join("mails"))
        .expect("a folder")
        .flatten()
        .collect();
    assert_eq!(mails.len(), 1);
    let sms = folder.otp(&["send-test", "--phone", "9876543210"]);
    assert!(sms.stderr.contains("+919876543210"), "{sms:?}");
}

#[test]
fn phase_7_a_mail_server_that_is_not_there_is_named() {
    let folder = Folder::new();
    // Port 1 of this machine: nothing listens there.
    let nowhere = [
        ("OTP_PROFILE", "development"),
        ("OTP_MAIL__URL", "smtp://user:hunter2@127.0.0.1:1"),
    ];
    let failed = folder
        .otp_with(&nowhere, &["send-test", "--email", "test@example.com"])
        .failed();
    assert!(
        failed.contains("mail") && !failed.contains("hunter2"),
        "{failed}"
    );
}

#[test]
fn phase_8_customers_are_added_listed_and_removed() {
    let folder = Folder::new();
    let add = |name: &str, email: &str| {
        folder.otp(&["customer", "add", "--name", name, "--email", email])
    };
    let with_phone = [
        "customer",
        "add",
        "--name",
        "Test User",
        "--email",
        "test@example.com",
        "--phone",
        "9876543210",
        "--type",
        "Household",
        "--json",
    ];
    let first = folder.json(&with_phone);
    assert_eq!(first["phone"], "+919876543210");
    add("Ada", "Ada@Example.com").done();
    let taken = add("Eve", "ada@example.com").failed();
    assert!(taken.contains("another customer has this email"), "{taken}");
    let listed = folder.json(&["customer", "list", "--json"]);
    let emails: Vec<_> = listed
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["email"].clone())
        .collect();
    assert_eq!(emails, ["test@example.com", "ada@example.com"]);
    let id = first["id"].to_string();
    folder.otp(&["customer", "remove", &id]).done();
    assert!(
        folder
            .otp(&["customer", "remove", &id])
            .failed()
            .contains("there is no customer")
    );
    assert!(folder.otp(&["customer", "list"]).done().contains("Ada"));
}

#[test]
fn phase_11_migrations_are_taken_back_and_applied_again() {
    let folder = Folder::new();
    folder.otp(&["migrate", "up"]).done();
    let down = folder.otp(&["migrate", "down", "--to", "zero"]).done();
    assert!(
        down.lines().all(|line| line.starts_with("took back m")),
        "{down}"
    );
    assert!(
        folder
            .otp(&["migrate", "status"])
            .done()
            .lines()
            .all(|line| line.starts_with("[ ] m"))
    );
    folder.otp(&["migrate", "up"]).done();
    assert!(
        folder
            .otp(&["migrate", "up", "--to", "m19990101_000000_no_such"])
            .failed()
            .contains("m19990101_000000_no_such")
    );
}

#[test]
fn a_code_for_nobody_is_refused_in_the_shell_and_a_customer_gets_one() {
    let folder = Folder::new();
    let decoys = [
        ("OTP_CUSTOMERS__UNKNOWN", "decoy"),
        ("OTP_PROFILE", "development"),
    ];
    let create = |email: &str| folder.otp_with(&decoys, &["create", "--email", email]);
    let refused = create("ada@example.com").failed();
    assert!(refused.contains("otp customer add"), "{refused}");
    let add = [
        "customer",
        "add",
        "--name",
        "Ada",
        "--email",
        "ada@example.com",
    ];
    folder.otp_with(&decoys, &add).done();
    assert!(create("ada@example.com").done().contains("reference"));
}

/// `cp db.sqlite3 db.sqlite3.backup`, and back.
#[test]
fn phase_1_and_11_a_backup_is_made_and_restored() {
    let folder = Folder::new();
    let add = |email: &str| {
        folder
            .otp(&["customer", "add", "--name", "Ada", "--email", email])
            .done()
    };
    add("before@example.com");
    let made = folder.json(&["backup", "otp.backup", "--json"]);
    assert_eq!(
        (&made["by"], &made["file"]),
        (&"sqlite".into(), &"otp.backup".into()),
        "{made}"
    );
    let again = folder.otp(&["backup", "otp.backup"]).failed();
    assert!(again.contains("otp.backup exists already"), "{again}");
    add("after@example.com");
    for name in ["otp.sqlite3", "otp.sqlite3-wal", "otp.sqlite3-shm"] {
        // The last two are gone already when the last connection was closed in peace.
        let _ = std::fs::remove_file(folder.path().join("var").join(name));
    }
    let database = folder.path().join("var/otp.sqlite3");
    std::fs::copy(folder.path().join("otp.backup"), database).expect("a copy");
    let listed = folder.json(&["customer", "list", "--json"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed[0]["email"], "before@example.com");
}

#[test]
fn monitoring_the_statistics_begin_with_the_guides_four_numbers() {
    let folder = Folder::new();
    let created = folder.json(&[
        "create",
        "--email",
        "ada@example.com",
        "--show-code",
        "--json",
    ]);
    let code = created["code"].as_str().expect("a code");
    folder
        .otp(&[
            "create",
            "--email",
            "eve@example.com",
            "--purpose",
            "payment",
        ])
        .done();
    folder
        .otp(&["verify", "--email", "ada@example.com", "--code", code])
        .done();
    let told = folder.otp(&["stats"]).done();
    let first: Vec<Vec<&str>> = told
        .lines()
        .take(4)
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        first,
        [
            ["total", "2"],
            ["today", "2"],
            ["verified", "1"],
            ["expired", "0"]
        ]
    );
    assert!(
        told.contains("payment, email") && told.contains("login, email"),
        "{told}"
    );
    let json = folder.json(&[
        "stats",
        "--since",
        "24h",
        "--by",
        "hour",
        "--purpose",
        "login",
        "--json",
    ]);
    assert_eq!(
        (&json["funnel"]["issued"], &json["funnel"]["verified"]),
        (&1.into(), &1.into())
    );
    assert_eq!(
        (&json["purpose"], &json["by"]),
        (&"login".into(), &"hour".into())
    );
    for (flag, value, status, says) in [
        ("--since", "0d", 2, "like 24h or 7d"),
        ("--since", "367d", 2, "like 24h or 7d"),
        ("--by", "week", 2, "hour"),
        ("--purpose", "X", 1, "--purpose"),
    ] {
        let run = folder.otp(&["stats", flag, value]);
        assert_eq!(run.status, Some(status), "{run:?}");
        assert!(run.stderr.contains(says), "{run:?}");
    }
    let long = folder
        .otp(&["stats", "--since", "32d", "--by", "hour"])
        .failed();
    assert!(long.contains("31d"), "{long}");
}
