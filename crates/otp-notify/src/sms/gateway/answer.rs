//! What the answer of a gateway means.

use otp_core::ports::NotifyError;
use regex::Regex;
use reqwest::header::{HeaderMap, HeaderName};
use serde_json::Value as Json;

use crate::chain::Refused;

/// What a gateway answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// How answers are judged.
pub(super) struct Rules {
    /// Statuses of a message that was taken; empty for 200 to 299.
    pub(super) accepted: Vec<u16>,
    /// What such an answer says besides.
    pub(super) accepted_if: Option<Test>,
    /// Further statuses of a message that may go another way, or later.
    pub(super) temporary: Vec<u16>,
    /// What an answer says that means the same, whatever its status.
    pub(super) temporary_if: Option<Test>,
    /// Further statuses of a message that no gateway would take.
    pub(super) permanent: Vec<u16>,
    /// Where the gateway's own id of the message stands.
    pub(super) message_id: Option<Place>,
}

/// A value of an answer, and what it must be.
pub(super) struct Test {
    pub(super) place: Place,
    pub(super) is: Vec<String>,
}

/// Where a value stands in an answer.
pub(super) enum Place {
    /// In the JSON body, by a JSON pointer (RFC 6901).
    Json(String),
    Header(HeaderName),
    /// In the text of the body: the first group of the pattern.
    Pattern(Regex),
}

/// What a status says by itself.
enum Meaning {
    Temporary,
    Permanent,
    Unknown,
}

impl Rules {
    /// Returns the gateway's id for a message that was taken.
    pub(super) fn judge(&self, answer: &Answer) -> Result<Option<String>, Refused> {
        let status = answer.status;
        if self
            .temporary_if
            .as_ref()
            .and_then(|test| test.holds(answer))
            == Some(true)
        {
            return Err(Refused::Sender(put_off(status)));
        }
        let is_accepted = match self.accepted.as_slice() {
            [] => (200..300).contains(&status),
            accepted => accepted.contains(&status),
        };
        if is_accepted {
            return match self.accepted_if.as_ref().map(|test| test.holds(answer)) {
                None | Some(Some(true)) => Ok(self
                    .message_id
                    .as_ref()
                    .and_then(|place| place.read(answer))),
                Some(Some(false)) => Err(Refused::Message(refused(status))),
                Some(None) => Err(Refused::Sender(NotifyError::Unknown {
                    reason: "the gateway may have taken the message: its answer is not understood",
                    source: Some(Answered(status).into()),
                })),
            };
        }
        Err(match self.meaning(status) {
            Meaning::Temporary => Refused::Sender(put_off(status)),
            Meaning::Permanent => Refused::Message(refused(status)),
            Meaning::Unknown => Refused::Sender(NotifyError::Unknown {
                reason: "the gateway may have taken the message: it failed meanwhile",
                source: Some(Answered(status).into()),
            }),
        })
    }

    /// What is wrong for every message, such as a login, an address or a quota, is temporary: it can be put right, and
    /// another gateway does not mind.
    fn meaning(&self, status: u16) -> Meaning {
        match status {
            _ if self.permanent.contains(&status) => Meaning::Permanent,
            _ if self.temporary.contains(&status) => Meaning::Temporary,
            // Whatever else begins with a five: it failed with the message in its hands, or a proxy in front of it handed
            // the message on and heard nothing. A 303 tells where the outcome stands.
            501 | 503 => Meaning::Temporary,
            303 | 500.. => Meaning::Unknown,
            300..=399 | 401..=405 | 407 | 408 | 429 => Meaning::Temporary,
            _ => Meaning::Permanent,
        }
    }
}

impl Test {
    /// Says whether it holds; `None` when the answer has no such value.
    fn holds(&self, answer: &Answer) -> Option<bool> {
        Some(self.is.contains(&self.place.read(answer)?))
    }
}

impl Place {
    fn read(&self, answer: &Answer) -> Option<String> {
        match self {
            Self::Json(pointer) => {
                let body: Json = serde_json::from_slice(&answer.body).ok()?;
                match body.pointer(pointer)? {
                    Json::String(text) => Some(text.clone()),
                    Json::Number(number) => Some(number.to_string()),
                    Json::Bool(truth) => Some(truth.to_string()),
                    Json::Null | Json::Array(_) | Json::Object(_) => None,
                }
            }
            Self::Header(name) => {
                let value = answer.headers.get(name)?;
                Some(value.to_str().ok()?.to_owned())
            }
            Self::Pattern(pattern) => {
                let text = String::from_utf8_lossy(&answer.body);
                Some(pattern.captures(&text)?.get(1)?.as_str().to_owned())
            }
        }
    }
}

fn put_off(status: u16) -> NotifyError {
    NotifyError::Temporary {
        reason: match status {
            401 | 403 => "the gateway does not let us in",
            402 => "the gateway wants to be paid",
            404 | 405 | 300..=399 => "the gateway is not at this address",
            429 => "the gateway is sent too much at once",
            _ => "the gateway takes no message now",
        },
        source: Some(Answered(status).into()),
    }
}

fn refused(status: u16) -> NotifyError {
    NotifyError::Permanent {
        reason: "the gateway refused the message",
        source: Some(Answered(status).into()),
    }
}

/// The status alone: the body of an answer may quote the number, the code or the login.
#[derive(Debug, thiserror::Error)]
#[error("it answered {0}")]
struct Answered(u16);
