//! Resend: the same code, the same deadline, the same attempts, one more message.

use super::*;
use crate::budget::Asking;
use crate::ports::{Accepted, Resend, Resent};

impl OtpService {
    /// Queues another message with the same code.
    ///
    /// A code that a mail brings late stays good: neither the deadline nor the attempts change. Only a code that has
    /// become too short, for what strangers guessed, is replaced by a strong one.
    /// Refused with [`Refusal::TooSoon`] before `resend_at`, with [`Refusal::NotUsable`], and with
    /// [`Refusal::TooMany`] when the client's budget is spent.
    ///
    /// # Errors
    /// [`IssueError`]; no message was queued then.
    pub async fn resend(
        &self,
        handle: impl Into<Handle> + Send,
    ) -> Result<Outcome<Issued>, IssueError> {
        let handle = handle.into();
        let now = self.clock.now();
        let Some(otp) = self.find(&handle).await.map_err(IssueError::Store)? else {
            let unknown = Outcome::Refused(Refusal::NotUsable);
            self.note_refusal(UseCase::Resend, None, None, &unknown);
            return Ok(unknown);
        };
        let (purpose, channel) = (otp.purpose.clone(), otp.contact.channel());
        let answer = self.send_again(otp, &handle.caller, now).await?;
        self.note_refusal(UseCase::Resend, Some(purpose), Some(channel), &answer);
        Ok(answer)
    }

    async fn send_again(
        &self,
        mut otp: Otp,
        caller: &Caller,
        now: DateTime<Utc>,
    ) -> Result<Outcome<Issued>, IssueError> {
        if !otp.is_valid(now) {
            return Ok(Outcome::Refused(Refusal::NotUsable));
        }
        if now < otp.resend_at {
            return Ok(Outcome::Refused(Refusal::TooSoon {
                retry_at: otp.resend_at,
            }));
        }
        let asker = self.asker(caller, &otp.contact, now).await;
        let asker = asker.map_err(IssueError::Store)?;
        let delivery = self.message(&otp, now).map_err(IssueError::Secrets)?;
        let resend_at = now + self.policies.of(&otp.purpose).resend_after();
        otp.sends = otp.sends.saturating_add(1);
        otp.resend_at = resend_at;
        let asking = Asking::new(&self.limiter, &otp, asker, now).again();
        let resend = Resend::unlimited(otp, delivery, now).within(asking);
        match self.otps.resend(&resend).await.map_err(IssueError::Store)? {
            Resent::Queued(accepted) => {
                self.note_message(&accepted, Happening::Resent, now);
                let Accepted { otp, delivery } = *accepted;
                Ok(Outcome::Granted(self.told(&otp, delivery.state, now)))
            }
            // Somebody else's resend or the right code came between: the next look tells which.
            Resent::Refused => Ok(Outcome::Refused(Refusal::TooSoon {
                retry_at: resend_at,
            })),
            Resent::TooMany(too_many) => Ok(Outcome::Refused(too_many.into())),
        }
    }
}
