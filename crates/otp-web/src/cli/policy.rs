//! `otp policy explain`: what the limits are, and what they leave to luck.

use std::fmt::Write as _;

use chrono::TimeDelta;
use clap::{Args, Subcommand};
use otp_core::{Budgets, Policy, Purpose};
use serde::Serialize;

use super::{Failure, Out, output};
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Show every limit in force, the chance of a lucky guess, and how many are expected in the whole service
    Explain(Explain),
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// Print JSON
    #[arg(long, conflicts_with = "markdown")]
    json: bool,

    /// Print a page in Markdown, for the documents of an installation
    #[arg(long)]
    markdown: bool,
}

impl PolicyCommand {
    pub(super) fn run(self, config: &Config, out: Out<'_>) -> Result<(), Failure> {
        let Self::Explain(Explain { json, markdown }) = self;
        let explained = Explained::of(config);
        if json {
            return output::json(out, &explained);
        }
        if markdown {
            return Ok(write!(out, "{}", explained.page())?);
        }
        explained.table(out)
    }
}

#[derive(Serialize)]
struct Explained {
    policies: Vec<PolicyRow>,
    budgets: Vec<BudgetRow>,
    /// How many blind guesses a year are expected to succeed in the whole service; `null` when nothing bounds them.
    blind_successes_a_year: Option<f64>,
    /// How many are accepted.
    accepted: f64,
}

#[derive(Serialize)]
struct PolicyRow {
    purpose: String,
    code: String,
    lifetime: String,
    max_attempts: u8,
    resend_after: String,
    /// The chance that a stranger's guesses at one contact open a code within a year; `null` when nothing bounds them.
    lucky_guess_a_year: Option<f64>,
}

#[derive(Serialize)]
struct BudgetRow {
    name: &'static str,
    limit: String,
    counts: &'static str,
    when_spent: &'static str,
}

impl Explained {
    fn of(config: &Config) -> Self {
        let Config {
            policies, budgets, ..
        } = config;
        let policy = |(purpose, policy): (Purpose, &Policy)| PolicyRow {
            purpose: purpose.as_str().to_owned(),
            code: policy.format().to_string(),
            lifetime: written(policy.lifetime()),
            max_attempts: policy.max_attempts(),
            resend_after: written(policy.resend_after()),
            lucky_guess_a_year: budgets.lucky_guess_a_year(policy.format()),
        };
        Self {
            policies: policies.iter().map(policy).collect(),
            budgets: rows(budgets),
            blind_successes_a_year: budgets.blind_successes_a_year(policies),
            accepted: config.accepted,
        }
    }

    fn table(&self, out: Out<'_>) -> Result<(), Failure> {
        let codes: Vec<[String; 6]> = self.policies.iter().map(PolicyRow::cells).collect();
        output::table(out, POLICY, &codes)?;
        writeln!(out)?;
        let budgets: Vec<[String; 3]> = self.budgets.iter().map(BudgetRow::cells).collect();
        output::table(out, ["budget", "limit", "counts"], &budgets)?;
        writeln!(out, "\n{}", self.bound())?;
        Ok(())
    }

    fn page(&self) -> String {
        let mut page = String::from(HEAD);
        page.push_str(&markdown(
            POLICY,
            self.policies.iter().map(PolicyRow::cells),
        ));
        page.push_str(BETWEEN);
        let budgets = self.budgets.iter().map(|row| {
            let [name, limit, counts] = row.cells();
            [
                format!("`budgets.{name}`"),
                limit,
                counts,
                row.when_spent.to_owned(),
            ]
        });
        page.push_str(&markdown(
            ["budget", "limit", "counts", "when it is spent"],
            budgets,
        ));
        let _ = write!(page, "\n## What is left to luck\n\n{}\n", self.bound());
        page.push_str(FOOT);
        page
    }

    fn bound(&self) -> String {
        let expected = self.blind_successes_a_year.map_or_else(
            || "Nothing bounds how many blind guesses succeed in the whole service.".to_owned(),
            |expected| {
                format!(
                    "In the whole service at most {expected:.2} blind guesses a year are expected to succeed, \
                     whatever the number of contacts, addresses and nodes."
                )
            },
        );
        format!(
            "{expected}\nThe service does not start when it is more than {} (`budgets.blind_successes`).",
            self.accepted
        )
    }
}

