//! The verify page: the code is typed, sent again, or given up.

use std::sync::Arc;

use otp_core::{Code, Handle, Issued, Outcome, Refusal, Verify};
use poem::http::StatusCode;
use poem::web::Data;
use poem::{Body, Request, Response, handler};

use super::form::{Form, sentence};
use super::view::{ClosedPage, VerifyPage, seconds_until, too_many};
use super::{DONE, Notice, PageError, Pages, REQUEST, VERIFY, see};
use crate::client_address::ClientAddress;
use crate::session::{Browser, Token};

#[handler]
pub(super) async fn show(
    Data(pages): Data<&Arc<Pages>>,
    browser: Browser<'_>,
    client: ClientAddress,
) -> poem::Result<Response> {
    let (Some(id), Some(secret)) = (browser.flow(), browser.secret()) else {
        return Ok(without_code(pages, &browser).await?);
    };
    let handle = browser.handle(id, &secret, client);
    let Some(issued) = still_open(pages, handle).await? else {
        return Ok(pages.show(StatusCode::GONE, &CLOSED));
    };
    let mut page = VerifyPage::of(&issued, &secret, pages.site.clock.now());
    page.notice = browser.take_notice().map(Notice::text);
    Ok(pages.show(StatusCode::OK, &page))
}

#[handler]
pub(super) async fn submit(
    Data(pages): Data<&Arc<Pages>>,
    browser: Browser<'_>,
    client: ClientAddress,
    request: &Request,
    body: Body,
) -> poem::Result<Response> {
    let form = Form::read(pages, &browser, request, body, &["otp_code"]).await?;
    let Some(id) = browser.flow() else {
        return Ok(without_code(pages, &browser).await?);
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
    Data(pages): Data<&Arc<Pages>>,
    browser: Browser<'_>,
    client: ClientAddress,
    request: &Request,
    body: Body,
) -> poem::Result<Response> {
    let form = Form::read(pages, &browser, request, body, &[]).await?;
    let Some(id) = browser.flow() else {
        return Ok(without_code(pages, &browser).await?);
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
    Data(pages): Data<&Arc<Pages>>,
    browser: Browser<'_>,
    client: ClientAddress,
    request: &Request,
    body: Body,
) -> poem::Result<Response> {
    let form = Form::read(pages, &browser, request, body, &[]).await?;
    if let Some(id) = browser.flow() {
        let handle = browser.handle(id, &form.browser_secret, client);
        // Whether there was still anything to call back makes no difference here.
        let revoked = pages.site.otps.revoke(handle).await;
        let _ = revoked.map_err(PageError::from)?;
    }
    browser.end_flow();
    Ok(pages.go(REQUEST))
}

/// More attempts than these need no mention: those of a strong code run into thousands.
const FEW: u16 = 100;

const CLOSED: ClosedPage = ClosedPage {
    reason: "It has expired, was used, had too many wrong attempts, or became too short for what others guessed.",
};

const LAST_WAS_WRONG: ClosedPage = ClosedPage {
    reason: "That was not the code, and it was the last attempt.",
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
    pages: &Pages,
    handle: Handle,
    secret: &Token,
    refusal: Option<Refusal>,
) -> Result<Response, PageError> {
    let (Some(issued), false) = (
        still_open(pages, handle).await?,
        refusal == Some(Refusal::NotUsable),
    ) else {
        return Ok(pages.show(StatusCode::GONE, &CLOSED));
    };
    let refusal = refusal.unwrap_or(Refusal::Malformed {
        expected: issued.format,
    });
    let now = pages.site.clock.now();
    let page = VerifyPage::of(&issued, secret, now);
    let told = match refusal {
        Refusal::WrongCode { attempts_left } if attempts_left > FEW => {
            page.with_error(sentence(&refusal))
        }
        Refusal::WrongCode { attempts_left } => {
            let attempts = if attempts_left == 1 {
                "attempt"
            } else {
                "attempts"
            };
            page.with_error(format!(
                "{} {attempts_left} {attempts} left.",
                sentence(&refusal)
            ))
        }
        Refusal::Malformed { .. } => page.with_error(sentence(&refusal)),
        Refusal::TooSoon { retry_at } => {
            let wait = seconds_until(retry_at, now);
            page.with_warning(format!(
                "Please wait {wait} seconds before asking for another message."
            ))
        }
        Refusal::TooMany { retry_at } => page.with_warning(too_many(retry_at, now)),
        Refusal::NotUsable
        | Refusal::Lifetime { .. }
        | Refusal::ChannelOff { .. }
        | Refusal::IdempotencyMismatch => page.with_warning(sentence(&refusal)),
    };
    Ok(pages.refuse(refusal, &told))
}
