//! Refusals and failures as problems of RFC 9457: the catalogue, and how one is written.

mod body;
mod page;
mod reasons;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use otp_storage::Scope;
use poem::Response;
use poem::error::ResponseError;
use poem::http::{HeaderValue, Method, StatusCode};

pub(crate) use self::body::{ProblemBody, rfc3339};
pub(crate) use self::page::mount;
pub(crate) use self::reasons::from_poem_error;

/// The media type of a problem.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// One kind of problem: what its `type` ends with, and the page that explains it.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The last part of the `type`, and the name of its page.
    pub(crate) name: &'static str,
    /// The status it is answered with, unless the request's fault is more special.
    pub(crate) status: StatusCode,
    /// The kind in a few words, the same each time.
    pub(crate) title: &'static str,
    /// Its page, in Markdown.
    pub(crate) page: &'static str,
}

macro_rules! catalogue {
    ($($kind:ident { name: $name:literal, status: $status:ident, title: $title:literal, })*) => {
        $(
            pub(crate) static $kind: Kind = Kind {
                name: $name,
                status: StatusCode::$status,
                title: $title,
                page: include_str!(concat!("../../../docs/problems/", $name, ".md")),
            };
        )*
        /// Every kind there is.
        pub(crate) static CATALOGUE: &[&Kind] = &[$(&$kind),*];
    };
}

catalogue! {
    INVALID_CONTACT {
        name: "invalid-contact",
        status: UNPROCESSABLE_ENTITY,
        title: "Not an address or a number that a code can be sent to",
    }
    WRONG_CODE {
        name: "wrong-code",
        status: UNPROCESSABLE_ENTITY,
        title: "That is not the code",
    }
    OTP_NOT_USABLE {
        name: "otp-not-usable",
        status: GONE,
        title: "This code can no longer be used",
    }
    TOO_MANY_REQUESTS {
        name: "too-many-requests",
        status: TOO_MANY_REQUESTS,
        title: "Too early or too often",
    }
    UNAUTHORIZED {
        name: "unauthorized",
        status: UNAUTHORIZED,
        title: "A valid API key is needed",
    }
    FORBIDDEN {
        name: "forbidden",
        status: FORBIDDEN,
        title: "This API key may not do that",
    }
    INVALID_REQUEST {
        name: "invalid-request",
        status: BAD_REQUEST,
        title: "The request is not as described",
    }
    NOT_FOUND {
        name: "not-found",
        status: NOT_FOUND,
        title: "There is nothing at this address",
    }
    METHOD_NOT_ALLOWED {
        name: "method-not-allowed",
        status: METHOD_NOT_ALLOWED,
        title: "This address does not take this method",
    }
    MISDIRECTED_REQUEST {
        name: "misdirected-request",
        status: MISDIRECTED_REQUEST,
        title: "The service is not reached by this name",
    }
    UNAVAILABLE {
        name: "unavailable",
        status: SERVICE_UNAVAILABLE,
        title: "The service cannot answer now",
    }
    INTERNAL_ERROR {
        name: "internal-error",
        status: INTERNAL_SERVER_ERROR,
        title: "The service failed",
    }
}

/// One problem, to be answered with.
///
/// `Display` is its title; the cause, if any, is in `source` and never in the answer.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: &'static Kind,
    status: StatusCode,
    detail: Cow<'static, str>,
    hint: Hint,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// What a problem tells a program, beside its kind.
#[derive(Debug)]
enum Hint {
    Nothing,
    /// The field or header at fault.
    Field(String),
    /// Comparisons left.
    AttemptsLeft(u16),
    /// When to ask again, and in how many seconds that is.
    RetryAt(DateTime<Utc>, i64),
    /// In how many seconds to try again.
    RetryAfter(i64),
    /// The methods to use, as the header tells them.
    Allow(HeaderValue),
    /// The way to show who one is.
    Authenticate,
}

