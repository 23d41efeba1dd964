//! Statistics: what became of OTPs, counted under the hour in which they were issued.

mod latencies;

use std::collections::BTreeMap;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

pub use latencies::Latencies;

use crate::{Channel, Purpose};

/// What became of the OTPs that were issued in one hour for one purpose by one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hour {
    /// When it began, in UTC.
    pub start: DateTime<Utc>,
    /// What the codes were good for.
    pub purpose: Purpose,
    /// The way they went.
    pub channel: Channel,
    /// How far they got.
    pub funnel: Funnel,
}

/// How far OTPs got: of those issued, how many were sent, delivered and verified, and how the others ended.
///
/// Each OTP has one ending: `issued = verified + spent + revoked + expired + live`. Decoys are counted apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Funnel {
    /// OTPs issued.
    pub issued: u64,
    /// OTPs of which a message was handed over.
    pub sent: u64,
    /// OTPs of which a message is known to have arrived.
    pub delivered: u64,
    /// OTPs that the right code opened.
    pub verified: u64,
    /// Attempts that did not open anything.
    pub refused: u64,
    /// OTPs whose attempts were used up.
    pub spent: u64,
    /// OTPs that were called back in time.
    pub revoked: u64,
    /// OTPs whose time ended unused.
    pub expired: u64,
    /// OTPs that can still open.
    pub live: u64,
    /// Messages beyond the first one.
    pub resent: u64,
    /// OTPs for contacts that belong to nobody: never sent, never opened, in no other count.
    pub decoys: u64,
    /// From the issue to the first hand-over.
    pub to_send: Latencies,
    /// From the issue to the right code.
    pub to_verify: Latencies,
}

/// The course of one OTP, as far as statistics tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// When it was issued.
    pub created_at: DateTime<Utc>,
    /// When it stopped to open.
    pub expires_at: DateTime<Utc>,
    /// What it was good for.
    pub purpose: Purpose,
    /// The way its code went.
    pub channel: Channel,
    /// Comparisons charged.
    pub attempts: u16,
    /// Comparisons allowed.
    pub max_attempts: u16,
    /// Messages queued.
    pub sends: u16,
    /// When the right code came.
    pub verified_at: Option<DateTime<Utc>>,
    /// When it was called back.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When its first message was handed over.
    pub sent_at: Option<DateTime<Utc>>,
    /// Whether a message is known to have arrived.
    pub delivered: bool,
    /// Whether its contact belongs to nobody.
    pub decoy: bool,
}

impl Course {
    /// Returns the hour under which it is counted.
    pub fn hour(&self) -> DateTime<Utc> {
        hour_of(self.created_at)
    }
}

/// Cuts a time to the hour.
pub fn hour_of(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::hours(1)).unwrap_or(time)
}

impl Funnel {
    /// Counts one OTP as it stands at `now`.
    pub fn count(&mut self, course: &Course, now: DateTime<Utc>) {
        if course.decoy {
            self.decoys += 1;
            return;
        }
        self.issued += 1;
        self.resent += u64::from(course.sends.saturating_sub(1));
        let opened = u64::from(course.verified_at.is_some());
        self.refused += u64::from(course.attempts).saturating_sub(opened);
        if let Some(sent_at) = course.sent_at {
            self.sent += 1;
            self.to_send.record(sent_at - course.created_at);
        }
        self.delivered += u64::from(course.delivered);
        *match course.ending(now) {
            Ending::Verified(at) => {
                self.to_verify.record(at - course.created_at);
                &mut self.verified
            }
            Ending::Spent => &mut self.spent,
            Ending::Revoked => &mut self.revoked,
            Ending::Expired => &mut self.expired,
            Ending::None => &mut self.live,
        } += 1;
    }

    /// Adds another funnel's counts.
    pub fn merge(&mut self, other: &Self) {
        let pairs = [
            (&mut self.issued, other.issued),
            (&mut self.sent, other.sent),
            (&mut self.delivered, other.delivered),
            (&mut self.verified, other.verified),
            (&mut self.refused, other.refused),
            (&mut self.spent, other.spent),
            (&mut self.revoked, other.revoked),
            (&mut self.expired, other.expired),
            (&mut self.live, other.live),
            (&mut self.resent, other.resent),
            (&mut self.decoys, other.decoys),
        ];
        for (count, more) in pairs {
            *count += more;
        }
        self.to_send.merge(&other.to_send);
        self.to_verify.merge(&other.to_verify);
    }
}

