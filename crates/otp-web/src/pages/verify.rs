//! The verify page: the code is typed, sent again, or given up.

use otp_core::{Code, Handle, Issued, Outcome, Refusal, Verify};
use poem::http::StatusCode;
use poem::{Body, Request, Response, handler};

use super::form::Form;
use super::refused::of_refusal;
use super::view::{ClosedPage, VerifyPage};
use super::{DONE, Notice, PageError, Pages, PagesIn, REQUEST, Sentence, VERIFY, see};
use crate::client_address::ClientAddress;
use crate::session::{Browser, Token};

#[handler]
pub(super) async fn show(
    pages: PagesIn<'_>,
    browser: Browser<'_>,
    client: ClientAddress,
) -> poem::Result<Response> {
    let (Some(id), Some(secret)) = (browser.flow(), browser.secret()) else {
        return Ok(without_code(&pages, &browser).await?);
    };
    let handle = browser.handle(id, &secret, client);
    let Some(issued) = still_open(&pages, handle).await? else {
        return Ok(pages.show(StatusCode::GONE, &CLOSED));
    };
    let mut page = VerifyPage::of(&issued, &secret, pages.site.clock.now());
    page.notice = browser.take_notice().map(Notice::sentence);
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
    let form = Form::read(&pages, &browser, request, body, &["otp_code"]).await?;
    let Some(id) = browser.flow() else {
        return Ok(without_code(&pages, &browser).await?);
    };
    let handle = browser.handle(id, &form.browser_secret, client);
    let Ok(code) = Code::parse(form.get("otp_code")) else {
        return Ok(again(pages, handle, &form.browser_secret, None).await?);
    };
    let verify = Verify::new(id, code)
        .from_browser(form.browser_secret.binding())
        .from_caller(handle.caller.clone());
    match pages
        .site
        .otps
        .verify(verify)
        .await
        .map_err(PageError::from)?
    {
        Outcome::Granted(verified) => {
            browser.sign_in(verified).await?;
            let next = browser.take_next();
            Ok(next.map_or_else(|| pages.go(DONE), |path| see(path.to_string())))
        }
        Outcome::Refused(Refusal::WrongCode { attempts_left: 0 }) => {
            Ok(pages.show(StatusCode::UNPROCESSABLE_ENTITY, &LAST_WAS_WRONG))
        }
        Outcome::Refused(refusal) => {
            Ok(again(pages, handle, &form.browser_secret, Some(refusal)).await?)
        }
    }
}

#[handler]
pub(super) async fn resend(
    pages: PagesIn<'_>,
    browser: Browser<'_>,
    client: ClientAddress,
    request: &Request,
    body: Body,
) -> poem::Result<Response> {
    let form = Form::read(&pages, &browser, request, body, &[]).await?;
    let Some(id) = browser.flow() else {
        return Ok(without_code(&pages, &browser).await?);
    };
    let handle = browser.handle(id, &form.browser_secret, client);
    let resent = pages.site.otps.resend(handle.clone()).await;
    match resent.map_err(PageError::from)? {
        Outcome::Granted(_) => {
            browser.leave(Notice::SentAgain);
            Ok(pages.go(VERIFY))
        }
        Outcome::Refused(refusal) => {
            Ok(again(pages, handle, &form.browser_secret, Some(refusal)).await?)
        }
    }
}

#[handler]
pub(super) async fn change(
    pages: PagesIn<'_>,
    browser: Browser<'_>,
    client: ClientAddress,
    request: &Request,
    body: Body,
) -> poem::Result<Response> {
    let form = Form::read(&pages, &browser, request, body, &[]).await?;
    if let Some(id) = browser.flow() {
        let handle = browser.handle(id, &form.browser_secret, client);
        // Whether there was still anything to call back makes no difference here.
        let revoked = pages.site.otps.revoke(handle).await;
        let _ = revoked.map_err(PageError::from)?;
    }
    browser.end_flow();
    Ok(pages.go(REQUEST))
}

const CLOSED: ClosedPage = ClosedPage {
    reason: Sentence::plain("closed-over"),
};

const LAST_WAS_WRONG: ClosedPage = ClosedPage {
    reason: Sentence::plain("closed-last-attempt"),
};

/// A browser that waits for no code: it has just used it, or never asked.
async fn without_code(pages: &Pages, browser: &Browser<'_>) -> Result<Response, PageError> {
    if browser.session().await?.is_some() {
        return Ok(pages.go(DONE));
    }
    browser.leave(Notice::NoCode);
    Ok(pages.go(REQUEST))
}

async fn still_open(pages: &Pages, handle: Handle) -> Result<Option<Issued>, PageError> {
    let issued = pages.site.otps.status(handle).await?;
    Ok(issued.filter(|issued| issued.is_valid))
}

/// The form once more, with what was refused; without a refusal, what was typed cannot be a code at all.
async fn again(
    pages: PagesIn<'_>,
    handle: Handle,
    secret: &Token,
    refusal: Option<Refusal>,
) -> Result<Response, PageError> {
    let (Some(issued), false) = (
        still_open(&pages, handle).await?,
        refusal == Some(Refusal::NotUsable),
    ) else {
        return Ok(pages.show(StatusCode::GONE, &CLOSED));
    };
    let refusal = refusal.unwrap_or(Refusal::Malformed {
        expected: issued.format,
    });
    let now = pages.site.clock.now();
    let page = VerifyPage::of(&issued, secret, now);
    let told = of_refusal(refusal, now);
    let told = match refusal {
        Refusal::WrongCode { .. } | Refusal::Malformed { .. } => page.with_error(told),
        _ => page.with_warning(told),
    };
    Ok(pages.refuse(refusal, &told))
}
