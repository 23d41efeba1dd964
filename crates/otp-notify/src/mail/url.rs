//! The setting `mail.url`: which way mail goes.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// Which way mail goes, parsed from `mail.url`. `Debug` is [`masked`](Self::masked).
#[derive(Clone, PartialEq, Eq)]
pub struct MailUrl(pub(super) Way);

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Way {
    Console,
    File(PathBuf),
    Smtp(Server),
}

/// A mail server to hand messages to.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encryption: Encryption,
    pub(super) login: Option<Login>,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// TLS from the first byte (RFC 8314 section 3.3).
    Implicit,
    /// STARTTLS, or nothing is sent.
    Required,
    /// STARTTLS when offered; who sits between can hide the offer.
    Opportunistic,
    None,
}

impl MailUrl {
    /// Parses `console:`, `file:DIR`, `smtp://[user:password@]host[:port][?tls=required|opportunistic|none]` or
    /// `smtps://[user:password@]host[:port]`.
    ///
    /// The ports are 587 and 465 when none is given (RFC 8314). With a login, `smtp` requires STARTTLS unless
    /// `tls=none` or `tls=opportunistic` is written; without one it takes STARTTLS when it is offered. Special
    /// characters of the login are percent-encoded.
    ///
    /// # Errors
    /// [`MailUrlError`] says what is allowed and never repeats the text, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, MailUrlError> {
        if text == "console:" {
            return Ok(Self(Way::Console));
        }
        if let Some(folder) = text.strip_prefix("file:") {
            return parse_folder(folder).map(|folder| Self(Way::File(folder)));
        }
        parse_server(text).map(|server| Self(Way::Smtp(server)))
    }

    /// Says whether mail is printed instead of sent.
    pub fn is_console(&self) -> bool {
        matches!(self.0, Way::Console)
    }

    /// Returns what logs and metrics call this way: a server is called by its host.
    pub(super) fn name(&self) -> &str {
        match &self.0 {
            Way::Console => "console",
            Way::File(_) => "file",
            Way::Smtp(server) => &server.host,
        }
    }

    /// Returns the URL with `***` for user and password: fit for a log and for `otp config show`.
    pub fn masked(&self) -> String {
        match &self.0 {
            Way::Console => "console:".to_owned(),
            Way::File(folder) => format!("file:{}", folder.display()),
            Way::Smtp(server) => {
                let (scheme, tls) = match server.encryption {
                    Encryption::Implicit => ("smtps", ""),
                    Encryption::Required => ("smtp", "?tls=required"),
                    Encryption::Opportunistic => ("smtp", "?tls=opportunistic"),
                    Encryption::None => ("smtp", "?tls=none"),
                };
                let login = if server.login.is_some() {
                    "***:***@"
                } else {
                    ""
                };
                let Server { host, port, .. } = server;
                let (open, close) = if host.contains(':') {
                    ("[", "]")
                } else {
                    ("", "")
                };
                format!("{scheme}://{login}{open}{host}{close}:{port}{tls}")
            }
        }
    }
}

impl fmt::Debug for MailUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailUrl({})", self.masked())
    }
}

fn parse_folder(folder: &str) -> Result<PathBuf, MailUrlError> {
    // `file:///var/mail` is the same as `file:/var/mail`; `file://host/…` names another machine.
    let path = match folder.strip_prefix("//") {
        Some(rest) if rest.starts_with('/') => rest,
        Some(_) => return Err(MailUrlError::Folder),
        None => folder,
    };
    if path.is_empty() || path.contains(char::is_control) {
        return Err(MailUrlError::Folder);
    }
    Ok(PathBuf::from(path))
}

fn parse_server(text: &str) -> Result<Server, MailUrlError> {
    let url = Url::parse(text).map_err(|_| MailUrlError::Form)?;
    let is_implicit = match url.scheme() {
        "smtps" => true,
        "smtp" => false,
        _ => return Err(MailUrlError::Form),
    };
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(MailUrlError::Form);
    }
    let login = parse_login(&url)?;
    Ok(Server {
        host: parse_host(&url)?,
        port: url.port().unwrap_or(if is_implicit { 465 } else { 587 }),
        encryption: parse_encryption(&url, is_implicit, login.is_some())?,
        login,
    })
}

fn parse_host(url: &Url) -> Result<String, MailUrlError> {
    let host = url.host_str().filter(|host| !host.is_empty());
    match Host::parse(host.ok_or(MailUrlError::Form)?) {
        Ok(Host::Domain(name)) => Ok(name),
        Ok(Host::Ipv4(address)) => Ok(address.to_string()),
        Ok(Host::Ipv6(address)) => Ok(address.to_string()),
        Err(_) => Err(MailUrlError::Form),
    }
}

fn parse_login(url: &Url) -> Result<Option<Login>, MailUrlError> {
    let decode = |part: &str| {
        let text = percent_decode_str(part).decode_utf8().ok()?.into_owned();
        // A NUL would end a field of AUTH PLAIN (RFC 4616).
        (!text.is_empty() && !text.contains(char::is_control)).then_some(text)
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (user, Some(password)) => {
            let login = decode(user).zip(decode(password));
            let (user, password) = login.ok_or(MailUrlError::Login)?;
            Ok(Some(Login { user, password }))
        }
        (_, None) => Err(MailUrlError::Login),
    }
}

