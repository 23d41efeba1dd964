//! The recent charges of one subject, and what they leave room for.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Cooldowns, Limits};

/// Names a ledger: a keyed pseudonym of its subject, so that a dump tells nobody who was limited.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketKey([u8; 32]);

impl BucketKey {
    /// Takes the bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for BucketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BucketKey(redacted)")
    }
}

/// A budget is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// From when on there is room again.
    pub retry_at: DateTime<Utc>,
}

/// The times of the recent charges of one subject, oldest first.
///
/// Times are whole milliseconds, rounded up. Where the limits allow more than [`EXACT`](Self::EXACT) charges, those of
/// one sixty-fourth of the period count as made at the last of them: never more is allowed than the limits say, and
/// the ledger stays small.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger(Vec<Entry>);

/// Charges at one time; the tag tells for whom, where a budget asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    at: i64,
    tag: u32,
    count: u32,
}

impl Ledger {
    /// Up to this many charges are kept one by one.
    pub const EXACT: u32 = 128;

    /// Reads what [`encode`](Self::encode) wrote; `None` for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (entries, rest) = bytes.as_chunks::<16>();
        let entries = entries.iter().map(|bytes| {
            let number = u128::from_be_bytes(*bytes);
            Some(Entry {
                at: i64::try_from(number >> 64).ok()?,
                tag: u32::try_from((number >> 32) & u128::from(u32::MAX)).ok()?,
                count: u32::try_from(number & u128::from(u32::MAX)).ok()?,
            })
        });
        rest.is_empty()
            .then(|| entries.collect::<Option<_>>().map(Self))?
    }

    /// Writes 16 bytes for each entry: milliseconds since 1970, tag and count, the highest byte first.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * 16);
        for Entry { at, tag, count } in &self.0 {
            bytes.extend(at.to_be_bytes());
            bytes.extend(tag.to_be_bytes());
            bytes.extend(count.to_be_bytes());
        }
        bytes
    }

    /// Counts the charges of the `period` that ends at `now`, and those that lie ahead.
    pub(crate) fn count(&self, now: DateTime<Utc>, period: TimeDelta) -> u32 {
        self.within(now, period)
            .fold(0, |sum, entry| sum.saturating_add(entry.count))
    }

    /// Says from when on `limits` leave room for one more tag; `None` when they do now, or `tag` is there already.
    pub(crate) fn room_for(
        &self,
        tag: u32,
        limits: &Limits,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let waits = limits.iter().filter_map(|limit| {
            let mut last_by_tag = BTreeMap::new();
            for entry in self.within(now, limit.period()) {
                last_by_tag.insert(entry.tag, entry.at);
            }
            if last_by_tag.contains_key(&tag) {
                return None;
            }
            let mut lasts: Vec<i64> = last_by_tag.into_values().collect();
            lasts.sort_unstable();
            let allowed = usize::try_from(limit.count()).unwrap_or(usize::MAX);
            let too_many = lasts.len().checked_sub(allowed)?;
            lasts.get(too_many).map(|last| time(*last) + limit.period())
        });
        waits.max()
    }

    /// Keeps only the charges with this tag.
    pub(crate) fn of_tag(&self, tag: u32) -> Self {
        let own = self.0.iter().filter(|entry| entry.tag == tag);
        Self(own.copied().collect())
    }

    /// Says from when on `limits` leave room for one more charge; `None` when they do now.
    pub(crate) fn room_at(&self, limits: &Limits, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let waits = limits.iter().filter_map(|limit| {
            let mut left = self.count(now, limit.period());
            let full = self.within(now, limit.period()).find(|entry| {
                let was_full = left >= limit.count();
                left = left.saturating_sub(entry.count);
                was_full && left < limit.count()
            });
            full.map(|entry| time(entry.at) + limit.period())
        });
        waits.max()
    }

    /// Says when the wait after the last message is over; in the past when nothing waits.
    pub(crate) fn cooled_at(&self, cooldowns: &Cooldowns, now: DateTime<Utc>) -> DateTime<Utc> {
        let sent = self.count(now, Cooldowns::MEMORY);
        let last = self.within(now, Cooldowns::MEMORY).last();
        last.map_or(now, |entry| time(entry.at) + cooldowns.after(sent))
    }

    /// Adds a charge and forgets what `memory` no longer holds.
    fn charge(&mut self, at: DateTime<Utc>, tag: u32, memory: TimeDelta, grain: TimeDelta) {
        let at = millis(at);
        let grain = grain.num_milliseconds();
        let oldest = at.saturating_sub(memory.num_milliseconds());
        self.0.retain(|entry| entry.at > oldest);
        let same =
            |entry: &&mut Entry| grain > 0 && entry.tag == tag && entry.at / grain == at / grain;
        if let Some(entry) = self.0.iter_mut().rev().find(same) {
            entry.at = entry.at.max(at);
            entry.count = entry.count.saturating_add(1);
        } else {
            self.0.push(Entry { at, tag, count: 1 });
        }
        self.0.sort_by_key(|entry| entry.at);
    }

    fn within(&self, now: DateTime<Utc>, period: TimeDelta) -> impl Iterator<Item = &Entry> {
        let after = now
            .timestamp_millis()
            .saturating_sub(period.num_milliseconds());
        self.0.iter().filter(move |entry| entry.at > after)
    }
}

