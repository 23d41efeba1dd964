//! The statistics as they are told: the same report for API, command line and admin page.

mod body;
mod nullable;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use otp_core::ports::OtpHistory;
use otp_core::statistics::{Funnel, Hour, Totals, Window};
use otp_core::{Channel, Purpose, StoreError};

pub(crate) use self::body::{By, Report as ReportBody};

/// The share of those that took no longer than the median.
pub(crate) const MEDIAN: f64 = 0.5;
/// The share of those that took no longer than all but the slowest.
pub(crate) const P95: f64 = 0.95;

/// How far back one looks when nothing else is asked for.
pub(crate) const USUAL: TimeDelta = TimeDelta::days(7);

/// The years that may be asked about: any time with a day added or taken away is still a time.
const YEARS: RangeInclusive<i32> = 1970..=9999;

/// The most kinds that are told apart; callers choose the names of purposes.
const MOST_KINDS: usize = 50;

impl By {
    /// The longest time that may be asked about: a bound on the rows that are read and told.
    const fn longest(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::days(31),
            Self::Day => TimeDelta::days(366),
        }
    }

    const fn length(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::days(1),
        }
    }

    /// Cuts a time to the beginning of its hour or day, in UTC.
    fn start(self, time: DateTime<Utc>) -> DateTime<Utc> {
        let since = time.timestamp().rem_euclid(self.length().num_seconds());
        let nanos = i64::from(time.timestamp_subsec_nanos());
        time - TimeDelta::seconds(since) - TimeDelta::nanoseconds(nanos)
    }
}

/// What is asked: a time in whole hours or days, for one purpose or all.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    since: DateTime<Utc>,
    until: DateTime<Utc>,
    purpose: Option<Purpose>,
    by: By,
}

/// Why a question cannot be answered. `Display` says what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadQuestion {
    /// Its end is not after its beginning.
    #[error("must be before `until`")]
    Backwards,
    /// It is about a time of which nobody keeps statistics.
    #[error("must be in the years 1970 to 9999, and so must `until`")]
    Year,
    /// It is about too long a time.
    #[error("must be at most {0} days before `until`; 31 by hour, 366 by day")]
    TooLong(i64),
}

impl Question {
    /// Asks about the time from `since` to `until`, widened to whole hours or days.
    ///
    /// # Errors
    /// [`BadQuestion`].
    pub(crate) fn new(
        since: DateTime<Utc>,
        until: DateTime<Utc>,
        by: By,
    ) -> Result<Self, BadQuestion> {
        if [since, until]
            .iter()
            .any(|time| !YEARS.contains(&time.year()))
        {
            return Err(BadQuestion::Year);
        }
        if since >= until {
            return Err(BadQuestion::Backwards);
        }
        if until - since > by.longest() {
            return Err(BadQuestion::TooLong(by.longest().num_days()));
        }
        let cut = by.start(until);
        Ok(Self {
            since: by.start(since),
            until: if cut < until { cut + by.length() } else { cut },
            purpose: None,
            by,
        })
    }

    /// Asks about one purpose only.
    pub(crate) fn of_purpose(mut self, purpose: Option<Purpose>) -> Self {
        self.purpose = purpose;
        self
    }

    /// Asks `history`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn ask(
        self,
        history: &dyn OtpHistory,
        now: DateTime<Utc>,
    ) -> Result<Report, StoreError> {
        let mut window = Window::new(self.since, self.until);
        if let Some(purpose) = self.purpose.clone() {
            window = window.of_purpose(purpose);
        }
        let statistics = history.read(&window, now).await?;
        Ok(Report::of(self, statistics.totals, statistics.hours))
    }
}

/// The answer: the four numbers, the whole, and its parts.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) since: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
    pub(crate) purpose: Option<Purpose>,
    pub(crate) by: By,
    /// Over all OTPs ever issued.
    pub(crate) totals: Totals,
    /// Over the whole time.
    pub(crate) whole: Funnel,
    /// The same by purpose and channel: those with the most OTPs.
    pub(crate) kinds: Vec<(Purpose, Channel, Funnel)>,
    /// The same by hour or day, the oldest first, the empty ones included.
    pub(crate) periods: Vec<(DateTime<Utc>, Funnel)>,
}

impl Report {
    fn of(question: Question, totals: Totals, hours: Vec<Hour>) -> Self {
        let Question {
            since,
            until,
            purpose,
            by,
        } = question;
        let mut whole = Funnel::default();
        let mut kinds: BTreeMap<(Purpose, Channel), Funnel> = BTreeMap::new();
        let mut periods: BTreeMap<DateTime<Utc>, Funnel> = BTreeMap::new();
        let mut start = since;
        while start < until {
            periods.insert(start, Funnel::default());
            start += by.length();
        }
        for hour in hours {
            whole.merge(&hour.funnel);
            let period = periods.entry(by.start(hour.start)).or_default();
            period.merge(&hour.funnel);
            let kind = kinds.entry((hour.purpose, hour.channel)).or_default();
            kind.merge(&hour.funnel);
        }
        let mut kinds: Vec<_> = kinds
            .into_iter()
            .map(|((purpose, channel), funnel)| (purpose, channel, funnel))
            .collect();
        if kinds.len() > MOST_KINDS {
            kinds.sort_by_key(|(.., funnel)| Reverse(funnel.issued));
            kinds.truncate(MOST_KINDS);
        }
        Self {
            since,
            until,
            purpose,
            by,
            totals,
            whole,
            kinds,
            periods: periods.into_iter().collect(),
        }
    }
}

