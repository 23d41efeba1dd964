//! Which refusal and which failure is which problem: one exhaustive match each.

use std::error::Error;

use chrono::{DateTime, Utc};
use otp_core::{ContactError, IssueError, Refusal, StoreError, VerifyError};
use poem::http::{Method, StatusCode};
use poem_openapi::error::ParseParamError;

use super::*;

impl Problem {
    /// Answers a broken rule.
    pub(crate) fn refused(refusal: Refusal, now: DateTime<Utc>) -> Self {
        match refusal {
            Refusal::Malformed { .. } => Self::invalid_field("otp_code", refusal),
            Refusal::WrongCode { attempts_left } => Self {
                hint: Hint::AttemptsLeft(attempts_left),
                ..Self::new(&WRONG_CODE, refusal.to_string())
            },
            Refusal::NotUsable => Self::otp_not_usable(),
            Refusal::TooSoon { retry_at } | Refusal::TooMany { retry_at } => {
                Self::too_early(refusal.to_string(), retry_at, now)
            }
            Refusal::Lifetime { .. } => Self::new(&INVALID_REQUEST, refusal.to_string()),
            Refusal::ChannelOff { .. } => Self::of_field(&INVALID_CONTACT, "contact_type", refusal),
            Refusal::IdempotencyMismatch => Self::invalid_field("Idempotency-Key", refusal),
        }
    }

    /// Answers a text that is no contact.
    pub(crate) fn invalid_contact(error: ContactError) -> Self {
        match error {
            ContactError::UnknownChannel => Self::invalid_field("contact_type", error),
            ContactError::Empty
            | ContactError::TooLong
            | ContactError::ForbiddenCharacter
            | ContactError::NotOneAddress
            | ContactError::LocalPart
            | ContactError::Domain
            | ContactError::MixedScripts
            | ContactError::NotE164
            | ContactError::NotAPhoneNumber
            | ContactError::UnknownRegion => {
                Self::of_field(&INVALID_CONTACT, "contact_value", error)
            }
        }
    }

    fn failed(error: impl Error + Send + Sync + 'static, failure: Failure) -> Self {
        match failure {
            Failure::Passing => Self::unavailable(error),
            Failure::Lasting => Self::internal(error),
        }
    }
}

/// Whether the same call may succeed later.
#[derive(Clone, Copy)]
enum Failure {
    Passing,
    Lasting,
}

impl Failure {
    fn of(error: &StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Passing,
            StoreError::Broken(_) => Self::Lasting,
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let failure = Failure::of(&error);
        Self::failed(error, failure)
    }
}

impl From<IssueError> for Problem {
    fn from(error: IssueError) -> Self {
        let failure = match &error {
            IssueError::Store(store) | IssueError::Customers(store) => Failure::of(store),
            IssueError::Secrets(_) => Failure::Lasting,
        };
        Self::failed(error, failure)
    }
}

impl From<VerifyError> for Problem {
    fn from(error: VerifyError) -> Self {
        let failure = match &error {
            VerifyError::Store(store) => Failure::of(store),
            VerifyError::Secrets(_) => Failure::Lasting,
        };
        Self::failed(error, failure)
    }
}

