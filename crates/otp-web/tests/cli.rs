//! The command line as a person uses it: the real binary in an empty folder.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use chrono::TimeDelta;
use otp_core::testing::{Bench, Subject};
use otp_core::{Contact, DeviceId, KnownDevices as _};
use otp_storage::{Database, DatabaseUrl};
use serde_json::Value;
use tempfile::TempDir;

/// An empty folder to run the binary in, without any configuration.
struct Folder(TempDir);

/// What a run answered.
#[derive(Debug)]
struct Run {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn otp(&self, arguments: &[&str]) -> Run {
        self.otp_with(&[], arguments)
    }

    fn otp_with(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_otp"))
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .output()
            .expect("the binary");
        let run = Run {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        };
        assert!(
            !run.stderr.contains("panicked") && !run.stderr.contains("internal error"),
            "{run:?}"
        );
        run
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.otp(arguments).done()).expect("JSON on stdout")
    }
}

impl Run {
    /// The output of a run that ended well.
    fn done(self) -> String {
        assert_eq!(self.status, Some(0), "{self:?}");
        self.stdout
    }

    /// The one line that a run failed with.
    fn failed(self) -> String {
        assert_eq!(self.status, Some(1), "{self:?}");
        assert_eq!(self.stderr.trim_end().lines().count(), 1, "{self:?}");
        self.stderr
    }
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

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
fn messages_are_previewed_in_any_language_and_with_the_words_of_a_folder() {
    let folder = Folder::new();
    let preview = |arguments: &[&str]| {
        let all = [&["template", "preview"], arguments].concat();
        folder.otp_with(
            &[
                ("OTP_PROFILE", "development"),
                ("OTP_MESSAGES__DIR", "words"),
            ],
            &all,
        )
    };
    std::fs::create_dir(folder.path().join("words")).expect("a folder");
    let sms = preview(&[
        "--lang",
        "de-AT",
        "--channel",
        "phone",
        "--purpose",
        "payment",
    ])
    .done();
    assert!(
        sms.starts_with("Mit 123456 bestätigen Sie") && sms.ends_with("\n@localhost #123456\n"),
        "{sms}"
    );
    let catalogue = folder.path().join("words/ar.ftl");
    std::fs::write(&catalogue, "mail-subject = رمز { $app }\n").expect("a file");
    let mail = preview(&["--lang", "ar"]).done();
    assert!(mail.starts_with("Subject: رمز localhost\n\n"), "{mail}");
    assert!(mail.lines().any(|line| line == "123456"), "{mail}");
    let html = preview(&["--lang", "ar", "--html"]).done();
    assert!(html.contains("<html lang=\"ar\" dir=\"rtl\">"), "{html}");
    assert!(
        preview(&["--channel", "phone", "--html"])
            .failed()
            .contains("only a mail")
    );
    let unknown = preview(&["--lang", "tlh"]);
    assert!(
        unknown.status == Some(2) && unknown.stderr.contains("en, de, fr"),
        "{unknown:?}"
    );
    std::fs::write(&catalogue, "mail-subjcet = x\n").expect("a file");
    for arguments in [["serve"], ["check"]] {
        let stopped = folder.otp_with(
            &[
                ("OTP_PROFILE", "development"),
                ("OTP_MESSAGES__DIR", "words"),
            ],
            &arguments,
        );
        assert_eq!(stopped.status, Some(1), "{stopped:?}");
        let told = stopped.stdout + &stopped.stderr;
        assert!(
            told.contains("ar.ftl: there is no message mail-subjcet"),
            "{told}"
        );
    }
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
fn settings_are_shown_with_their_origin_and_without_secrets() {
    let folder = Folder::new();
    std::fs::write(
        folder.path().join("otp.toml"),
        "profile = 'development'\n[policy.login]\nlength = 8\n",
    )
    .expect("a file");
    let environment = [(
        "OTP_MAIL__URL",
        "smtp://otp:hunter2@mail.example.com:587?tls=required",
    )];
    let shown = folder
        .otp_with(
            &environment,
            &["config", "show", "--set", "listen=127.0.0.1:9000"],
        )
        .done();
    for (key, value, origin) in [
        ("profile", "development", "otp.toml line 1"),
        ("policy.login.length", "8", "otp.toml line 3"),
        ("listen", "127.0.0.1:9000", "flag --set"),
        ("policy.login.max_attempts", "5", "default"),
    ] {
        let line = shown
            .lines()
            .find(|line| line.starts_with(&format!("{key} ")))
            .unwrap_or_default();
        assert!(
            line.contains(value) && line.ends_with(origin),
            "{key}: {line}"
        );
    }
    assert!(
        shown.contains("environment OTP_MAIL__URL") && !shown.contains("hunter2"),
        "{shown}"
    );
}

#[test]
fn a_bad_configuration_is_one_line_that_says_what_to_do() {
    let folder = Folder::new();
    for (environment, says) in [
        (
            &[("OTP_LISTEN", "127.0.0.1:9000")][..],
            "public_url is not set (OTP_PUBLIC_URL)",
        ),
        (
            &[("OTP_PUBLIC_URL", "https://a.example")],
            "keys is not set (OTP_KEYS)",
        ),
        (
            &[
                ("OTP_PUBLIC_URL", "https://a.example"),
                ("OTP_KEYS", "k1:AAAA"),
            ],
            "shorter than 32 bytes",
        ),
        (&[("OTP_LISTEM", "127.0.0.1:9000")], "did you mean listen?"),
        (
            &[
                ("OTP_PROFILE", "development"),
                ("OTP_POLICY__LOGIN__LENGTH", "4"),
            ],
            "from 6 to 13",
        ),
    ] {
        let failed = folder.otp_with(environment, &["serve"]).failed();
        assert!(failed.contains(says), "{failed}");
    }
    assert!(
        folder
            .otp(&["serve", "--config", "no-such.toml"])
            .failed()
            .contains("no-such.toml")
    );
}

#[test]
fn missing_migrations_say_which_command_makes_them() {
    let folder = Folder::new();
    let key = folder.otp(&["keys", "generate"]).done();
    let production = [
        ("OTP_PUBLIC_URL", "https://a.example"),
        ("OTP_KEYS", key.trim()),
    ];
    let failed = folder.otp_with(&production, &["serve"]).failed();
    assert!(failed.contains("otp migrate up"), "{failed}");
    folder.otp_with(&production, &["migrate", "up"]).done();
    let created = folder.otp_with(&production, &["create", "--email", "test@example.com"]);
    created.done();
}

#[test]
fn a_database_that_cannot_be_written_is_named() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("var"), "not a folder").expect("a file");
    let environment = [
        ("OTP_PROFILE", "development"),
        ("OTP_DATABASE__URL", "sqlite://var/otp.sqlite3"),
    ];
    let failed = folder.otp_with(&environment, &["migrate", "up"]).failed();
    assert!(
        failed.contains("var/otp.sqlite3") || failed.contains("var"),
        "{failed}"
    );
}