/// Writes how long something took, for people.
pub(crate) fn words(time: Option<TimeDelta>) -> String {
    let Some(time) = time else {
        return "–".to_owned();
    };
    let (seconds, tenths) = (time.num_seconds(), time.subsec_millis() / 100);
    match (time.num_hours(), time.num_minutes(), seconds) {
        (hours @ 1.., minutes, _) => format!("{hours} h {:02} min", minutes % 60),
        (_, minutes @ 1.., _) => format!("{minutes} min {:02} s", seconds % 60),
        (_, _, 10..) => format!("{seconds} s"),
        (_, _, 1..) => format!("{seconds}.{tenths} s"),
        _ => format!("{} ms", time.num_milliseconds()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn no_time_is_too_far_away_to_be_refused() {
        let week = USUAL;
        for far in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let since = far.checked_sub_signed(week).unwrap_or(far);
            let asked = Question::new(since, far, By::Day);
            assert_eq!(asked.err(), Some(BadQuestion::Year));
        }
        let last = at("9999-12-31T23:59:59Z");
        assert!(Question::new(last - week, last, By::Day).is_ok());
    }

    #[test]
    fn no_more_kinds_are_told_than_a_reader_can_use() {
        let now = at("2026-01-02T00:00:00Z");
        let hours = (0..60_u64).map(|number| Hour {
            start: at("2026-01-01T10:00:00Z"),
            purpose: Purpose::parse(&format!("p{number}")).expect("a purpose"),
            channel: Channel::Email,
            funnel: Funnel {
                issued: number + 1,
                ..Funnel::default()
            },
        });
        let question = Question::new(now - USUAL, now, By::Day).expect("a question");
        let report = Report::of(question, Totals::default(), hours.collect());
        assert_eq!(report.kinds.len(), MOST_KINDS);
        assert_eq!(report.kinds[0].2.issued, 60);
        assert_eq!(report.whole.issued, 60 * 61 / 2);
    }

    #[test]
    fn a_question_is_widened_to_whole_hours_or_days() {
        for (by, since, until) in [
            (By::Hour, "2026-01-01T10:00:00Z", "2026-01-03T00:00:00Z"),
            (By::Day, "2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z"),
        ] {
            let asked = Question::new(
                at("2026-01-01T10:59:59.9Z"),
                at("2026-01-02T23:00:00.1Z"),
                by,
            );
            let asked = asked.expect("a question");
            assert_eq!((asked.since, asked.until), (at(since), at(until)), "{by:?}");
            let whole = Question::new(at(since), at(until), by).expect("a question");
            assert_eq!((whole.since, whole.until), (at(since), at(until)), "{by:?}");
        }
    }

    #[test]
    fn a_question_is_about_a_bounded_time_that_passes() {
        let since = at("2026-01-01T10:30:00Z");
        for (by, days) in [(By::Hour, 31), (By::Day, 366)] {
            let longest = since + TimeDelta::days(days);
            assert!(Question::new(since, longest, by).is_ok());
            let longer = Question::new(since, longest + TimeDelta::microseconds(1), by);
            assert_eq!(longer.err(), Some(BadQuestion::TooLong(days)));
            assert_eq!(
                Question::new(since, since, by).err(),
                Some(BadQuestion::Backwards)
            );
        }
    }

    #[test]
    fn times_are_told_in_two_figures_or_three() {
        for (millis, told) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1000, "1.0 s"),
            (9999, "9.9 s"),
            (10_000, "10 s"),
            (59_999, "59 s"),
            (60_000, "1 min 00 s"),
            (3_599_999, "59 min 59 s"),
            (3_600_000, "1 h 00 min"),
            (90_061_000, "25 h 01 min"),
        ] {
            assert_eq!(words(Some(TimeDelta::milliseconds(millis))), told);
        }
        assert_eq!(words(None), "–");
    }

    #[test]
    fn a_report_adds_up_and_leaves_no_period_out() {
        let hour = |start, purpose: &str, channel, issued| Hour {
            start: at(start),
            purpose: Purpose::parse(purpose).expect("a purpose"),
            channel,
            funnel: Funnel {
                issued,
                ..Funnel::default()
            },
        };
        let hours = vec![
            hour("2026-01-01T09:00:00Z", "login", Channel::Email, 1),
            hour("2026-01-01T23:00:00Z", "login", Channel::Phone, 20),
            hour("2026-01-03T00:00:00Z", "payment", Channel::Email, 300),
            hour("2026-01-03T23:00:00Z", "login", Channel::Email, 4000),
        ];
        let (since, until) = (at("2026-01-01T08:10:00Z"), at("2026-01-03T23:10:00Z"));
        for (by, periods, issued) in [(By::Day, 3, vec![21, 0, 4300]), (By::Hour, 64, vec![])] {
            let question = Question::new(since, until, by).expect("a question");
            let report = Report::of(question, Totals::default(), hours.clone());
            assert_eq!(report.whole.issued, 4321);
            let kinds: Vec<_> = report
                .kinds
                .iter()
                .map(|(purpose, channel, funnel)| (purpose.as_str(), *channel, funnel.issued))
                .collect();
            assert_eq!(
                kinds,
                [
                    ("login", Channel::Email, 4001),
                    ("login", Channel::Phone, 20),
                    ("payment", Channel::Email, 300),
                ]
            );
            assert_eq!(report.periods.len(), periods);
            let sums: Vec<u64> = report.periods.iter().map(|(_, sum)| sum.issued).collect();
            assert_eq!(sums.iter().sum::<u64>(), 4321);
            assert!(issued.is_empty() || sums == issued, "{sums:?}");
        }
    }
}