enum Ending {
    Verified(DateTime<Utc>),
    Spent,
    Revoked,
    Expired,
    None,
}

impl Course {
    /// The first ending that came; a revocation after the end of its time changed nothing.
    fn ending(&self, now: DateTime<Utc>) -> Ending {
        match (self.verified_at, self.revoked_at) {
            (Some(at), _) => Ending::Verified(at),
            (None, Some(at)) if at < self.expires_at => Ending::Revoked,
            _ if self.attempts >= self.max_attempts => Ending::Spent,
            _ if self.expires_at <= now => Ending::Expired,
            _ => Ending::None,
        }
    }
}

/// Which OTPs are asked about: those issued from `since` up to `until`, in whole hours, for one purpose or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    since: DateTime<Utc>,
    until: DateTime<Utc>,
    purpose: Option<Purpose>,
}

impl Window {
    /// Widens the times to whole hours: `since` back to the beginning of its hour, `until` to the end of its hour.
    pub fn new(since: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        let cut = hour_of(until);
        let until = if cut < until {
            cut + TimeDelta::hours(1)
        } else {
            until
        };
        Self {
            since: hour_of(since),
            until,
            purpose: None,
        }
    }

    /// Asks about one purpose only.
    #[must_use]
    pub fn of_purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = Some(purpose);
        self
    }

    /// Returns the beginning of the first hour.
    pub const fn since(&self) -> DateTime<Utc> {
        self.since
    }

    /// Returns the end of the last hour, which is no longer asked about.
    pub const fn until(&self) -> DateTime<Utc> {
        self.until
    }

    /// Returns the purpose, when one is asked about.
    pub const fn purpose(&self) -> Option<&Purpose> {
        self.purpose.as_ref()
    }

    /// Says whether an OTP of this purpose, issued at this time, is asked about.
    pub fn holds(&self, created_at: DateTime<Utc>, purpose: &Purpose) -> bool {
        (self.since..self.until).contains(&created_at) && self.concerns(purpose)
    }

    /// Says whether this purpose is asked about.
    pub fn concerns(&self, purpose: &Purpose) -> bool {
        self.purpose.as_ref().is_none_or(|asked| asked == purpose)
    }
}

/// What became of the OTPs of a [`Window`], and the four numbers that concern all OTPs ever issued.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// The hours of the window in which anything was issued, the oldest first.
    pub hours: Vec<Hour>,
    /// All OTPs ever issued for the window's purpose.
    pub totals: Totals,
}

/// The numbers of the first look, over all OTPs ever issued, the removed ones included and decoys left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Issued.
    pub total: u64,
    /// Issued since midnight, UTC.
    pub today: u64,
    /// Opened by the right code.
    pub verified: u64,
    /// Ended unused.
    pub expired: u64,
}

impl Totals {
    /// Adds what an hour says; `midnight` is the beginning of today.
    pub fn add(&mut self, start: DateTime<Utc>, funnel: &Funnel, midnight: DateTime<Utc>) {
        self.total += funnel.issued;
        self.verified += funnel.verified;
        self.expired += funnel.expired;
        if start >= midnight {
            self.today += funnel.issued;
        }
    }
}

/// Sums of courses by hour, purpose and channel: what a store adds to what it has counted before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours(BTreeMap<(DateTime<Utc>, Purpose, Channel), Funnel>);

impl Hours {
    /// Counts one OTP as it stands at `now`.
    pub fn count(&mut self, course: &Course, now: DateTime<Utc>) {
        let key = (course.hour(), course.purpose.clone(), course.channel);
        self.0.entry(key).or_default().count(course, now);
    }

    /// Adds an hour that was counted before.
    pub fn add(&mut self, hour: Hour) {
        let key = (hour.start, hour.purpose, hour.channel);
        self.0.entry(key).or_default().merge(&hour.funnel);
    }
}

impl IntoIterator for Hours {
    type Item = Hour;
    type IntoIter = std::vec::IntoIter<Hour>;

    /// Yields the hours in their order.
    fn into_iter(self) -> Self::IntoIter {
        let hours = self
            .0
            .into_iter()
            .map(|((start, purpose, channel), funnel)| Hour {
                start,
                purpose,
                channel,
                funnel,
            });
        hours.collect::<Vec<_>>().into_iter()
    }
}

#[cfg(test)]
mod tests;
