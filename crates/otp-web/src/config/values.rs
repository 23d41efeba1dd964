//! The forms of single values.

use std::time::Duration;

use chrono::TimeDelta;
use otp_core::{Cooldowns, Limit, Limits, Region};
use url::Url;

use super::{LogFormat, Profile, Unknown};

/// `90s`, `5m`, `24h` or `7d`.
pub(crate) fn duration(text: &str) -> Option<TimeDelta> {
    let number = text.strip_suffix(['s', 'm', 'h', 'd'])?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = number.parse().ok()?;
    match text.chars().last()? {
        's' => TimeDelta::try_seconds(number),
        'm' => TimeDelta::try_minutes(number),
        'h' => TimeDelta::try_hours(number),
        'd' => TimeDelta::try_days(number),
        _ => None,
    }
}

/// `5/1h`, or several such limits separated by commas, or `off`.
pub(super) fn limits(text: &str) -> Option<Limits> {
    if text == "off" {
        return Some(Limits::off());
    }
    let limits = text.split(',').map(|limit| {
        let (count, period) = limit.trim().split_once('/')?;
        let is_plain = count.bytes().all(|byte| byte.is_ascii_digit());
        let count = count.parse().ok().filter(|_| is_plain)?;
        Limit::new(count, duration(period)?).ok()
    });
    limits.collect::<Option<Vec<_>>>().map(Limits::all_of)
}

/// Waits in order, separated by commas, or `off`.
pub(super) fn cooldowns(text: &str) -> Option<Cooldowns> {
    if text == "off" {
        return Some(Cooldowns::default());
    }
    let waits = text.split(',').map(|wait| duration(wait.trim()));
    let waits: Vec<TimeDelta> = waits.collect::<Option<_>>()?;
    let is_bounded = waits.iter().all(|wait| *wait <= Cooldowns::MEMORY);
    is_bounded.then(|| Cooldowns::new(waits))
}

/// A number of successes a year.
pub(super) fn successes(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    (number.is_finite() && number > 0.0).then_some(number)
}

/// An origin: http or https, a host, perhaps a port, and nothing behind it.
pub(super) fn public_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    is_plain.then_some(url)
}

/// An origin that is reached by http: a collector stands nearby, and its own TLS is not ours.
pub(super) fn collector(text: &str) -> Option<Url> {
    public_url(text).filter(|url| url.scheme() == "http")
}

/// The digits that the numbers of a place begin with: a region's calling code, or digits as they are.
pub(super) fn first_digits(place: &str) -> Option<String> {
    if place.bytes().all(|byte| byte.is_ascii_digit()) {
        let is_short = (1..=7).contains(&place.len()) && !place.starts_with('0');
        return is_short.then(|| place.to_owned());
    }
    // The name of an environment variable tells no case.
    let region = Region::parse(&place.to_ascii_uppercase()).ok()?;
    region.calling_code().map(|code| code.to_string())
}

pub(super) fn profile(text: &str) -> Option<Profile> {
    [Profile::Development, Profile::Production]
        .into_iter()
        .find(|profile| profile_name(*profile) == text)
}

pub(super) const fn profile_name(profile: Profile) -> &'static str {
    match profile {
        Profile::Development => "development",
        Profile::Production => "production",
    }
}

pub(super) fn unknown(text: &str) -> Option<Unknown> {
    match text {
        "allow" => Some(Unknown::Allow),
        "decoy" => Some(Unknown::Decoy),
        _ => None,
    }
}

/// One or more, and not more than a semaphore has.
pub(super) fn count(text: &str) -> Option<usize> {
    let count = text.parse().ok()?;
    (1..=1_000_000).contains(&count).then_some(count)
}

/// A minute or more.
pub(super) fn interval(text: &str) -> Option<Duration> {
    let interval = duration(text)?.to_std().ok()?;
    (interval >= Duration::from_mins(1)).then_some(interval)
}

pub(super) fn log_format(text: &str) -> Option<LogFormat> {
    match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}

pub(super) fn app_name(text: &str) -> Option<String> {
    // The messages' own rule, so that a name is refused where it is set and not where it is used.
    otp_notify::Branding::new(text, "localhost")
        .ok()
        .map(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        for (text, seconds) in [
            ("0s", 0),
            ("90s", 90),
            ("5m", 300),
            ("24h", 86_400),
            ("7d", 604_800),
        ] {
            assert_eq!(duration(text), Some(TimeDelta::seconds(seconds)), "{text}");
        }
        for wrong in [
            "",
            "s",
            "5",
            "-5m",
            "+5m",
            "5 m",
            "1.5h",
            "5M",
            "5ms",
            "5é",
            "99999999999999999999s",
            "9999999999999999d",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn limits_are_counts_in_a_time() {
        for (text, written) in [
            ("5/1h", "5/1h"),
            ("5/60m,10/1d", "5/1h, 10/24h"),
            ("1/90s, 2/5m", "1/90s, 2/5m"),
            ("off", "off"),
        ] {
            let limits = limits(text).map(|limits| limits.to_string());
            assert_eq!(limits.as_deref(), Some(written));
        }
        for wrong in [
            "",
            "5",
            "/1h",
            "5/",
            "0/1h",
            "5/0s",
            "-5/1h",
            "+5/1h",
            "5/1h,",
            "5/1h;6/2h",
            "OFF",
            "5/40d",
            "1000001/1h",
        ] {
            assert_eq!(limits(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn cooldowns_are_waits_in_order() {
        let waits = cooldowns("60s, 2m").expect("waits");
        assert_eq!(
            waits.waits(),
            [TimeDelta::seconds(60), TimeDelta::minutes(2)]
        );
        assert_eq!(cooldowns("off"), Some(Cooldowns::default()));
        for wrong in ["", "60", "60s,,2m", "61m", "-1s"] {
            assert_eq!(cooldowns(wrong), None, "{wrong}");
        }
        for wrong in ["", "0", "-1", "inf", "NaN", "one"] {
            assert_eq!(successes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_place_is_a_calling_code() {
        for (place, digits) in [("IN", "91"), ("in", "91"), ("US", "1"), ("1684", "1684")] {
            assert_eq!(first_digits(place).as_deref(), Some(digits), "{place}");
        }
        for wrong in ["", "CA", "India", "+91", "091", "12345678", "XX"] {
            assert_eq!(first_digits(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_interval_is_a_minute_or_more() {
        assert_eq!(interval("60s"), Some(Duration::from_mins(1)));
        for wrong in ["59s", "off", "1", ""] {
            assert_eq!(interval(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_public_url_is_an_origin() {
        for good in [
            "http://localhost:8000",
            "https://login.example.com",
            "https://login.example.com/",
        ] {
            assert!(public_url(good).is_some(), "{good}");
        }
        for wrong in [
            "",
            "login.example.com",
            "ftp://a.b",
            "https://",
            "https://a.b/x",
            "https://u:p@a.b",
            "https://a.b?x",
            "https://a.b/#x",
        ] {
            assert!(public_url(wrong).is_none(), "{wrong}");
        }
    }
}
