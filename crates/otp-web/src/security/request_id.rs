//! The name of one request, in its answer and its log lines. Always drawn here: a client's own could forge lines.

use std::fmt;

use otp_core::SecretSource;
use poem::http::{HeaderName, HeaderValue};

pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// 64 random bits in hexadecimal digits.
pub(super) struct RequestId(String);

impl RequestId {
    /// Draws one; without randomness it is all zeros, and nothing else works then.
    pub(super) fn draw(secrets: &dyn SecretSource) -> Self {
        let mut bytes = [0; 8];
        let number = secrets
            .fill(&mut bytes)
            .map(|()| u64::from_be_bytes(bytes))
            .unwrap_or_default();
        Self(format!("{number:016x}"))
    }

    pub(super) fn header_value(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).unwrap_or(HeaderValue::from_static("none"))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
