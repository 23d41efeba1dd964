//! What each use case charges, and what it does when a budget is spent.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::buckets::{Buckets, Shards};
use super::{BucketKey, Budgets, Hold, Ledger, Ledgers, Limit, Limits, Tier, TooMany, networks};
use crate::{CodeFormat, DeviceSecret, Keyring, Otp};

/// Who asks, as far as budgets tell one from another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker<'a> {
    /// The address of the client, when there is one.
    pub(crate) client: Option<IpAddr>,
    /// The device, when it is known for the contact.
    pub(crate) device: Option<&'a DeviceSecret>,
}

/// Knows which ledgers each use case is charged to.
#[derive(Debug, Clone)]
pub(crate) struct Limiter {
    pub(crate) budgets: Arc<Budgets>,
    shards: Arc<Shards>,
    keys: Arc<Keyring>,
}

impl Limiter {
    pub(crate) fn new(budgets: Budgets, keys: &Arc<Keyring>) -> Self {
        Self {
            budgets: Arc::new(budgets),
            shards: Arc::new(Shards::of(keys)),
            keys: keys.clone(),
        }
    }

    /// The tiers that have a limit; none for a known device, which guesses for its own contact only.
    fn tiers(&self, asker: Asker<'_>) -> impl Iterator<Item = Tier> {
        let tiers = Tier::ALL
            .into_iter()
            .filter(move |_| asker.device.is_none());
        tiers.filter(|tier| !self.budgets.tier(*tier).is_off())
    }
}

/// A request for a message, before the ledgers are known.
#[derive(Debug, Clone)]
pub(crate) struct Asking {
    budgets: Arc<Budgets>,
    hold: Hold,
    now: DateTime<Utc>,
    sends: BucketKey,
    send_limits: Limits,
    failures: BucketKey,
    failure_limits: Limits,
    clients: Vec<ClientBucket>,
    /// Whether a new code is asked for: one that is sent again has a wait of its own.
    is_first: bool,
    tiers: Vec<Tier>,
    shards: Arc<Shards>,
}

/// A client network's ledger, and how many times the limits of one client it is granted.
#[derive(Debug, Clone, Copy)]
struct ClientBucket {
    key: BucketKey,
    share: u32,
}

/// What the budgets leave of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// When the message goes out; `None` when it does not.
    pub(crate) send_at: Option<DateTime<Utc>>,
    /// How its code looks.
    pub(crate) format: CodeFormat,
}

impl Asking {
    pub(crate) fn new(limiter: &Limiter, otp: &Otp, asker: Asker<'_>, now: DateTime<Utc>) -> Self {
        let Limiter {
            budgets,
            shards,
            keys,
        } = limiter;
        let buckets = Buckets(keys);
        let (sends, send_limits) = match asker.device {
            Some(device) => (
                buckets.device_sends(device, &otp.contact),
                budgets.device_sends.clone(),
            ),
            None => (
                buckets.sends(&otp.contact),
                budgets.sends(otp.contact.channel()).clone(),
            ),
        };
        let (failures, failure_limits) = failures(budgets, buckets, otp, asker);
        let clients = clients(asker, |network| buckets.requests(network));
        let tiers: Vec<_> = limiter.tiers(asker).collect();
        let sends_matter = !send_limits.is_off() || !budgets.cooldowns.waits().is_empty();
        // Also without limits of its own a client gets no more than half of what a contact gets.
        let clients_matter =
            sends_matter || !budgets.client_requests.is_off() || !budgets.client_contacts.is_off();
        let mut locked = Vec::new();
        locked.extend(sends_matter.then_some(sends));
        locked.extend((!failure_limits.is_off()).then_some(failures));
        if clients_matter {
            locked.extend(clients.iter().map(|client| client.key));
        }
        locked.sort_unstable();
        let watched = tiers.iter().flat_map(|tier| shards.tier(*tier));
        Self {
            hold: Hold {
                locked,
                watched: watched.copied().collect(),
                until: otp.expires_at,
            },
            budgets: budgets.clone(),
            now,
            sends,
            send_limits,
            failures,
            failure_limits,
            clients: if clients_matter { clients } else { Vec::new() },
            is_first: true,
            tiers,
            shards: shards.clone(),
        }
    }

    /// Asks for the same code again.
    pub(crate) fn again(mut self) -> Self {
        self.is_first = false;
        self
    }

    pub(crate) const fn hold(&self) -> &Hold {
        &self.hold
    }

