//! Revoke: a code that is called back never opens.

use super::*;
use crate::ports::{Guarded, StoreError};

impl OtpService {
    /// Calls an OTP back. Calling it back twice, or one that is over or unknown, changes nothing.
    ///
    /// # Errors
    /// [`StoreError`]; it may still be live then.
    pub async fn revoke(&self, id: OtpId) -> Result<Guarded, StoreError> {
        // Read first: an event tells the purpose and the channel.
        let Some(otp) = self.otps.find(id).await? else {
            return Ok(Guarded::Refused);
        };
        let revoked = self.otps.revoke(id, self.clock.now()).await?;
        if revoked == Guarded::Applied {
            self.note(&otp, Happening::Revoked);
        }
        Ok(revoked)
    }
}
