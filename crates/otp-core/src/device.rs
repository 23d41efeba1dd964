//! Devices that signed in before: the owner's own way past what strangers do to his contact.

use std::fmt;

use chrono::TimeDelta;
use zeroize::Zeroizing;

use crate::{Contact, Keyring};

/// The random secret that a device keeps, such as a cookie; wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceSecret(Zeroizing<[u8; 32]>);

impl DeviceSecret {
    /// How long a device stays known after its last sign-in.
    pub const KNOWN_FOR: TimeDelta = TimeDelta::days(90);

    /// Takes 32 random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The id under which this device is known for a contact, if it is.
    pub(crate) fn id(&self, contact: &Contact, keys: &Keyring) -> DeviceId {
        DeviceId::from_bytes(keys.device(&self.with(contact)))
    }

    /// The secret and the contact as one token: a device is known for one contact at a time.
    pub(crate) fn with(&self, contact: &Contact) -> Zeroizing<Vec<u8>> {
        let mut token = Zeroizing::new(self.0.to_vec());
        token.extend(contact.channel().as_str().bytes());
        token.push(0);
        token.extend(contact.as_str().bytes());
        token
    }
}

impl fmt::Debug for DeviceSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceSecret(redacted)")
    }
}

/// The digest of a device's secret and one contact: what a store keeps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId([u8; 32]);

impl DeviceId {
    /// Takes the bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceId(redacted)")
    }
}
