//! Why a page answers with something else than what was asked for.

use std::error::Error;

use otp_core::ports::SecretError;
use otp_core::{IssueError, Refusal, StoreError, VerifyError};
use poem::error::ResponseError;
use poem::http::StatusCode;

use super::Sentence;

/// Why there is no page as asked for. A cause, if any, is in `source`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    /// The form is not one that this browser got from us.
    #[error("the form is not one of ours")]
    Forged,
    /// The body has another type than a form's.
    #[error("the body is no form")]
    NotAForm,
    /// A field that the form does not have.
    #[error("no field “{field}”, but {expected}")]
    UnknownField {
        /// What was sent, shortened.
        field: String,
        /// What the form has.
        expected: String,
    },
    /// A field that came more than once.
    #[error("“{0}” was sent more than once")]
    RepeatedField(&'static str),
    /// What may work in a moment.
    #[error("not possible just now")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// What will not work by trying again.
    #[error("something went wrong")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
}

impl PageError {
    /// What the person is told.
    pub(crate) fn sentence(&self) -> Sentence {
        match self {
            Self::Forged => Sentence::plain("message-forged-text"),
            Self::NotAForm => Sentence::plain("message-no-form-text"),
            Self::UnknownField { field, expected } => {
                let sentence = Sentence::plain("message-unknown-field-text");
                sentence.with("field", field).with("expected", expected)
            }
            Self::RepeatedField(field) => {
                Sentence::plain("message-repeated-field-text").with("field", field)
            }
            Self::Unavailable(_) => Sentence::plain("message-not-now-text"),
            Self::Broken(_) => Sentence::plain("message-broken-text"),
        }
    }
}

impl ResponseError for PageError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Forged => StatusCode::FORBIDDEN,
            Self::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::UnknownField { .. } | Self::RepeatedField(_) => StatusCode::BAD_REQUEST,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        if error.is_temporary() {
            Self::Unavailable(error.into())
        } else {
            Self::Broken(error.into())
        }
    }
}

impl From<SecretError> for PageError {
    fn from(error: SecretError) -> Self {
        Self::Broken(error.into())
    }
}

impl From<IssueError> for PageError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Store(store) | IssueError::Customers(store) => store.into(),
            IssueError::Secrets(secrets) => secrets.into(),
        }
    }
}

impl From<VerifyError> for PageError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Store(store) => store.into(),
            VerifyError::Secrets(secrets) => secrets.into(),
        }
    }
}

/// Returns the status of the page that tells a refusal.
pub(super) const fn status_of(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::Malformed { .. }
        | Refusal::WrongCode { .. }
        | Refusal::Lifetime { .. }
        | Refusal::ChannelOff { .. }
        | Refusal::IdempotencyMismatch => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::NotUsable => StatusCode::GONE,
        Refusal::TooSoon { .. } | Refusal::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
    }
}
