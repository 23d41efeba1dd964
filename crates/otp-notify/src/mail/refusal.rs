//! What a failure of the mail server means: can the message be tried again, and is the server well?

use std::error::Error as _;
use std::io;

use lettre::transport::smtp::Error;
use otp_core::ports::NotifyError;

use crate::chain::Refused;

/// How far the dialogue had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Connect,
    StartTls,
    Login,
    Message,
}

/// Judges a failure. Before the message is presented nothing is said about it, so whatever fails there is temporary.
pub(super) fn of(stage: Stage, error: Error) -> Refused {
    let code = error.status().map(u16::from);
    let (reason, is_permanent) = match (stage, code) {
        (Stage::Connect, Some(_)) => ("the mail server takes no mail now", false),
        (Stage::Connect | Stage::StartTls, None) if is_untrusted(&error) => {
            ("no trusted TLS connection to the mail server", false)
        }
        (Stage::Connect, None) => ("the mail server could not be reached", false),
        (Stage::StartTls, _) => ("the mail server does not encrypt", false),
        (Stage::Login, Some(400..500)) => ("the mail server takes no login now", false),
        (Stage::Login, None) if !error.is_client() => {
            ("the connection to the mail server broke", false)
        }
        // Or it offers no way to log in that is known here.
        (Stage::Login, _) => ("the mail server refused the login", false),
        // 530: authentication or STARTTLS required (RFC 4954 section 6): wrong for every message, and can be put right.
        (Stage::Message, Some(530)) => ("the mail server asks for a login or for TLS", false),
        (Stage::Message, Some(500..)) => ("the mail server refused the message", true),
        (Stage::Message, Some(_)) => ("the mail server put the message off", false),
        (Stage::Message, None) => ("the connection to the mail server broke", false),
    };
    // 421: the server hangs up, whatever the message (RFC 5321 section 3.8).
    let is_about_the_message =
        stage == Stage::Message && code.is_some_and(|code| !matches!(code, 421 | 530));
    let source = Some(error.into());
    let error = if is_permanent {
        NotifyError::Permanent { reason, source }
    } else {
        NotifyError::Temporary { reason, source }
    };
    if is_about_the_message {
        Refused::Message(error)
    } else {
        Refused::Sender(error)
    }
}

/// Judges silence.
pub(super) fn too_slow() -> Refused {
    Refused::Sender(NotifyError::Temporary {
        reason: "the mail server took too long",
        source: None,
    })
}

/// Says whether the server hung up on an idle connection: no answer at all, or `421` (RFC 5321 section 3.8).
pub(super) fn is_hang_up(error: &Error) -> bool {
    error.status().is_none_or(|code| u16::from(code) == 421)
}

/// rustls reports a certificate that it does not trust, or no TLS at all, as invalid data inside an I/O error.
fn is_untrusted(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return io.kind() == io::ErrorKind::InvalidData;
        }
        cause = inner.source();
    }
    false
}
