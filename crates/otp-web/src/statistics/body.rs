//! The report as JSON: what the API answers with and `otp stats --json` prints.

use chrono::{DateTime, TimeDelta, Utc};
use otp_core::Channel;
use otp_core::statistics::Latencies;
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object};

use super::nullable::Nullable;
use crate::problems::rfc3339;

/// How the time is divided.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "lowercase")]
pub(crate) enum By {
    /// By hours.
    Hour,
    /// By days, from midnight UTC.
    Day,
}

/// What became of the OTPs that were issued in a time: counts, and how long it took.
#[derive(Object)]
#[oai(rename = "Statistics", example)]
pub(crate) struct Report {
    /// All OTPs ever issued.
    total: u64,
    /// OTPs issued since midnight, UTC.
    today: u64,
    /// OTPs that the right code opened, of all ever issued.
    verified: u64,
    /// OTPs whose time ended unused, of all ever issued.
    expired: u64,
    /// The beginning of the time that the rest is about, widened to a whole hour or day.
    #[oai(serialize_with = "rfc3339")]
    since: DateTime<Utc>,
    /// Its end, which is no longer part of it.
    #[oai(serialize_with = "rfc3339")]
    until: DateTime<Utc>,
    /// The purpose that everything here is about; null for all.
    purpose: Nullable<String>,
    /// How far the OTPs of this time got.
    funnel: Funnel,
    /// The same by purpose and channel.
    kinds: Vec<Kind>,
    /// How the time is divided in `periods`.
    by: By,
    /// The same by hour or day, the oldest first.
    periods: Vec<Period>,
}

/// How far OTPs got: issued = verified + spent + revoked + expired + live.
#[derive(Object, Default)]
#[oai(rename = "Funnel")]
struct Funnel {
    /// OTPs issued.
    issued: u64,
    /// OTPs of which a message was handed over.
    sent: u64,
    /// OTPs of which a message is known to have arrived.
    delivered: u64,
    /// OTPs that the right code opened.
    verified: u64,
    /// Attempts that did not open anything.
    refused: u64,
    /// OTPs whose attempts were used up.
    spent: u64,
    /// OTPs that were called back in time.
    revoked: u64,
    /// OTPs whose time ended unused.
    expired: u64,
    /// OTPs that can still open.
    live: u64,
    /// Messages beyond the first one.
    resent: u64,
    /// OTPs for contacts that belong to nobody; in no other count.
    decoys: u64,
    /// From the issue to the first hand-over.
    to_send: Times,
    /// From the issue to the right code.
    to_verify: Times,
}

/// How long something took, in seconds; null when it never happened.
#[derive(Object, Default)]
#[oai(rename = "Times")]
struct Times {
    /// Half of them took no longer.
    median_seconds: Nullable<f64>,
    /// Nineteen of twenty took no longer.
    p95_seconds: Nullable<f64>,
}

/// The OTPs of one purpose and channel.
#[derive(Object)]
#[oai(rename = "FunnelOfKind")]
struct Kind {
    /// What they were good for.
    purpose: String,
    /// The way they went.
    contact_type: ContactType,
    /// How far they got.
    funnel: Funnel,
}

/// The way a code goes.
#[derive(Enum, Clone, Copy)]
#[oai(rename = "Channel", rename_all = "lowercase")]
enum ContactType {
    /// By e-mail.
    Email,
    /// By SMS to a phone number.
    Phone,
}

/// The OTPs of one hour or day.
#[derive(Object)]
#[oai(rename = "FunnelOfPeriod")]
struct Period {
    /// When it began.
    #[oai(serialize_with = "rfc3339")]
    start: DateTime<Utc>,
    /// How far they got.
    funnel: Funnel,
}

impl From<&super::Report> for Report {
    fn from(report: &super::Report) -> Self {
        let kinds = report.kinds.iter().map(|(purpose, channel, funnel)| Kind {
            purpose: purpose.as_str().to_owned(),
            contact_type: (*channel).into(),
            funnel: funnel.into(),
        });
        let periods = report.periods.iter().map(|(start, funnel)| Period {
            start: *start,
            funnel: funnel.into(),
        });
        Self {
            total: report.totals.total,
            today: report.totals.today,
            verified: report.totals.verified,
            expired: report.totals.expired,
            since: report.since,
            until: report.until,
            purpose: Nullable(
                report
                    .purpose
                    .as_ref()
                    .map(|purpose| purpose.as_str().to_owned()),
            ),
            funnel: (&report.whole).into(),
            kinds: kinds.collect(),
            by: report.by,
            periods: periods.collect(),
        }
    }
}

impl From<&super::Funnel> for Funnel {
    fn from(funnel: &super::Funnel) -> Self {
        Self {
            issued: funnel.issued,
            sent: funnel.sent,
            delivered: funnel.delivered,
            verified: funnel.verified,
            refused: funnel.refused,
            spent: funnel.spent,
            revoked: funnel.revoked,
            expired: funnel.expired,
            live: funnel.live,
            resent: funnel.resent,
            decoys: funnel.decoys,
            to_send: (&funnel.to_send).into(),
            to_verify: (&funnel.to_verify).into(),
        }
    }
}

impl From<&Latencies> for Times {
    fn from(latencies: &Latencies) -> Self {
        Self {
            median_seconds: Nullable(latencies.quantile(super::MEDIAN).map(seconds)),
            p95_seconds: Nullable(latencies.quantile(super::P95).map(seconds)),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the times of a distribution are below 2^41 ms"
)]
fn seconds(time: TimeDelta) -> f64 {
    time.num_milliseconds() as f64 / 1000.0
}

impl From<Channel> for ContactType {
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::Email => Self::Email,
            Channel::Phone => Self::Phone,
        }
    }
}

impl Example for Report {
    fn example() -> Self {
        let day = DateTime::from_timestamp_nanos(1_767_225_600_000_000_000);
        let funnel = || Funnel {
            issued: 3,
            sent: 3,
            verified: 2,
            refused: 1,
            live: 1,
            to_send: Times {
                median_seconds: Nullable(Some(0.82)),
                p95_seconds: Nullable(Some(1.5)),
            },
            to_verify: Times {
                median_seconds: Nullable(Some(21.5)),
                p95_seconds: Nullable(Some(40.0)),
            },
            ..Funnel::default()
        };
        Self {
            total: 1204,
            today: 3,
            verified: 1100,
            expired: 90,
            since: day,
            until: day + TimeDelta::days(1),
            purpose: Nullable(None),
            funnel: funnel(),
            kinds: vec![Kind {
                purpose: "login".to_owned(),
                contact_type: ContactType::Email,
                funnel: funnel(),
            }],
            by: By::Day,
            periods: vec![Period {
                start: day,
                funnel: funnel(),
            }],
        }
    }
}
