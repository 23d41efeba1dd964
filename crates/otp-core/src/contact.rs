//! Where a code goes: one e-mail address or one phone number, parsed once at the edge.

mod abuse;
mod email;
mod phone;

use std::fmt;

pub use email::EmailAddress;
pub use phone::PhoneNumber;
#[cfg(feature = "national-numbers")]
pub use phone::Region;

/// The way a code travels. Also the column `otp_type` and the form field `contact_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// By e-mail.
    Email,
    /// By SMS to a phone number.
    Phone,
}

impl Channel {
    /// Every channel, in the order in which people are offered them.
    pub const ALL: [Self; 2] = [Self::Email, Self::Phone];

    /// Returns the name used in tables, forms and JSON: `email` or `phone`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    /// Parses the name used in tables, forms and JSON; exact, lower case.
    ///
    /// # Errors
    /// [`ContactError::UnknownChannel`] for anything but `email` and `phone`.
    pub fn parse(name: &str) -> Result<Self, ContactError> {
        Self::ALL
            .into_iter()
            .find(|channel| channel.as_str() == name)
            .ok_or(ContactError::UnknownChannel)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One e-mail address or one phone number in its canonical form.
///
/// What is stored, what is sent to and what is proven are this same text: nothing is normalised twice (CVE-2019-19844).
/// Its `Debug` names the channel only, so a contact cannot reach a log by accident.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Contact {
    /// An e-mail address.
    Email(EmailAddress),
    /// A phone number.
    Phone(PhoneNumber),
}

impl Contact {
    /// Parses an e-mail address; see [`EmailAddress::parse`].
    ///
    /// # Errors
    /// A [`ContactError`] that says what is expected.
    pub fn email(text: &str) -> Result<Self, ContactError> {
        EmailAddress::parse(text).map(Self::Email)
    }

    /// Parses an E.164 number; see [`PhoneNumber::parse`].
    ///
    /// # Errors
    /// A [`ContactError`] that says what is expected.
    pub fn phone(text: &str) -> Result<Self, ContactError> {
        PhoneNumber::parse(text).map(Self::Phone)
    }

    /// The contact of an OTP that is not there; nothing is ever sent to it.
    pub(crate) fn absent() -> Self {
        Self::Email(EmailAddress::absent())
    }

    /// Returns the channel this contact is reached by.
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Email(_) => Channel::Email,
            Self::Phone(_) => Channel::Phone,
        }
    }

    /// Returns the canonical form: the only form that is stored or sent to.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(address) => address.as_str(),
            Self::Phone(number) => number.as_str(),
        }
    }

    /// Returns a form that its owner recognises and a stranger cannot complete: `a***@example.com`, `+********3210`.
    pub fn hint(&self) -> String {
        match self {
            Self::Email(address) => address.hint(),
            Self::Phone(number) => number.hint(),
        }
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contact({})", self.channel())
    }
}

impl From<EmailAddress> for Contact {
    fn from(address: EmailAddress) -> Self {
        Self::Email(address)
    }
}

impl From<PhoneNumber> for Contact {
    fn from(number: PhoneNumber) -> Self {
        Self::Phone(number)
    }
}

/// Why a text is not a contact. `Display` says what is expected and never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    /// Neither `email` nor `phone`.
    #[error("choose email or phone")]
    UnknownChannel,
    /// Nothing but blanks.
    #[error("this is required")]
    Empty,
    /// Longer than any mail system takes (RFC 5321 section 4.5.3.1).
    #[error("an address has at most 254 characters, 64 of them before the @")]
    TooLong,
    /// A control, format or blank character inside.
    #[error("control characters and blanks inside are not allowed")]
    ForbiddenCharacter,
    /// Not exactly one `@`.
    #[error("enter exactly one address, like name@example.com")]
    NotOneAddress,
    /// The part before the `@` is not a dot-atom of ASCII letters, digits and marks.
    #[error(
        "the part before the @ may hold letters, digits and . _ + - only in their usual places"
    )]
    LocalPart,
    /// The part after the `@` is not a registrable-looking domain name.
    #[error("the part after the @ must be a domain name, like example.com")]
    Domain,
    /// A label of the domain mixes alphabets, as look-alike addresses do (UTS 39).
    #[error("the domain mixes different alphabets")]
    MixedScripts,
    /// Not a number in E.164 form.
    #[error("enter the number with + and country code, like +919876543210")]
    NotE164,
    /// Not a number that exists in the default region's plan.
    #[error("enter a valid phone number, best with + and country code, like +919876543210")]
    NotAPhoneNumber,
    /// Not a two-letter region with a numbering plan.
    #[error("a region is two letters of ISO 3166, like IN")]
    UnknownRegion,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_names_the_channel_and_nothing_else() -> Result<(), ContactError> {
        let shown = format!(
            "{:?} {:?}",
            Contact::email("ada@example.com")?,
            Contact::phone("+919876543210")?
        );
        assert_eq!(shown, "Contact(email) Contact(phone)");
        Ok(())
    }

    #[test]
    fn the_hint_is_that_of_its_channel() -> Result<(), ContactError> {
        assert_eq!(
            Contact::email("ada@example.com")?.hint(),
            "a***@example.com"
        );
        assert_eq!(Contact::phone("+919876543210")?.hint(), "+********3210");
        Ok(())
    }

    #[test]
    fn channel_names_are_exact() {
        assert_eq!(Channel::parse("email"), Ok(Channel::Email));
        assert_eq!(Channel::parse("phone"), Ok(Channel::Phone));
        for wrong in ["", "Email", "email ", "sms", "EMAIL"] {
            assert_eq!(
                Channel::parse(wrong),
                Err(ContactError::UnknownChannel),
                "{wrong:?}"
            );
        }
    }
}
