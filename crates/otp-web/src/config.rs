//! The settings of the service: one table of keys, read once at start into values that are valid.

mod reader;
mod settings;
mod show;
mod table;
mod values;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use otp_core::{Budgets, Keyring, Policies, Region};
use otp_notify::{AppHash, FromAddress, MailUrl, SmsPlan};
use otp_storage::{ConnectError, DatabaseUrl};
use url::Url;

pub(crate) use settings::{Origin, Settings, Value};
pub(crate) use show::show;
pub(crate) use table::SETTINGS;
pub(crate) use values::duration;

use crate::client_address::TrustedProxies;
use crate::hosts::Hosts;
use crate::site::ApiAccess;
use reader::{Reader, refuse_unknown_keys};

/// Development or production; decides about what is made up when it is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Everything works without configuration, and nothing is safe to expose.
    Development,
    /// What matters must be set.
    Production,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Who gets codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// Everybody.
    Allow,
    /// Customers; all others get decoys.
    Decoy,
}

/// When what is over is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CleanUp {
    /// How often the service does it; `None` when it does not.
    pub interval: Option<Duration>,
    /// How long it is kept after its issue.
    pub retention: TimeDelta,
}

/// How many connections are open at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// In all.
    pub connections: usize,
    /// From one address that is no trusted proxy.
    pub connections_per_address: usize,
}

/// The settings, understood and valid.
pub(crate) struct Config {
    /// Development or production.
    pub profile: Profile,
    /// Where the service listens.
    pub listen: SocketAddr,
    /// Where people reach it.
    pub public_url: Url,
    /// Further names that people reach it by.
    pub hosts: Hosts,
    /// The proxies that are believed when they name the client.
    pub trusted_proxies: TrustedProxies,
    /// How many connections are open at a time.
    pub limits: Limits,
    /// Its name on pages and in messages.
    pub app_name: String,
    /// Where rows are kept.
    pub database: DatabaseUrl,
    /// The keys; `None` in development, where they are made and kept under `var/`.
    pub keys: Option<Keyring>,
    /// What codes and sessions belong to beside the keys; `None` in development may be kept under `var/`.
    pub epoch: Option<u64>,
    /// How mail goes out, the preferred way first.
    pub mail: Vec<MailUrl>,
    /// Whom mail is from.
    pub mail_from: FromAddress,
    /// How SMS go out; `None` when they are off.
    pub sms: Option<SmsPlan>,
    /// The Android app that finds its codes in SMS; browsers do when there is none.
    pub app_hash: Option<AppHash>,
    /// Words and layouts of messages that replace those of the program.
    pub messages_dir: Option<PathBuf>,
    /// The rules for codes.
    pub policies: Policies,
    /// How often anything may happen.
    pub budgets: Budgets,
    /// How many blind guesses a year may be expected to succeed.
    pub accepted: f64,
    /// The region of phone numbers without a country code.
    pub default_region: Region,
    /// Who gets codes.
    pub unknown: Unknown,
    /// When what is over is removed.
    pub clean_up: CleanUp,
    /// Who may call the API.
    pub api_access: ApiAccess,
    /// Where metrics are served alone; among the other routes when it is not set.
    pub metrics_listen: Option<SocketAddr>,
    /// Where traces are sent; nowhere when it is not set.
    pub traces: Option<Url>,
    /// The least severe log line that is written.
    pub log_level: tracing::Level,
    /// How log lines look.
    pub log_format: LogFormat,
}

impl Config {
    /// Understands `settings`.
    ///
    /// # Errors
    /// The first [`ConfigError`], which names the key, where its value was read and what is allowed.
    pub(crate) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        refuse_unknown_keys(settings)?;
        let reader = Reader(settings);
        let profile = reader.profile()?;
        let is_development = profile == Profile::Development;
        let listen: SocketAddr = reader.value("listen", |text| text.parse().ok())?;
        let public_url = reader.public_url(profile, listen)?;
        let keys = reader.optional("keys", Keyring::parse)?;
        if keys.is_none() && !is_development {
            return Err(reader.missing("keys", "run `otp keys generate` and set it"));
        }
        let mail_from = reader.mail_from(&public_url);
        let policies = reader.policies()?;
        Ok(Self {
            profile,
            listen,
            hosts: reader.parsed("hosts", Hosts::parse)?,
            trusted_proxies: reader.parsed("trusted_proxies", TrustedProxies::parse)?,
            limits: Limits {
                connections: reader.value("limits.connections", values::count)?,
                connections_per_address: reader
                    .value("limits.connections_per_address", values::count)?,
            },
            app_name: reader.app_name(&public_url)?,
            database: reader.url("database.url", &reader.text("database.url"), |text| {
                DatabaseUrl::parse(text).map_err(|error| match error {
                    ConnectError::UnsupportedScheme { .. } => None,
                    error => Some(error.to_string()),
                })
            })?,
            keys,
            epoch: reader.optional("epoch", str::parse::<u64>)?,
            mail: reader.mail()?,
            mail_from: reader.parse("mail.from", &mail_from, FromAddress::parse)?,
            sms: reader.sms(profile)?,
            app_hash: reader.optional("sms.app_hash", AppHash::parse)?,
            messages_dir: reader.optional("messages.dir", str::parse::<PathBuf>)?,
            budgets: reader.budgets(profile, &policies)?,
            accepted: reader.accepted()?,
            policies,
            default_region: reader
                .value("phone.default_region", |text| Region::parse(text).ok())?,
            unknown: reader.value("customers.unknown", values::unknown)?,
            clean_up: CleanUp {
                interval: reader.unless_off("cleanup.interval", values::interval)?,
                retention: reader.value("cleanup.retention", duration)?,
            },
            api_access: reader.api_access(profile)?,
            metrics_listen: reader.optional("metrics.listen", str::parse::<SocketAddr>)?,
            traces: reader.collector()?,
            log_level: reader.value("log.level", |text| text.parse().ok())?,
            log_format: reader.value("log.format", values::log_format)?,
            public_url,
        })
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("profile", &self.profile)
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

/// Why the settings were refused. `Display` names the key, where its value was read and what is allowed, and never
/// a secret value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{} line {line} is not valid TOML: {problem}", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
        /// What the parser says, without quoting the line.
        problem: String,
    },
    /// The value is a float, a date or a nested list.
    #[error("{key} ({origin}) must be a text or a whole number")]
    Shape {
        /// The key.
        key: String,
        /// Where it stands.
        origin: Origin,
    },
    /// There is no such key.
    #[error("unknown key {key} ({origin}); {advice}")]
    Unknown {
        /// The key.
        key: String,
        /// Where it stands.
        origin: Origin,
        /// The nearest key, or how to list them.
        advice: String,
    },
    /// The value is not allowed.
    #[error("bad value of {key} ({origin}): {reason}")]
    Bad {
        /// The key.
        key: String,
        /// Where it stands.
        origin: Origin,
        /// What is wrong, or what is allowed, or both.
        reason: String,
    },
    /// A value that production needs is not set.
    #[error(
        "{key} is not set (OTP_{environment}) and the profile is production, since {because} is set; \
         {advice}, or set OTP_PROFILE=development to try things out"
    )]
    Missing {
        /// What made the profile production.
        because: String,
        /// The key.
        key: &'static str,
        /// Its name in the environment, without the prefix.
        environment: String,
        /// What to do.
        advice: &'static str,
    },
}

#[cfg(test)]
mod tests;
