//! How often anything may happen: limits, and the budgets that an installation grants.
//!
//! A store keeps one [`Ledger`] for each subject: the times of its recent charges. It locks the ledgers that a use
//! case names, hands them to the core, which judges and charges them, and writes back what changed, all in the
//! transaction of what the charges are for.

mod bound;
mod buckets;
mod ledger;
mod limit;
mod network;
mod plan;

use chrono::TimeDelta;

pub use bound::BoundExceeded;
pub use ledger::{BucketKey, Changed, Hold, Ledger, Ledgers, TooMany};
pub use limit::{Limit, LimitError, Limits};
pub(crate) use network::networks;
pub use network::{client_network, unfolded};
pub(crate) use plan::{Asker, Asking, Barred, Guessing, Limiter};

use crate::{Channel, CodeFormat};

/// What an installation grants. [`Default`] is what people are protected by; [`off`](Self::off) is for tests.
///
/// Contacts count without their tags ([`Contact::abuse_form`](crate::Contact::abuse_form)), clients by their network.
/// What a contact's budgets forbid is never told to whoever asks; what a client's forbid is, with the time at which it
/// may ask again.
#[derive(Debug, Clone, PartialEq)]
pub struct Budgets {
    /// Messages to one e-mail address, over all purposes.
    pub email_sends: Limits,
    /// Messages to one phone number, over all purposes.
    pub phone_sends: Limits,
    /// Messages to one contact asked for by one device that it signed in with before, instead of the two above.
    pub device_sends: Limits,
    /// The least time between messages to one contact: after the first of the last hour, after the second, and so on.
    pub cooldowns: Cooldowns,
    /// Wrong codes for one contact and purpose; beyond them its messages carry strong codes.
    pub failures: Limits,
    /// Wrong codes for one contact from one device that it signed in with before, instead of the one above.
    pub device_failures: Limits,
    /// Requests for messages from one client network.
    pub client_requests: Limits,
    /// Different contacts that one client network asks messages for.
    pub client_contacts: Limits,
    /// Wrong codes from one client network.
    pub client_failures: Limits,
    /// Wrong guesses at short codes in the whole service; beyond them codes have eight digits.
    pub short_codes: Limits,
    /// Wrong guesses at codes from eight digits on in the whole service; beyond them codes are strong.
    pub long_codes: Limits,
}

impl Budgets {
    /// No limit at all.
    pub fn off() -> Self {
        Self {
            email_sends: Limits::off(),
            phone_sends: Limits::off(),
            device_sends: Limits::off(),
            cooldowns: Cooldowns::default(),
            failures: Limits::off(),
            device_failures: Limits::off(),
            client_requests: Limits::off(),
            client_contacts: Limits::off(),
            client_failures: Limits::off(),
            short_codes: Limits::off(),
            long_codes: Limits::off(),
        }
    }

    /// Returns the limits on messages to one contact by this channel.
    pub const fn sends(&self, channel: Channel) -> &Limits {
        match channel {
            Channel::Email => &self.email_sends,
            Channel::Phone => &self.phone_sends,
        }
    }

    pub(crate) const fn tier(&self, tier: Tier) -> &Limits {
        match tier {
            Tier::Short => &self.short_codes,
            Tier::Long => &self.long_codes,
        }
    }
}

impl Default for Budgets {
    fn default() -> Self {
        let (hour, day) = (TimeDelta::hours(1), TimeDelta::hours(24));
        let limits = |limits: &[(u32, TimeDelta)]| {
            let checked = limits
                .iter()
                .filter_map(|(count, period)| Limit::new(*count, *period).ok());
            Limits::all_of(checked)
        };
        Self {
            email_sends: limits(&[(5, hour), (10, day)]),
            phone_sends: limits(&[(3, hour), (6, day)]),
            device_sends: limits(&[(5, hour), (10, day)]),
            cooldowns: Cooldowns::new([60, 60, 120, 300, 600].map(TimeDelta::seconds)),
            failures: limits(&[(10, day)]),
            device_failures: limits(&[(10, day)]),
            client_requests: limits(&[(10, hour), (30, day)]),
            client_contacts: limits(&[(5, hour)]),
            client_failures: limits(&[(20, hour), (100, day)]),
            short_codes: limits(&[(2_000, day)]),
            long_codes: limits(&[(60_000, day)]),
        }
    }
}

/// The waits between messages to one contact, each for the next; the last one stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cooldowns(Vec<TimeDelta>);

impl Cooldowns {
    /// How long a message counts for the length of the next wait.
    pub const MEMORY: TimeDelta = TimeDelta::hours(1);

    /// Takes the waits in order; a negative one counts as none, and one beyond [`Self::MEMORY`] as that.
    pub fn new(waits: impl IntoIterator<Item = TimeDelta>) -> Self {
        let bounded = |wait: TimeDelta| wait.clamp(TimeDelta::zero(), Self::MEMORY);
        Self(waits.into_iter().map(bounded).collect())
    }

    /// Returns the waits in order.
    pub fn waits(&self) -> &[TimeDelta] {
        &self.0
    }

    /// The wait after the `sent`-th message.
    fn after(&self, sent: u32) -> TimeDelta {
        let place = usize::try_from(sent)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        let wait = self.0.get(place).or(self.0.last());
        wait.copied().unwrap_or_default()
    }
}

/// How hard a code is to guess, as far as the service counts guesses together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    /// Fewer codes than eight digits have.
    Short,
    /// Eight digits or better.
    Long,
}

impl Tier {
    pub(crate) const ALL: [Self; 2] = [Self::Short, Self::Long];

    /// The tier of a format; `None` when its codes need no limit.
    pub(crate) const fn of(format: CodeFormat) -> Option<Self> {
        if format.is_strong() {
            None
        } else if format.space() < CodeFormat::LONG.space() {
            Some(Self::Short)
        } else {
            Some(Self::Long)
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Long => "long",
        }
    }
}
