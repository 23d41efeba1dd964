//! The header `Idempotency-Key`.

use otp_core::Idempotency;
use poem::http::HeaderMap;
use poem::{Request, RequestBody, Result};
use poem_openapi::registry::{MetaParamIn, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use super::access::Caller;
use crate::problems::Problem;

const HEADER: &str = "Idempotency-Key";
const LONGEST: usize = 128;

/// The caller's own name for a request, if it gave one: 1 to 128 visible ASCII characters.
pub(super) struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// Returns the key as `caller`'s: two callers may use the same key without meeting.
    pub(super) fn within<C>(self, caller: Caller<C>) -> Option<Idempotency> {
        let scope = caller.name;
        self.0.map(|key| Idempotency { scope, key })
    }

    fn read(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut values = headers.get_all(HEADER).iter();
        let Some(value) = values.next() else {
            return Ok(Self(None));
        };
        let fits = (1..=LONGEST).contains(&value.len())
            && value.as_bytes().iter().all(u8::is_ascii_graphic)
            && values.next().is_none();
        match value.to_str() {
            Ok(key) if fits => Ok(Self(Some(key.to_owned()))),
            _ => Err(Problem::invalid_field(
                HEADER,
                format_args!("once, with 1 to {LONGEST} visible ASCII characters"),
            )),
        }
    }
}

impl<'a> ApiExtractor<'a> for IdempotencyKey {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];

    type ParamType = String;
    type ParamRawType = String;

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(MetaSchemaRef::Inline(Box::new(MetaSchema {
            min_length: Some(1),
            max_length: Some(LONGEST),
            pattern: Some("^[!-~]+$".to_owned()),
            ..MetaSchema::new("string")
        })))
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<String>,
    ) -> Result<Self> {
        Ok(Self::read(request.headers())?)
    }
}
