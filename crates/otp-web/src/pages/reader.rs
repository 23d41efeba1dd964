//! The language of whoever asks for a page.

use std::ops::Deref;
use std::sync::Arc;

use otp_core::Refusal;
use otp_notify::Language;
use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::web::Data;
use poem::{FromRequest, Request, RequestBody, Response};

use super::Pages;
use super::error::status_of;
use super::view::{View, seconds_until};

/// Reads `Accept-Language`; nobody is refused for what stands there.
pub(crate) fn language_of(headers: &HeaderMap) -> Language {
    let header = headers.get(header::ACCEPT_LANGUAGE);
    let header = header.and_then(|value| value.to_str().ok());
    header.and_then(Language::accepted).unwrap_or_default()
}

/// The pages in one reader's language.
#[derive(Clone, Copy)]
pub(crate) struct PagesIn<'a> {
    pages: &'a Pages,
    language: Language,
}

impl Deref for PagesIn<'_> {
    type Target = Pages;

    fn deref(&self) -> &Pages {
        self.pages
    }
}

impl<'a> FromRequest<'a> for PagesIn<'a> {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let Data(pages) = <Data<&Arc<Pages>>>::from_request_without_body(request).await?;
        Ok(pages.in_language(language_of(request.headers())))
    }
}

impl<'a> PagesIn<'a> {
    pub(super) const fn new(pages: &'a Pages, language: Language) -> Self {
        Self { pages, language }
    }

    pub(super) const fn language(self) -> Language {
        self.language
    }

    /// Writes a page.
    pub(crate) fn show(self, status: StatusCode, view: &impl View) -> Response {
        let mut response = self.pages.views.render(self.language, status, view);
        let vary = HeaderValue::from_static("Accept-Language");
        response.headers_mut().insert(header::VARY, vary);
        response
    }

    /// Writes a page that tells a refusal.
    pub(super) fn refuse(self, refusal: Refusal, view: &impl View) -> Response {
        let mut response = self.show(status_of(refusal), view);
        if let Refusal::TooSoon { retry_at } | Refusal::TooMany { retry_at } = refusal {
            let wait = seconds_until(retry_at, self.site.clock.now()).max(1);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, wait.into());
        }
        response
    }
}