fn parse_encryption(
    url: &Url,
    is_implicit: bool,
    has_login: bool,
) -> Result<Encryption, MailUrlError> {
    let mut pairs = url.query_pairs();
    let asked = pairs.next();
    if pairs.next().is_some() || (is_implicit && asked.is_some()) {
        return Err(MailUrlError::Tls);
    }
    let Some((key, value)) = asked else {
        return Ok(match (is_implicit, has_login) {
            (true, _) => Encryption::Implicit,
            (false, true) => Encryption::Required,
            (false, false) => Encryption::Opportunistic,
        });
    };
    match (&*key, &*value) {
        ("tls", "required") => Ok(Encryption::Required),
        ("tls", "opportunistic") => Ok(Encryption::Opportunistic),
        ("tls", "none") => Ok(Encryption::None),
        _ => Err(MailUrlError::Tls),
    }
}

/// Why a `mail.url` was refused. `Display` says what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailUrlError {
    /// It is none of the known forms.
    #[error(
        "use console:, file:DIR, smtp://[user:password@]host[:port] or smtps://[user:password@]host[:port]"
    )]
    Form,
    /// No folder, or one on another machine.
    #[error("file: takes a folder of this machine, like file:var/mail or file:/var/spool/otp")]
    Folder,
    /// A user without a password, or characters that no login has.
    #[error("a login is user:password with special characters percent-encoded, like %40 for @")]
    Login,
    /// An unknown setting after the `?`.
    #[error(
        "after ? only tls=required, tls=opportunistic or tls=none is allowed, and nothing with smtps"
    )]
    Tls,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_every_documented_form() {
        for (text, masked) in [
            ("console:", "console:"),
            ("file:var/mail", "file:var/mail"),
            ("file:/var/mail", "file:/var/mail"),
            ("file:///var/mail", "file:/var/mail"),
            ("smtp://localhost", "smtp://localhost:587?tls=opportunistic"),
            (
                "smtp://localhost:25/",
                "smtp://localhost:25?tls=opportunistic",
            ),
            (
                "smtp://localhost:25?tls=none",
                "smtp://localhost:25?tls=none",
            ),
            (
                "smtp://u:p@h.example",
                "smtp://***:***@h.example:587?tls=required",
            ),
            (
                "smtp://u:p@h.example?tls=none",
                "smtp://***:***@h.example:587?tls=none",
            ),
            (
                "smtp://u:p@h.example?tls=opportunistic",
                "smtp://***:***@h.example:587?tls=opportunistic",
            ),
            (
                "smtp://h.example?tls=required",
                "smtp://h.example:587?tls=required",
            ),
            ("smtps://u:p@H.Example", "smtps://***:***@h.example:465"),
            ("smtps://u:p@[::1]:4650", "smtps://***:***@[::1]:4650"),
        ] {
            let url = MailUrl::parse(text).expect(text);
            assert_eq!(url.masked(), masked, "{text}");
        }
    }

    #[test]
    fn decodes_the_login_and_shows_it_nowhere() {
        let url =
            MailUrl::parse("smtp://me%40example.com:p%3A%2F%20%C3%A9+@h.example").expect("a URL");
        assert!(
            !format!("{url:?} {}", url.masked()).contains("me"),
            "{url:?}"
        );
        let Way::Smtp(Server {
            login: Some(login), ..
        }) = url.0
        else {
            panic!("a login");
        };
        assert_eq!(
            (login.user.as_str(), login.password.as_str()),
            ("me@example.com", "p:/ é+")
        );
    }

    #[test]
    fn refuses_everything_else_and_repeats_nothing_of_it() {
        use MailUrlError::*;
        for (text, error) in [
            ("", Form),
            ("console", Form),
            ("console:x", Form),
            ("localhost:25", Form),
            ("http://u:hush@h.example", Form),
            ("smtp:", Form),
            ("smtp://", Form),
            ("smtp://u:hush@", Form),
            ("smtp://u:hush@h.example/ehlo", Form),
            ("smtp://u:hush@h.example#x", Form),
            ("smtp://u:hush@h.example:99999", Form),
            ("smtp://u:hush@h%00.example", Form),
            ("file:", Folder),
            ("file://", Folder),
            ("file://host/var/mail", Folder),
            ("file:a\0b", Folder),
            ("smtp://hush@h.example", Login),
            ("smtp://:hush@h.example", Login),
            ("smtp://u:@h.example", Login),
            ("smtp://u:hush%00@h.example", Login),
            ("smtp://u:hush%ff@h.example", Login),
            ("smtp://u:hush@h.example?tls=yes", Tls),
            ("smtp://u:hush@h.example?tls", Tls),
            ("smtp://u:hush@h.example?tls=required&tls=none", Tls),
            ("smtp://u:hush@h.example?starttls=required", Tls),
            ("smtps://u:hush@h.example?tls=none", Tls),
        ] {
            assert_eq!(MailUrl::parse(text), Err(error), "{text:?}");
            assert!(!format!("{error} {error:?}").contains("hush"));
        }
    }
}
