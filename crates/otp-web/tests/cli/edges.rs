//! Settings, wrong usage, and what a shell does with commands.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::folder::Folder;

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
fn no_setting_is_lost_between_two_places() {
    let folder = Folder::new();
    let listen = ["--set", "listen=127.0.0.1:9000"];
    let profile = ["--set", "profile=development"];
    let show = ["config", "show"];
    for arguments in [
        [&listen[..], &profile, &show].concat(),
        [&show[..], &listen, &profile].concat(),
    ] {
        let shown = folder.otp(&arguments).done();
        assert!(shown.contains("127.0.0.1:9000"), "{shown}");
    }
    let split = folder.otp(&[&listen[..], &show, &profile].concat());
    assert_eq!(split.status, Some(2));
    assert!(split.stderr.contains("on one side"), "{split:?}");
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
        ("OTP_SMS__URL", "pigeon:", "expected console:, gateway:FILE"),
    ] {
        let environment = [("OTP_PROFILE", "development"), (variable, value)];
        let failed = folder.otp_with(&environment, &["config", "show"]).failed();
        assert!(failed.contains(says), "{failed}");
        let times = |word| failed.matches(word).count();
        let is_said_once = times("bad value") == 1 && times("expected") <= 1;
        assert!(is_said_once, "{failed}");
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
