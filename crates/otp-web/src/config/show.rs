//! The effective settings, for people.

use otp_core::Purpose;
use otp_notify::{MailUrl, SmsUrl};

use super::reader::Reader;
use super::table::{SETTINGS, Setting, matches};
use super::{Config, ConfigError, Origin, Settings, values};
use crate::site::ApiAccess;

/// One line of `otp config show`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The key.
    pub key: String,
    /// Its effective value; masked when it is secret.
    pub value: String,
    /// Where it was read.
    pub origin: String,
}

/// Lists the effective values and their origin, secrets masked.
///
/// # Errors
/// [`ConfigError`] as [`Config::read`]: what is shown is what would be used.
pub(crate) fn show(settings: &Settings) -> Result<Vec<Shown>, ConfigError> {
    let config = Config::read(settings)?;
    let effective = |setting: &Setting| match setting.key {
        "profile" => values::profile_name(config.profile).to_owned(),
        "public_url" => config.public_url.to_string(),
        "database.url" => config.database.masked(),
        "mail.url" => all(&config.mail, MailUrl::masked),
        "mail.from" => Reader(settings).mail_from(&config.public_url),
        "sms.url" => config
            .sms
            .as_ref()
            .map_or_else(|| "off".to_owned(), |sms| all(&sms.urls, SmsUrl::masked)),
        "keys" => config.keys.as_ref().map_or_else(
            || "made and kept under var/".to_owned(),
            |keys| {
                keys.ids()
                    .map(|id| format!("{}:***", id.as_str()))
                    .collect::<Vec<_>>()
                    .join(",")
            },
        ),
        "epoch" => match (config.epoch, &config.keys) {
            (Some(epoch), _) => epoch.to_string(),
            (None, Some(_)) => "0".to_owned(),
            (None, None) => "kept under var/".to_owned(),
        },
        "api.keys" => match &config.api_access {
            ApiAccess::Open => "open".to_owned(),
            ApiAccess::Keys(keys) => format!("{} set", keys.len()),
        },
        _ if setting.secret => "***".to_owned(),
        "app_name" => config.app_name.clone(),
        key => Reader(settings).text(key),
    };
    let mut shown = Vec::new();
    for setting in SETTINGS {
        if setting.key.contains('<') {
            let name = setting
                .key
                .replace("<purpose>", Purpose::default().as_str());
            if !name.contains('<') && settings.get(&name).is_none() {
                shown.push(Shown {
                    key: name,
                    value: setting.default.to_owned(),
                    origin: Origin::Default.to_string(),
                });
            }
            for (key, value) in settings.iter().filter(|(key, _)| matches(setting.key, key)) {
                shown.push(Shown {
                    key: key.to_owned(),
                    value: match (key.strip_prefix("sms.routes."), &config.sms) {
                        (Some(place), Some(sms)) => {
                            let digits = values::first_digits(place).unwrap_or_default();
                            let urls = sms.routes.get(&digits);
                            urls.map_or_else(String::new, |urls| all(urls, SmsUrl::masked))
                        }
                        _ if setting.secret => "***".to_owned(),
                        _ => value.text.clone(),
                    },
                    origin: value.origin.to_string(),
                });
            }
        } else {
            let origin = settings
                .get(setting.key)
                .map_or(&Origin::Default, |value| &value.origin);
            shown.push(Shown {
                key: setting.key.to_owned(),
                value: effective(setting),
                origin: origin.to_string(),
            });
        }
    }
    Ok(shown)
}

fn all<T>(urls: &[T], masked: fn(&T) -> String) -> String {
    let masked: Vec<String> = urls.iter().map(masked).collect();
    masked.join(" ")
}
