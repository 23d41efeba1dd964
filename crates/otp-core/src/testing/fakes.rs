//! Fakes that carry state.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use async_trait::async_trait;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

use crate::ports::*;
use crate::statistics::{Course, Hours, Statistics, Totals, Window};
use crate::{
    BucketKey, Channel, Contact, Delivery, DeliveryId, DeliveryState, DeviceId, Event, Hold,
    Ledger, Ledgers, Otp, OtpId, OtpState,
};

/// A clock that stands still until it is moved; it begins at 2026-01-01 12:00 UTC.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// Moves it by `by`, forward or back.
    pub fn advance(&self, by: TimeDelta) {
        *lock(&self.0) += by;
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self(Mutex::new(
            DateTime::from_timestamp(1_767_268_800, 0).unwrap_or_default(),
        ))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *lock(&self.0)
    }
}

/// Bytes that look random and are the same in each run.
#[derive(Debug, Default)]
pub struct SeededSecrets(AtomicU64);

impl SecretSource for SeededSecrets {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), SecretError> {
        for chunk in bytes.chunks_mut(32) {
            let count = self.0.fetch_add(1, Ordering::Relaxed);
            for (byte, drawn) in chunk.iter_mut().zip(Sha256::digest(count.to_be_bytes())) {
                *byte = drawn;
            }
        }
        Ok(())
    }
}

/// A notifier that keeps what it is given.
#[derive(Debug, Default)]
pub struct RecordingNotifier(Mutex<Vec<Notice>>);

impl RecordingNotifier {
    /// Returns what was sent so far.
    pub fn sent(&self) -> Vec<Notice> {
        lock(&self.0).clone()
    }
}

#[async_trait]
impl Notifier for RecordingNotifier {
    fn repeat(&self, _: Channel) -> Repeat {
        Repeat::Safe
    }

    async fn notify(&self, notice: &Notice) -> Result<Receipt, NotifyError> {
        yield_now().await;
        lock(&self.0).push(notice.clone());
        Ok(Receipt {
            provider: "recording".to_owned(),
            message_id: None,
        })
    }
}

/// A sink that keeps what it is told.
#[derive(Debug, Default)]
pub struct RecordingEvents(Mutex<Vec<Event>>);

impl RecordingEvents {
    /// Returns what happened since the last call.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *lock(&self.0))
    }
}

impl EventSink for RecordingEvents {
    fn record(&self, event: &Event) {
        lock(&self.0).push(event.clone());
    }
}

/// A store in memory that keeps every promise of the ports.
///
/// Each call yields once before it acts, so that callers in one task interleave as they do on a database.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    otps: BTreeMap<OtpId, Otp>,
    deliveries: BTreeMap<DeliveryId, Row>,
    counted: BTreeSet<OtpId>,
    hours: Hours,
    ledgers: BTreeMap<BucketKey, (Ledger, DateTime<Utc>)>,
}

#[derive(Debug)]
struct Row {
    delivery: Delivery,
    lease: Option<([u8; 16], DateTime<Utc>)>,
    sent_at: Option<DateTime<Utc>>,
}

impl Row {
    fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.delivery.is_due(now) && self.is_free(now)
    }

    fn is_free(&self, now: DateTime<Utc>) -> bool {
        self.lease.is_none_or(|(_, until)| until <= now)
    }
}

impl MemoryStore {
    async fn tables(&self) -> MutexGuard<'_, Tables> {
        yield_now().await;
        lock(&self.0)
    }
}

impl Tables {
    /// Reads what is asked for, and makes what is to be locked and not there.
    fn ledgers(&mut self, hold: Option<&Hold>) -> Ledgers {
        let Some(hold) = hold else {
            return Ledgers::default();
        };
        for bucket in &hold.locked {
            let made = || (Ledger::default(), hold.until);
            self.ledgers.entry(*bucket).or_insert_with(made);
        }
        let known = hold.keys().filter_map(|bucket| {
            let (ledger, _) = self.ledgers.get(bucket)?;
            Some((*bucket, ledger.clone()))
        });
        Ledgers::new(known)
    }

    fn keep(&mut self, ledgers: &Ledgers) {
        for changed in ledgers.changed() {
            let row = (changed.ledger, changed.idle_at);
            self.ledgers.insert(changed.bucket, row);
        }
    }

    fn supersede(&mut self, otp_id: OtpId, now: DateTime<Utc>) {
        for row in self.deliveries.values_mut() {
            let waits = row.delivery.state == DeliveryState::Queued
                && row.delivery.handed_over_at.is_none()
                && row.is_free(now);
            if row.delivery.otp_id == otp_id && waits {
                row.delivery.state = DeliveryState::Dropped;
            }
        }
    }

