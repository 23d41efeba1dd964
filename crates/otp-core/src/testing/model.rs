//! The rules of the whole service as a person would check them by hand: plain lists of times, counted from end to end.
//!
//! Slow, and right at a glance. [`agrees_with_the_model`] plays histories to it and to a service.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a clause is a test: it panics when the promise is broken"
)]

mod history;

pub use history::{Player, agrees_with_the_model};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{Budgets, Channel, CodeFormat, Limit, Limits, Refusal};

type Time = DateTime<Utc>;
type Rules<'a> = &'a [(usize, TimeDelta)];

const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::hours(24);

const EMAIL_SENDS: Rules<'_> = &[(5, HOUR), (10, DAY)];
const PHONE_SENDS: Rules<'_> = &[(3, HOUR), (6, DAY)];
const EMAIL_HALF: Rules<'_> = &[(3, HOUR), (5, DAY)];
const PHONE_HALF: Rules<'_> = &[(2, HOUR), (3, DAY)];
const FAILURES: Rules<'_> = &[(10, DAY)];
const WAITS: [i64; 5] = [60, 60, 120, 300, 600];
// Smaller than by default, so that a short history comes to them.
const REQUESTS: Rules<'_> = &[(5, HOUR), (8, DAY)];
const CONTACTS: Rules<'_> = &[(2, HOUR)];
const CLIENT_FAILURES: Rules<'_> = &[(6, HOUR), (8, DAY)];
const SHORT: Rules<'_> = &[(16, DAY)];
const LONG: Rules<'_> = &[(4, DAY)];

/// The budgets that these rules are.
fn budgets() -> Budgets {
    let limits = |rules: Rules<'_>| {
        let limits = rules
            .iter()
            .filter_map(|(count, period)| Limit::new(u32::try_from(*count).ok()?, *period).ok());
        Limits::all_of(limits)
    };
    Budgets {
        client_requests: limits(REQUESTS),
        client_contacts: limits(CONTACTS),
        client_failures: limits(CLIENT_FAILURES),
        short_codes: limits(SHORT),
        long_codes: limits(LONG),
        ..Budgets::default()
    }
}

/// An address, and the mailbox that it shares with its aliases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Account {
    address: &'static str,
    mailbox: &'static str,
    channel: Channel,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// A programme that answers for itself.
    Nobody,
    Client(u8),
    /// A device that signed in before, for every account.
    Device,
}

/// One OTP.
#[derive(Debug, Clone)]
struct Issued {
    account: Account,
    purpose: &'static str,
    format: CodeFormat,
    expires_at: Time,
    resend_at: Time,
    sends: u16,
    attempts: u16,
    max_attempts: u16,
    is_open: bool,
}

impl Issued {
    fn is_valid(&self, now: Time) -> bool {
        self.is_open && now < self.expires_at && self.attempts < self.max_attempts
    }

    fn strengthen(&mut self, format: CodeFormat) {
        self.format = format;
        if format == CodeFormat::STRONG {
            self.max_attempts = 10_000;
        }
    }
}

/// What was charged, to whom, when, and on account of which mailbox.
#[derive(Debug, Clone)]
struct Charged {
    to: String,
    at: Time,
    mailbox: &'static str,
}

/// A message that waits: when it goes out, to whom, and for which OTP.
#[derive(Debug, Clone)]
struct Message {
    at: Time,
    to: &'static str,
    otp: usize,
}

#[derive(Debug, Clone)]
struct Model {
    now: Time,
    otps: Vec<Issued>,
    charged: Vec<Charged>,
    messages: Vec<Message>,
}

impl Model {
    const fn new(now: Time) -> Self {
        Self {
            now,
            otps: Vec::new(),
            charged: Vec::new(),
            messages: Vec::new(),
        }
    }

    fn issue(&mut self, account: Account, purpose: &'static str, who: Who) -> Result<(), Refusal> {
        let mut otp = Issued {
            account,
            purpose,
            format: CodeFormat::DEFAULT,
            expires_at: self.now + TimeDelta::minutes(5),
            resend_at: self.now + TimeDelta::seconds(60),
            sends: 1,
            attempts: 0,
            max_attempts: 5,
            is_open: true,
        };
        let own_wait = self.own_wait(account.mailbox, who);
        let format = self.ask(self.otps.len(), &otp, who, own_wait)?;
        otp.strengthen(format);
        self.otps.push(otp);
        Ok(())
    }