#[test]
fn a_port_that_is_taken_is_named() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let failed = folder
        .otp_with(
            &[("OTP_PROFILE", "development")],
            &["serve", "--listen", &address],
        )
        .failed();
    assert!(
        failed.contains(&address) && failed.contains("--listen"),
        "{failed}"
    );
}

#[test]
fn wrong_usage_exits_with_2() {
    let folder = Folder::new();
    for arguments in [
        &["no-such-command"][..],
        &["create"],
        &["create", "--email", "a@b.co", "--phone", "1"],
        &["verify", "--code", "123456"],
        &["verify", "--id", "not-an-id", "--code", "123456"],
        &["customer", "add", "--name", "Ada"],
        &["migrate", "down", "--to", "zero", "--steps", "2"],
        &["generate", "--length", "many"],
    ] {
        assert_eq!(folder.otp(arguments).status, Some(2), "{arguments:?}");
    }
}

#[test]
fn bad_contacts_and_codes_are_refused_before_anything_is_stored() {
    let folder = Folder::new();
    for arguments in [
        &["create", "--email", "not an address"][..],
        &["create", "--email", "a@b.co,c@d.co"],
        &["create", "--phone", "12"],
        &["create", "--email", "a@b.co", "--purpose", "No Such"],
        &["create", "--email", "a@b.co", "--expiry-minutes", "500"],
        &["verify", "--email", "a@b.co", "--code", "12 34 5x!"],
        &["verify", "--email", "a@b.co", "--code", "1"],
    ] {
        let failed = folder.otp(arguments).failed();
        assert!(failed.len() > 20, "{arguments:?}: {failed}");
    }
}

