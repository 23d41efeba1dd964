//! Short messages to an SMSC by SMPP 3.4.

mod pdu;
mod receipt;
mod refusal;
mod session;
mod text;
mod url;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use otp_core::PhoneNumber;
use otp_core::ports::{NotifyError, Receipt};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::message::ShortMessage;
use pdu::{Status, Submit};
pub use receipt::{SmsReceipt, SmsState};
use session::{Session, Silence};
use text::Encoded;
pub use url::{SmppUrl, SmppUrlError};
use wire::Wire;

/// Time for one message: connecting and logging in where there is no session, and the SMSC's answer.
const DEADLINE: Duration = Duration::from_secs(15);

type OnReceipt = Arc<dyn Fn(SmsReceipt) + Send + Sync>;

/// Hands messages to one SMSC over one session, which it binds with the first message and again when it is lost.
pub struct SmppSender {
    smsc: SmppUrl,
    on_receipt: Option<OnReceipt>,
    session: Mutex<Option<Arc<Session>>>,
}

impl SmppSender {
    /// Prepares to send; nothing is connected before the first message.
    pub fn new(smsc: SmppUrl) -> Self {
        Self {
            smsc,
            on_receipt: None,
            session: Mutex::default(),
        }
    }

    /// Asks the SMSC for receipts, and has `on_receipt` take them in. It is called in the task of the session, and
    /// should not hold it up.
    #[must_use]
    pub fn on_receipt(mut self, on_receipt: impl Fn(SmsReceipt) + Send + Sync + 'static) -> Self {
        self.on_receipt = Some(Arc::new(on_receipt));
        self
    }

    /// Returns what logs and metrics call it.
    pub(super) fn name(&self) -> &str {
        self.smsc.name()
    }

    /// Returns once the SMSC has taken the message.
    ///
    /// # Errors
    /// [`NotifyError::Unknown`] when the message was handed over and the SMSC did not say what became of it: sent
    /// again, it might arrive twice.
    pub async fn send(
        &self,
        message: &ShortMessage,
        to: &PhoneNumber,
    ) -> Result<Receipt, NotifyError> {
        let until = Instant::now() + DEADLINE;
        let body = self.submit(message, to)?.body();
        let session = self.session(until).await?;
        let answered = match session.submit(body.clone(), until).await {
            // The SMSC ended the session meanwhile, and has not seen the message: a fresh one tells.
            Err(Silence::Over) => self.session(until).await?.submit(body, until).await,
            answered => answered,
        };
        let answer = answered.map_err(refusal::silent)?;
        if answer.status != Status::OK {
            return Err(refusal::refused(answer.status));
        }
        Ok(Receipt {
            provider: "smpp".to_owned(),
            message_id: answer.message_id,
        })
    }

    fn submit<'a>(
        &'a self,
        message: &ShortMessage,
        to: &'a PhoneNumber,
    ) -> Result<Submit<'a>, NotifyError> {
        let text = Encoded::of(message.as_str()).ok_or(NotifyError::Permanent {
            reason: "the message is too long for SMS",
            source: None,
        })?;
        Ok(Submit {
            from: &self.smsc.from,
            to,
            text,
            wants_receipt: self.on_receipt.is_some(),
        })
    }

    async fn session(&self, until: Instant) -> Result<Arc<Session>, NotifyError> {
        let bound = timeout_at(until, self.bound()).await;
        bound.unwrap_or_else(|_| Err(refusal::too_slow()))
    }

    /// Returns the session, bound anew if need be. All who come meanwhile wait for this one.
    async fn bound(&self) -> Result<Arc<Session>, NotifyError> {
        let mut kept = self.session.lock().await;
        if let Some(session) = kept.as_ref().filter(|session| session.is_open()) {
            return Ok(session.clone());
        }
        let wire = Wire::connect(&self.smsc)
            .await
            .map_err(refusal::unreachable)?;
        let bound = Session::bind(wire, &self.smsc.login, self.on_receipt.clone()).await;
        let session = Arc::new(bound.map_err(refusal::unbound)?);
        *kept = Some(session.clone());
        Ok(session)
    }
}

impl fmt::Debug for SmppSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmppSender")
            .field("smsc", &self.smsc)
            .finish_non_exhaustive()
    }
}
