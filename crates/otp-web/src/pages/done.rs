//! The signed-in page, and the way out.

use poem::http::StatusCode;
use poem::{Body, Request, Response, handler};

use super::form::Form;
use super::view::DonePage;
use super::{Notice, PageError, PagesIn, REQUEST};
use crate::session::Browser;

#[handler]
pub(super) async fn show(pages: PagesIn<'_>, browser: Browser<'_>) -> poem::Result<Response> {
    let Some(session) = browser.session().await.map_err(PageError::from)? else {
        return Ok(pages.go(REQUEST));
    };
    let customer = pages.site.customers.find(&session.contact).await;
    let secret = browser.secret_or_new().map_err(PageError::from)?;
    let page = DonePage {
        csrf_token: secret.form_token(),
        name: customer
            .map_err(PageError::from)?
            .map(|customer| customer.name),
        contact: session.contact.as_str().to_owned(),
    };
    Ok(pages.show(StatusCode::OK, &page))
}

#[handler]
pub(super) async fn log_out(
    pages: PagesIn<'_>,
    browser: Browser<'_>,
    request: &Request,
    body: Body,
) -> poem::Result<Response> {
    Form::read(&pages, &browser, request, body, &[]).await?;
    browser.sign_out().await.map_err(PageError::from)?;
    browser.leave(Notice::LoggedOut);
    Ok(pages.go(REQUEST))
}
