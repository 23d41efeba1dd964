//! `otp stats`: the guide's four numbers, and how far the codes get.

use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use otp_core::statistics::{Funnel, Latencies};
use otp_core::{Clock as _, Purpose};
use poem_openapi::types::ToJSON as _;

use super::{Failure, Json, Out, otps, output};
use crate::config::{Config, duration};
use crate::statistics::{self, MEDIAN, P95, Question, Report, ReportBody};
use crate::system::SystemClock;
use crate::wiring;

#[derive(Debug, Args)]
pub(super) struct Stats {
    /// How far to look back, like 24h or 7d; the four numbers are about all codes ever issued
    #[arg(long, default_value = "7d", value_name = "DURATION", value_parser = look_back)]
    since: TimeDelta,
    /// Look at one purpose only
    #[arg(long)]
    purpose: Option<String>,
    /// Divide the time by hours or days, in UTC
    #[arg(long, default_value = "day")]
    by: By,
    #[command(flatten)]
    json: Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    Hour,
    Day,
}

impl Stats {
    pub(super) async fn run(self, config: &Config, out: Out<'_>) -> Result<(), Failure> {
        let now = SystemClock.now();
        let purpose = self.purpose.as_deref().map(otps::purpose).transpose()?;
        let by = match self.by {
            By::Hour => statistics::By::Hour,
            By::Day => statistics::By::Day,
        };
        let question = Question::new(now - self.since, now, by)
            .map_err(|_| Failure::refused("--since goes back 31d at most by hour, 366d by day"))?;
        let database = wiring::migrated(config).await?;
        let report = question
            .of_purpose(purpose)
            .ask(&database.history(), now)
            .await;
        database.close().await;
        let report =
            report.map_err(|error| Failure::because("cannot read the statistics", &error, ""))?;
        if self.json.json {
            return output::json(out, &ReportBody::from(&report).to_json());
        }
        tell(&report, out)
    }
}

fn tell(report: &Report, out: Out<'_>) -> Result<(), Failure> {
    let totals = report.totals;
    for (name, count) in [
        ("total", totals.total),
        ("today", totals.today),
        ("verified", totals.verified),
        ("expired", totals.expired),
    ] {
        writeln!(out, "{name:<9}{count:>9}")?;
    }
    let minute = "%Y-%m-%d %H:%M";
    writeln!(
        out,
        "\nIssued from {} to {} UTC, for {}",
        report.since.format(minute),
        report.until.format(minute),
        report
            .purpose
            .as_ref()
            .map_or("all purposes", Purpose::as_str)
    )?;
    let parts = report.kinds.iter().map(|(purpose, channel, funnel)| {
        let purpose: String = purpose.as_str().chars().take(LONGEST_PURPOSE).collect();
        (format!("{purpose}, {channel}"), funnel)
    });
    let all = (String::from("all"), &report.whole);
    let kinds: Vec<(String, &Funnel)> = std::iter::once(all).chain(parts).collect();
    figures(out, "", PROGRESS, &kinds)?;
    figures(out, "", ENDINGS, &kinds)?;
    figures(out, "", TIMES, &kinds)?;
    let (heading, form) = match report.by {
        statistics::By::Hour => ("hour", "%m-%d %H:%M"),
        statistics::By::Day => ("day", "%Y-%m-%d"),
    };
    let periods = report.periods.iter();
    let periods: Vec<(String, &Funnel)> = periods
        .filter(|(_, funnel)| funnel.issued > 0)
        .map(|(start, funnel)| (start.format(form).to_string(), funnel))
        .collect();
    figures(out, heading, PERIODS, &periods)
}

/// The most of a purpose that a line of 80 columns has room for.
const LONGEST_PURPOSE: usize = 16;