#[test]
fn completions_are_printed_for_every_shell() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(
            folder
                .otp(&["completions", shell])
                .done()
                .contains("send-test"),
            "{shell}"
        );
    }
}

#[test]
fn every_command_that_prints_answers_in_json_on_request() {
    let folder = Folder::new();
    assert!(
        folder
            .json(&["migrate", "up", "--json"])
            .as_array()
            .is_some_and(|names| !names.is_empty())
    );
    assert_eq!(
        folder.json(&["migrate", "up", "--json"]),
        serde_json::json!([])
    );
    let sent = folder.json(&["send-test", "--email", "test@example.com", "--json"]);
    assert_eq!(sent["provider"], "console");
    assert!(folder.json(&["config", "show", "--json"]).is_array());
    assert!(folder.json(&["customer", "list", "--json"]).is_array());
    assert!(
        folder
            .json(&["migrate", "down", "--to", "zero", "--json"])
            .is_array()
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_setting_that_is_not_utf_8_stops_the_program() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = Folder::new();
    let output = Command::new(env!("CARGO_BIN_EXE_otp"))
        .args(["config", "show"])
        .current_dir(folder.path())
        .env_clear()
        .env(
            "OTP_PROFILE",
            std::ffi::OsStr::from_bytes(b"production\xff"),
        )
        .output()
        .expect("the binary");
    let says = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{says}");
    assert!(says.contains("OTP_PROFILE is not UTF-8"), "{says}");
}

#[test]
fn a_channel_that_is_off_gets_no_codes() {
    let folder = Folder::new();
    let off = [("OTP_PROFILE", "development"), ("OTP_SMS__URL", "off")];
    let failed = folder
        .otp_with(&off, &["create", "--phone", "9876543210"])
        .failed();
    assert!(
        failed.contains("not sent by phone") && failed.contains("set sms.url (OTP_SMS__URL)"),
        "{failed}"
    );
    folder
        .otp_with(&off, &["create", "--email", "test@example.com"])
        .done();
}

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

#[test]
fn a_url_that_cannot_be_used_is_answered_once() {
    let folder = Folder::new();
    for (variable, value, says) in [
        (
            "OTP_DATABASE__URL",
            "oracle://x",
            "expected sqlite://FILE, postgres://",
        ),
        (
            "OTP_DATABASE__URL",
            "postgres://h",
            "a server's URL is scheme://",
        ),
        ("OTP_MAIL__URL", "pigeon:", "expected console:, file:DIR"),
        ("OTP_MAIL__URL", "smtp://u@h", "a login is user:password"),
        ("OTP_SMS__URL", "pigeon:", "expected console: or off"),
    ] {
        let environment = [("OTP_PROFILE", "development"), (variable, value)];
        let failed = folder.otp_with(&environment, &["config", "show"]).failed();
        assert!(failed.contains(says), "{failed}");
        assert!(!failed.contains(';'), "said twice: {failed}");
    }
}

#[test]
fn words_name_the_flag_and_the_remedy() {
    let folder = Folder::new();
    let missing = folder
        .otp(&["config", "show", "--config", "no-such.toml"])
        .failed();
    assert!(
        missing.contains("no-such.toml") && missing.contains("leave it out"),
        "{missing}"
    );
    let long = ["create", "--email", "a@b.co", "--expiry-minutes", "500"];
    let long = folder.otp(&long).failed();
    assert!(
        long.contains("--expiry-minutes takes 1 to 5 here"),
        "{long}"
    );
    let id = folder.otp(&["verify", "--id", "17", "--code", "123456"]);
    assert_eq!(id.status, Some(2), "{id:?}");
    assert!(id.stderr.contains("as `otp create` prints it"), "{id:?}");
}

/// `otp config show | head -1`, and every other command whose reader leaves early.
#[test]
fn a_reader_that_leaves_is_no_failure() {
    let folder = Folder::new();
    folder.otp(&["migrate", "up"]).done();
    for arguments in [
        &["config", "show"][..],
        &["migrate", "sql"],
        &["customer", "list", "--json"],
        &["completions", "bash"],
        &["check"],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = Command::new(env!("CARGO_BIN_EXE_otp"))
            .args(arguments)
            .current_dir(folder.path())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .expect("the binary");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            (output.status.code(), &*said),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
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

/// A mail server that knows nobody, until the process ends.
fn server_that_refuses() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let mut answers = client.try_clone().expect("a socket");
            let mut say = |line: &str| answers.write_all(format!("{line}\r\n").as_bytes());
            say("220 mail.example").expect("a client");
            for line in BufReader::new(client).lines().map_while(Result::ok) {
                let is_recipient = line.starts_with("RCPT");
                let answer = if is_recipient {
                    "550 nobody of that name"
                } else {
                    "250 ok"
                };
                if say(answer).is_err() {
                    break;
                }
            }
        }
    });
    port
}

