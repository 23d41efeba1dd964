//! Who mail is from.

use std::fmt;

use lettre::Address;
use lettre::message::Mailbox;
use otp_core::{EmailAddress, is_invisible};

use super::address;

/// The sender of every mail, parsed from `mail.from`: an address, and a name if wanted.
#[derive(Clone, PartialEq, Eq)]
pub struct FromAddress {
    name: Option<String>,
    address: EmailAddress,
}

impl FromAddress {
    /// Longest name, in characters.
    pub const MAX_NAME: usize = 64;

    /// Parses `otp@example.com`, `Example <otp@example.com>` or `"Example, Inc." <otp@example.com>`.
    ///
    /// # Errors
    /// [`FromAddressError`] says what is allowed.
    pub fn parse(text: &str) -> Result<Self, FromAddressError> {
        let (name, address) = match text.trim().strip_suffix('>') {
            None => (None, text),
            Some(inner) => {
                let (name, address) = inner.rsplit_once('<').ok_or(FromAddressError::Address)?;
                (Some(parse_name(name.trim())?), address)
            }
        };
        Ok(Self {
            name: name.filter(|name| !name.is_empty()).map(str::to_owned),
            address: EmailAddress::parse(address).map_err(|_| FromAddressError::Address)?,
        })
    }

    /// Returns what stands after the `@`.
    pub fn domain(&self) -> &str {
        let domain = self.address.as_str().split_once('@');
        domain.map_or("", |(_, domain)| domain)
    }

    pub(super) fn address(&self) -> Address {
        address(&self.address)
    }

    pub(super) fn mailbox(&self) -> Mailbox {
        Mailbox::new(self.name.clone(), self.address())
    }
}

/// lettre panics on CR, LF and NUL in a name, so nothing invisible gets in here.
fn parse_name(name: &str) -> Result<&str, FromAddressError> {
    let quoted = name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'));
    let plain = quoted.unwrap_or(name);
    let is_wrong = |c| is_invisible(c) || matches!(c, '"' | '\\' | '<' | '>');
    if plain.contains(is_wrong) || plain.chars().count() > FromAddress::MAX_NAME {
        return Err(FromAddressError::Name);
    }
    Ok(plain.trim())
}

impl fmt::Debug for FromAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromAddress(redacted)")
    }
}

/// Why a `mail.from` was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FromAddressError {
    /// Not exactly one address of a full domain.
    #[error("use one address like otp@example.com, or Example <otp@example.com>")]
    Address,
    /// The name is too long or holds quotes, brackets or invisible characters.
    #[error(
        "the name before the address has at most {} visible characters, without quotes and brackets inside",
        FromAddress::MAX_NAME
    )]
    Name,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_an_address_with_and_without_a_name() {
        for (text, shown) in [
            ("otp@example.com", "otp@example.com"),
            ("  OTP@Example.com ", "otp@example.com"),
            ("<otp@example.com>", "otp@example.com"),
            ("Example <otp@example.com>", "Example <otp@example.com>"),
            (
                "\"Example, Inc.\" <otp@example.com>",
                "\"Example, Inc.\" <otp@example.com>",
            ),
            (
                "Müller & Söhne <otp@example.com>",
                "Müller & Söhne <otp@example.com>",
            ),
        ] {
            let from = FromAddress::parse(text).expect(text);
            assert_eq!(from.mailbox().to_string(), shown, "{text:?}");
        }
    }

    #[test]
    fn refuses_what_could_become_another_header_or_address() {
        use FromAddressError::*;
        let long = format!("{} <otp@example.com>", "n".repeat(65));
        for (text, error) in [
            ("", Address),
            ("Example", Address),
            ("otp@localhost", Address),
            ("a@example.com, b@example.com", Address),
            ("Example <a@example.com> <b@example.com>", Name),
            ("Example <a@example.com>, b@example.com", Address),
            ("Example otp@example.com>", Address),
            ("Example <otp@example.com\r\nBcc: b@example.com>", Address),
            ("Exa\rmple <otp@example.com>", Name),
            ("Exa\nmple <otp@example.com>", Name),
            ("Example\r\nBcc: b@example.com <otp@example.com>", Name),
            ("Exa\0mple <otp@example.com>", Name),
            ("Exa\u{202e}mple <otp@example.com>", Name),
            ("\"Exa\"mple\" <otp@example.com>", Name),
            ("Exa\\mple <otp@example.com>", Name),
            (&long, Name),
        ] {
            assert_eq!(FromAddress::parse(text), Err(error), "{text:?}");
        }
    }
}