    fn resend(&mut self, number: usize, who: Who) -> Result<(), Refusal> {
        let Some(otp) = self.valid(number) else {
            return Err(Refusal::NotUsable);
        };
        if self.now < otp.resend_at {
            let retry_at = otp.resend_at;
            return Err(Refusal::TooSoon { retry_at });
        }
        let format = self.ask(number, &otp, who, self.now)?;
        let resend_at = self.now + TimeDelta::seconds(60);
        if let Some(otp) = self.otps.get_mut(number) {
            otp.strengthen(format);
            (otp.sends, otp.resend_at) = (otp.sends + 1, resend_at);
        }
        Ok(())
    }

    fn guess(&mut self, number: usize, is_right: bool, who: Who) -> Result<(), Refusal> {
        let Some(otp) = self.valid(number) else {
            return Err(Refusal::NotUsable);
        };
        let mailbox = otp.account.mailbox;
        let mut paid_by = Vec::new();
        if let Who::Client(client) = who {
            let failures = format!("client {client} failed");
            self.room(|model, at| model.fits(CLIENT_FAILURES, &failures, at))?;
            paid_by.push(failures);
        }
        if otp.format != CodeFormat::STRONG {
            let failures = failures_of(&otp, who);
            let (tier, rules) = tier_of(otp.format);
            let is_spent = !self.fits(FAILURES, &failures, self.now);
            let is_full = who != Who::Device && !self.fits(rules, tier, self.now);
            if is_spent || is_full {
                return Err(Refusal::NotUsable);
            }
            paid_by.push(failures);
            paid_by.extend((who != Who::Device).then(|| tier.to_owned()));
        }
        let now = self.now;
        let attempts_left = self.otps.get_mut(number).map_or(0, |otp| {
            otp.attempts += 1;
            otp.is_open &= !is_right;
            otp.max_attempts - otp.attempts
        });
        if is_right {
            return Ok(());
        }
        self.charged.extend(paid_by.into_iter().map(|to| Charged {
            to,
            at: now,
            mailbox,
        }));
        Err(Refusal::WrongCode { attempts_left })
    }

    /// Says whether it was there to be called back.
    fn revoke(&mut self, number: usize) -> bool {
        self.otps.get_mut(number).is_some_and(|otp| {
            let was_open = otp.is_open && otp.attempts < otp.max_attempts;
            otp.is_open = false;
            was_open
        })
    }

    /// Charges a request for a message; returns how its code looks.
    fn ask(
        &mut self,
        number: usize,
        otp: &Issued,
        who: Who,
        not_before: Time,
    ) -> Result<CodeFormat, Refusal> {
        let (now, account) = (self.now, otp.account);
        let mailbox = account.mailbox;
        if let Who::Client(client) = who {
            let requests = format!("requests of client {client}");
            self.room_from(not_before, |model, at| {
                let half = match account.channel {
                    Channel::Email => EMAIL_HALF,
                    Channel::Phone => PHONE_HALF,
                };
                at >= not_before
                    && model.fits(REQUESTS, &requests, at)
                    && model.fits_of(half, &requests, Some(mailbox), at)
                    && model.fits_contacts(&requests, mailbox, at)
            })?;
            let to = requests;
            self.charged.push(Charged {
                to,
                at: now,
                mailbox,
            });
        }
        let (sends, rules) = match (who, account.channel) {
            (Who::Device, _) => (
                format!("sends by device to {}", account.address),
                EMAIL_SENDS,
            ),
            (_, Channel::Email) => (format!("sends to {mailbox}"), EMAIL_SENDS),
            (_, Channel::Phone) => (format!("sends to {mailbox}"), PHONE_SENDS),
        };
        let recent: Vec<Time> = self.times(&sends, now - HOUR).collect();
        let wait = WAITS.get(recent.len().saturating_sub(1)).unwrap_or(&600);
        let after_wait = |last: Time| now.max(last + TimeDelta::seconds(*wait));
        let send_at = recent.into_iter().max().map_or(now, after_wait);
        if send_at < otp.expires_at && self.fits(rules, &sends, send_at) {
            if send_at == now {
                self.messages.retain(|earlier| earlier.otp != number);
            }
            self.messages.push(Message {
                at: send_at,
                to: account.address,
                otp: number,
            });
            self.charged.push(Charged {
                to: sends,
                at: send_at,
                mailbox,
            });
        }
        let mut format = otp.format;
        if !self.fits(FAILURES, &failures_of(otp, who), now) {
            return Ok(CodeFormat::STRONG);
        }
        for stronger in [CodeFormat::LONG, CodeFormat::STRONG] {
            let (tier, rules) = tier_of(format);
            // Three quarters of what is barred later.
            let rules: Vec<_> = rules
                .iter()
                .map(|(most, period)| (most * 3 / 4, *period))
                .collect();
            if who != Who::Device && format != stronger && !self.fits(&rules, tier, now) {
                format = stronger;
            }
        }
        Ok(format)
    }