/// A column: its heading, and what it tells of a funnel.
type Column = (&'static str, fn(&Funnel) -> String);

const PROGRESS: &[Column] = &[
    ("issued", |funnel| funnel.issued.to_string()),
    ("sent", |funnel| funnel.sent.to_string()),
    ("delivered", |funnel| funnel.delivered.to_string()),
    ("verified", |funnel| funnel.verified.to_string()),
    ("resent", |funnel| funnel.resent.to_string()),
];

const ENDINGS: &[Column] = &[
    ("refused", |funnel| funnel.refused.to_string()),
    ("spent", |funnel| funnel.spent.to_string()),
    ("revoked", |funnel| funnel.revoked.to_string()),
    ("expired", |funnel| funnel.expired.to_string()),
    ("live", |funnel| funnel.live.to_string()),
    ("decoys", |funnel| funnel.decoys.to_string()),
];

const TIMES: &[Column] = &[
    ("sent: median", |funnel| time(&funnel.to_send, MEDIAN)),
    ("95 %", |funnel| time(&funnel.to_send, P95)),
    ("verified: median", |funnel| time(&funnel.to_verify, MEDIAN)),
    ("95 %", |funnel| time(&funnel.to_verify, P95)),
];

const PERIODS: &[Column] = &[
    ("issued", |funnel| funnel.issued.to_string()),
    ("sent", |funnel| funnel.sent.to_string()),
    ("delivered", |funnel| funnel.delivered.to_string()),
    ("verified", |funnel| funnel.verified.to_string()),
    ("refused", |funnel| funnel.refused.to_string()),
    ("expired", |funnel| funnel.expired.to_string()),
    ("resent", |funnel| funnel.resent.to_string()),
];

fn time(latencies: &Latencies, quantile: f64) -> String {
    statistics::words(latencies.quantile(quantile))
}

/// Writes an empty line and a table whose numbers are lined up at their right.
fn figures(
    out: Out<'_>,
    heading: &str,
    columns: &[Column],
    rows: &[(String, &Funnel)],
) -> Result<(), Failure> {
    let names = rows.iter().map(|(name, _)| name.chars().count());
    let first = names.chain([heading.len()]).max().unwrap_or_default();
    let mut lines = vec![format!("{heading:first$}")];
    lines.extend(rows.iter().map(|(name, _)| format!("{name:first$}")));
    for (heading, tell) in columns {
        let cells = rows.iter().map(|(_, funnel)| tell(funnel));
        let cells: Vec<String> = std::iter::once((*heading).to_owned())
            .chain(cells)
            .collect();
        let width = cells.iter().map(|cell| cell.chars().count()).max();
        let width = width.unwrap_or_default();
        for (line, cell) in lines.iter_mut().zip(cells) {
            *line = format!("{line}  {cell:>width$}");
        }
    }
    writeln!(out)?;
    for line in lines {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn look_back(text: &str) -> Result<TimeDelta, String> {
    let fits = |time: &TimeDelta| *time > TimeDelta::zero() && *time <= TimeDelta::days(366);
    duration(text)
        .filter(fits)
        .ok_or_else(|| "expected a duration like 24h or 7d, up to 366d".to_owned())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use otp_core::Channel;
    use otp_core::statistics::Totals;

    use super::*;

    fn report(by: statistics::By, purpose: &str, count: u64) -> Report {
        let mut funnel = Funnel {
            issued: count,
            sent: count,
            delivered: count,
            verified: count,
            refused: count,
            spent: count,
            revoked: count,
            expired: count,
            live: count,
            resent: count,
            ..Funnel::default()
        };
        funnel.to_send.record(TimeDelta::milliseconds(815));
        funnel.to_verify.record(TimeDelta::minutes(9));
        let purpose = Purpose::parse(purpose).expect("a purpose");
        let start = DateTime::from_timestamp_nanos(1_767_268_800_000_000_000);
        Report {
            since: start,
            until: start + TimeDelta::days(1),
            purpose: None,
            by,
            totals: Totals {
                total: count,
                today: count,
                verified: count,
                expired: count,
            },
            whole: funnel.clone(),
            kinds: vec![(purpose, Channel::Phone, funnel.clone())],
            periods: vec![(start, funnel), (start, Funnel::default())],
        }
    }

    fn told(report: &Report) -> String {
        let mut out = Vec::new();
        tell(report, &mut out).expect("a text");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn the_statistics_of_millions_fit_eighty_columns() {
        for by in [statistics::By::Hour, statistics::By::Day] {
            let text = told(&report(by, &"p".repeat(32), 9_999_999));
            let longest = text.lines().map(|line| line.chars().count()).max();
            assert!(longest <= Some(80), "{longest:?}\n{text}");
        }
    }

    #[test]
    fn the_four_numbers_stand_first_and_empty_days_are_left_out() {
        insta::assert_snapshot!(told(&report(statistics::By::Day, "login", 1204)));
    }
}