    /// Decides, and charges what it grants.
    ///
    /// Only a client is refused. A contact whose sends are spent gets nothing and nobody is told, one in a cool-down
    /// gets its message at the end of it.
    pub(crate) fn decide(
        &self,
        wanted: CodeFormat,
        expires_at: DateTime<Utc>,
        ledgers: &mut Ledgers,
    ) -> Result<Room, TooMany> {
        self.admit(ledgers)?;
        let room = Room {
            send_at: self
                .send_at(ledgers)
                .filter(|send_at| *send_at < expires_at),
            format: self.format(wanted, ledgers),
        };
        match room.send_at {
            Some(send_at) => self.charge_send(send_at, ledgers),
            // A withheld message takes the same writes as one that is sent, so that time tells nothing either.
            None => ledgers.rewrite(self.sends, self.now, &self.send_limits),
        }
        for client in &self.clients {
            let limits = self.client_limits().times(client.share);
            ledgers.charge(client.key, self.now, self.tag(), &limits);
        }
        Ok(room)
    }

    fn admit(&self, ledgers: &Ledgers) -> Result<(), TooMany> {
        let full = self
            .clients
            .iter()
            .filter_map(|client| self.full_until(*client, ledgers));
        full.max()
            .map_or(Ok(()), |retry_at| Err(TooMany { retry_at }))
    }

    /// From when on this client may ask again; `None` when it may now.
    ///
    /// One network gets at most half of the messages to one contact, so that it cannot keep them from its owner.
    fn full_until(&self, client: ClientBucket, ledgers: &Ledgers) -> Option<DateTime<Utc>> {
        let ledger = ledgers.get(&client.key);
        let requests = self.budgets.client_requests.times(client.share);
        let own = ledger.of_tag(self.tag());
        let contacts = self.budgets.client_contacts.times(client.share);
        [
            ledger.room_at(&requests, self.now),
            own.room_at(&self.send_limits.half(), self.now),
            self.own_wait(&own),
            ledger.room_for(self.tag(), &contacts, self.now),
        ]
        .into_iter()
        .flatten()
        .max()
    }

    /// Until when one network waits before it asks for the same contact again: else it could book the contact's next
    /// messages in advance, and the owner's would come after them.
    fn own_wait(&self, own: &Ledger) -> Option<DateTime<Utc>> {
        let waits = &self.budgets.cooldowns;
        let cooled_at = own.cooled_at(waits, self.now);
        (self.is_first && cooled_at > self.now).then_some(cooled_at)
    }

    fn send_at(&self, ledgers: &Ledgers) -> Option<DateTime<Utc>> {
        let ledger = ledgers.get(&self.sends);
        let send_at = ledger
            .cooled_at(&self.budgets.cooldowns, self.now)
            .max(self.now);
        ledger
            .room_at(&self.send_limits, send_at)
            .is_none()
            .then_some(send_at)
    }

    fn charge_send(&self, send_at: DateTime<Utc>, ledgers: &mut Ledgers) {
        if self.hold.locked.contains(&self.sends) {
            ledgers.charge(self.sends, send_at, 0, &self.send_limits);
        }
    }

    /// Longer codes are issued before the short ones open nothing any more: those that are out run out first.
    fn format(&self, wanted: CodeFormat, ledgers: &Ledgers) -> CodeFormat {
        let failed = ledgers.get(&self.failures);
        if failed.room_at(&self.failure_limits, self.now).is_some() {
            return CodeFormat::STRONG;
        }
        let mut format = wanted;
        for tier in &self.tiers {
            let limits = self.budgets.tier(*tier);
            let count = |limit| spent(limit, self.shards.tier(*tier), self.now, ledgers);
            let is_nearly_full = limits
                .iter()
                .any(|limit| count(limit) >= u64::from(limit.count()) * 3 / 4);
            if is_nearly_full && Tier::of(format) == Some(*tier) {
                format = match tier {
                    Tier::Short => CodeFormat::LONG,
                    Tier::Long => CodeFormat::STRONG,
                };
            }
        }
        format
    }

    /// What is asked of a client's ledger, all together: it remembers for the longest of them.
    fn client_limits(&self) -> Limits {
        let limits = self.budgets.client_requests.iter();
        let limits = limits.chain(self.budgets.client_contacts.iter());
        Limits::all_of(limits.chain(self.send_limits.iter()).copied())
    }

    /// Tells contacts apart within a client's ledger.
    fn tag(&self) -> u32 {
        let [a, b, c, d, ..] = *self.sends.as_bytes();
        u32::from_be_bytes([a, b, c, d])
    }
}

/// A guess at a code, before the ledgers are known.
#[derive(Debug, Clone)]
pub(crate) struct Guessing {
    hold: Hold,
    now: DateTime<Utc>,
    clients: Vec<(BucketKey, Limits)>,
    /// What bounds the guesses at one contact; none for a strong code.
    failures: Option<(BucketKey, Limits)>,
    /// What bounds the guesses at all contacts.
    tier: Option<TierBucket>,
}