#[test]
fn what_became_of_messages_is_listed_shown_and_tried_again() {
    let folder = Folder::new();
    let port = server_that_refuses();
    let url = format!("smtp://127.0.0.1:{port}?tls=none");
    let refusing = [("OTP_PROFILE", "development"), ("OTP_MAIL__URL", &*url)];
    let create = [
        "create",
        "--email",
        "test@example.com",
        "--show-code",
        "--json",
    ];
    let refused = folder.otp_with(&refusing, &create).done();
    let refused: Value = serde_json::from_str(&refused).expect("JSON");
    let sent = folder.json(&[
        "create",
        "--email",
        "other@example.com",
        "--show-code",
        "--json",
    ]);

    let listed = folder.json(&["deliveries", "list", "--json"]);
    let states: Vec<&str> = listed
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|delivery| delivery["state"].as_str())
        .collect();
    assert_eq!(states, ["sent", "failed"], "the newest first");
    let failed = folder.json(&["deliveries", "list", "--state", "failed", "--json"]);
    assert_eq!(failed.as_array().map(Vec::len), Some(1));
    let id = failed[0]["id"].as_str().expect("an id");
    let of_other = [
        "deliveries",
        "list",
        "--email",
        "Other@Example.com",
        "--json",
    ];
    assert_eq!(
        folder.json(&of_other)[0]["contact_hint"],
        "o***@example.com"
    );
    let last = folder.json(&["deliveries", "list", "--limit", "1", "--json"]);
    assert_eq!(last.as_array().map(Vec::len), Some(1));

    let table = folder.otp(&["deliveries", "list"]).done();
    assert!(table.starts_with("id  "), "{table}");
    let shown = folder.otp(&["deliveries", "show", id]).done();
    assert!(shown.contains("state       failed\n"), "{shown}");
    assert!(shown.contains("\nlast error  "), "{shown}");
    let told = format!("{listed}{table}{shown}");
    for created in [&refused, &sent] {
        for secret in ["id", "code"] {
            let secret = created[secret].as_str().expect("a text");
            assert!(!told.contains(secret), "{told}");
        }
    }
    assert!(!told.contains("test@example.com"), "{told}");

    let queued = folder.otp(&["deliveries", "retry", id]).done();
    assert!(queued.contains(id), "{queued}");
    let twice = folder.otp(&["deliveries", "retry", id]).failed();
    assert!(twice.contains("is queued"), "{twice}");
    let nobody = "00000000-0000-7000-8000-000000000000";
    for command in ["show", "retry"] {
        let failed = folder.otp(&["deliveries", command, nobody]).failed();
        assert!(failed.contains("otp deliveries list"), "{failed}");
    }
    let unheard = folder.otp(&["deliveries", "list", "--state", "lost"]);
    assert_eq!(unheard.status, Some(2));
    assert!(unheard.stderr.contains("queued, sent"), "{unheard:?}");
    for limit in ["0", "1001"] {
        let refused = folder.otp(&["deliveries", "list", "--limit", limit]);
        assert_eq!(refused.status, Some(2), "{refused:?}");
    }
}
