//! `otp check` against real databases and a real mail server.
//! `cargo xtask ci` starts them and sets the variables read here.

use std::collections::BTreeMap;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use url::Url;

type Environment = BTreeMap<&'static str, String>;

/// Grades by check; the worst of a check that has several lines.
type Grades = BTreeMap<String, String>;

fn otp(folder: &TempDir, environment: &Environment, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_otp"))
        .args(arguments)
        .current_dir(folder.path())
        .env_clear()
        .env("SSL_CERT_FILE", variable("SSL_CERT_FILE"))
        .envs(environment)
        .stdin(Stdio::null())
        .output()
        .expect("the binary")
}

fn done(folder: &TempDir, environment: &Environment, arguments: &[&str]) -> String {
    let output = otp(folder, environment, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).expect("text")
}

/// Checks; returns the exit status, the grades and everything that was printed.
fn check(
    folder: &TempDir,
    environment: &Environment,
    flags: &[&str],
) -> (Option<i32>, Grades, String) {
    let output = otp(folder, environment, &[&["check", "--json"], flags].concat());
    let text = String::from_utf8(output.stdout).expect("text");
    let lines: Value = serde_json::from_str(&text).expect("JSON");
    let mut grades = Grades::new();
    for line in lines.as_array().expect("lines") {
        let word = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        assert_eq!(word("grade") == "ok", word("remedy").is_empty(), "{line}");
        let grade = grades.entry(word("check")).or_default();
        // Alphabetical order is not the order of severity, but "warning" and "ok" never hide a "fault".
        if grade != "fault" && (grade.is_empty() || word("grade") != "ok") {
            *grade = word("grade");
        }
    }
    (output.status.code(), grades, text)
}

