//! Status: what a caller may know of an OTP.

use super::*;

impl OtpService {
    /// Returns the present state of an OTP; `None` when there is none with this handle, or it is bound to another
    /// browser.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn status(
        &self,
        handle: impl Into<Handle> + Send,
    ) -> Result<Option<Issued>, StoreError> {
        let Some(otp) = self.find(&handle.into()).await? else {
            return Ok(None);
        };
        let delivery = self
            .otps
            .delivery_state(otp.id)
            .await?
            .unwrap_or(DeliveryState::Queued);
        Ok(Some(self.told(&otp, delivery, self.clock.now())))
    }
}
