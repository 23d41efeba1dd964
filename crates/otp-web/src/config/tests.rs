//! Settings, from text to values and back to what a person reads.

use std::fmt::Write as _;

use otp_core::Purpose;

use super::*;

const KEY: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

fn settings(set: &[(&str, &str)]) -> Settings {
    let value = |text: &str| Value {
        text: text.to_owned(),
        origin: Origin::Flag("--set"),
    };
    Settings::gather(
        None,
        [],
        set.iter()
            .map(|(key, text)| ((*key).to_owned(), value(text))),
    )
    .expect("settings")
}

fn read(set: &[(&str, &str)]) -> Result<Config, String> {
    Config::read(&settings(set)).map_err(|error| error.to_string())
}

fn production(more: &[(&'static str, &'static str)]) -> Result<Config, String> {
    let mut set = vec![("public_url", "https://login.example.com"), ("keys", KEY)];
    set.extend(more);
    read(&set)
}

#[test]
fn without_any_configuration_it_is_development() {
    let config = read(&[]).expect("a configuration");
    assert_eq!(config.profile, Profile::Development);
    assert_eq!(config.public_url.as_str(), "http://localhost:8000/");
    assert!(config.keys.is_none() && config.sms.is_some());
    assert!(matches!(config.api_access, ApiAccess::Open));
}

#[test]
fn with_any_configuration_it_is_production_and_asks_for_what_matters() {
    let error = read(&[("listen", "127.0.0.1:9000")]).expect_err("an error");
    assert!(
        error.contains("public_url is not set (OTP_PUBLIC_URL)"),
        "{error}"
    );
    let error = read(&[("public_url", "https://login.example.com")]).expect_err("an error");
    assert!(
        error.contains("keys is not set (OTP_KEYS)") && error.contains("otp keys generate"),
        "{error}"
    );
    let config = production(&[]).expect("a configuration");
    assert_eq!(config.profile, Profile::Production);
    assert!(config.sms.is_none());
    assert!(matches!(config.api_access, ApiAccess::Keys(keys) if keys.is_empty()));
}