/// What production needs, on a database of its own on the server that `server` names.
fn production(folder: &TempDir, server: &str) -> Environment {
    let name = format!("check_{}", uuid::Uuid::new_v4().simple());
    let mut url = Url::parse(&variable(server)).expect("a URL");
    let create = format!("CREATE DATABASE {name}");
    if server == "OTP_TEST_POSTGRES_URL" {
        run(Command::new("psql").args([url.as_str(), "-qc", &create]));
    } else {
        run(client(&url).args(["-e", &create]));
    }
    url.set_path(&name);
    let key = done(folder, &Environment::new(), &["keys", "generate"]);
    Environment::from([
        ("OTP_PUBLIC_URL", "https://login.otp-shop.de".to_owned()),
        ("OTP_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ("OTP_KEYS", key.trim().to_owned()),
        ("OTP_DATABASE__URL", url.into()),
        ("OTP_MAIL__URL", variable("OTP_TEST_SMTP_URL")),
        ("OTP_MAIL__FROM", "Shop <noreply@otp-shop.de>".to_owned()),
    ])
}

const SERVERS: [&str; 2] = ["OTP_TEST_POSTGRES_URL", "OTP_TEST_MARIADB_URL"];

#[test]
fn phase_12_the_checklist_passes_a_setup_for_production() {
    let folder = TempDir::new().expect("a folder");
    for (server, product) in SERVERS.into_iter().zip(["PostgreSQL 1", "MariaDB 1"]) {
        let environment = production(&folder, server);
        let (status, grades, text) = check(&folder, &environment, &["--deploy"]);
        assert_eq!(
            (status, &*grades["migrations"]),
            (Some(1), "fault"),
            "{text}"
        );
        done(&folder, &environment, &["migrate", "up"]);
        let (status, grades, text) = check(&folder, &environment, &["--deploy"]);
        assert_eq!(status, Some(0), "{text}");
        assert!(grades.values().all(|grade| grade == "ok"), "{text}");
        for wanted in [
            "configuration",
            "profile",
            "public_url",
            "hosts",
            "proxies",
            "cookies",
            "keys",
            "api",
            "mail.from",
            "sms",
            "policy",
            "database",
            "migrations",
            "tables",
            "clock",
            "mail",
        ] {
            assert!(grades.contains_key(wanted), "{wanted}: {text}");
        }
        assert!(
            text.contains(product) && text.contains("answers with TLS and the login"),
            "{text}"
        );
        assert!(text.contains("5 guesses at 6 digits in 5 min"), "{text}");
        let key = environment["OTP_KEYS"].split_once(':').expect("a key").1;
        assert!(!text.contains("otp-test") && !text.contains(key), "{text}");
    }
}

#[test]
fn each_thing_that_is_wrong_is_a_fault_of_its_own() {
    let folder = TempDir::new().expect("a folder");
    let good = production(&folder, "OTP_TEST_POSTGRES_URL");
    done(&folder, &good, &["migrate", "up"]);
    let smtp = variable("OTP_TEST_SMTP_URL");
    for (variable, value, fault, says) in [
        (
            "OTP_MAIL__URL",
            smtp.replace(":otp-test@", ":wrong@"),
            "mail",
            "refused the login",
        ),
        (
            "OTP_MAIL__URL",
            "smtp://127.0.0.1:1".to_owned(),
            "mail",
            "could not be reached",
        ),
        (
            "OTP_MAIL__URL",
            "console:".to_owned(),
            "mail",
            "reaches nobody",
        ),
        (
            "OTP_MAIL__FROM",
            "noreply@example.com".to_owned(),
            "mail.from",
            "nobody's domain",
        ),
        (
            "OTP_PUBLIC_URL",
            "http://login.otp-shop.de".to_owned(),
            "cookies",
            "not Secure",
        ),
        (
            "OTP_PROFILE",
            "development".to_owned(),
            "profile",
            "OTP_PROFILE=production",
        ),
        (
            "OTP_KEYS",
            good["OTP_KEYS"].replacen('k', "dev", 1),
            "keys",
            "development",
        ),
        (
            "OTP_KEYS",
            "k1:AAAA".to_owned(),
            "configuration",
            "shorter than 32 bytes",
        ),
        ("OTP_SMS__URL", "console:".to_owned(), "sms", "reach nobody"),
        (
            "OTP_DATABASE__URL",
            "postgres://otp@127.0.0.1:1/otp".to_owned(),
            "database",
            "cannot be reached",
        ),
    ] {
        let mut environment = good.clone();
        environment.insert(variable, value);
        let (status, grades, text) = check(&folder, &environment, &["--deploy"]);
        assert_eq!(status, Some(1), "{text}");
        assert_eq!(
            grades.get(fault).map(String::as_str),
            Some("fault"),
            "{fault}: {text}"
        );
        assert!(text.contains(says), "{says}: {text}");
    }
    run(Command::new("psql").args([
        &good["OTP_DATABASE__URL"],
        "-qc",
        "DROP INDEX core_otp_email_idx",
    ]));
    let (status, grades, text) = check(&folder, &good, &[]);
    assert_eq!((status, &*grades["tables"]), (Some(1), "fault"), "{text}");
    assert!(text.contains("core_otp_email_idx"), "{text}");
}

#[test]
fn development_is_warned_of_and_is_a_fault_only_for_a_deployment() {
    let folder = TempDir::new().expect("a folder");
    let nothing = Environment::new();
    let (status, grades, text) = check(&folder, &nothing, &[]);
    assert_eq!(status, Some(0), "{text}");
    assert!(!folder.path().join("var").exists(), "a check makes nothing");
    assert_eq!(
        (&*grades["database"], &*grades["profile"]),
        ("warning", "warning"),
        "{text}"
    );
    assert!(grades.contains_key("disk"), "{text}");
    let (status, grades, text) = check(&folder, &nothing, &["--deploy"]);
    assert_eq!(status, Some(1), "{text}");
    for fault in [
        "profile",
        "public_url",
        "cookies",
        "keys",
        "api",
        "mail",
        "mail.from",
        "sms",
        "database",
    ] {
        assert_eq!(grades[fault], "fault", "{fault}: {text}");
    }
    let shown = otp(&folder, &nothing, &["check", "--deploy"]);
    let shown = String::from_utf8(shown.stdout).expect("text");
    assert!(
        shown.lines().any(|line| line.starts_with("fault    keys ")),
        "{shown}"
    );
}

#[test]
fn a_proxy_that_nobody_trusts_is_warned_of() {
    let folder = TempDir::new().expect("a folder");
    let mut environment = Environment::from([
        ("OTP_PROFILE", "development".to_owned()),
        ("OTP_PUBLIC_URL", "https://login.otp-shop.de".to_owned()),
    ]);
    for (trusted, grade) in [("", "warning"), ("127.0.0.1", "ok")] {
        environment.insert("OTP_TRUSTED_PROXIES", trusted.to_owned());
        let (_, grades, text) = check(&folder, &environment, &[]);
        assert_eq!(grades["proxies"], grade, "{text}");
    }
    environment.insert("OTP_LISTEN", "0.0.0.0:8000".to_owned());
    environment.remove("OTP_TRUSTED_PROXIES");
    assert_eq!(check(&folder, &environment, &[]).1["proxies"], "ok");
}

#[test]
fn a_policy_that_is_guessed_too_often_is_warned_of() {
    let folder = TempDir::new().expect("a folder");
    let environment = Environment::from([
        ("OTP_PROFILE", "development".to_owned()),
        ("OTP_POLICY__PAYMENT__MAX_ATTEMPTS", "10".to_owned()),
    ]);
    let (status, grades, text) = check(&folder, &environment, &[]);
    assert_eq!((status, &*grades["policy"]), (Some(0), "warning"), "{text}");
    assert!(
        text.contains("payment: 10 guesses") && text.contains("policy.payment.length"),
        "{text}"
    );
}

fn client(url: &Url) -> Command {
    let mut client = Command::new("mariadb");
    client.args([
        "--no-defaults",
        "-h",
        url.host_str().expect("a host"),
        "-u",
        url.username(),
    ]);
    client.args(["-P", &url.port().expect("a port").to_string()]);
    client.env("MYSQL_PWD", url.password().expect("a password"));
    client
}

fn run(command: &mut Command) {
    let output = command.output().expect("a program");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What `cargo xtask ci` sets for the tests.
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