impl Problem {
    /// Makes a problem of `kind`; `detail` is fit for the one who asked.
    pub(crate) fn new(kind: &'static Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            status: kind.status,
            detail: detail.into(),
            hint: Hint::Nothing,
            cause: None,
        }
    }

    /// A field, or a header, that is not as described.
    pub(crate) fn invalid_field(field: &str, expected: impl fmt::Display) -> Self {
        Self::of_field(&INVALID_REQUEST, field, expected)
    }

    /// A body above the limit.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            ..Self::new(
                &INVALID_REQUEST,
                format!("the body may have at most {limit} bytes"),
            )
        }
    }

    /// A body that is not JSON by its `Content-Type`.
    pub(crate) fn not_json() -> Self {
        Self {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ..Self::new(
                &INVALID_REQUEST,
                "send the body with Content-Type: application/json",
            )
        }
    }

    /// A body that did not arrive in time.
    pub(crate) fn too_slow() -> Self {
        Self {
            status: StatusCode::REQUEST_TIMEOUT,
            ..Self::new(&INVALID_REQUEST, "the body did not arrive in time")
        }
    }

    /// A missing or unknown API key.
    pub(crate) fn unauthorized() -> Self {
        Self {
            hint: Hint::Authenticate,
            ..Self::new(
                &UNAUTHORIZED,
                "send a valid API key as Authorization: Bearer <key>",
            )
        }
    }

    /// A call without a key that a page of another site makes; also where nobody else needs one.
    pub(crate) fn of_another_site() -> Self {
        Self {
            hint: Hint::Authenticate,
            ..Self::new(&UNAUTHORIZED, "a page of another site needs an API key")
        }
    }

    /// An API key that may do other things than any of `wanted`.
    pub(crate) fn forbidden(wanted: &[Scope]) -> Self {
        let names: Vec<&str> = wanted.iter().map(|scope| scope.as_str()).collect();
        let names = names.join(" or ");
        Self::new(
            &FORBIDDEN,
            format!("this API key lacks the scope {names}; use one that has it"),
        )
    }

    /// An OTP that is unknown, expired, used, revoked or spent: one answer for all.
    pub(crate) fn otp_not_usable() -> Self {
        Self::new(
            &OTP_NOT_USABLE,
            "the code is unknown, expired, used, revoked or out of attempts; request a new one",
        )
    }

    /// An address that nothing answers.
    pub(crate) fn not_found() -> Self {
        Self::new(
            &NOT_FOUND,
            "there is no such call; /openapi.json lists them all",
        )
    }

    /// A method that the address does not take; `allowed` are those that it takes.
    pub(crate) fn method_not_allowed(allowed: &[Method]) -> Self {
        let allowed: Vec<&str> = allowed.iter().map(Method::as_str).collect();
        let allowed = HeaderValue::from_str(&allowed.join(", ")).ok();
        Self {
            hint: allowed
                .filter(|methods| !methods.is_empty())
                .map_or(Hint::Nothing, Hint::Allow),
            ..Self::new(
                &METHOD_NOT_ALLOWED,
                "the header Allow says which methods this address takes",
            )
        }
    }

    /// A request for a host that is not ours.
    pub(crate) fn misdirected() -> Self {
        Self::new(
            &MISDIRECTED_REQUEST,
            "call the service by the host of its public address",
        )
    }

    /// Something that may work in a moment.
    pub(crate) fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            hint: Hint::RetryAfter(5),
            cause: Some(cause.into()),
            ..Self::new(&UNAVAILABLE, "try again in a few seconds")
        }
    }

    /// Something that will not work by trying again.
    pub(crate) fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::new(
                &INTERNAL_ERROR,
                "the failure was logged under this request's id",
            )
        }
    }

    /// Something that may be asked for again at `retry_at`.
    fn too_early(detail: String, retry_at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        // Rounded up: a client that waits exactly this long must not come too early again.
        let wait = retry_at - now + TimeDelta::seconds(1) - TimeDelta::nanoseconds(1);
        Self {
            hint: Hint::RetryAt(retry_at, wait.num_seconds().max(1)),
            ..Self::new(&TOO_MANY_REQUESTS, detail)
        }
    }

    fn of_field(kind: &'static Kind, field: &str, expected: impl fmt::Display) -> Self {
        Self {
            hint: Hint::Field(field.to_owned()),
            ..Self::new(kind, format!("{field}: {expected}"))
        }
    }

    /// Logs a failure with its chain of causes, once; refusals are no failures.
    pub(crate) fn logged(self) -> Self {
        if self.status.is_server_error() {
            let mut chain = String::new();
            let mut next = self.source();
            while let Some(cause) = next {
                chain.push_str(if chain.is_empty() { "" } else { ": " });
                chain.push_str(&cause.to_string());
                next = cause.source();
            }
            tracing::error!(
                problem = self.kind.name,
                cause = chain,
                "the request failed"
            );
        }
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.title)
    }
}

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause
            .as_deref()
            .map(|cause| cause as &(dyn Error + 'static))
    }
}

/// For an edge that does not know the service's address: a relative `type` is allowed (RFC 9457 section 3.1.1).
impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        self.status
    }

    fn as_response(&self) -> Response {
        self.write("")
    }
}