    fn valid(&self, number: usize) -> Option<Issued> {
        let otp = self.otps.get(number)?;
        otp.is_valid(self.now).then(|| otp.clone())
    }

    /// The times of what was charged to somebody after a time, and of what lies ahead.
    fn times<'a>(&'a self, to: &'a str, after: Time) -> impl Iterator<Item = Time> + 'a {
        let charged = self.charged.iter().filter(move |each| each.to == to);
        charged.map(|each| each.at).filter(move |at| *at > after)
    }

    fn fits(&self, rules: Rules<'_>, to: &str, at: Time) -> bool {
        self.fits_of(rules, to, None, at)
    }

    fn fits_of(&self, rules: Rules<'_>, to: &str, mailbox: Option<&str>, at: Time) -> bool {
        rules.iter().all(|(most, period)| {
            let counted = self.charged.iter().filter(|each| {
                let is_meant = mailbox.is_none_or(|mailbox| each.mailbox == mailbox);
                each.to == to && is_meant && each.at > at - *period
            });
            counted.count() < *most
        })
    }

    fn fits_contacts(&self, to: &str, mailbox: &str, at: Time) -> bool {
        CONTACTS.iter().all(|(most, period)| {
            let recent = self
                .charged
                .iter()
                .filter(|each| each.to == to && each.at > at - *period);
            let mut others: Vec<&str> = recent.map(|each| each.mailbox).collect();
            others.sort_unstable();
            others.dedup();
            others.contains(&mailbox) || others.len() < *most
        })
    }

    /// From when on a network may ask for a mailbox again: it waits as long as the mailbox does between two messages.
    fn own_wait(&self, mailbox: &str, who: Who) -> Time {
        let Who::Client(client) = who else {
            return self.now;
        };
        let requests = format!("requests of client {client}");
        let own = self
            .charged
            .iter()
            .filter(|each| each.to == requests && each.mailbox == mailbox)
            .filter(|each| each.at > self.now - HOUR);
        let times: Vec<Time> = own.map(|each| each.at).collect();
        let wait = WAITS.get(times.len().saturating_sub(1)).unwrap_or(&600);
        let last = times.into_iter().max();
        last.map_or(self.now, |last| last + TimeDelta::seconds(*wait))
    }

    fn room(&self, has_room: impl Fn(&Self, Time) -> bool) -> Result<(), Refusal> {
        self.room_from(self.now, has_room)
    }

    /// Refused until the first moment at which there is room: when something that was charged is an hour or a day old,
    /// or a wait is over.
    fn room_from(
        &self,
        not_before: Time,
        has_room: impl Fn(&Self, Time) -> bool,
    ) -> Result<(), Refusal> {
        if has_room(self, self.now) {
            return Ok(());
        }
        let ends = self
            .charged
            .iter()
            .flat_map(|each| [each.at + HOUR, each.at + DAY])
            .chain([not_before]);
        let room = ends.filter(|at| *at > self.now && has_room(self, *at));
        let retry_at = room.min().unwrap_or(Time::MAX_UTC);
        Err(Refusal::TooMany { retry_at })
    }
}

fn failures_of(otp: &Issued, who: Who) -> String {
    match who {
        Who::Device => format!("failures of device at {}", otp.account.address),
        _ => format!("failures at {} for {}", otp.account.mailbox, otp.purpose),
    }
}

fn tier_of(format: CodeFormat) -> (&'static str, Rules<'static>) {
    match format {
        CodeFormat::DEFAULT => ("short codes", SHORT),
        CodeFormat::LONG => ("long codes", LONG),
        _ => ("strong codes", &[]),
    }
}
