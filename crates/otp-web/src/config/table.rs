//! Every setting there is, as a table.

/// What is known of a setting before anybody sets it.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Its key; a part in angle brackets stands for any name.
    pub key: &'static str,
    /// Its value when nobody sets it; empty when that is computed or there is none.
    pub default: &'static str,
    /// What is allowed, as an error says it.
    pub allowed: &'static str,
    /// Whether `config show` masks it.
    pub secret: bool,
}

/// The form of a limit, or of several that hold together.
const LIMITS: &str = "a count in a time, like 5/1h, several of them separated by commas, or off";

/// Every setting there is.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        key: "profile",
        default: "",
        allowed: "development or production",
        secret: false,
    },
    Setting {
        key: "listen",
        default: "127.0.0.1:8000",
        allowed: "an address and a port, like 127.0.0.1:8000",
        secret: false,
    },
    Setting {
        key: "public_url",
        default: "",
        allowed: "the http or https address that people type, without a path, like https://login.example.com",
        secret: false,
    },
    Setting {
        key: "hosts",
        default: "",
        allowed: "names or addresses, each perhaps with a port, separated by commas, like login.example.net,192.0.2.1:8443",
        secret: false,
    },
    Setting {
        key: "trusted_proxies",
        default: "",
        allowed: "addresses and networks separated by commas, like 127.0.0.1,10.0.0.0/8",
        secret: false,
    },
    Setting {
        key: "app_name",
        default: "",
        allowed: "1 to 32 characters without controls",
        secret: false,
    },
    Setting {
        key: "database.url",
        default: "sqlite://var/otp.sqlite3",
        allowed: "sqlite://FILE, postgres://USER:PASSWORD@HOST/NAME or mysql://USER:PASSWORD@HOST/NAME",
        secret: true,
    },
    Setting {
        key: "keys",
        default: "",
        allowed: "id:base64url[,id[@until]:base64url...] with at least 32 random bytes each; `otp keys generate` makes one",
        secret: true,
    },
    Setting {
        key: "epoch",
        default: "",
        allowed: "a whole number; `otp keys bump-epoch` tells the next one",
        secret: false,
    },
    Setting {
        key: "mail.url",
        default: "console:",
        allowed: "console:, file:DIR, smtp://USER:PASSWORD@HOST:587?tls=required or smtps://USER:PASSWORD@HOST; several of them separated by blanks",
        secret: true,
    },
    Setting {
        key: "mail.from",
        default: "",
        allowed: "an address, or a name and an address, like Example <noreply@example.com>",
        secret: false,
    },
    Setting {
        key: "sms.url",
        default: "",
        allowed: "console:, gateway:FILE, smpps://SYSTEM_ID:PASSWORD@HOST?from=SENDER or smpp:// with &tls=none, several of them separated by blanks, or off",
        secret: true,
    },
    Setting {
        key: "sms.routes.<place>",
        default: "",
        allowed: "for a country like IN, or for the first digits of numbers like 91: console:, gateway:FILE, smpps://SYSTEM_ID:PASSWORD@HOST?from=SENDER or smpp:// with &tls=none, several of them separated by blanks",
        secret: true,
    },
    Setting {
        key: "sms.values.<name>",
        default: "",
        allowed: "what the file of a gateway calls values.<name>",
        secret: true,
    },
    Setting {
        key: "sms.app_hash",
        default: "",
        allowed: "the 11 characters that Google's SMS Retriever knows an Android app by",
        secret: false,
    },
    Setting {
        key: "messages.dir",
        default: "",
        allowed: "a folder with words and layouts of messages, like /etc/otp/messages",
        secret: false,
    },
    Setting {
        key: "policy.<purpose>.length",
        default: "6",
        allowed: "a number of digits from 6 to 13",
        secret: false,
    },
    Setting {
        key: "policy.<purpose>.lifetime",
        default: "5m",
        allowed: "a duration like 90s or 5m, up to 10m (24h for confirm-contact)",
        secret: false,
    },
    Setting {
        key: "policy.<purpose>.max_attempts",
        default: "5",
        allowed: "a number from 1 to 10",
        secret: false,
    },
    Setting {
        key: "policy.<purpose>.resend_after",
        default: "60s",
        allowed: "a duration like 60s, not longer than the lifetime",
        secret: false,
    },
    Setting {
        key: "budgets.email_sends",
        default: "5/1h, 10/24h",
        allowed: LIMITS,
        secret: false,
    },
    Setting {
        key: "budgets.phone_sends",
        default: "3/1h, 6/24h",
        allowed: LIMITS,
        secret: false,
    },
    Setting {
        key: "budgets.device_sends",
        default: "5/1h, 10/24h",
        allowed: LIMITS,
        secret: false,
    },
    Setting {
        key: "budgets.cooldowns",
        default: "60s, 60s, 2m, 5m, 10m",
        allowed: "durations up to 1h in order, like 60s, 2m, or off",
        secret: false,
    },
    Setting {
        key: "budgets.failures",
        default: "10/24h",
        allowed: LIMITS,
        secret: false,
    },
    Setting {
        key: "budgets.device_failures",
        default: "10/24h",
        allowed: LIMITS,
        secret: false,
    },
    Setting {
        key: "budgets.client_requests",
        default: "10/1h, 30/24h",
        allowed: LIMITS,
        secret: false,
    },
    Setting {
        key: "budgets.client_contacts",
        default: "5/1h",
        allowed: LIMITS,
        secret: false,
    },
    Setting {
        key: "budgets.client_failures",
        default: "20/1h, 100/24h",
        allowed: LIMITS,
        secret: false,
    },
    Setting {
        key: "budgets.short_codes",
        default: "2000/24h",
        allowed: LIMITS,
        secret: false,
    },
    Setting {
        key: "budgets.long_codes",
        default: "60000/24h",
        allowed: LIMITS,
        secret: false,
    },
    Setting {
        key: "budgets.blind_successes",
        default: "1",
        allowed: "a number above 0, like 1 or 0.1",
        secret: false,
    },
    Setting {
        key: "danger_budgets_off",
        default: "false",
        allowed: "true or false",
        secret: false,
    },
    Setting {
        key: "phone.default_region",
        default: "IN",
        allowed: "two letters of ISO 3166, like IN",
        secret: false,
    },
    Setting {
        key: "customers.unknown",
        default: "allow",
        allowed: "allow or decoy",
        secret: false,
    },
    Setting {
        key: "cleanup.interval",
        default: "1h",
        allowed: "a duration of 1m or more, like 1h, or off",
        secret: false,
    },
    Setting {
        key: "cleanup.retention",
        default: "24h",
        allowed: "a duration like 24h or 7d",
        secret: false,
    },
    Setting {
        key: "api.keys",
        default: "",
        allowed: "keys of at least 16 visible ASCII characters, separated by commas",
        secret: true,
    },
    Setting {
        key: "metrics.listen",
        default: "",
        allowed: "an address and a port, like 127.0.0.1:9464",
        secret: false,
    },
    Setting {
        key: "traces.endpoint",
        default: "",
        allowed: "the http address of a collector that speaks OTLP, like http://127.0.0.1:4318",
        secret: false,
    },
    Setting {
        key: "limits.connections",
        default: "800",
        allowed: "a number of connections, 1 or more",
        secret: false,
    },
    Setting {
        key: "limits.connections_per_address",
        default: "100",
        allowed: "a number of connections, 1 or more",
        secret: false,
    },
    Setting {
        key: "log.level",
        default: "info",
        allowed: "error, warn, info, debug or trace",
        secret: false,
    },
    Setting {
        key: "log.format",
        default: "text",
        allowed: "text or json",
        secret: false,
    },
];