const POLICY: [&str; 6] = [
    "purpose",
    "code",
    "lifetime",
    "attempts",
    "resend after",
    "lucky guess a year",
];

impl PolicyRow {
    fn cells(&self) -> [String; 6] {
        [
            self.purpose.clone(),
            self.code.clone(),
            self.lifetime.clone(),
            self.max_attempts.to_string(),
            self.resend_after.clone(),
            self.lucky_guess_a_year.map_or_else(
                || "not bounded".to_owned(),
                |chance| format!("{:.4} %", chance * 100.0),
            ),
        ]
    }
}

impl BudgetRow {
    fn cells(&self) -> [String; 3] {
        [
            self.name.to_owned(),
            self.limit.clone(),
            self.counts.to_owned(),
        ]
    }
}

fn rows(budgets: &Budgets) -> Vec<BudgetRow> {
    const SILENT: &str = "no further message, and nobody is told";
    const TOLD: &str = "the network is refused until it may ask again";
    const STRONG: &str = "the next message carries a strong code, short ones open nothing";
    let row = |name, limit: &dyn ToString, counts, when_spent| BudgetRow {
        name,
        limit: limit.to_string(),
        counts,
        when_spent,
    };
    let waits = budgets.cooldowns.waits().iter().map(|wait| written(*wait));
    let waits = match waits.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "off".to_owned(),
        waits => waits,
    };
    vec![
        row(
            "email_sends",
            &budgets.email_sends,
            "messages to one address",
            SILENT,
        ),
        row(
            "phone_sends",
            &budgets.phone_sends,
            "messages to one number",
            SILENT,
        ),
        row(
            "device_sends",
            &budgets.device_sends,
            "messages to one contact, asked for by a device it signed in with",
            SILENT,
        ),
        row(
            "cooldowns",
            &waits,
            "time between messages to one contact",
            "the message goes out at the end of the wait, while its code lives",
        ),
        row(
            "failures",
            &budgets.failures,
            "wrong codes for one contact and purpose",
            STRONG,
        ),
        row(
            "device_failures",
            &budgets.device_failures,
            "wrong codes from a device it signed in with",
            STRONG,
        ),
        row(
            "client_requests",
            &budgets.client_requests,
            "requests for messages from one network",
            TOLD,
        ),
        row(
            "client_contacts",
            &budgets.client_contacts,
            "contacts that one network asks messages for",
            TOLD,
        ),
        row(
            "client_failures",
            &budgets.client_failures,
            "wrong codes from one network",
            TOLD,
        ),
        row(
            "short_codes",
            &budgets.short_codes,
            "wrong guesses at short codes in the whole service",
            "codes have eight digits",
        ),
        row(
            "long_codes",
            &budgets.long_codes,
            "wrong guesses at longer codes in the whole service",
            "codes are strong",
        ),
    ]
}

fn markdown<const N: usize>(
    headings: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut table = line(&headings.map(str::to_owned));
    table.push_str(&line(&headings.map(|_| "---".to_owned())));
    table.extend(rows.map(|cells| line(&cells)));
    table
}

fn written(time: TimeDelta) -> String {
    let seconds = time.num_seconds();
    match (seconds % 3600, seconds % 60) {
        (0, _) => format!("{}h", seconds / 3600),
        (_, 0) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

const HEAD: &str = "\
# Limits

Written by `otp policy explain --markdown` from the policies and budgets in force; this page shows the defaults.

## Codes

The last column is the chance that a stranger who guesses at one contact, one code after the other, opens one within a
year.

";

const BETWEEN: &str = "
A strong code has 13 characters of Crockford's base 32, 65 bits.

## Budgets

Each limit holds in every period of its length, wherever the period begins, on all nodes together.
A contact counts without its tags, and an IPv6 client by its /64 and, at four times the limits, by its /48.
One network gets at most half of the messages to one contact, and waits as long as the contact does between two messages
before it asks for it again, so that it books none in advance.
From three quarters of a limit of the whole service on, new codes are longer already, so that short ones that are out run
out before they open nothing.
A device that signed in before is not charged for what its network does.

";

const FOOT: &str = "
Every wrong guess counts as an attacker's, at the shortest code of its kind.
Guesses that are being answered while the last one of a limit is counted come on top.
See [security.md](security.md) for what each limit stops.
";
