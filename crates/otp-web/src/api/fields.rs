//! From what stands in a request to the types of the core: parsed once, here.

use otp_core::{Channel, Code, Contact, Locale, OtpId, PhoneNumber, Purpose};
use poem::Request;
use url::form_urlencoded;
use uuid::Uuid;

use super::body::Fields;
use super::requests::ContactType;
use crate::problems::Problem;
use crate::site::Site;

/// Most characters of a context.
pub(super) const LONGEST_CONTEXT: usize = 200;

pub(super) fn contact(site: &Site, kind: ContactType, value: &str) -> Result<Contact, Problem> {
    match Channel::from(kind) {
        Channel::Email => Contact::email(value),
        Channel::Phone => PhoneNumber::parse_in(value, site.default_region).map(Contact::from),
    }
    .map_err(Problem::invalid_contact)
}

/// Refuses a query with a parameter that is not one of `names`, or one that comes twice.
pub(super) fn only(request: &Request, names: &[&str]) -> Result<(), Problem> {
    let query = request.uri().query().unwrap_or_default();
    let mut seen = Vec::new();
    for (name, _) in form_urlencoded::parse(query.as_bytes()) {
        if !names.contains(&name.as_ref()) {
            return Err(Fields::fault(&name, "there is no such parameter"));
        }
        if seen.contains(&name) {
            return Err(Fields::fault(&name, "must be given once"));
        }
        seen.push(name);
    }
    Ok(())
}

/// Reads a handle. To the caller it is opaque: what cannot be one is an OTP that is not there.
pub(super) fn handle(text: &str) -> Result<OtpId, Problem> {
    Uuid::try_parse(text)
        .map(OtpId::from_uuid)
        .map_err(|_| Problem::otp_not_usable())
}

pub(super) fn code(text: &str) -> Result<Code, Problem> {
    Code::parse(text).map_err(|error| Problem::invalid_field("otp_code", error))
}

pub(super) fn purpose(text: &str) -> Result<Purpose, Problem> {
    Purpose::parse(text).map_err(|error| Problem::invalid_field("purpose", error))
}

pub(super) fn context(text: Option<String>) -> Result<Option<String>, Problem> {
    match text {
        Some(text) if text.is_empty() || text.chars().count() > LONGEST_CONTEXT => {
            let expected = format_args!("1 to {LONGEST_CONTEXT} characters");
            Err(Problem::invalid_field("context", expected))
        }
        fitting => Ok(fitting),
    }
}

pub(super) fn locale(text: Option<String>) -> Result<Option<Locale>, Problem> {
    let Some(text) = text else { return Ok(None) };
    match Locale::parse(&text) {
        Some(locale) => Ok(Some(locale)),
        None => Err(Problem::invalid_field(
            "locale",
            "a language tag like en or pt-BR",
        )),
    }
}
