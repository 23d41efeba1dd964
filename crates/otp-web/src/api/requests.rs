//! The bodies that the calls take, as the OpenAPI document describes them.

use otp_core::{Channel, Purpose};
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object};

use super::body::{Fields, FromFields};
use crate::problems::Problem;

/// A request for a code.
#[derive(Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none, example)]
pub(super) struct NewOtp {
    /// Which kind of contact `contact_value` is.
    pub(super) contact_type: ContactType,
    /// One e-mail address, or one phone number: with `+` and country code, or national in the configured region.
    pub(super) contact_value: String,
    /// What the code is good for; a code never opens another purpose.
    #[oai(default = "login", validator(pattern = "^[a-z][a-z0-9-]{0,31}$"))]
    pub(super) purpose: String,
    /// The language of the message, as a tag of BCP 47.
    #[oai(validator(min_length = 2, max_length = 35))]
    pub(super) locale: Option<String>,
    /// What the code confirms, such as an amount and a payee, in one line that the message shows: it opens with the very
    /// same text only.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub(super) context: Option<String>,
}

/// The purpose when none is given.
fn login() -> String {
    Purpose::default().as_str().to_owned()
}

impl Example for NewOtp {
    fn example() -> Self {
        Self {
            contact_type: ContactType::Email,
            contact_value: "ada@example.com".to_owned(),
            purpose: login(),
            locale: Some("en".to_owned()),
            context: None,
        }
    }
}

impl FromFields for NewOtp {
    const NAMES: &'static [&'static str] = &[
        "contact_type",
        "contact_value",
        "purpose",
        "locale",
        "context",
    ];

    fn read(mut fields: Fields) -> Result<Self, Problem> {
        Ok(Self {
            contact_type: ContactType::read(&mut fields)?,
            contact_value: fields.required("contact_value")?,
            purpose: fields.optional("purpose").unwrap_or_else(login),
            locale: fields.optional("locale"),
            context: fields.optional("context"),
        })
    }
}

/// A code for the OTP of a handle.
#[derive(Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none, example)]
pub(super) struct PresentedCode {
    /// What the person typed; blanks and dashes inside do not matter.
    #[oai(validator(max_length = 64))]
    pub(super) otp_code: String,
    /// What the code is to open: the purpose it was issued for.
    #[oai(default = "login", validator(pattern = "^[a-z][a-z0-9-]{0,31}$"))]
    pub(super) purpose: String,
    /// What the code is to confirm: the very text it was issued with.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub(super) context: Option<String>,
}

impl Example for PresentedCode {
    fn example() -> Self {
        Self {
            otp_code: "012345".to_owned(),
            purpose: login(),
            context: None,
        }
    }
}

impl FromFields for PresentedCode {
    const NAMES: &'static [&'static str] = &["otp_code", "purpose", "context"];

    fn read(mut fields: Fields) -> Result<Self, Problem> {
        Ok(Self {
            otp_code: fields.required("otp_code")?,
            purpose: fields.optional("purpose").unwrap_or_else(login),
            context: fields.optional("context"),
        })
    }
}

/// A code for the newest valid OTP of a contact.
#[derive(Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none, example)]
pub(super) struct PresentedByContact {
    /// Which kind of contact `contact_value` is.
    pub(super) contact_type: ContactType,
    /// Where the code was sent.
    pub(super) contact_value: String,
    /// What the person typed; blanks and dashes inside do not matter.
    #[oai(validator(max_length = 64))]
    pub(super) otp_code: String,
    /// What the code is to open: the purpose it was issued for.
    #[oai(default = "login", validator(pattern = "^[a-z][a-z0-9-]{0,31}$"))]
    pub(super) purpose: String,
}

impl Example for PresentedByContact {
    fn example() -> Self {
        Self {
            contact_type: ContactType::Email,
            contact_value: "ada@example.com".to_owned(),
            otp_code: "012345".to_owned(),
            purpose: login(),
        }
    }
}

impl FromFields for PresentedByContact {
    const NAMES: &'static [&'static str] =
        &["contact_type", "contact_value", "otp_code", "purpose"];

    fn read(mut fields: Fields) -> Result<Self, Problem> {
        Ok(Self {
            contact_type: ContactType::read(&mut fields)?,
            contact_value: fields.required("contact_value")?,
            otp_code: fields.required("otp_code")?,
            purpose: fields.optional("purpose").unwrap_or_else(login),
        })
    }
}

/// The way a code goes.
#[derive(Enum, Clone, Copy)]
#[oai(rename_all = "lowercase")]
pub(super) enum ContactType {
    /// By e-mail.
    Email,
    /// By SMS to a phone number.
    Phone,
}

impl ContactType {
    fn read(fields: &mut Fields) -> Result<Self, Problem> {
        let name = fields.required("contact_type")?;
        let channel = Channel::parse(&name).map_err(Problem::invalid_contact)?;
        Ok(channel.into())
    }
}

impl From<Channel> for ContactType {
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::Email => Self::Email,
            Channel::Phone => Self::Phone,
        }
    }
}

impl From<ContactType> for Channel {
    fn from(kind: ContactType) -> Self {
        match kind {
            ContactType::Email => Self::Email,
            ContactType::Phone => Self::Phone,
        }
    }
}