    fn queue(&mut self, delivery: &Delivery) {
        self.deliveries.insert(
            delivery.id,
            Row {
                delivery: delivery.clone(),
                lease: None,
                sent_at: None,
            },
        );
    }

    fn valid(&mut self, id: OtpId, now: DateTime<Utc>) -> Option<&mut Otp> {
        self.otps.get_mut(&id).filter(|otp| otp.is_valid(now))
    }

    fn course(&self, otp: &Otp) -> Course {
        let deliveries = self.deliveries.values();
        let own = deliveries.filter(|row| row.delivery.otp_id == otp.id);
        let (mut verified_at, mut revoked_at) = (None, None);
        match otp.state {
            OtpState::Verified { at } => verified_at = Some(at),
            OtpState::Revoked { at } => revoked_at = Some(at),
            OtpState::Live(_) | OtpState::Spent => {}
        }
        Course {
            created_at: otp.created_at,
            expires_at: otp.expires_at,
            purpose: otp.purpose.clone(),
            channel: otp.contact.channel(),
            attempts: otp.attempts,
            max_attempts: otp.max_attempts,
            sends: otp.sends,
            verified_at,
            revoked_at,
            sent_at: own.clone().filter_map(|row| row.sent_at).min(),
            delivered: own
                .into_iter()
                .any(|row| row.delivery.state == DeliveryState::Delivered),
            decoy: otp.decoy,
        }
    }

    /// Counts those of `otps` that were not, for good.
    fn count(&mut self, otps: &[Otp], now: DateTime<Utc>) {
        for otp in otps {
            if self.counted.insert(otp.id) {
                let course = self.course(otp);
                self.hours.count(&course, now);
            }
        }
    }

    fn leased(&mut self, id: DeliveryId, lease: [u8; 16]) -> Option<&mut Row> {
        self.deliveries
            .get_mut(&id)
            .filter(|row| row.lease.is_some_and(|(held, _)| held == lease))
    }
}

#[async_trait]
impl OtpRepository for MemoryStore {
    async fn open(&self, opening: &Opening) -> Result<Opened, StoreError> {
        let mut tables = self.tables().await;
        let mut ledgers = tables.ledgers(opening.hold());
        let accepted = match opening.decide(&mut ledgers) {
            Ok(accepted) => accepted,
            Err(too_many) => return Ok(Opened::TooMany(too_many)),
        };
        // Found out by the insert in a database: after the limits, which a repeated request meets too.
        if tables.otps.contains_key(&opening.id()) {
            return Ok(Opened::Exists);
        }
        tables.otps.insert(accepted.otp.id, accepted.otp.clone());
        tables.queue(&accepted.delivery);
        tables.keep(&ledgers);
        Ok(Opened::New(Box::new(accepted)))
    }

    async fn find(&self, id: OtpId) -> Result<Option<Otp>, StoreError> {
        Ok(self.tables().await.otps.get(&id).cloned())
    }

    async fn delivery_state(&self, id: OtpId) -> Result<Option<DeliveryState>, StoreError> {
        let tables = self.tables().await;
        let of_otp = tables
            .deliveries
            .values()
            .filter(|row| row.delivery.otp_id == id);
        Ok(of_otp
            .max_by_key(|row| (row.delivery.created_at, row.delivery.id))
            .map(|row| row.delivery.state))
    }

    async fn find_newest(&self, newest: &Newest) -> Result<Option<Otp>, StoreError> {
        let tables = self.tables().await;
        let meant = tables.otps.values().filter(|otp| {
            newest.contact_keys.contains(&otp.contact_key)
                && otp.purpose == newest.purpose
                && otp.binding.is_none()
                && otp.is_valid(newest.now)
        });
        Ok(meant.max_by_key(|otp| (otp.created_at, otp.id)).cloned())
    }

    async fn charge(&self, charge: &Charge) -> Result<Charged, StoreError> {
        let mut tables = self.tables().await;
        let mut ledgers = tables.ledgers(charge.hold());
        if let Err(instead) = charge.admit(&ledgers) {
            return Ok(instead);
        }
        let Some(otp) = tables.valid(charge.id, charge.now) else {
            return Ok(Charged::Refused);
        };
        otp.attempts += 1;
        if charge.consume_as.is_some() {
            otp.state = OtpState::Verified { at: charge.now };
        } else if otp.attempts_left() == 0 {
            otp.state = OtpState::Spent;
        }
        charge.applied(&mut ledgers);
        tables.keep(&ledgers);
        Ok(Charged::Applied)
    }