#[test]
fn a_bad_value_names_the_key_the_origin_and_what_is_allowed() {
    for (key, value, says) in [
        ("listen", "8000", "an address and a port"),
        ("profile", "prod", "development or production"),
        ("public_url", "login.example.com", "http or https"),
        (
            "trusted_proxies",
            "127.0.0.1,proxy.example.com",
            "\"proxy.example.com\" is no address and no network of some proxies; expected addresses and networks",
        ),
        (
            "hosts",
            "a.example,https://b.example",
            "\"https://b.example\" is no host; expected names",
        ),
        ("trusted_proxies", "0.0.0.0/0", "no network of some proxies"),
        ("database.url", "oracle://x", "sqlite://FILE"),
        ("keys", "k1:short", "at least 32 random bytes"),
        ("mail.url", "pigeon:", "console:, file:DIR"),
        ("mail.from", "not an address", "an address"),
        ("mail.url", "", "console:, file:DIR"),
        ("mail.url", "console:, console:", "without commas"),
        ("mail.url", "console: pigeon:", "separated by blanks"),
        ("sms.url", "pigeon:", "console:, gateway:FILE, smpps://"),
        ("sms.url", "console: pigeon:", "separated by blanks"),
        ("sms.routes.in", "pigeon:", "for a country like IN"),
        ("sms.routes.nowhere", "console:", "for a country like IN"),
        (
            "sms.url",
            "smpp://otp:hunter2@smsc.example.com?from=Example",
            "write tls=none where the way is safe",
        ),
        ("policy.login.length", "5", "from 6 to 13"),
        ("policy.login.length", "six", "from 6 to 13"),
        ("policy.login.lifetime", "11m", "up to 10m"),
        ("policy.login.max_attempts", "11", "from 1 to 10"),
        (
            "policy.login.resend_after",
            "6m",
            "not longer than the lifetime",
        ),
        ("policy.payment.length", "99", "from 6 to 13"),
        ("phone.default_region", "India", "two letters"),
        ("api.keys", "short", "at least 16 visible ASCII characters"),
        ("metrics.listen", "9464", "an address and a port"),
        ("traces.endpoint", "127.0.0.1:4318", "speaks OTLP"),
        (
            "traces.endpoint",
            "https://c.example.com",
            "the http address",
        ),
        (
            "traces.endpoint",
            "http://u:p@127.0.0.1:4318",
            "the http address",
        ),
        ("limits.connections", "0", "1 or more"),
        ("limits.connections_per_address", "many", "1 or more"),
        ("log.level", "loud", "error, warn, info"),
        ("log.format", "xml", "text or json"),
        ("app_name", "", "1 to 32 characters"),
    ] {
        let error = read(&[("profile", "development"), (key, value)]).err();
        let error = error.unwrap_or_else(|| panic!("{key}={value} was taken"));
        assert!(
            error.starts_with(&format!("bad value of {key} (flag --set)")),
            "{error}"
        );
        assert!(error.contains(says), "{key}: {error}");
    }
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_one() {
    let error = read(&[("mial.url", "console:")]).expect_err("an error");
    assert_eq!(
        error,
        "unknown key mial.url (flag --set); did you mean mail.url?"
    );
    let error = read(&[("quux", "1")]).expect_err("an error");
    assert!(error.contains("otp config show"), "{error}");
    assert!(read(&[("policy.login", "6")]).is_err());
    assert!(read(&[("policy.login.length.x", "6")]).is_err());
}

#[test]
fn a_secret_never_stands_in_an_error() {
    for key in ["keys", "database.url", "mail.url", "sms.url", "api.keys"] {
        let error = read(&[
            ("profile", "development"),
            (key, "pigeon://ada:hunter2@x \0"),
        ])
        .err();
        assert!(
            error
                .as_ref()
                .is_some_and(|error| !error.contains("hunter2")),
            "{key}: {error:?}"
        );
    }
}

#[test]
fn a_purpose_takes_from_login_what_it_does_not_set() {
    let config = read(&[
        ("profile", "development"),
        ("policy.login.length", "8"),
        ("policy.login.lifetime", "2m"),
        ("policy.confirm_contact.lifetime", "24h"),
    ])
    .expect("a configuration");
    let confirm = config
        .policies
        .of(&Purpose::parse("confirm-contact").expect("a purpose"));
    assert_eq!(
        (confirm.format().length(), confirm.lifetime().num_hours()),
        (8, 24)
    );
    let payment = config
        .policies
        .of(&Purpose::parse("payment").expect("a purpose"));
    assert_eq!(
        (payment.format().length(), payment.lifetime().num_minutes()),
        (8, 2)
    );
}

#[test]
fn a_short_lifetime_shortens_the_default_wait_only() {
    let short = [("profile", "development"), ("policy.login.lifetime", "2s")];
    let config = read(&short).expect("a configuration");
    assert_eq!(
        config
            .policies
            .of(&Purpose::default())
            .resend_after()
            .num_seconds(),
        2
    );
    assert!(read(&[short[0], short[1], ("policy.login.resend_after", "3s")]).is_err());
}

#[test]
fn show_lists_every_key_with_its_origin_and_masks_secrets() {
    let shown = show(&settings(&[
        ("profile", "production"),
        ("public_url", "https://login.example.com"),
        ("keys", KEY),
        ("database.url", "postgres://otp:hunter2@db.example.com/otp"),
        (
            "sms.url",
            "smpps://otp:hunter2@smsc.example.com?from=Example",
        ),
        (
            "mail.url",
            "smtp://otp:hunter2@mail.example.com:587?tls=required",
        ),
        ("api.keys", "0123456789abcdef-hunter2"),
        ("sms.url", "gateway:a.toml gateway:b.toml"),
        ("sms.routes.in", "gateway:c.toml"),
        ("sms.values.msg91_key", "hunter2"),
        ("policy.payment.length", "8"),
    ]))
    .expect("settings");
    let mut text = String::new();
    for line in shown {
        writeln!(text, "{}={} [{}]", line.key, line.value, line.origin).expect("a text");
    }
    assert!(
        !text.contains("hunter2") && !text.contains("AAECAwQ"),
        "{text}"
    );
    for line in [
        "profile=production [flag --set]\n",
        "listen=127.0.0.1:8000 [default]\n",
        "keys=k1:*** [flag --set]\n",
        "app_name=login.example.com [default]\n",
        "mail.from=noreply@login.example.com [default]\n",
        "sms.url=gateway:a.toml gateway:b.toml [flag --set]\n",
        "sms.routes.in=gateway:c.toml [flag --set]\n",
        "sms.values.msg91_key=*** [flag --set]\n",
        "policy.login.length=6 [default]\n",
        "policy.payment.length=8 [flag --set]\n",
        "api.keys=1 set [flag --set]\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn ways_stand_in_their_order_and_by_their_place() {
    let config = read(&[
        ("profile", "development"),
        ("mail.url", "smtp://u:p@a.example  smtps://b.example\n"),
        ("sms.url", "console: console:"),
        ("sms.routes.in", "console:"),
        ("sms.routes.1684", "console: console:"),
    ]);
    let config = config.expect("a configuration");
    let masked: Vec<String> = config.mail.iter().map(MailUrl::masked).collect();
    assert_eq!(
        masked,
        [
            "smtp://***:***@a.example:587?tls=required",
            "smtps://b.example:465"
        ]
    );
    let plan = config.sms.expect("SMS is on");
    let counts = plan
        .routes
        .iter()
        .map(|(digits, urls)| (digits.as_str(), urls.len()));
    assert_eq!(plan.urls.len(), 2);
    assert_eq!(counts.collect::<Vec<_>>(), [("1684", 2), ("91", 1)]);
}

#[test]
fn a_place_has_one_list_of_ways_and_only_where_sms_are_on() {
    for (set, says) in [
        (
            [
                ("sms.url", "console:"),
                ("sms.routes.in", "console:"),
                ("sms.routes.91", "console:"),
            ],
            "bad value of sms.routes.in (flag --set): another key names the same digits",
        ),
        (
            [
                ("sms.url", "off"),
                ("sms.routes.in", "console:"),
                ("profile", "development"),
            ],
            "bad value of sms.routes.in (flag --set): sms.url is off: set the ways to all other places there",
        ),
    ] {
        let mut set = set.to_vec();
        set.push(("profile", "development"));
        assert_eq!(read(&set).err().as_deref(), Some(says));
    }
}
