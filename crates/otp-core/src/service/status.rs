//! Status: what a caller may know of an OTP.

use super::*;
use crate::ports::StoreError;

impl OtpService {
    /// Returns the present state of an OTP; `None` when there is none with this handle.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn status(&self, id: OtpId) -> Result<Option<Issued>, StoreError> {
        let Some(otp) = self.otps.find(id).await? else {
            return Ok(None);
        };
        let delivery = self
            .otps
            .delivery_state(id)
            .await?
            .unwrap_or(DeliveryState::Queued);
        Ok(Some(self.told(&otp, delivery, self.clock.now())))
    }
}
