//! The parsers of texts: what they take is canonical, and stays what it is.

use std::net::{IpAddr, Ipv4Addr};

use otp_core::{
    Channel, Code, CodeFormat, Contact, EmailAddress, Locale, PhoneNumber, Purpose, Region,
};
use otp_notify::{Branding, FromAddress, MailUrl, SmsUrl};
use otp_storage::DatabaseUrl;
use otp_web::{Hosts, TrustedProxies};
use poem::http::{HeaderMap, HeaderValue};

pub(crate) fn address(text: &str) {
    let Ok(address) = EmailAddress::parse(text) else {
        return;
    };
    let canonical = address.as_str();
    assert!(canonical.len() <= 254 && canonical.matches('@').count() == 1);
    assert!(
        canonical
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
    );
    assert!(!canonical.contains([
        ',', ';', ':', '<', '>', '(', ')', '[', ']', '"', '\\', '%', '!'
    ]));
    assert_eq!(EmailAddress::parse(canonical).as_ref(), Ok(&address));
    let form = Contact::from(address).abuse_form();
    if let Ok(again) = Contact::email(&form) {
        assert_eq!(again.abuse_form(), form);
    }
}

pub(crate) fn phone(text: &str) {
    if let Ok(number) = PhoneNumber::parse(text) {
        assert_eq!(PhoneNumber::parse(number.as_str()), Ok(number));
    }
    for region in ["IN", "US", "IT", "RU", "AR"] {
        let region = Region::parse(region).unwrap();
        let Ok(number) = PhoneNumber::parse_in(text, region) else {
            continue;
        };
        assert_eq!(PhoneNumber::parse(number.as_str()).as_ref(), Ok(&number));
        assert_eq!(PhoneNumber::parse_in(number.as_str(), region), Ok(number));
    }
}

pub(crate) fn code(text: &str) {
    let Ok(code) = Code::parse(text) else { return };
    assert!((1..=64).contains(&code.expose().chars().count()));
    assert!(
        code.expose()
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ('０'..='９').contains(&c))
    );
    assert_eq!(format!("{code:?}"), "Code(redacted)");
    let random: [u8; 16] = std::array::from_fn(|at| text.as_bytes().get(at).copied().unwrap_or(0));
    for length in CodeFormat::MIN_LENGTH..=CodeFormat::MAX_LENGTH {
        let drawn = CodeFormat::digits(length).unwrap().draw(random);
        assert_eq!(drawn.expose().len(), usize::from(length));
    }
}

pub(crate) fn names(text: &str) {
    let _ = (
        Channel::parse(text),
        Region::parse(text),
        Locale::parse(text),
    );
    let _ = (
        MailUrl::parse(text),
        SmsUrl::parse(text),
        DatabaseUrl::parse(text),
    );
    let _ = (
        FromAddress::parse(text),
        Hosts::parse(text),
        TrustedProxies::parse(text),
    );
    if let Ok(purpose) = Purpose::parse(text) {
        assert!(
            purpose
                .as_str()
                .bytes()
                .all(|byte| byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
        );
    }
    if let Ok(branding) = Branding::new(text, "example.com") {
        assert!(!branding.app_name().contains(char::is_control));
    }
    if let Ok(branding) = Branding::new("Example", text) {
        assert!(branding.host().is_ascii() && !branding.host().contains(char::is_whitespace));
    }
}

/// Each line is one header.
pub(crate) fn forwarded(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let name = if number % 2 == 0 {
            "x-forwarded-for"
        } else {
            "forwarded"
        };
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(name, value);
        }
    }
    let peer = IpAddr::from(Ipv4Addr::new(192, 0, 2, 7));
    assert_eq!(TrustedProxies::default().client(peer, &headers), peer);
    let other = TrustedProxies::parse("10.0.0.0/8").unwrap();
    assert_eq!(other.client(peer, &headers), peer);
    let _ = TrustedProxies::parse("192.0.2.7")
        .unwrap()
        .client(peer, &headers);
}