    async fn resend(&self, resend: &Resend) -> Result<Resent, StoreError> {
        let mut tables = self.tables().await;
        let mut ledgers = tables.ledgers(resend.hold());
        let accepted = match resend.decide(&mut ledgers) {
            Ok(accepted) => accepted,
            Err(too_many) => return Ok(Resent::TooMany(too_many)),
        };
        let valid = tables.valid(resend.id(), resend.now);
        let Some(otp) = valid.filter(|otp| otp.resend_at <= resend.now) else {
            return Ok(Resent::Refused);
        };
        otp.sends += 1;
        otp.resend_at = accepted.otp.resend_at;
        otp.format = accepted.otp.format;
        otp.max_attempts = accepted.otp.max_attempts;
        if accepted.delivery.is_due(resend.now) {
            tables.supersede(resend.id(), resend.now);
        }
        tables.queue(&accepted.delivery);
        tables.keep(&ledgers);
        Ok(Resent::Queued(Box::new(accepted)))
    }

    async fn sweep(&self, now: DateTime<Utc>, limit: u16) -> Result<Batch, StoreError> {
        let mut tables = self.tables().await;
        let idle = tables
            .ledgers
            .iter()
            .filter(|(_, (_, idle_at))| *idle_at <= now);
        let idle: Vec<BucketKey> = idle.map(|(bucket, _)| *bucket).collect();
        let swept = idle.iter().take(usize::from(limit));
        let done = swept
            .filter(|bucket| tables.ledgers.remove(bucket).is_some())
            .count() as u64;
        Ok(Batch {
            done,
            more: idle.len() > usize::from(limit),
        })
    }

    async fn revoke(&self, id: OtpId, now: DateTime<Utc>) -> Result<Guarded, StoreError> {
        let mut tables = self.tables().await;
        let live = tables
            .otps
            .get_mut(&id)
            .filter(|otp| matches!(otp.state, OtpState::Live(_)));
        Ok(live.map_or(Guarded::Refused, |otp| {
            otp.state = OtpState::Revoked { at: now };
            Guarded::Applied
        }))
    }
}

#[async_trait]
impl DeliveryQueue for MemoryStore {
    async fn claim(&self, claim: &Claim) -> Result<Vec<Claimed>, StoreError> {
        let mut tables = self.tables().await;
        let Tables {
            otps, deliveries, ..
        } = &mut *tables;
        let mut due: Vec<&mut Row> = deliveries
            .values_mut()
            .filter(|row| row.is_due(claim.now))
            .collect();
        due.sort_by_key(|row| (row.delivery.not_before, row.delivery.id));
        due.truncate(usize::from(claim.limit));
        Ok(due
            .into_iter()
            .filter_map(|row| {
                let otp = otps.get(&row.delivery.otp_id)?.clone();
                row.lease = Some((claim.lease, claim.lease_until));
                row.delivery.attempts += 1;
                Some(Claimed {
                    delivery: row.delivery.clone(),
                    otp,
                })
            })
            .collect())
    }

    async fn hand_over(
        &self,
        id: DeliveryId,
        lease: [u8; 16],
        now: DateTime<Utc>,
    ) -> Result<Guarded, StoreError> {
        let mut tables = self.tables().await;
        Ok(tables.leased(id, lease).map_or(Guarded::Refused, |row| {
            row.delivery.handed_over_at = Some(now);
            Guarded::Applied
        }))
    }

    async fn settle(
        &self,
        id: DeliveryId,
        lease: [u8; 16],
        settlement: &Settlement,
    ) -> Result<Guarded, StoreError> {
        let mut tables = self.tables().await;
        let Some(row) = tables.leased(id, lease) else {
            return Ok(Guarded::Refused);
        };
        row.lease = None;
        row.delivery.handed_over_at = None;
        row.delivery.state = match settlement {
            Settlement::Sent { at, .. } => {
                row.sent_at = Some(*at);
                DeliveryState::Sent
            }
            Settlement::Failed { .. } => DeliveryState::Failed,
            Settlement::Dropped { .. } => DeliveryState::Dropped,
            Settlement::Dead { .. } => DeliveryState::Dead,
            Settlement::Unknown { .. } => DeliveryState::Unknown,
            Settlement::Retry { not_before, .. } => {
                row.delivery.not_before = *not_before;
                DeliveryState::Queued
            }
        };
        Ok(Guarded::Applied)
    }

