//! The administrator's way in and out.

use std::sync::Arc;

use otp_core::StoreError;
use otp_storage::{KeyIdentity, Scope};
use poem::http::StatusCode;
use poem::web::Data;
use poem::{Body, Request, Response, handler};

use super::{ADMIN, LOGIN};
use crate::access;
use crate::pages::form::Form;
use crate::pages::view::LoginPage;
use crate::pages::{PageError, Pages};
use crate::session::Browser;
use crate::site::Site;

#[handler]
pub(super) async fn show(
    Data(pages): Data<&Arc<Pages>>,
    browser: Browser<'_>,
) -> poem::Result<Response> {
    if browser.is_admin().await.map_err(PageError::from)? {
        return Ok(pages.go(ADMIN));
    }
    let secret = browser.secret_or_new().map_err(PageError::from)?;
    Ok(pages.show(StatusCode::OK, &LoginPage::blank(&secret)))
}

#[handler]
pub(super) async fn submit(
    Data(pages): Data<&Arc<Pages>>,
    browser: Browser<'_>,
    request: &Request,
    body: Body,
) -> poem::Result<Response> {
    let form = Form::read(pages, &browser, request, body, &["api_key"]).await?;
    let key = administrator(pages.site(), form.get("api_key").trim()).await;
    let Some(key) = key.map_err(PageError::from)? else {
        let page = LoginPage::blank(&form.browser_secret)
            .with_error("This is not the key of an administrator.");
        return Ok(pages.show(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    browser.sign_in_admin(key).await?;
    Ok(pages.go(ADMIN))
}

#[handler]
pub(super) async fn log_out(
    Data(pages): Data<&Arc<Pages>>,
    browser: Browser<'_>,
    request: &Request,
    body: Body,
) -> poem::Result<Response> {
    Form::read(pages, &browser, request, body, &[]).await?;
    browser.sign_out_admin().await.map_err(PageError::from)?;
    Ok(pages.go(LOGIN))
}

/// Returns whose key this is, if it is an administrator's. Unknown, revoked and lesser keys are answered alike.
async fn administrator(site: &Site, shown: &str) -> Result<Option<KeyIdentity>, StoreError> {
    let known = access::find(site, shown).await?;
    let known = known.filter(|known| known.scopes.allow(&[Scope::Admin]));
    Ok(known.map(|known| known.identity))
}
