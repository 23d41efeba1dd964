//! The body of a request, read strictly: one JSON object of strings, each field known and given once.

use std::collections::BTreeMap;
use std::fmt;

use poem::error::ReadBodyError;
use poem::http::{HeaderMap, header};
use poem::{Request, RequestBody, Result};
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::problems::{INVALID_REQUEST, Problem};

/// Most bytes of a body.
pub(crate) const MAX_BODY: usize = 8 * 1024;

/// A body that was read strictly. All fields of the API are strings, so codes and numbers keep their leading zeros.
pub(super) struct Strict<T>(pub(super) T);

/// What can be read from the fields of a body.
pub(super) trait FromFields: Sized {
    /// The fields there are.
    const NAMES: &'static [&'static str];

    fn read(fields: Fields) -> Result<Self, Problem>;
}

impl<'a, T: FromFields + Type> ApiExtractor<'a> for Strict<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest {
            description: None,
            content: vec![MetaMediaType {
                content_type: "application/json",
                schema: T::schema_ref(),
            }],
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        if !is_json(request.headers()) {
            return Err(Problem::not_json().into());
        }
        let read = body.take()?.into_bytes_limit(MAX_BODY).await;
        let bytes = read.map_err(|error| match error {
            ReadBodyError::PayloadTooLarge => Problem::too_large(MAX_BODY).into(),
            other => poem::Error::from(other),
        })?;
        Ok(Self(T::read(Fields::parse(&bytes, T::NAMES)?)?))
    }
}

/// Says whether the body is `application/json` in UTF-8.
///
/// Also what keeps other sites' pages out: a form cannot send it, and a script must ask first, which is never granted.
fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let Ok(text) = value.to_str() else {
        return false;
    };
    let mut parts = text.split(';').map(|part| part.trim().to_ascii_lowercase());
    parts
        .next()
        .is_some_and(|media| media == "application/json")
        && parts
            .all(|parameter| matches!(parameter.as_str(), "charset=utf-8" | "charset=\"utf-8\""))
}

/// The fields of a body.
pub(super) struct Fields(BTreeMap<String, String>);

impl Fields {
    fn parse(body: &[u8], names: &[&str]) -> Result<Self, Problem> {
        let Members(members) = serde_json::from_slice(body).map_err(|_| {
            Problem::new(
                &INVALID_REQUEST,
                "the body must be one JSON object in UTF-8, and nothing after it",
            )
        })?;
        let mut fields = BTreeMap::new();
        for (name, value) in members {
            if !names.contains(&name.as_str()) {
                return Err(Self::fault(&name, "there is no such field"));
            }
            let Value::String(text) = value else {
                return Err(Self::fault(&name, "must be a string"));
            };
            if text.chars().any(is_hidden) {
                let expected = "must not hold control characters or marks of writing direction";
                return Err(Self::fault(&name, expected));
            }
            if fields.contains_key(&name) {
                return Err(Self::fault(&name, "must be given once"));
            }
            fields.insert(name, text);
        }
        Ok(Self(fields))
    }

    /// Takes a field that must be there.
    pub(super) fn required(&mut self, name: &str) -> Result<String, Problem> {
        self.optional(name)
            .ok_or_else(|| Self::fault(name, "this field is required"))
    }

    /// Takes a field that may be there.
    pub(super) fn optional(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Names a field, be it the caller's own invention, in at most 64 characters.
    pub(super) fn fault(name: &str, expected: &str) -> Problem {
        let shown: String = name.chars().filter(|c| !is_hidden(*c)).take(64).collect();
        Problem::invalid_field(&shown, expected)
    }
}

/// Says whether a character is a control or turns the writing direction, which makes a text look like another one.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The members of a JSON object as they stand there, so that a second one of a name is seen.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::requests::PresentedCode;
    use poem::http::StatusCode;

    /// Reads a body as a call does, without the guard that stands around all routes.
    async fn read(body: String) -> Result<Strict<PresentedCode>> {
        let request = Request::builder().content_type("application/json");
        let (request, mut body) = request.body(body).split();
        Strict::from_request(&request, &mut body, ExtractParamOptions::default()).await
    }

    #[tokio::test]
    async fn a_body_above_the_limit_is_refused_by_itself() {
        let padded = |length| format!("{:<length$}", r#"{"otp_code":"012345"}"#);
        let read_whole = read(padded(MAX_BODY)).await.expect("a body at the limit");
        assert_eq!(read_whole.0.otp_code, "012345");
        let refused = read(padded(MAX_BODY + 1)).await.err().expect("a refusal");
        assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
}