    async fn give_back(&self, id: DeliveryId, lease: [u8; 16]) -> Result<Guarded, StoreError> {
        let mut tables = self.tables().await;
        Ok(tables.leased(id, lease).map_or(Guarded::Refused, |row| {
            row.lease = None;
            row.delivery.attempts = row.delivery.attempts.saturating_sub(1);
            Guarded::Applied
        }))
    }

    async fn waiting_since(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        let tables = self.tables().await;
        Ok(tables
            .deliveries
            .values()
            .filter(|row| row.is_due(now))
            .map(|row| row.delivery.not_before)
            .min())
    }

    async fn count_queued(&self, at_most: u32) -> Result<u32, StoreError> {
        let tables = self.tables().await;
        let queued = tables
            .deliveries
            .values()
            .filter(|row| row.delivery.state == DeliveryState::Queued)
            .count();
        Ok(u32::try_from(queued).map_or(at_most, |queued| queued.min(at_most)))
    }
}

#[async_trait]
impl OtpHistory for MemoryStore {
    async fn read(&self, window: &Window, now: DateTime<Utc>) -> Result<Statistics, StoreError> {
        let tables = self.tables().await;
        let mut hours = tables.hours.clone();
        for otp in tables.otps.values() {
            if !tables.counted.contains(&otp.id) {
                hours.count(&tables.course(otp), now);
            }
        }
        let midnight = now.date_naive().and_time(NaiveTime::MIN).and_utc();
        let mut totals = Totals::default();
        let asked = hours
            .into_iter()
            .filter(|hour| window.concerns(&hour.purpose));
        let hours = asked
            .inspect(|hour| totals.add(hour.start, &hour.funnel, midnight))
            .filter(|hour| window.holds(hour.start, &hour.purpose))
            .collect();
        Ok(Statistics { hours, totals })
    }

    async fn count(&self, until: DateTime<Utc>, limit: u16) -> Result<Batch, StoreError> {
        let mut tables = self.tables().await;
        let all = tables.otps.values();
        let due = all.filter(|otp| otp.is_expired(until) && !tables.counted.contains(&otp.id));
        let (otps, batch) = oldest(due, |otp| otp.expires_at, limit);
        tables.count(&otps, until);
        Ok(batch)
    }

    async fn purge(&self, purge: &Purge) -> Result<Batch, StoreError> {
        let mut tables = self.tables().await;
        let all = tables.otps.values();
        let due =
            all.filter(|otp| otp.created_at <= purge.issued_until && !otp.is_valid(purge.now));
        let (otps, batch) = oldest(due, |otp| otp.created_at, purge.limit);
        tables.count(&otps, purge.now);
        for otp in &otps {
            tables.otps.remove(&otp.id);
            tables
                .deliveries
                .retain(|_, row| row.delivery.otp_id != otp.id);
        }
        Ok(batch)
    }
}

/// Takes the oldest `limit` of them.
fn oldest<'a>(
    otps: impl Iterator<Item = &'a Otp>,
    age: fn(&Otp) -> DateTime<Utc>,
    limit: u16,
) -> (Vec<Otp>, Batch) {
    let mut otps: Vec<Otp> = otps.cloned().collect();
    otps.sort_by_key(|otp| (age(otp), otp.id));
    let more = otps.len() > usize::from(limit);
    otps.truncate(usize::from(limit));
    let done = otps.len() as u64;
    (otps, Batch { done, more })
}

/// A directory that knows the contacts it was made with.
#[derive(Default)]
pub struct FixedDirectory(Vec<Contact>);

impl FixedDirectory {
    /// Knows `contacts`.
    pub fn of(contacts: impl IntoIterator<Item = Contact>) -> Self {
        Self(contacts.into_iter().collect())
    }
}

impl fmt::Debug for FixedDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FixedDirectory({} contacts)", self.0.len())
    }
}

#[async_trait]
impl CustomerDirectory for FixedDirectory {
    async fn knows(&self, contact: &Contact) -> Result<bool, StoreError> {
        yield_now().await;
        Ok(self.0.contains(contact))
    }
}

/// A registry of devices in memory.
#[derive(Debug, Default)]
pub struct MemoryDevices(Mutex<BTreeMap<DeviceId, DateTime<Utc>>>);

#[async_trait]
impl KnownDevices for MemoryDevices {
    async fn knows(&self, id: &DeviceId, now: DateTime<Utc>) -> Result<bool, StoreError> {
        yield_now().await;
        Ok(lock(&self.0).get(id).is_some_and(|until| now < *until))
    }

    async fn remember(&self, id: &DeviceId, until: DateTime<Utc>) -> Result<(), StoreError> {
        yield_now().await;
        lock(&self.0).insert(*id, until);
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
