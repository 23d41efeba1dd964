//! The way a code reaches a person.

use std::error::Error;

use async_trait::async_trait;

use crate::{Channel, Code, Delivery, Otp};

/// Renders and sends one message.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Says what a second message for the same delivery would do to the person who gets it.
    fn repeat(&self, channel: Channel) -> Repeat;

    /// Sends the code to the OTP's contact and returns once the message is handed over.
    ///
    /// Where a [`Repeat`] is safe, it may be called again for the same delivery after a crash; the message then is
    /// the same. Where it is not, it is called again only when an error said that nothing was handed over.
    ///
    /// # Errors
    /// [`NotifyError`] says whether trying again can help.
    async fn notify(&self, notice: &Notice) -> Result<Receipt, NotifyError>;
}

/// What a second message for the same delivery would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Little: it bears the same name, as mail bears its Message-ID, so that whoever gets both can see one.
    Safe,
    /// It would be another message: rather none than two.
    Never,
}

/// What a message is made of.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The delivery.
    pub delivery: Delivery,
    /// The OTP: contact, purpose, reference, deadline, language.
    pub otp: Otp,
    /// Its code.
    pub code: Code,
}

/// The proof that a message was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The sender that took it, such as `smtp`.
    pub provider: String,
    /// The sender's own id for it, when it gave one.
    pub message_id: Option<String>,
}

/// Why a message was not handed over.
///
/// `Display` and `reason` are fixed phrases; the server's own words are in `source`.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// Trying again later can help: no connection, a 4xx answer, a full mailbox.
    #[error("{reason}")]
    Temporary {
        /// What happened, without address, code or the server's words.
        reason: &'static str,
        /// The cause.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// Trying again cannot help: a 5xx answer, an unknown user, a channel that is off.
    #[error("{reason}")]
    Permanent {
        /// What happened, without address, code or the server's words.
        reason: &'static str,
        /// The cause.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// It may have been handed over, and must not be sent twice: the connection broke before the answer came.
    #[error("{reason}")]
    Unknown {
        /// What happened, without address, code or the server's words.
        reason: &'static str,
        /// The cause.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
}
