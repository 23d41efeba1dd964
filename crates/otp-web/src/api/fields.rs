//! From what stands in a request to the types of the core: parsed once, here.

use otp_core::{Channel, Code, Contact, Context, Locale, OtpId, PhoneNumber, Purpose};
use poem::Request;
use url::form_urlencoded;
use uuid::Uuid;

use super::body::Fields;
use super::requests::ContactType;
use crate::problems::Problem;
use crate::site::Site;

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

/// A context that is given to a code.
pub(super) fn context(text: Option<&str>) -> Result<Option<Context>, Problem> {
    let context = text.map(Context::parse).transpose();
    context.map_err(|error| Problem::invalid_field("context", error))
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
