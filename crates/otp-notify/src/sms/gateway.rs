//! Short messages over a gateway that is called by HTTP, as a file describes it.

mod answer;
mod call;
mod error;
mod file;
mod template;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use otp_core::ports::{NotifyError, Receipt};
use reqwest::{Client, Response, redirect};

pub use error::GatewayError;

use self::answer::{Answer, Rules};
use self::call::Call;
use crate::chain::Refused;
use crate::sms::Text;

/// Time to reach a gateway; one that answers nothing leaves time for the next.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// Time for one message, from the first packet to the end of the answer.
const DEADLINE: Duration = Duration::from_secs(15);
/// Most bytes of an answer that are read.
const LONGEST_ANSWER: usize = 64 * 1024;

/// A gateway: how it is called, and what its answers mean.
pub(super) struct Gateway {
    name: String,
    call: Call,
    rules: Rules,
    client: Client,
}

impl Gateway {
    /// Reads the file at `path` and tries every template in it.
    ///
    /// # Errors
    /// [`GatewayError`] names the file and the key, and never a value.
    pub(super) fn open(
        path: &Path,
        values: &BTreeMap<String, String>,
    ) -> Result<Self, GatewayError> {
        let client = Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(DEADLINE)
            // A kept connection may end while it is written to, and nobody knows then whether the message was taken.
            .pool_max_idle_per_host(0)
            // Whom a redirection names was not configured, and gets no code.
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .build();
        let client = client.map_err(GatewayError::Tls)?;
        let (call, rules) = file::read(path, values, &client)?;
        Ok(Self {
            name: name(path),
            call,
            rules,
            client,
        })
    }

    pub(super) async fn send(&self, text: Text<'_>) -> Result<Receipt, Refused> {
        let request = self.call.request(&self.client, text);
        let request = request.map_err(|problem| NotifyError::Permanent {
            reason: "the message does not fit the gateway's file",
            source: Some(problem.into()),
        })?;
        let answered = self.client.execute(request).await;
        let answer = Answer::read(answered.map_err(unanswered)?).await;
        Ok(Receipt {
            provider: self.name.clone(),
            message_id: self.rules.judge(&answer)?,
        })
    }
}

/// Returns what logs and metrics call the gateway of a file.
pub(super) fn name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// Judges a request without an answer. Whatever failed before the connection stood was not sent.
fn unanswered(error: reqwest::Error) -> Refused {
    let is_unsent = error.is_connect() || error.is_builder();
    // The URL may hold a password, a number and the code.
    let source = Some(error.without_url().into());
    Refused::Sender(if is_unsent {
        NotifyError::Temporary {
            reason: "the gateway could not be reached",
            source,
        }
    } else {
        NotifyError::Unknown {
            reason: "the gateway may have taken the message: no answer came",
            source,
        }
    })
}

impl Answer {
    /// Reads an answer up to its end, or to the longest that is read, or as far as it comes.
    async fn read(mut response: Response) -> Self {
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() >= LONGEST_ANSWER {
                body.truncate(LONGEST_ANSWER);
                break;
            }
        }
        Self {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body,
        }
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gateway({})", self.name)
    }
}
