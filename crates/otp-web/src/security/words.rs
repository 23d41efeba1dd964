//! Words for what went wrong: a page for people, a problem for programs; the causes go to the log only.

use std::error::Error;

use poem::Response;
use poem::http::{HeaderValue, StatusCode, header};

use super::{Guard, RequestId};
use crate::pages::{MessagePage, PageError};
use crate::problems;

/// Who reads the answers of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    Person,
    Program,
}

impl Reader {
    pub(super) fn of(path: &str) -> Self {
        let of_programs = ["/openapi.json", "/healthz", "/readyz", "/metrics"];
        if path == "/api" || path.starts_with("/api/") || of_programs.contains(&path) {
            Self::Program
        } else {
            Self::Person
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
            Reader::Person => self.page(&error, id),
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

    fn page(&self, error: &poem::Error, id: &RequestId) -> Response {
        let status = error.status();
        let (title, general) = general(status);
        let text = error.downcast_ref::<PageError>().map(ToString::to_string);
        if status.is_server_error() {
            log(error);
        }
        let page = MessagePage {
            status: status.as_u16(),
            title,
            text: text.unwrap_or_else(|| general.to_owned()),
            request_id: id.to_string(),
        };
        self.pages.show(status, &page)
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

/// Returns the title and the text for a status.
fn general(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::FORBIDDEN => (
            "This form could not be accepted",
            "It was not sent from our page.",
        ),
        StatusCode::NOT_FOUND => ("Page not found", "There is nothing at this address."),
        StatusCode::METHOD_NOT_ALLOWED => (
            "That does not work here",
            "This address does not take this method.",
        ),
        StatusCode::REQUEST_TIMEOUT => (
            "That took too long",
            "Your message did not arrive in time. Please try again.",
        ),
        StatusCode::MISDIRECTED_REQUEST => (
            "This is not our address",
            "The service is not reached by this name. Open it by its own address.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => ("That is too much", "A form may have at most 8 KiB."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("That is not a form", "A form is expected here."),
        StatusCode::SERVICE_UNAVAILABLE => (
            "We are not available just now",
            "Please try again in a few seconds.",
        ),
        status if status.is_server_error() => (
            "Something went wrong",
            "The fault is on our side. The failure was logged.",
        ),
        _ => (
            "This could not be read",
            "What your browser sent could not be read. Please try again.",
        ),
    }
}