#[derive(Debug, Clone)]
struct TierBucket {
    limits: Limits,
    shards: Vec<BucketKey>,
    own: BucketKey,
}

/// Why a guess is not even looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Barred {
    /// Its client guessed wrong too often.
    Client(TooMany),
    /// Codes that short open nothing for now: for this contact, or in the whole service.
    TooShort,
}

impl Guessing {
    pub(crate) fn new(limiter: &Limiter, otp: &Otp, asker: Asker<'_>, now: DateTime<Utc>) -> Self {
        let Limiter {
            budgets,
            shards,
            keys,
        } = limiter;
        let buckets = Buckets(keys);
        let clients: Vec<_> = if budgets.client_failures.is_off() {
            Vec::new()
        } else {
            clients(asker, |network| buckets.client_failures(network))
                .into_iter()
                .map(|client| (client.key, budgets.client_failures.times(client.share)))
                .collect()
        };
        let tier = Tier::of(otp.format);
        let failures = Some(failures(budgets, buckets, otp, asker))
            .filter(|(_, limits)| tier.is_some() && !limits.is_off());
        let limited_tier = tier.filter(|tier| limiter.tiers(asker).any(|each| each == *tier));
        let tier = limited_tier.and_then(|tier| {
            Some(TierBucket {
                limits: budgets.tier(tier).clone(),
                shards: shards.tier(tier).to_vec(),
                own: shards.own(tier, otp.id)?,
            })
        });
        let mut locked: Vec<_> = clients.iter().map(|(key, _)| *key).collect();
        locked.extend(failures.iter().map(|(key, _)| *key));
        locked.extend(tier.iter().map(|tier| tier.own));
        locked.sort_unstable();
        let shards = tier.iter().flat_map(|tier| &tier.shards);
        let watched = shards
            .filter(|key| !locked.contains(key))
            .copied()
            .collect();
        Self {
            hold: Hold {
                locked,
                watched,
                until: otp.expires_at.max(now),
            },
            now,
            clients,
            failures,
            tier,
        }
    }

    pub(crate) const fn hold(&self) -> &Hold {
        &self.hold
    }

    /// Says whether the guess may count, right or wrong.
    pub(crate) fn admit(&self, ledgers: &Ledgers) -> Result<(), Barred> {
        let full = self
            .clients
            .iter()
            .filter_map(|(key, limits)| ledgers.get(key).room_at(limits, self.now));
        if let Some(retry_at) = full.max() {
            return Err(Barred::Client(TooMany { retry_at }));
        }
        let is_spent = self
            .failures
            .iter()
            .any(|(key, limits)| ledgers.get(key).room_at(limits, self.now).is_some());
        let is_full = self
            .tier
            .iter()
            .any(|tier| is_full(&tier.limits, &tier.shards, self.now, ledgers));
        if is_spent || is_full {
            return Err(Barred::TooShort);
        }
        Ok(())
    }

    /// Charges a wrong guess.
    pub(crate) fn charge(&self, ledgers: &mut Ledgers) {
        for (key, limits) in self.clients.iter().chain(&self.failures) {
            ledgers.charge(*key, self.now, 0, limits);
        }
        if let Some(tier) = &self.tier {
            ledgers.charge(tier.own, self.now, 0, &tier.limits);
        }
    }
}

fn failures(
    budgets: &Budgets,
    buckets: Buckets<'_>,
    otp: &Otp,
    asker: Asker<'_>,
) -> (BucketKey, Limits) {
    match asker.device {
        Some(device) => (
            buckets.device_failures(device, &otp.contact),
            budgets.device_failures.clone(),
        ),
        None => (
            buckets.failures(&otp.contact, &otp.purpose),
            budgets.failures.clone(),
        ),
    }
}

/// The ledgers of a client; none for a known device, whose neighbours are not its fault.
fn clients(
    asker: Asker<'_>,
    name: impl Fn(&super::network::Network) -> BucketKey,
) -> Vec<ClientBucket> {
    let client = asker.client.filter(|_| asker.device.is_none());
    let networks = client.map(networks).unwrap_or_default();
    networks
        .iter()
        .map(|network| ClientBucket {
            key: name(network),
            share: network.share,
        })
        .collect()
}

fn is_full(limits: &Limits, shards: &[BucketKey], now: DateTime<Utc>, ledgers: &Ledgers) -> bool {
    limits
        .iter()
        .any(|limit| spent(limit, shards, now, ledgers) >= u64::from(limit.count()))
}

fn spent(limit: &Limit, shards: &[BucketKey], now: DateTime<Utc>, ledgers: &Ledgers) -> u64 {
    let counts = shards
        .iter()
        .map(|key| u64::from(ledgers.get(key).count(now, limit.period())));
    counts.sum()
}

#[cfg(test)]
mod tests;
