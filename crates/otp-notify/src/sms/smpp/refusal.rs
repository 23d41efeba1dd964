//! What a failure means for the message: can it be tried again?

use std::io;

use otp_core::ports::NotifyError;

use super::pdu::Status;
use super::session::{Silence, Unbound};

/// Judges a connection that did not come about.
pub(super) fn unreachable(error: io::Error) -> NotifyError {
    // rustls reports a certificate that it does not trust, or no TLS at all, as invalid data.
    let reason = if error.kind() == io::ErrorKind::InvalidData {
        "no trusted TLS connection to the SMSC"
    } else {
        "the SMSC could not be reached"
    };
    temporary(reason, Some(error.into()))
}

/// Judges a session that was not bound: nothing was said about a message, and a wrong password can be put right.
pub(super) fn unbound(why: Unbound) -> NotifyError {
    match why {
        Unbound::Refused(status) => temporary("the SMSC refused the login", Some(status.into())),
        Unbound::Broken(error) => temporary("the connection to the SMSC broke", Some(error.into())),
    }
}

/// Judges an SMSC that did not bind within the time for a message.
pub(super) fn too_slow() -> NotifyError {
    temporary("the SMSC took too long", None)
}

/// Judges a message that got no answer.
pub(super) fn silent(silence: Silence) -> NotifyError {
    match silence {
        Silence::Full => too_slow(),
        Silence::Over => temporary("the connection to the SMSC broke", None),
        Silence::Unanswered => NotifyError::Unknown {
            reason: "the SMSC did not say whether it took the message",
            source: None,
        },
    }
}

/// Judges a message that was not taken.
pub(super) fn refused(status: Status) -> NotifyError {
    let reason = match status {
        Status::THROTTLED
        | Status::QUEUE_FULL
        | Status::SYSTEM_ERROR
        | Status::TEMPORARY_APPLICATION_ERROR => {
            return temporary("the SMSC put the message off", Some(status.into()));
        }
        Status::INVALID_BIND_STATUS => {
            return temporary("the session with the SMSC is over", Some(status.into()));
        }
        Status::INVALID_DESTINATION => "the SMSC refused the number",
        Status::INVALID_SOURCE => "the SMSC refused the sender",
        _ => "the SMSC refused the message",
    };
    NotifyError::Permanent {
        reason,
        source: Some(status.into()),
    }
}

fn temporary(
    reason: &'static str,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
) -> NotifyError {
    NotifyError::Temporary { reason, source }
}
