//! A problem as it goes over the wire.

use chrono::{DateTime, SecondsFormat, Utc};
use poem::Response;
use poem::http::{HeaderMap, HeaderValue, header};
use poem_openapi::Object;
use poem_openapi::types::{Example, ToJSON as _};
use serde_json::Value;
use url::Url;

use super::{Hint, MEDIA_TYPE, Problem, WRONG_CODE};

impl Problem {
    /// Writes it as an answer of the service at `public_url`.
    pub(crate) fn response(&self, public_url: &Url) -> Response {
        self.write(public_url.as_str().trim_end_matches('/'))
    }

    /// Writes it with a `type` that begins with `base`.
    pub(super) fn write(&self, base: &str) -> Response {
        let mut body = ProblemBody {
            type_uri: format!("{base}/problems/{}", self.kind.name),
            title: self.kind.title.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone().into_owned(),
            field: None,
            attempts_left: None,
            retry_at: None,
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        match &self.hint {
            Hint::Nothing => {}
            Hint::Field(name) => body.field = Some(name.clone()),
            Hint::AttemptsLeft(left) => body.attempts_left = Some(*left),
            Hint::RetryAt(time, seconds) => {
                body.retry_at = Some(*time);
                headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
            }
            Hint::RetryAfter(seconds) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
            }
            Hint::Allow(methods) => {
                headers.insert(header::ALLOW, methods.clone());
            }
            Hint::Authenticate => {
                let scheme = HeaderValue::from_static("Bearer");
                headers.insert(header::WWW_AUTHENTICATE, scheme);
            }
        }
        let mut response = Response::builder()
            .status(self.status)
            .body(body.to_json_string());
        response.headers_mut().extend(headers);
        response
    }
}

/// A refusal or a failure (RFC 9457). Its `type` leads to a page that explains it.
#[derive(Object)]
#[oai(rename = "Problem", skip_serializing_if_is_none, example)]
pub(crate) struct ProblemBody {
    /// The kind of problem; opens as a page.
    #[oai(rename = "type")]
    type_uri: String,
    /// The kind in a few words.
    title: String,
    /// The status of the answer.
    status: u16,
    /// What is wrong with this request.
    detail: String,
    /// The field or header that is not as described.
    field: Option<String>,
    /// How many comparisons are left on the code.
    attempts_left: Option<u16>,
    /// From when on it may be asked for again.
    #[oai(serialize_with = "optional_rfc3339")]
    retry_at: Option<DateTime<Utc>>,
}

impl Example for ProblemBody {
    fn example() -> Self {
        Self {
            type_uri: "https://otp.example.com/problems/wrong-code".to_owned(),
            title: WRONG_CODE.title.to_owned(),
            status: WRONG_CODE.status.as_u16(),
            detail: "that is not the code".to_owned(),
            field: None,
            attempts_left: Some(4),
            retry_at: None,
        }
    }
}

/// Writes a time as every time in the API is written: RFC 3339, UTC, with `Z`.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the form that `serialize_with` takes"
)]
pub(crate) fn rfc3339(time: &DateTime<Utc>) -> Option<Value> {
    Some(Value::String(
        time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
    ))
}

#[expect(clippy::ref_option, reason = "the form that `serialize_with` takes")]
fn optional_rfc3339(time: &Option<DateTime<Utc>>) -> Option<Value> {
    time.as_ref().and_then(rfc3339)
}