/// Rounds up: what is charged counts a moment longer, never shorter.
fn millis(time: DateTime<Utc>) -> i64 {
    let part = i64::from(!time.timestamp_subsec_nanos().is_multiple_of(1_000_000));
    time.timestamp_millis().saturating_add(part)
}

fn time(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Which ledgers a use case needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hold {
    /// To be locked until the end of the transaction, in this order, and made when they are not there.
    pub locked: Vec<BucketKey>,
    /// To be read as they were last committed, without a lock.
    pub watched: Vec<BucketKey>,
    /// Until when a ledger that is made stays, when nothing is charged to it.
    pub until: DateTime<Utc>,
}

impl Hold {
    /// Says whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.locked.is_empty() && self.watched.is_empty()
    }

    /// Returns every name, locked and watched.
    pub fn keys(&self) -> impl Iterator<Item = &BucketKey> {
        self.locked.iter().chain(&self.watched)
    }
}

/// The ledgers of one use case, as its transaction read them, and what it charges.
#[derive(Debug, Clone, Default)]
pub struct Ledgers {
    read: BTreeMap<BucketKey, Ledger>,
    idle: BTreeMap<BucketKey, DateTime<Utc>>,
}

/// A ledger to be written back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its name.
    pub bucket: BucketKey,
    /// What it holds now.
    pub ledger: Ledger,
    /// From when on it holds nothing that counts, so that it may be removed.
    pub idle_at: DateTime<Utc>,
}

impl Ledgers {
    /// Takes what was read; what was not there is an empty ledger.
    pub fn new(rows: impl IntoIterator<Item = (BucketKey, Ledger)>) -> Self {
        Self {
            read: rows.into_iter().collect(),
            idle: BTreeMap::new(),
        }
    }

    /// Returns what is to be written back, in the order of names.
    pub fn changed(&self) -> Vec<Changed> {
        let changed = self.idle.iter().map(|(bucket, idle_at)| Changed {
            bucket: *bucket,
            ledger: self.get(bucket).clone(),
            idle_at: *idle_at,
        });
        changed.collect()
    }

    pub(crate) fn get(&self, bucket: &BucketKey) -> &Ledger {
        const EMPTY: &Ledger = &Ledger(Vec::new());
        self.read.get(bucket).unwrap_or(EMPTY)
    }

    /// Charges a ledger at a time; `limits` say how long and how exactly that is remembered.
    pub(crate) fn charge(
        &mut self,
        bucket: BucketKey,
        at: DateTime<Utc>,
        tag: u32,
        limits: &Limits,
    ) {
        let memory = memory(limits);
        let grain = if (1..=Ledger::EXACT).contains(&limits.most()) {
            TimeDelta::zero()
        } else {
            memory / 64
        };
        let ledger = self.read.entry(bucket).or_default();
        ledger.charge(at, tag, memory, grain);
        self.rewrite(bucket, at, limits);
    }

    /// Has a ledger written back as it is.
    pub(crate) fn rewrite(&mut self, bucket: BucketKey, now: DateTime<Utc>, limits: &Limits) {
        let last = self.get(&bucket).0.last();
        let last = last.map_or(now, |entry| time(entry.at));
        self.idle.insert(bucket, last + memory(limits));
    }
}

/// How long charges are remembered under these limits.
fn memory(limits: &Limits) -> TimeDelta {
    limits.memory().max(Cooldowns::MEMORY)
}

#[cfg(test)]
mod tests;
