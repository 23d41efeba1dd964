//! `sms.url` as `smpp://` or `smpps://`: which SMSC takes the messages, whom they are from, and as whom we log in.

use std::fmt;

use otp_core::PhoneNumber;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// An SMSC to hand short messages to. `Debug` is [`masked`](Self::masked).
#[derive(Clone, PartialEq, Eq)]
pub struct SmppUrl {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encryption: Encryption,
    pub(super) login: Login,
    pub(super) from: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// TLS from the first byte; SMPP has no STARTTLS.
    Tls,
    None,
}

/// What `bind` carries: ASCII without NUL, each within its field (SMPP 3.4, section 4.1.5).
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) system_id: String,
    pub(super) password: String,
    pub(super) system_type: String,
}

impl Login {
    const MAX_SYSTEM_ID: usize = 15;
    const MAX_PASSWORD: usize = 8;
    const MAX_SYSTEM_TYPE: usize = 12;
}

/// Whom a message is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A number in international form, without `+`.
    International(String),
    /// Digits that only this network knows.
    ShortCode(String),
    Name(String),
}

impl Source {
    const SHORT_CODE: std::ops::RangeInclusive<usize> = 3..=8;
    const MAX_NAME: usize = 11;

    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(digits) = text.strip_prefix('+') {
            let number = PhoneNumber::parse(text).ok()?;
            return (number.as_str() == text).then(|| Self::International(digits.to_owned()));
        }
        let length = text.len();
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::SHORT_CODE
                .contains(&length)
                .then(|| Self::ShortCode(text.to_owned()));
        }
        let is_name = length <= Self::MAX_NAME && is_visible(text) && text.trim() == text;
        is_name.then(|| Self::Name(text.to_owned()))
    }

    /// Returns type of number, numbering plan (SMPP 3.4, sections 5.2.5 and 5.2.6) and address.
    pub(super) fn fields(&self) -> ([u8; 2], &str) {
        match self {
            Self::International(digits) => ([1, 1], digits),
            Self::ShortCode(digits) => ([3, 0], digits),
            Self::Name(name) => ([5, 0], name),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plus = if matches!(self, Self::International(_)) {
            "+"
        } else {
            ""
        };
        write!(f, "{plus}{}", self.fields().1)
    }
}

impl SmppUrl {
    /// Parses `smpp://SYSTEM_ID:PASSWORD@HOST[:PORT]?from=SENDER&tls=none` or
    /// `smpps://SYSTEM_ID:PASSWORD@HOST[:PORT]?from=SENDER`, each with `&system_type=TYPE` where the SMSC wants one.
    ///
    /// The ports are 2775 and 3550 when none is given. Special characters are percent-encoded, but for the `+` of a
    /// number.
    ///
    /// # Errors
    /// [`SmppUrlError`] says what is allowed and never repeats the text, which holds a password.
    pub fn parse(text: &str) -> Result<Self, SmppUrlError> {
        let url = Url::parse(text).map_err(|_| SmppUrlError::Form)?;
        let is_encrypted = match url.scheme() {
            "smpps" => true,
            "smpp" => false,
            _ => return Err(SmppUrlError::Form),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(SmppUrlError::Form);
        }
        let query = Query::parse(&url)?;
        Ok(Self {
            host: parse_host(&url)?,
            port: url.port().unwrap_or(if is_encrypted { 3550 } else { 2775 }),
            encryption: match (is_encrypted, query.tls.as_deref()) {
                (true, None) => Encryption::Tls,
                (false, Some("none")) => Encryption::None,
                _ => return Err(SmppUrlError::Tls),
            },
            login: parse_login(&url, query.system_type.unwrap_or_default())?,
            from: query
                .from
                .and_then(|from| Source::parse(&from))
                .ok_or(SmppUrlError::From)?,
        })
    }

    /// Returns what logs and metrics call the SMSC: its host.
    pub(in crate::sms) fn name(&self) -> &str {
        &self.host
    }

