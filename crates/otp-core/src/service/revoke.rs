//! Revoke: a code that is called back never opens.

use super::*;
use crate::ports::{Guarded, StoreError};

impl OtpService {
    /// Calls an OTP back. Calling it back twice, or one that is over or unknown, changes nothing.
    ///
    /// # Errors
    /// [`StoreError`]; it may still be live then.
    pub async fn revoke(&self, id: OtpId) -> Result<Guarded, StoreError> {
        self.otps.revoke(id, self.clock.now()).await
    }
}
