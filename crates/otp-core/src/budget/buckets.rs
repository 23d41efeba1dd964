//! The names of ledgers.

use super::network::Network;
use super::{BucketKey, Tier};
use crate::{Contact, DeviceSecret, Keyring, OtpId, Purpose};

/// Names ledgers under one key ring.
#[derive(Clone, Copy)]
pub(crate) struct Buckets<'a>(pub(crate) &'a Keyring);

impl Buckets<'_> {
    /// Over how many ledgers each tier of the whole service is spread, so that no row is hot.
    pub(crate) const SHARDS: u8 = 8;

    pub(crate) fn sends(self, contact: &Contact) -> BucketKey {
        self.name(&[
            b"sends",
            contact.channel().as_str().as_bytes(),
            contact.abuse_form().as_bytes(),
        ])
    }

    pub(crate) fn device_sends(self, device: &DeviceSecret, contact: &Contact) -> BucketKey {
        self.name(&[b"device-sends", &device.with(contact)])
    }

    pub(crate) fn failures(self, contact: &Contact, purpose: &Purpose) -> BucketKey {
        self.name(&[
            b"failures",
            contact.channel().as_str().as_bytes(),
            contact.abuse_form().as_bytes(),
            purpose.as_str().as_bytes(),
        ])
    }

    pub(crate) fn device_failures(self, device: &DeviceSecret, contact: &Contact) -> BucketKey {
        self.name(&[b"device-failures", &device.with(contact)])
    }

    pub(crate) fn requests(self, network: &Network) -> BucketKey {
        self.client(b"client-requests", network)
    }

    pub(crate) fn client_failures(self, network: &Network) -> BucketKey {
        self.client(b"client-failures", network)
    }

    pub(crate) fn tier(self, tier: Tier) -> Vec<BucketKey> {
        (0..Self::SHARDS)
            .map(|shard| self.shard(tier, shard))
            .collect()
    }

    /// The ledger of a tier to which the guesses at one OTP are charged.
    pub(crate) fn own_shard(self, tier: Tier, id: OtpId) -> BucketKey {
        let last = id.as_uuid().as_bytes().last().copied().unwrap_or_default();
        self.shard(tier, last % Self::SHARDS)
    }

    fn shard(self, tier: Tier, shard: u8) -> BucketKey {
        self.name(&[b"tier", tier.as_str().as_bytes(), &[shard]])
    }

    fn client(self, what: &[u8], network: &Network) -> BucketKey {
        let address = network.address.to_string();
        self.name(&[what, address.as_bytes(), &[network.prefix]])
    }

    fn name(self, parts: &[&[u8]]) -> BucketKey {
        BucketKey::from_bytes(self.0.bucket(parts))
    }
}
