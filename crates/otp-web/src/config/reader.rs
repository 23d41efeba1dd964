//! Reads values by key, with errors that name the key and the origin.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use otp_core::{Budgets, Policies, Policy, PolicyError, Purpose};
use otp_notify::{MailUrl, MailUrlError, SmsPlan, SmsUrl, SmsUrlError};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::table::{SETTINGS, matches};
use super::{ConfigError, Origin, Profile, Settings, values};
use crate::site::ApiAccess;

/// The settings, read key by key.
pub(super) struct Reader<'a>(pub(super) &'a Settings);

impl Reader<'_> {
    pub(super) fn text(&self, key: &str) -> String {
        let default = SETTINGS
            .iter()
            .find(|setting| setting.key == key)
            .map_or("", |setting| setting.default);
        self.text_or(key, default)
    }

    pub(super) fn text_or(&self, key: &str, default: &str) -> String {
        self.0
            .get(key)
            .map_or(default, |value| &value.text)
            .trim()
            .to_owned()
    }

    fn origin(&self, key: &str) -> Origin {
        self.0
            .get(key)
            .map_or(Origin::Default, |value| value.origin.clone())
    }

    pub(super) fn value<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        read(&self.text(key)).ok_or_else(|| self.bad(key, None))
    }

    /// Reads a value that may be `off`.
    pub(super) fn unless_off<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        match self.text(key).as_str() {
            "off" => Ok(None),
            _ => self.value(key, read).map(Some),
        }
    }

    pub(super) fn optional<T, E: std::fmt::Display>(
        &self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigError> {
        match self.text(key).as_str() {
            "" => Ok(None),
            text => self.parse(key, text, read).map(Some),
        }
    }

    /// Reads a value whose parser says itself what is wrong.
    pub(super) fn parsed<T, E: std::fmt::Display>(
        &self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigError> {
        self.parse(key, &self.text(key), read)
    }

    pub(super) fn parse<T, E: std::fmt::Display>(
        &self,
        key: &'static str,
        text: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigError> {
        read(text).map_err(|error| self.bad(key, Some(error.to_string())))
    }

    /// A bad value, in the reader's words or with what the table allows. The value itself may be secret.
    fn bad(&self, key: &str, problem: Option<String>) -> ConfigError {
        let setting = SETTINGS.iter().find(|setting| matches(setting.key, key));
        let allowed = setting.map_or("", |setting| setting.allowed);
        let problem = problem.map_or_else(String::new, |problem| format!("{problem}; "));
        self.bad_because(key, format!("{problem}expected {allowed}"))
    }

    fn bad_because(&self, key: &str, reason: String) -> ConfigError {
        ConfigError::Bad {
            key: key.to_owned(),
            origin: self.origin(key),
            reason,
        }
    }

    /// Reads a URL, whose parser says itself what is allowed, or `None` where only the table can.
    pub(super) fn url<T>(
        &self,
        key: &str,
        text: &str,
        read: impl FnOnce(&str) -> Result<T, Option<String>>,
    ) -> Result<T, ConfigError> {
        read(text).map_err(|reason| match reason {
            Some(reason) => self.bad_because(key, reason),
            None => self.bad(key, None),
        })
    }

    /// Reads one URL or more, separated by blanks.
    fn urls<T>(
        &self,
        key: &str,
        text: &str,
        read: impl Fn(&str) -> Result<T, Option<String>>,
    ) -> Result<Vec<T>, ConfigError> {
        if text.is_empty() {
            return Err(self.bad(key, None));
        }
        if text.split_whitespace().any(|url| url.ends_with(',')) {
            let reason = "several URLs are separated by blanks, without commas".to_owned();
            return Err(self.bad_because(key, reason));
        }
        let urls = text.split_whitespace();
        urls.map(|url| self.url(key, url, &read)).collect()
    }

    /// The ways of mail, the first one preferred.
    pub(super) fn mail(&self) -> Result<Vec<MailUrl>, ConfigError> {
        self.urls("mail.url", &self.text("mail.url"), |text| {
            MailUrl::parse(text).map_err(|error| match error {
                MailUrlError::Form => None,
                error => Some(error.to_string()),
            })
        })
    }

    /// The ways of short messages; `None` when they are off.
    pub(super) fn sms(&self, profile: Profile) -> Result<Option<SmsPlan>, ConfigError> {
        let default = match profile {
            Profile::Development => "console:",
            Profile::Production => "off",
        };
        let text = self.text_or("sms.url", default);
        let named = |prefix: &'static str| {
            let all = self.0.iter();
            all.filter_map(move |(key, _)| Some((key, key.strip_prefix(prefix)?)))
        };
        if text == "off" {
            return match named("sms.routes.").next() {
                None => Ok(None),
                Some((key, _)) => {
                    let reason =
                        "sms.url is off: set the ways to all other places there".to_owned();
                    Err(self.bad_because(key, reason))
                }
            };
        }
        let read = |text: &str| {
            SmsUrl::parse(text).map_err(|error| match error {
                SmsUrlError::Form => None,
                SmsUrlError::Smpp(error) => Some(error.to_string()),
            })
        };
        let values =
            named("sms.values.").map(|(key, name)| (name.to_owned(), self.text_or(key, "")));
        let mut plan = SmsPlan {
            urls: self.urls("sms.url", &text, read)?,
            routes: BTreeMap::new(),
            values: values.collect(),
        };
        for (key, place) in named("sms.routes.") {
            let digits = values::first_digits(place).ok_or_else(|| self.bad(key, None))?;
            let urls = self.urls(key, &self.text_or(key, ""), read)?;
            if plan.routes.insert(digits, urls).is_some() {
                let reason = "another key names the same digits".to_owned();
                return Err(self.bad_because(key, reason));
            }
        }
        Ok(Some(plan))
    }

    pub(super) fn profile(&self) -> Result<Profile, ConfigError> {
        match self.text("profile").as_str() {
            "" if self.0.is_empty() => Ok(Profile::Development),
            "" => Ok(Profile::Production),
            text => values::profile(text).ok_or_else(|| self.bad("profile", None)),
        }
    }

    /// Says that production needs `key`, and why this is production.
    pub(super) fn missing(&self, key: &'static str, advice: &'static str) -> ConfigError {
        let decisive = self.0.get("profile").map(|value| ("profile", value));
        let decisive = decisive.or_else(|| self.0.iter().next());
        ConfigError::Missing {
            because: decisive.map_or_else(String::new, |(key, value)| {
                format!("{key} ({})", value.origin)
            }),
            key,
            environment: key.to_ascii_uppercase().replace('.', "__"),
            advice,
        }
    }

    pub(super) fn public_url(
        &self,
        profile: Profile,
        listen: SocketAddr,
    ) -> Result<Url, ConfigError> {
        match (self.text("public_url").as_str(), profile) {
            ("", Profile::Production) => {
                Err(self.missing("public_url", "set it to the address that people type"))
            }
            ("", Profile::Development) => {
                values::public_url(&format!("http://localhost:{}", listen.port()))
                    .ok_or_else(|| self.bad("public_url", None))
            }
            (text, _) => values::public_url(text).ok_or_else(|| self.bad("public_url", None)),
        }
    }

    /// The name on pages and in messages; an installation that has none is called by its host.
    pub(super) fn app_name(&self, public_url: &Url) -> Result<String, ConfigError> {
        match self.0.get("app_name") {
            Some(_) => self.value("app_name", values::app_name),
            None => Ok(public_url
                .host_str()
                .and_then(values::app_name)
                .unwrap_or_else(|| "this service".to_owned())),
        }
    }

    /// The sender; an installation that names none sends from the host that people know.
    pub(super) fn mail_from(&self, public_url: &Url) -> String {
        let host = public_url
            .domain()
            .filter(|domain| domain.contains('.'))
            .unwrap_or("otp.localhost");
        self.text_or("mail.from", &format!("noreply@{host}"))
    }

    pub(super) fn api_access(&self, profile: Profile) -> Result<ApiAccess, ConfigError> {
        const SHORTEST: usize = 16;
        let text = self.text("api.keys");
        let keys: Vec<&str> = text
            .split(',')
            .map(str::trim)
            .filter(|key| !key.is_empty())
            .collect();
        if keys.is_empty() && profile == Profile::Development {
            return Ok(ApiAccess::Open);
        }
        // What no `Authorization` header can carry would lock everybody out.
        if keys
            .iter()
            .any(|key| !key.bytes().all(|byte| byte.is_ascii_graphic()))
        {
            return Err(self.bad(
                "api.keys",
                Some("a key holds blanks or odd characters".to_owned()),
            ));
        }
        if keys.iter().any(|key| key.len() < SHORTEST) {
            return Err(self.bad("api.keys", Some("a key is too short".to_owned())));
        }
        Ok(ApiAccess::Keys(
            keys.into_iter()
                .map(|key| Sha256::digest(key).into())
                .collect(),
        ))
    }

    /// The collector of traces.
    pub(super) fn collector(&self) -> Result<Option<Url>, ConfigError> {
        match self.text("traces.endpoint").as_str() {
            "" => Ok(None),
            text => values::collector(text)
                .map(Some)
                .ok_or_else(|| self.bad("traces.endpoint", None)),
        }
    }

    /// The budgets, which bound what `policies` leave to luck.
    pub(super) fn budgets(
        &self,
        profile: Profile,
        policies: &Policies,
    ) -> Result<Budgets, ConfigError> {
        let may_be_off = match self.text("danger_budgets_off").as_str() {
            "true" => true,
            "false" => profile == Profile::Development,
            _ => return Err(self.bad("danger_budgets_off", None)),
        };
        let only_in_danger = |key: &str| {
            let reason = "in production this takes danger_budgets_off = true, and nothing bounds \
                          what attackers do then";
            self.bad_because(key, reason.to_owned())
        };
        let limits = |key| {
            let limits = self.value(key, values::limits)?;
            if limits.is_off() && !may_be_off {
                return Err(only_in_danger(key));
            }
            Ok(limits)
        };
        let cooldowns = self.value("budgets.cooldowns", values::cooldowns)?;
        if cooldowns.waits().is_empty() && !may_be_off {
            return Err(only_in_danger("budgets.cooldowns"));
        }
        let budgets = Budgets {
            email_sends: limits("budgets.email_sends")?,
            phone_sends: limits("budgets.phone_sends")?,
            device_sends: limits("budgets.device_sends")?,
            cooldowns,
            failures: limits("budgets.failures")?,
            device_failures: limits("budgets.device_failures")?,
            client_requests: limits("budgets.client_requests")?,
            client_contacts: limits("budgets.client_contacts")?,
            client_failures: limits("budgets.client_failures")?,
            short_codes: limits("budgets.short_codes")?,
            long_codes: limits("budgets.long_codes")?,
        };
        let accepted = self.accepted()?;
        let is_bounded = budgets.blind_successes_a_year(policies).is_some();
        if is_bounded || !may_be_off {
            budgets
                .keep_below(accepted, policies)
                .map_err(|error| self.bad_because("budgets.blind_successes", error.to_string()))?;
        }
        Ok(budgets)
    }

    /// How many blind guesses a year may be expected to succeed.
    pub(super) fn accepted(&self) -> Result<f64, ConfigError> {
        self.value("budgets.blind_successes", values::successes)
    }

    pub(super) fn policies(&self) -> Result<Policies, ConfigError> {
        let login = self.policy(&Purpose::default(), "login")?;
        let mut policies = Policies::new(login);
        let mut names: Vec<&str> = self
            .0
            .iter()
            .filter_map(|(key, _)| key.strip_prefix("policy.")?.split('.').next())
            .collect();
        names.dedup();
        for name in names {
            // An environment variable cannot hold a dash.
            let purpose = Purpose::parse(&name.replace('_', "-"))
                .map_err(|error| self.bad_policy(name, "length", error))?;
            policies = policies.with(purpose.clone(), self.policy(&purpose, name)?);
        }
        Ok(policies)
    }

    /// The policy of one purpose; what it does not set is `login`'s.
    fn policy(&self, purpose: &Purpose, name: &str) -> Result<Policy, ConfigError> {
        let own = |field: &str| {
            let (own, login) = (
                format!("policy.{name}.{field}"),
                format!("policy.login.{field}"),
            );
            if self.0.get(&own).is_some() {
                own
            } else {
                login
            }
        };
        let text = |field: &str| {
            let default = SETTINGS
                .iter()
                .find(|setting| setting.key.ends_with(&format!("<purpose>.{field}")));
            self.text_or(&own(field), default.map_or("", |setting| setting.default))
        };
        let bad = |field: &str| self.bad(&own(field), None);
        let format = text("length")
            .parse()
            .ok()
            .and_then(otp_core::CodeFormat::digits)
            .ok_or_else(|| bad("length"))?;
        let lifetime = values::duration(&text("lifetime")).ok_or_else(|| bad("lifetime"))?;
        let max_attempts = text("max_attempts")
            .parse()
            .map_err(|_| bad("max_attempts"))?;
        let resend_after =
            values::duration(&text("resend_after")).ok_or_else(|| bad("resend_after"))?;
        // A short lifetime shortens the default wait; a wait that somebody set is taken at its word.
        let is_set = self.0.get(&own("resend_after")).is_some();
        let resend_after = if is_set {
            resend_after
        } else {
            resend_after.min(lifetime)
        };
        Policy::new(purpose, format, lifetime, max_attempts, resend_after).map_err(|error| {
            let field = match error {
                PolicyError::MaxAttempts => "max_attempts",
                PolicyError::ResendAfter => "resend_after",
                PolicyError::Lifetime { .. } | PolicyError::Purpose => "lifetime",
            };
            self.bad_policy(name, field, error)
        })
    }

    fn bad_policy(&self, name: &str, field: &str, error: PolicyError) -> ConfigError {
        let own = format!("policy.{name}.{field}");
        let key = if self.0.get(&own).is_some() {
            own
        } else {
            format!("policy.login.{field}")
        };
        self.bad(&key, Some(error.to_string()))
    }
}

/// Refuses a key that is in no row of the table.
pub(super) fn refuse_unknown_keys(settings: &Settings) -> Result<(), ConfigError> {
    for (key, value) in settings.iter() {
        if !SETTINGS.iter().any(|setting| matches(setting.key, key)) {
            let nearest = SETTINGS
                .iter()
                .map(|setting| (strsim::jaro_winkler(setting.key, key), setting.key))
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .filter(|(likeness, _)| *likeness > 0.8);
            return Err(ConfigError::Unknown {
                key: key.to_owned(),
                origin: value.origin.clone(),
                advice: nearest.map_or_else(
                    || "`otp config show` lists the keys there are".to_owned(),
                    |(_, nearest)| format!("did you mean {nearest}?"),
                ),
            });
        }
    }
    Ok(())
}
