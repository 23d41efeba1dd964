//! What an installation calls itself in its messages.

use otp_core::is_invisible;
use url::Host;

/// The name and the host that messages carry. Both come from configuration, never from a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branding {
    app_name: String,
    host: String,
}

impl Branding {
    /// Longest name, in characters.
    pub const MAX_APP_NAME: usize = 32;
    /// Longest host, in characters: with the longest code, an SMS still is one segment.
    pub const MAX_HOST: usize = 64;

    /// Takes the name shown to people and the host of the public URL, without scheme and port.
    ///
    /// # Errors
    /// [`BrandingError`] says what is allowed.
    pub fn new(app_name: &str, host: &str) -> Result<Self, BrandingError> {
        let app_name = app_name.trim();
        let name_fits = (1..=Self::MAX_APP_NAME).contains(&app_name.chars().count());
        if !name_fits || app_name.chars().any(is_invisible) {
            return Err(BrandingError::AppName);
        }
        let host = Host::parse(host)
            .map_err(|_| BrandingError::Host)?
            .to_string();
        if host.len() > Self::MAX_HOST {
            return Err(BrandingError::Host);
        }
        Ok(Self {
            app_name: app_name.to_owned(),
            host,
        })
    }

    /// Returns the name.
    pub fn app_name(&self) -> &str {
        &self.app_name
    }

    /// Returns the host, an internationalised one as A-labels.
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// Why a name or a host was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BrandingError {
    /// The name is empty, too long, or holds invisible characters.
    #[error(
        "the app name has 1 to {} visible characters on one line",
        Branding::MAX_APP_NAME
    )]
    AppName,
    /// The host is no host, or too long for an SMS.
    #[error(
        "the host is a domain name or an IP address of at most {} characters, without scheme and port",
        Branding::MAX_HOST
    )]
    Host,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_and_hosts_as_people_write_them() {
        for (name, host, kept_host) in [
            ("Example", "example.com", "example.com"),
            (
                "  Müller & Söhne <GmbH> ",
                "Login.Example.COM",
                "login.example.com",
            ),
            ("例え", "bücher.de", "xn--bcher-kva.de"),
            ("x", "127.0.0.1", "127.0.0.1"),
            ("x", "[::1]", "[::1]"),
            ("x", "localhost", "localhost"),
        ] {
            let branding = Branding::new(name, host).expect("a branding");
            assert_eq!(branding.app_name(), name.trim());
            assert_eq!(branding.host(), kept_host);
        }
    }

    #[test]
    fn refuses_what_could_leave_its_place() {
        let long_name = "n".repeat(33);
        for name in [
            "",
            " \t ",
            "a\r\nBcc: b@example.com",
            "a\nb",
            "a\0",
            "a\u{7f}",
            "a\u{202e}b",
            "a\u{200b}b",
            "a\u{2028}b",
            "a\u{feff}b",
            &long_name,
        ] {
            assert_eq!(
                Branding::new(name, "example.com"),
                Err(BrandingError::AppName),
                "{name:?}"
            );
        }
        let long_host = format!("{}.com", "h".repeat(61));
        for host in [
            "",
            "https://example.com",
            "example.com:8000",
            "example.com/",
            "a b",
            "a@b",
            "example.com #1",
            "a\nb",
            &long_host,
        ] {
            assert_eq!(
                Branding::new("Example", host),
                Err(BrandingError::Host),
                "{host:?}"
            );
        }
    }
}
