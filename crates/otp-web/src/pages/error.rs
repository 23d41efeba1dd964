//! Why a page answers with something else than what was asked for.

use std::error::Error;

use otp_core::ports::SecretError;
use otp_core::{IssueError, Refusal, StoreError, VerifyError};
use poem::error::ResponseError;
use poem::http::StatusCode;

/// Why there is no page as asked for. `Display` is fit for the person; a cause, if any, is in `source`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    /// The form is not one that this browser got from us.
    #[error(
        "This form was not sent from our page, or the page was open for too long. Open the sign-in page again and \
         send the form from there. Cookies must be allowed."
    )]
    Forged,
    /// The body has another type than a form's.
    #[error("A form is sent as application/x-www-form-urlencoded.")]
    NotAForm,
    /// A field that the form does not have.
    #[error("The form has no field “{field}”. Its fields are {expected}.")]
    UnknownField {
        /// What was sent, shortened.
        field: String,
        /// What the form has.
        expected: String,
    },
    /// A field that came more than once.
    #[error("The field “{0}” was sent more than once. Send it once.")]
    RepeatedField(&'static str),
    /// What may work in a moment.
    #[error("We could not do that just now. Please try again in a moment.")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// What will not work by trying again.
    #[error("Something went wrong on our side. The failure was logged.")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
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
