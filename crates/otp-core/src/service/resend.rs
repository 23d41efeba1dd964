//! Resend: the same code, the same deadline, the same attempts, one more message.

use super::*;
use crate::Delivery;
use crate::ports::{Guarded, Resend};

impl OtpService {
    /// Queues another message with the same code.
    ///
    /// A code that a mail brings late stays good: neither the deadline nor the attempts change.
    /// Refused with [`Refusal::TooSoon`] before `resend_at`, and with [`Refusal::NotUsable`].
    ///
    /// # Errors
    /// [`IssueError`]; no message was queued then.
    pub async fn resend(&self, id: OtpId) -> Result<Outcome<Issued>, IssueError> {
        let now = self.clock.now();
        let Some(otp) = self.otps.find(id).await.map_err(IssueError::Store)? else {
            let unknown = Outcome::Refused(Refusal::NotUsable);
            self.note_refusal(UseCase::Resend, None, None, &unknown);
            return Ok(unknown);
        };
        let (purpose, channel) = (otp.purpose.clone(), otp.contact.channel());
        let answer = self.send_again(otp, now).await?;
        self.note_refusal(UseCase::Resend, Some(purpose), Some(channel), &answer);
        Ok(answer)
    }

    async fn send_again(
        &self,
        mut otp: Otp,
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
        let resend_at = now + self.policies.of(&otp.purpose).resend_after();
        let delivery_id = self.delivery_id(now).map_err(IssueError::Secrets)?;
        let delivery = Delivery::queued(
            delivery_id,
            otp.id,
            otp.contact.channel(),
            otp.locale.clone(),
            now,
        );
        let resend = Resend {
            now,
            resend_at,
            delivery,
        };
        match self.otps.resend(&resend).await.map_err(IssueError::Store)? {
            Guarded::Applied => {
                (self.on_queued)();
                self.note(&otp, Happening::Resent);
                otp.sends = otp.sends.saturating_add(1);
                otp.resend_at = resend_at;
                Ok(Outcome::Granted(self.told(
                    &otp,
                    DeliveryState::Queued,
                    now,
                )))
            }
            // Somebody else's resend or the right code came between: the next look tells which.
            Guarded::Refused => Ok(Outcome::Refused(Refusal::TooSoon {
                retry_at: resend_at,
            })),
        }
    }
}
