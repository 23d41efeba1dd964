//! Who asks, and for which OTP.

use std::net::IpAddr;

use super::*;
use crate::budget::Asker;
use crate::{DeviceSecret, Digest};

/// Who asks. Nothing of it proves anything: it says whose budgets are charged.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// The address of the client, from a source that it cannot forge; `None` for a caller that answers for itself,
    /// such as a programme of yours.
    pub client: Option<IpAddr>,
    /// The secret that the device was given at an earlier sign-in.
    pub device: Option<DeviceSecret>,
}

/// Names an OTP, and says who asks for it.
#[derive(Debug, Clone)]
pub struct Handle {
    /// The id.
    pub id: OtpId,
    /// The digest of the browser's own secret; an OTP bound to another browser is not there for this one.
    pub binding: Option<Digest>,
    /// Who asks.
    pub caller: Caller,
}

impl From<OtpId> for Handle {
    fn from(id: OtpId) -> Self {
        Self {
            id,
            binding: None,
            caller: Caller::default(),
        }
    }
}

impl OtpService {
    /// Says whether a device is known for a contact.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn knows_device(
        &self,
        device: &DeviceSecret,
        contact: &Contact,
    ) -> Result<bool, StoreError> {
        self.knows_at(device, contact, self.clock.now()).await
    }

    async fn knows_at(
        &self,
        device: &DeviceSecret,
        contact: &Contact,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let Some(devices) = &self.devices else {
            return Ok(false);
        };
        devices.knows(&device.id(contact, &self.keys), now).await
    }

    /// Makes `device` known for a contact that it has just proven: from now on it has budgets of its own, and what
    /// strangers do to the contact does not concern it.
    ///
    /// Give a device that is not known yet a new secret: one that it came with may be somebody else's too.
    /// Does nothing without a registry of devices.
    ///
    /// # Errors
    /// [`StoreError`]; the sign-in is good all the same.
    pub async fn remember_device(
        &self,
        device: &DeviceSecret,
        verified: &Verified,
    ) -> Result<(), StoreError> {
        let Some(devices) = &self.devices else {
            return Ok(());
        };
        let until = self.clock.now() + DeviceSecret::KNOWN_FOR;
        let id = device.id(&verified.contact, &self.keys);
        devices.remember(&id, until).await
    }

    /// Finds the OTP that a handle names, unless it is bound to another browser.
    pub(super) async fn find(&self, handle: &Handle) -> Result<Option<Otp>, StoreError> {
        let found = self.otps.find(handle.id).await?;
        Ok(found.filter(|otp| otp.binding == handle.binding))
    }

    /// Says who asks, as budgets see it: a device counts only when it is known for this contact.
    pub(super) async fn asker<'a>(
        &self,
        caller: &'a Caller,
        contact: &Contact,
        now: DateTime<Utc>,
    ) -> Result<Asker<'a>, StoreError> {
        let mut asker = Asker {
            client: caller.client,
            device: None,
        };
        if let Some(device) = &caller.device {
            let is_known = self.knows_at(device, contact, now).await?;
            asker.device = is_known.then_some(device);
        }
        Ok(asker)
    }
}