/// Says whether `key` is an instance of `pattern`, whose angle-bracketed parts stand for any name.
pub(super) fn matches(pattern: &str, key: &str) -> bool {
    let (pattern, key) = (
        pattern.split('.').collect::<Vec<_>>(),
        key.split('.').collect::<Vec<_>>(),
    );
    let fits = |(pattern, key): (&&str, &&str)| {
        pattern == key || (pattern.starts_with('<') && !key.is_empty())
    };
    pattern.len() == key.len() && pattern.iter().zip(&key).all(fits)
}

/// Returns what separates the texts of a setting that may be written as a list of them.
pub(super) fn separator(key: &str) -> Option<&'static str> {
    if LISTS.contains(&key) {
        Some(",")
    } else {
        // A URL may hold a comma, and no blank.
        URLS.iter()
            .any(|pattern| matches(pattern, key))
            .then_some(" ")
    }
}

const URLS: [&str; 3] = ["mail.url", "sms.url", "sms.routes.<place>"];

const LISTS: [&str; 15] = [
    "keys",
    "api.keys",
    "hosts",
    "trusted_proxies",
    "budgets.email_sends",
    "budgets.phone_sends",
    "budgets.device_sends",
    "budgets.cooldowns",
    "budgets.failures",
    "budgets.device_failures",
    "budgets.client_requests",
    "budgets.client_contacts",
    "budgets.client_failures",
    "budgets.short_codes",
    "budgets.long_codes",
];
