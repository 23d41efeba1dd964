//! The messages: what became of each, and another try for one that failed.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use otp_core::{DeliveryId, DeliveryState, StoreError};
use otp_storage::{DeliveryFilter, LoggedDelivery, Retried};
use poem::http::StatusCode;
use poem::web::Data;
use poem::{Body, Request, Response, handler};
use serde::Serialize;
use url::form_urlencoded;
use uuid::Uuid;

use crate::pages::form::Form;
use crate::pages::view::View;
use crate::pages::{PageError, Pages};
use crate::session::{Browser, Token};

/// Messages on one page.
const PAGE: usize = 50;

/// What the template of the messages needs.
#[derive(Serialize)]
pub(in crate::pages) struct DeliveriesPage {
    csrf_token: String,
    /// What came of a retry.
    notice: Option<&'static str>,
    states: Vec<Choice>,
    /// The state that is shown; empty for all.
    state: &'static str,
    deliveries: Vec<Row>,
    /// The last message of this page, where older ones follow.
    older: Option<String>,
}

impl View for DeliveriesPage {
    const TEMPLATE: &'static str = "admin_deliveries.html";
}

#[derive(Serialize)]
struct Choice {
    state: &'static str,
    is_chosen: bool,
}

#[derive(Serialize)]
struct Row {
    id: String,
    queued: String,
    state: &'static str,
    contact_hint: String,
    purpose: String,
    reference: String,
    attempts: u16,
    /// The sender that took it, or why none did.
    what: String,
    may_be_retried: bool,
}

impl Row {
    fn of(logged: LoggedDelivery, now: DateTime<Utc>) -> Self {
        let what = logged.what().to_owned();
        let LoggedDelivery { delivery, otp, .. } = logged;
        Self {
            id: delivery.id.as_uuid().to_string(),
            queued: delivery.created_at.format("%-d %b %H:%M:%S").to_string(),
            state: delivery.state.as_str(),
            contact_hint: otp.contact.hint(),
            purpose: otp.purpose.as_str().to_owned(),
            reference: otp.reference.as_str().to_owned(),
            attempts: delivery.attempts,
            what,
            may_be_retried: delivery.state.may_be_retried() && otp.is_valid(now),
        }
    }
}

/// Which messages are asked for; what cannot be read is not asked for.
#[derive(Default)]
struct Asked {
    state: Option<DeliveryState>,
    before: Option<DeliveryId>,
}

impl Asked {
    fn read(query: &str) -> Self {
        let mut asked = Self::default();
        for (field, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*field {
                "state" => asked.state = DeliveryState::parse(&value),
                "before" => asked.before = Uuid::parse_str(&value).ok().map(DeliveryId::from_uuid),
                _ => {}
            }
        }
        asked
    }
}

#[handler]
pub(super) async fn show(
    Data(pages): Data<&Arc<Pages>>,
    browser: Browser<'_>,
    request: &Request,
) -> poem::Result<Response> {
    let secret = browser.secret_or_new().map_err(PageError::from)?;
    let asked = Asked::read(request.uri().query().unwrap_or_default());
    let page = DeliveriesPage::of(pages, &secret, &asked).await;
    Ok(pages.show(StatusCode::OK, &page.map_err(PageError::from)?))
}

#[handler]
pub(super) async fn retry(
    Data(pages): Data<&Arc<Pages>>,
    browser: Browser<'_>,
    request: &Request,
    body: Body,
) -> poem::Result<Response> {
    let form = Form::read(pages, &browser, request, body, &["id"]).await?;
    let site = pages.site();
    let retried = match Uuid::parse_str(form.get("id")) {
        Ok(id) => {
            let log = site.database.delivery_log();
            log.retry(DeliveryId::from_uuid(id), site.clock.now())
                .await
                .map_err(PageError::from)?
        }
        Err(_) => Retried::NotFound,
    };
    let (status, notice) = match retried {
        Retried::Queued => (StatusCode::OK, "It is queued and will be sent in a moment."),
        Retried::NotFound => (StatusCode::NOT_FOUND, "There is no such message any more."),
        Retried::NotFailed(_) => (
            StatusCode::CONFLICT,
            "It is being sent or was sent meanwhile.",
        ),
        Retried::CodeIsDead => (
            StatusCode::CONFLICT,
            "Its code is used, called back or expired: nobody needs it any more.",
        ),
    };
    let page = DeliveriesPage::of(pages, &form.browser_secret, &Asked::default()).await;
    let mut page = page.map_err(PageError::from)?;
    page.notice = Some(notice);
    Ok(pages.show(status, &page))
}

impl DeliveriesPage {
    async fn of(pages: &Pages, secret: &Token, asked: &Asked) -> Result<Self, StoreError> {
        let site = pages.site();
        let filter = DeliveryFilter {
            state: asked.state,
            before: asked.before,
            ..DeliveryFilter::default()
        };
        // One more than is shown tells whether older ones follow.
        let mut listed = site
            .database
            .delivery_log()
            .list(filter, PAGE as u64 + 1)
            .await?;
        let has_older = listed.len() > PAGE;
        listed.truncate(PAGE);
        let now = site.clock.now();
        let deliveries: Vec<Row> = listed.into_iter().map(|one| Row::of(one, now)).collect();
        let choice = |state: Option<DeliveryState>| Choice {
            state: state.map_or("", DeliveryState::as_str),
            is_chosen: state == asked.state,
        };
        let states = DeliveryState::ALL.into_iter().map(Some);
        Ok(Self {
            csrf_token: secret.form_token(),
            notice: None,
            states: std::iter::once(None).chain(states).map(choice).collect(),
            state: asked.state.map_or("", DeliveryState::as_str),
            older: deliveries
                .last()
                .filter(|_| has_older)
                .map(|last| last.id.clone()),
            deliveries,
        })
    }
}