/// Turns what an endpoint failed with into a problem; `allowed` are the methods that its address takes.
///
/// What is not one of ours is told by its status only: its words may be about the inside.
pub(crate) fn from_poem_error(error: poem::Error, allowed: &[Method]) -> Problem {
    let error = match error.downcast::<Problem>() {
        Ok(problem) => return problem,
        Err(other) => other,
    };
    if let Some(wrong) = error.downcast_ref::<ParseParamError>() {
        let expected = match wrong.name {
            "since" | "until" => {
                "must be a time like 2026-01-01T00:00:00Z; a plus sign is written %2B"
            }
            "by" => "must be hour or day",
            _ => "must be as /openapi.json describes it",
        };
        return Problem::invalid_field(wrong.name, expected);
    }
    match error.status() {
        StatusCode::NOT_FOUND => Problem::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => Problem::method_not_allowed(allowed),
        StatusCode::MISDIRECTED_REQUEST => Problem::misdirected(),
        StatusCode::UNAUTHORIZED => Problem::unauthorized(),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(crate::api::MAX_BODY),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::not_json(),
        StatusCode::REQUEST_TIMEOUT => Problem::too_slow(),
        StatusCode::SERVICE_UNAVAILABLE => Problem::unavailable(error),
        status if status.is_client_error() => {
            Problem::new(&INVALID_REQUEST, "the request could not be read")
        }
        _ => Problem::internal(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use otp_core::ports::SecretError;
    use poem::error::MethodNotAllowedError;
    use poem::http::header;
    use serde_json::Value;
    use url::Url;

    fn store(kind: fn(Box<dyn Error + Send + Sync>) -> StoreError) -> StoreError {
        kind("password of the database".into())
    }

    fn header_of(problem: &Problem, name: header::HeaderName) -> String {
        let response = problem.as_response();
        let value = response.headers().get(name);
        value
            .map_or("", |value| value.to_str().expect("text"))
            .to_owned()
    }

    async fn body(problem: &Problem) -> String {
        let url = Url::parse("https://otp.example.com/auth/").expect("a url");
        let response = problem.response(&url);
        response.into_body().into_string().await.expect("a text")
    }

    #[tokio::test]
    async fn a_failure_tells_nothing_of_its_cause() {
        let down: Problem = store(StoreError::Unavailable).into();
        let broken: Problem = VerifyError::Store(store(StoreError::Broken)).into();
        let no_chance: Problem = IssueError::Secrets(SecretError("device path".into())).into();
        assert_eq!(down.status, StatusCode::SERVICE_UNAVAILABLE);
        for (problem, status) in [(&down, 503), (&broken, 500), (&no_chance, 500)] {
            let body = body(problem).await;
            assert_eq!(problem.status.as_u16(), status, "{body}");
            assert!(
                !body.contains("password") && !body.contains("device"),
                "{body}"
            );
            assert!(problem.source().is_some());
        }
    }

    #[tokio::test]
    async fn the_type_lies_under_the_public_url() {
        let body = body(&Problem::otp_not_usable()).await;
        assert!(
            body.contains(r#""type":"https://otp.example.com/auth/problems/otp-not-usable""#),
            "{body}"
        );
    }

    #[test]
    fn every_kind_is_explained_with_an_example_of_itself() {
        for kind in CATALOGUE {
            assert!(
                kind.page.starts_with(&format!("# {}\n", kind.name)),
                "{}",
                kind.name
            );
            let status = format!("\nStatus {}", kind.status.as_u16());
            assert!(kind.page.contains(&status), "{}", kind.name);
            let example = kind
                .page
                .split("```json\n")
                .nth(1)
                .and_then(|rest| rest.split("```").next());
            let example: Value =
                serde_json::from_str(example.unwrap_or_default()).expect("an example");
            let uri = format!("https://otp.example.com/problems/{}", kind.name);
            assert_eq!(example["type"], Value::from(uri));
            assert_eq!(example["title"], Value::from(kind.title));
            assert_eq!(example["status"], Value::from(kind.status.as_u16()));
        }
    }

    #[test]
    fn retry_after_is_rounded_up_and_never_zero() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        for (wait, seconds) in [
            (TimeDelta::milliseconds(59_001), "60"),
            (TimeDelta::seconds(60), "60"),
            (TimeDelta::nanoseconds(1), "1"),
            (TimeDelta::zero(), "1"),
            (TimeDelta::seconds(-5), "1"),
        ] {
            let retry_at = now + wait;
            let problem = Problem::refused(Refusal::TooSoon { retry_at }, now);
            assert_eq!(header_of(&problem, header::RETRY_AFTER), seconds, "{wait}");
        }
    }

    #[test]
    fn foreign_errors_are_told_by_their_status_only() {
        for (status, name) in [
            (400, "invalid-request"),
            (401, "unauthorized"),
            (404, "not-found"),
            (408, "invalid-request"),
            (413, "invalid-request"),
            (415, "invalid-request"),
            (421, "misdirected-request"),
            (418, "invalid-request"),
            (500, "internal-error"),
            (503, "unavailable"),
        ] {
            let status = StatusCode::from_u16(status).expect("a status");
            let error = poem::Error::from_string("inner words", status);
            let problem = from_poem_error(error, &[]);
            assert_eq!(problem.kind.name, name);
            assert_eq!(problem.status.is_server_error(), status.is_server_error());
            assert!(!problem.detail.contains("inner"));
        }
        let other_method =
            from_poem_error(MethodNotAllowedError.into(), &[Method::GET, Method::HEAD]);
        assert_eq!(header_of(&other_method, header::ALLOW), "GET, HEAD");
    }
}
