//! The names of ledgers.

use super::network::Network;
use super::{BucketKey, Tier};
use crate::{Contact, DeviceSecret, Keyring, OtpId, Purpose};

/// Names ledgers under one key ring.
#[derive(Clone, Copy)]
pub(crate) struct Buckets<'a>(pub(crate) &'a Keyring);

impl Buckets<'_> {
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

/// The ledgers in which the whole service counts its failures, the same for every request.
///
/// Each tier is spread over some of them, so that no row is hot: a failure locks one, and all are read without a lock.
#[derive(Debug, Clone)]
pub(crate) struct Shards {
    short: Vec<BucketKey>,
    long: Vec<BucketKey>,
}

impl Shards {
    const COUNT: u8 = 8;

    pub(crate) fn of(keys: &Keyring) -> Self {
        let all = |tier| {
            (0..Self::COUNT)
                .map(|shard| Buckets(keys).shard(tier, shard))
                .collect()
        };
        Self {
            short: all(Tier::Short),
            long: all(Tier::Long),
        }
    }

    pub(crate) fn tier(&self, tier: Tier) -> &[BucketKey] {
        match tier {
            Tier::Short => &self.short,
            Tier::Long => &self.long,
        }
    }

    /// The ledger to which the guesses at one OTP are charged; none would be an empty tier.
    pub(crate) fn own(&self, tier: Tier, id: OtpId) -> Option<BucketKey> {
        let last = id.as_uuid().as_bytes().last().copied().unwrap_or_default();
        let shard = usize::from(last % Self::COUNT);
        self.tier(tier).get(shard).copied()
    }
}