    /// Returns the URL with `***` for system id and password: fit for a log and for `otp config show`.
    pub fn masked(&self) -> String {
        let (scheme, tls) = match self.encryption {
            Encryption::Tls => ("smpps", ""),
            Encryption::None => ("smpp", "&tls=none"),
        };
        let Self { port, from, .. } = self;
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        let system_type = match self.login.system_type.as_str() {
            "" => String::new(),
            given => format!("&system_type={given}"),
        };
        format!("{scheme}://***:***@{host}:{port}?from={from}{system_type}{tls}")
    }
}

impl fmt::Debug for SmppUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmppUrl({})", self.masked())
    }
}

/// What may stand after the `?`, each at most once.
#[derive(Default)]
struct Query {
    from: Option<String>,
    system_type: Option<String>,
    tls: Option<String>,
}

impl Query {
    fn parse(url: &Url) -> Result<Self, SmppUrlError> {
        let mut query = Self::default();
        // Not by `query_pairs`, which reads the + of a number as a blank.
        let pairs = url.query().unwrap_or_default().split('&');
        for pair in pairs.filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').ok_or(SmppUrlError::Query)?;
            let slot = match key {
                "from" => &mut query.from,
                "system_type" => &mut query.system_type,
                "tls" => &mut query.tls,
                _ => return Err(SmppUrlError::Query),
            };
            let value = percent_decode_str(value).decode_utf8();
            let value = value.map_err(|_| SmppUrlError::Query)?.into_owned();
            if slot.replace(value).is_some() {
                return Err(SmppUrlError::Query);
            }
        }
        Ok(query)
    }
}

fn parse_host(url: &Url) -> Result<String, SmppUrlError> {
    let host = url.host_str().filter(|host| !host.is_empty());
    match Host::parse(host.ok_or(SmppUrlError::Form)?) {
        Ok(Host::Domain(name)) => Ok(name),
        Ok(Host::Ipv4(address)) => Ok(address.to_string()),
        Ok(Host::Ipv6(address)) => Ok(address.to_string()),
        Err(_) => Err(SmppUrlError::Form),
    }
}

fn parse_login(url: &Url, system_type: String) -> Result<Login, SmppUrlError> {
    let decode = |part: &str, most: usize| {
        let text = percent_decode_str(part).decode_utf8().ok()?.into_owned();
        (!text.is_empty() && fits(&text, most)).then_some(text)
    };
    let system_id = decode(url.username(), Login::MAX_SYSTEM_ID);
    let password = decode(url.password().unwrap_or_default(), Login::MAX_PASSWORD);
    let (system_id, password) = system_id.zip(password).ok_or(SmppUrlError::Login)?;
    if !fits(&system_type, Login::MAX_SYSTEM_TYPE) {
        return Err(SmppUrlError::Login);
    }
    Ok(Login {
        system_id,
        password,
        system_type,
    })
}

fn fits(text: &str, most: usize) -> bool {
    text.len() <= most && is_visible(text)
}

