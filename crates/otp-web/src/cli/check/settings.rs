//! What the settings alone tell.

use std::collections::BTreeSet;

use otp_core::Clock as _;
use otp_notify::{Console, SmsSender, SmsUrl};

use super::{Line, Measure};
use crate::config::Config;
use crate::failure::Failure;
use crate::site::ApiAccess;
use crate::system::SystemClock;

pub(super) fn lines(config: &Config, measure: Measure) -> Vec<Line> {
    let mut lines = vec![
        public_url(config, measure),
        cookies(config, measure),
        hosts(config),
        proxies(config),
    ];
    lines.push(keys(config, measure));
    lines.push(api(config, measure));
    lines.push(sender(config, measure));
    lines.push(sms(config, measure));
    lines
}

fn is_https(config: &Config) -> bool {
    config.public_url.scheme() == "https"
}

fn public_url(config: &Config, measure: Measure) -> Line {
    let url = &config.public_url;
    if is_https(config) {
        return Line::ok("public_url", format!("{url} is https"));
    }
    measure.for_development_only(
        "public_url",
        format!("{url} is http: codes and sessions travel in the open"),
        "put a proxy with TLS in front and set public_url to its https address",
    )
}

fn cookies(config: &Config, measure: Measure) -> Line {
    if is_https(config) {
        return Line::ok(
            "cookies",
            "Secure, HttpOnly, SameSite and bound to the host",
        );
    }
    measure.for_development_only(
        "cookies",
        "not Secure, because public_url is http",
        "set an https public_url",
    )
}

fn hosts(config: &Config) -> Line {
    let host = config.public_url.host_str().unwrap_or_default();
    Line::ok(
        "hosts",
        format!(
            "links and forms go by public_url ({host}), and requests for other hosts are refused"
        ),
    )
}

/// Client addresses are counted: where all of them are the proxy's own, one stranger uses up what everybody may do.
fn proxies(config: &Config) -> Line {
    let is_behind_a_proxy = is_https(config) && config.listen.ip().is_loopback();
    match (config.trusted_proxies.is_empty(), is_behind_a_proxy) {
        (false, _) => Line::ok(
            "proxies",
            "the client is whom trusted_proxies name, and else whoever connects",
        ),
        (true, false) => Line::ok("proxies", "none trusted: the client is whoever connects"),
        (true, true) => Line::warning(
            "proxies",
            "https in front and nobody trusted: every client has the address of the proxy",
            "set OTP_TRUSTED_PROXIES=127.0.0.1 and let the proxy set X-Forwarded-For",
        ),
    }
}

fn keys(config: &Config, measure: Measure) -> Line {
    /// So begin the names of the keys that are made up in development.
    const DEVELOPMENT: &str = "dev-";
    let remedy = "run `otp keys generate` and set OTP_KEYS";
    let Some(keys) = &config.keys else {
        return measure.for_development_only(
            "keys",
            "made up and kept under var/: every node would make its own",
            remedy,
        );
    };
    if keys.ids().any(|id| id.as_str().starts_with(DEVELOPMENT)) {
        return measure.for_development_only(
            "keys",
            "a key of the development profile is used",
            remedy,
        );
    }
    let ended: Vec<&str> = keys
        .keys()
        .filter(|key| !key.term().is_open(SystemClock.now()) && key.id() != keys.naming())
        .map(|key| key.id().as_str())
        .collect();
    if !ended.is_empty() {
        return Line::warning(
            "keys",
            format!("{} has ended and opens nothing", ended.join(", ")),
            "take it out of OTP_KEYS",
        );
    }
    let older = keys.at(SystemClock.now()).ids().count() - 1;
    let current = keys.current().as_str();
    Line::ok(
        "keys",
        format!(
            "{current} makes new codes, {older} more open older ones; each has 32 bytes or more"
        ),
    )
}

fn api(config: &Config, measure: Measure) -> Line {
    match &config.api_access {
        ApiAccess::Open => measure.for_development_only(
            "api",
            "anybody may call the JSON API",
            "set OTP_PROFILE=production and make keys with `otp api-key create`",
        ),
        ApiAccess::Keys(keys) if keys.is_empty() => Line::ok(
            "api",
            "only for holders of a key; `otp api-key list` names them",
        ),
        ApiAccess::Keys(keys) => Line::ok(
            "api",
            format!(
                "only for holders of one of {} configured keys, or of one that `otp api-key list` names",
                keys.len()
            ),
        ),
    }
}

fn sender(config: &Config, measure: Measure) -> Line {
    let domain = config.mail_from.domain();
    if is_reserved(domain) {
        return measure.for_development_only(
            "mail.from",
            format!("{domain} is nobody's domain: mail servers refuse such a sender"),
            "set mail.from to an address of yours",
        );
    }
    let host = config.public_url.host_str().unwrap_or_default();
    let is_kin = |a: &str, b: &str| a == b || a.ends_with(&format!(".{b}"));
    if is_kin(host, domain) || is_kin(domain, host) {
        return Line::ok("mail.from", format!("{domain} belongs to {host}"));
    }
    Line::warning(
        "mail.from",
        format!(
            "{domain} is not the domain of {host}: people and filters may take the mail for a fraud"
        ),
        "send from the domain that people know, or leave it if both are yours",
    )
}

/// RFC 2606 and RFC 6761: names that are kept for examples, tests and this machine.
fn is_reserved(domain: &str) -> bool {
    let ends = |name: &str| domain == name || domain.ends_with(&format!(".{name}"));
    [
        "example",
        "example.com",
        "example.net",
        "example.org",
        "invalid",
        "local",
        "localhost",
        "test",
    ]
    .into_iter()
    .any(ends)
}

fn sms(config: &Config, measure: Measure) -> Line {
    let Some(plan) = &config.sms else {
        return Line::ok("sms", "off: the pages offer mail only");
    };
    if let Err(error) = SmsSender::new(plan, &Console::new(std::io::sink())) {
        let says = Failure::because("cannot set up SMS", &error, "").to_string();
        return Line::fault("sms", says, "see sms.url (OTP_SMS__URL)");
    }
    let urls = plan.routes.values().chain([&plan.urls]).flatten();
    if urls.clone().any(SmsUrl::is_console) {
        return measure.for_development_only(
            "sms",
            "codes for phones are printed on the terminal and reach nobody",
            "set sms.url=off, or to gateways alone",
        );
    }
    let ways: BTreeSet<String> = urls.map(SmsUrl::masked).collect();
    let ways: Vec<String> = ways.into_iter().collect();
    Line::ok(
        "sms",
        format!(
            "{} can be used; `otp send-test --phone` tells whether messages arrive",
            ways.join(", ")
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_examples_and_tests_are_nobodys() {
        for domain in [
            "example.com",
            "mail.example.org",
            "otp.localhost",
            "wastebilling.local",
            "a.test",
        ] {
            assert!(is_reserved(domain), "{domain}");
        }
        for domain in ["example.de", "myexample.com", "localhost.run", "test.io"] {
            assert!(!is_reserved(domain), "{domain}");
        }
    }
}
