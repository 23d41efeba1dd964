//! The request page: which contact the code goes to.

use otp_core::{Channel, Contact, ContactError, Issue, Outcome, PhoneNumber, Refusal, Region};
use poem::http::StatusCode;
use poem::{Body, Request, Response, handler};

use super::form::Form;
use super::refused::{of_contact, of_refusal};
use super::view::RequestPage;
use super::{Notice, PageError, PagesIn, VERIFY};
use crate::client_address::ClientAddress;
use crate::next::Wanted;
use crate::session::Browser;

#[handler]
pub(super) async fn show(
    pages: PagesIn<'_>,
    browser: Browser<'_>,
    request: &Request,
) -> poem::Result<Response> {
    browser.wants(Wanted::of(request.uri().query()));
    let session = browser.session().await.map_err(PageError::from)?;
    let secret = browser.secret_or_new().map_err(PageError::from)?;
    let mut page = RequestPage::blank(&secret, pages.site.otps.channels());
    page.notice = browser.take_notice().map(Notice::sentence);
    page.signed_in_as = session.map(|session| session.contact.as_str().to_owned());
    Ok(pages.show(StatusCode::OK, &page))
}

#[handler]
pub(super) async fn submit(
    pages: PagesIn<'_>,
    browser: Browser<'_>,
    client: ClientAddress,
    request: &Request,
    body: Body,
) -> poem::Result<Response> {
    let form = Form::read(
        &pages,
        &browser,
        request,
        body,
        &["contact_type", "contact_value"],
    )
    .await?;
    let (contact_type, contact_value) = (form.get("contact_type"), form.get("contact_value"));
    let page = RequestPage::blank(&form.browser_secret, pages.site.otps.channels())
        .keeping(Channel::parse(contact_type).ok(), contact_value);
    let contact = match read_contact(contact_type, contact_value, pages.site.default_region) {
        Ok(contact) => contact,
        Err(wrong) => {
            let page = page
                .with_type_error(wrong.contact_type.map(of_contact))
                .with_value_error(wrong.contact_value.map(of_contact));
            return Ok(pages.show(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let mut issue = Issue::new(contact);
    issue.binding = Some(form.browser_secret.binding());
    issue.caller = browser.caller(client);
    issue.locale = pages.language().locale();
    match pages
        .site
        .otps
        .issue(issue)
        .await
        .map_err(PageError::from)?
    {
        Outcome::Granted(issued) => {
            browser.start_flow(&issued);
            Ok(pages.go(VERIFY))
        }
        Outcome::Refused(refusal) => {
            let told = of_refusal(refusal, pages.site.clock.now());
            let page = match refusal {
                Refusal::ChannelOff { .. } => page.with_type_error(Some(told)),
                Refusal::TooMany { .. } => page.with_warning(told),
                _ => page.with_value_error(Some(told)),
            };
            Ok(pages.refuse(refusal, &page))
        }
    }
}

/// What is wrong with the fields, each for itself.
#[derive(Debug, PartialEq, Eq)]
struct WrongFields {
    contact_type: Option<ContactError>,
    contact_value: Option<ContactError>,
}

fn read_contact(
    contact_type: &str,
    contact_value: &str,
    region: Region,
) -> Result<Contact, WrongFields> {
    let channel = Channel::parse(contact_type).map_err(|error| WrongFields {
        contact_type: Some(error),
        contact_value: contact_value
            .trim()
            .is_empty()
            .then_some(ContactError::Empty),
    })?;
    match channel {
        Channel::Email => Contact::email(contact_value),
        Channel::Phone => PhoneNumber::parse_in(contact_value, region).map(Contact::from),
    }
    .map_err(|error| WrongFields {
        contact_type: None,
        contact_value: Some(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(contact_type: &str, contact_value: &str) -> Result<Contact, WrongFields> {
        read_contact(
            contact_type,
            contact_value,
            Region::parse("IN").expect("a region"),
        )
    }

    #[test]
    fn phase_9_request_form_takes_an_address_and_a_number() {
        for (contact_type, typed, canonical) in [
            ("email", "test@example.com", "test@example.com"),
            ("email", " Test@Example.COM ", "test@example.com"),
            ("phone", "9876543210", "+919876543210"),
            ("phone", "+49 170 1234567", "+491701234567"),
        ] {
            let contact = read(contact_type, typed);
            assert_eq!(
                contact.as_ref().map(Contact::as_str),
                Ok(canonical),
                "{typed:?}"
            );
        }
    }

    #[test]
    fn phase_9_request_form_names_each_wrong_field() {
        let wrong = |contact_type, contact_value| WrongFields {
            contact_type,
            contact_value,
        };
        for (contact_type, typed, expected) in [
            (
                "",
                "",
                wrong(
                    Some(ContactError::UnknownChannel),
                    Some(ContactError::Empty),
                ),
            ),
            (
                "fax",
                "test@example.com",
                wrong(Some(ContactError::UnknownChannel), None),
            ),
            ("email", "", wrong(None, Some(ContactError::Empty))),
            (
                "email",
                "9876543210",
                wrong(None, Some(ContactError::NotOneAddress)),
            ),
            (
                "phone",
                "test@example.com",
                wrong(None, Some(ContactError::NotAPhoneNumber)),
            ),
        ] {
            assert_eq!(
                read(contact_type, typed),
                Err(expected),
                "{contact_type:?} {typed:?}"
            );
        }
    }
}
