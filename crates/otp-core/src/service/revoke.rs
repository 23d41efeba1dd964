//! Revoke: a code that is called back never opens.

use super::*;
use crate::ports::Guarded;

impl OtpService {
    /// Calls an OTP back. Calling it back twice, or one that is over, unknown or of another browser,
    /// changes nothing.
    ///
    /// # Errors
    /// [`StoreError`]; it may still be live then.
    pub async fn revoke(&self, handle: impl Into<Handle> + Send) -> Result<Guarded, StoreError> {
        let handle = handle.into();
        // Read first: an event tells the purpose and the channel.
        let Some(otp) = self.find(&handle).await? else {
            return Ok(Guarded::Refused);
        };
        let revoked = self.otps.revoke(otp.id, self.clock.now()).await?;
        if revoked == Guarded::Applied {
            self.note(&otp, Happening::Revoked);
        }
        Ok(revoked)
    }
}