fn is_visible(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// Why an `smpp://` or `smpps://` URL was refused. `Display` says what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmppUrlError {
    /// It is none of the two forms.
    #[error("use smpps://SYSTEM_ID:PASSWORD@HOST[:PORT]?from=SENDER, or smpp:// with &tls=none")]
    Form,
    /// No system id and password, or longer ones than SMPP has room for.
    #[error(
        "SMPP takes a system id of {} ASCII characters, a password of {} and a system_type of {} at most, with special \
         characters percent-encoded, like %40 for @",
        Login::MAX_SYSTEM_ID,
        Login::MAX_PASSWORD,
        Login::MAX_SYSTEM_TYPE
    )]
    Login,
    /// No sender, or none that phones show.
    #[error(
        "from= is a number like +4915112345678, a short code of {} to {} digits, or a name of {} ASCII characters at most",
        Source::SHORT_CODE.start(),
        Source::SHORT_CODE.end(),
        Source::MAX_NAME
    )]
    From,
    /// Password and codes would go in clear, and nobody said that they may.
    #[error(
        "smpp:// sends the password and all codes in clear: write tls=none where the way is safe, or use smpps://, \
         which takes no tls="
    )]
    Tls,
    /// An unknown setting after the `?`, or one of them twice.
    #[error("after ? only from=, system_type= and tls= are allowed, each once")]
    Query,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_every_documented_form() {
        for (text, masked) in [
            (
                "smpp://otp:hush@localhost?from=Example&tls=none",
                "smpp://***:***@localhost:2775?from=Example&tls=none",
            ),
            (
                "smpps://otp:hush@SMSC.example/?from=+4915112345678",
                "smpps://***:***@smsc.example:3550?from=+4915112345678",
            ),
            (
                "smpps://otp:hush@[::1]:4550?system_type=OTP&from=72345",
                "smpps://***:***@[::1]:4550?from=72345&system_type=OTP",
            ),
            (
                "smpps://otp:hush@h.example?from=%2B4915112345678",
                "smpps://***:***@h.example:3550?from=+4915112345678",
            ),
            (
                "smpps://otp:hush@h.example?from=My%20Shop",
                "smpps://***:***@h.example:3550?from=My Shop",
            ),
        ] {
            let url = SmppUrl::parse(text).expect(text);
            assert_eq!(url.masked(), masked, "{text}");
        }
    }

    #[test]
    fn names_the_sender_by_its_form() {
        for (from, fields) in [
            ("+4915112345678", ([1, 1], "4915112345678")),
            ("72345", ([3, 0], "72345")),
            ("Example", ([5, 0], "Example")),
            ("4you", ([5, 0], "4you")),
            ("A.B-C & Co.", ([5, 0], "A.B-C & Co.")),
        ] {
            let source = Source::parse(from).expect(from);
            assert_eq!(source.fields(), fields);
        }
        for from in [
            "",
            "+49",
            "+49 151",
            "12",
            "123456789",
            "twelve chars",
            " Example",
            "Größe",
            "a\nb",
            "a\0b",
        ] {
            assert_eq!(Source::parse(from), None, "{from:?}");
        }
    }

    #[test]
    fn decodes_the_login_and_shows_it_nowhere() {
        let text = "smpps://me%40x:p%3A%2F+@h.example?from=Example";
        let url = SmppUrl::parse(text).expect("a URL");
        let shown = format!("{url:?} {}", url.masked());
        assert!(!shown.contains("me") && !shown.contains("p:/"), "{shown}");
        let Login {
            system_id,
            password,
            ..
        } = url.login;
        assert_eq!((system_id.as_str(), password.as_str()), ("me@x", "p:/+"));
    }

    #[test]
    fn refuses_everything_else_and_repeats_nothing_of_it() {
        use SmppUrlError::*;
        let with = |rest: &str| format!("smpps://otp:hush@{rest}");
        for (text, error) in [
            ("smpp:".to_owned(), Form),
            ("http://otp:hush@h.example?from=A".to_owned(), Form),
            (with("?from=A"), Form),
            (with("h.example/x?from=A"), Form),
            (with("h.example?from=A#x"), Form),
            (with("h.example:99999?from=A"), Form),
            ("smpps://h.example?from=A".to_owned(), Login),
            ("smpps://otp@h.example?from=A".to_owned(), Login),
            ("smpps://:hush@h.example?from=A".to_owned(), Login),
            ("smpps://otp:hushhushh@h.example?from=A".to_owned(), Login),
            ("smpps://otp:hush%00@h.example?from=A".to_owned(), Login),
            ("smpps://otp:hush%C3%A9@h.example?from=A".to_owned(), Login),
            (
                "smpps://sixteencharacter:hush@h.example?from=A".to_owned(),
                Login,
            ),
            (with("h.example?from=A&system_type=thirteenchars"), Login),
            (with("h.example"), From),
            (with("h.example?from="), From),
            (with("h.example?from=twelve%20chars"), From),
            (with("h.example?from=A&tls=none"), Tls),
            (
                "smpp://otp:hush@h.example?from=A&tls=required".to_owned(),
                Tls,
            ),
            ("smpp://otp:hush@h.example?from=A".to_owned(), Tls),
            (with("h.example?from=A&from=B"), Query),
            (with("h.example?from=A&port=1"), Query),
            (with("h.example?from"), Query),
            (with("h.example?from=%ff"), Query),
        ] {
            assert_eq!(SmppUrl::parse(&text), Err(error), "{text:?}");
            assert!(!format!("{error} {error:?}").contains("hush"));
        }
    }
}
