//! Short messages: the ways they go.

use otp_core::PhoneNumber;
use otp_core::ports::{NotifyError, Receipt, Repeat};

use crate::Console;
use crate::message::ShortMessage;

/// Which way short messages go, parsed from `sms.url`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsUrl(Way);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Console,
}

impl SmsUrl {
    /// Parses `console:`.
    ///
    /// # Errors
    /// [`SmsUrlError`] says what is allowed.
    pub fn parse(text: &str) -> Result<Self, SmsUrlError> {
        match text {
            "console:" => Ok(Self(Way::Console)),
            _ => Err(SmsUrlError),
        }
    }

    /// Returns the URL without secrets: fit for a log and for `otp config show`.
    pub fn masked(&self) -> String {
        match self.0 {
            Way::Console => "console:".to_owned(),
        }
    }
}

/// Sends short messages by one way.
#[derive(Debug)]
pub struct SmsSender {
    console: Console,
}

impl SmsSender {
    /// A short message has no name by which a phone would know it again.
    pub(crate) const REPEAT: Repeat = Repeat::Never;

    /// Prepares the way that `url` names.
    pub fn new(url: &SmsUrl, console: &Console) -> Self {
        match url.0 {
            Way::Console => Self {
                console: console.clone(),
            },
        }
    }

    pub(crate) fn send(
        &self,
        message: &ShortMessage,
        to: &PhoneNumber,
    ) -> Result<Receipt, NotifyError> {
        self.console
            .print(&format!("SMS to {}", to.as_str()), message.as_str())?;
        Ok(Receipt {
            provider: "console".to_owned(),
            message_id: None,
        })
    }
}

/// An `sms.url` that is none of the known forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("use console:, or leave it empty to switch short messages off")]
pub struct SmsUrlError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_console_and_nothing_else() {
        assert_eq!(
            SmsUrl::parse("console:").map(|url| url.masked()),
            Ok("console:".to_owned())
        );
        for text in [
            "",
            "console",
            "Console:",
            "https://user:hush@gateway.example",
        ] {
            assert_eq!(SmsUrl::parse(text), Err(SmsUrlError), "{text:?}");
        }
    }
}
