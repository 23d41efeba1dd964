//! Words for what went wrong: a page for people, a problem for programs; the causes go to the log only.

use std::error::Error;

use otp_notify::Language;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Request, Response};

use super::{Guard, RequestId};
use crate::pages::{MessagePage, PageError, Sentence, language_of};
use crate::problems;

/// Who reads the answers of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// In this language.
    Person(Language),
    Program,
}

impl Reader {
    pub(super) fn of(request: &Request) -> Self {
        let path = request.uri().path();
        let of_programs = ["/openapi.json", "/healthz", "/readyz", "/metrics"];
        if path == "/api" || path.starts_with("/api/") || of_programs.contains(&path) {
            Self::Program
        } else {
            Self::Person(language_of(request.headers()))
        }
    }
}

impl<E> Guard<E> {
    /// Gives words to an error, and to an answer that has none but its status.
    pub(super) fn worded(
        &self,
        result: poem::Result<Response>,
        reader: Reader,
        id: &RequestId,
    ) -> Response {
        match result {
            Ok(response) if has_words(&response) => response,
            Ok(bare) => {
                let mut response =
                    self.explain(poem::Error::from_status(bare.status()), reader, id);
                if let Some(allow) = bare.headers().get(header::ALLOW) {
                    response.headers_mut().insert(header::ALLOW, allow.clone());
                }
                response
            }
            Err(error) => self.explain(error, reader, id),
        }
    }

    fn explain(&self, error: poem::Error, reader: Reader, id: &RequestId) -> Response {
        let mut response = match reader {
            Reader::Program => problems::from_poem_error(error, &[])
                .logged()
                .response(&self.pages.site().public_url),
            Reader::Person(language) => self.page(&error, language, id),
        };
        if response.status() == StatusCode::SERVICE_UNAVAILABLE {
            let retry_after = HeaderValue::from_static("5");
            response
                .headers_mut()
                .entry(header::RETRY_AFTER)
                .or_insert(retry_after);
        }
        response
    }

    fn page(&self, error: &poem::Error, language: Language, id: &RequestId) -> Response {
        let status = error.status();
        let (title, general) = general(status);
        let lead = error
            .downcast_ref::<PageError>()
            .map_or(Sentence::plain(general), PageError::sentence);
        if status.is_server_error() {
            log(error);
        }
        let page = MessagePage {
            status: status.as_u16(),
            title: Sentence::plain(title),
            lead,
            request_id: id.to_string(),
        };
        self.pages.in_language(language).show(status, &page)
    }
}

fn has_words(response: &Response) -> bool {
    let is_text = |media_type: &str| media_type.starts_with("text/plain");
    !(response.status().is_client_error() || response.status().is_server_error())
        || response
            .content_type()
            .is_some_and(|media_type| !is_text(media_type))
}

/// Only our own errors are logged in their words: others' may quote what was sent.
fn log(error: &poem::Error) {
    let mut cause = String::new();
    let mut next = error.downcast_ref::<PageError>().and_then(Error::source);
    if let Some(cut) = error.downcast_ref::<super::Cut>() {
        cause = cut.to_string();
    }
    while let Some(error) = next {
        cause.push_str(if cause.is_empty() { "" } else { ": " });
        cause.push_str(&error.to_string());
        next = error.source();
    }
    tracing::error!(cause, "the request failed");
}

/// Returns the keys of the title and of the text for a status.
fn general(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::FORBIDDEN => ("message-forbidden", "message-forbidden-text"),
        StatusCode::NOT_FOUND => ("message-not-found", "message-not-found-text"),
        StatusCode::METHOD_NOT_ALLOWED => ("message-method", "message-method-text"),
        StatusCode::REQUEST_TIMEOUT => ("message-slow", "message-slow-text"),
        StatusCode::MISDIRECTED_REQUEST => ("message-host", "message-host-text"),
        StatusCode::PAYLOAD_TOO_LARGE => ("message-too-large", "message-too-large-text"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("message-no-form", "message-no-form-text"),
        StatusCode::SERVICE_UNAVAILABLE => ("message-unavailable", "message-unavailable-text"),
        status if status.is_server_error() => ("message-broken", "message-broken-text"),
        _ => ("message-unreadable", "message-unreadable-text"),
    }
}
