//! Measures the release binary on SQLite and on PostgreSQL, beside what pgbench reaches with the same single UPDATE.

mod history;
mod load;
mod pgbench;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use self::load::{Load, drive};
use crate::host::cargo;
use crate::process::Running;
use crate::services::{Service, Services, provide};
use crate::subject::{Subject, WIDE_LIMITS};
use crate::workspace::target_directory;

/// How many cold starts the median is taken of.
const STARTS: usize = 5;
/// Comparisons that each OTP allows.
const ATTEMPTS: usize = 5;

pub(crate) fn run(seconds: u16) -> Result<()> {
    provide(&[Service::Postgres])?;
    let binary = release_binary()?;
    let services = Services::start(&[Service::Postgres])?;
    let postgres = services.export("OTP_TEST_POSTGRES_URL");
    let seconds = Duration::from_secs(seconds.into());

    let (start, memory) = cold_starts(&binary)?;
    println!("cold start to the first 200 of /healthz on SQLite, median of {STARTS}: {start:.1?}");
    println!("idle memory (VmRSS) of `otp serve` on SQLite: {memory}");

    println!(
        "\n{} connections, {seconds:.0?} at most for each row",
        load::CONNECTIONS
    );
    println!("{}", load::HEAD);
    loads("sqlite", &Subject::start(&binary, &WIDE_LIMITS)?, seconds)?;
    loads("sqlite, no limits", &Subject::start(&binary, &[])?, seconds)?;
    let database = ("OTP_DATABASE__URL", postgres);
    let settings = [&WIDE_LIMITS[..], &[database]].concat();
    loads("postgres", &Subject::start(&binary, &settings)?, seconds)?;
    let on_postgres = Subject::start(&binary, &[database])?;
    let verify = loads("postgres, no limits", &on_postgres, seconds)?;
    let bare = pgbench::measure(postgres, seconds)?;
    println!("{}", bare.row("pgbench, the same UPDATE"));

    let ratio = verify.per_second() / bare.per_second();
    println!("\nverify on PostgreSQL without limits, as a share of pgbench: {ratio:.2}");
    let (counted_in, looks) = history::measure(postgres, on_postgres.port)?;
    println!(
        "\nstatistics over a million OTPs on PostgreSQL, all counted {counted_in:.0?} after they came:"
    );
    println!("{}", load::HEAD);
    println!("{}", looks.row("GET /api/v1/stats"));
    println!("PostgreSQL ran without fsync: both numbers are those of processors, not of disks.");
    Ok(())
}

pub(crate) fn release_binary() -> Result<PathBuf> {
    let mut build = cargo(&["build", "--release", "--locked", "--package=otp-web"]);
    if !Running::start(&mut build)?.wait()?.success() {
        bail!("the release binary could not be built");
    }
    Ok(target_directory()?.join("release/otp"))
}

/// Starts it on an empty folder again and again; returns the median time and the memory of the last one.
fn cold_starts(binary: &Path) -> Result<(Duration, String)> {
    let mut times = Vec::new();
    let mut memory = String::new();
    for _ in 0..STARTS {
        let subject = Subject::start(binary, &[])?;
        times.push(subject.started_in);
        memory = subject.idle_memory()?;
    }
    times.sort_unstable();
    let median = times.get(STARTS / 2).copied();
    Ok((median.context("no start")?, memory))
}

/// Issues codes, waits until all are sent, then verifies them with a wrong code; returns the load of the verify.
fn loads(name: &str, subject: &Subject, most: Duration) -> Result<Load> {
    let issue = drive(subject.port, most, 201, |worker, turn| {
        let json = format!(
            r#"{{"contact_type":"email","contact_value":"bench-{worker}-{turn}@example.com"}}"#
        );
        Some(("/api/v1/otps".to_owned(), json))
    })?;
    println!("{}", issue.row(&format!("{name}, issue")));
    let ids = issue.answers.iter().map(|answer| id(answer));
    let ids = ids.collect::<Result<Vec<_>>>()?;
    subject.until_all_are_sent(ids.len())?;

    let verify = drive(subject.port, most, 422, |worker, turn| {
        // Each worker guesses at its own codes, at all of them before one twice: no two guesses wait for one row.
        let own = ids.len().saturating_sub(worker).div_ceil(load::CONNECTIONS);
        let id = (turn < own * ATTEMPTS).then(|| worker + load::CONNECTIONS * (turn % own));
        let id = ids.get(id?)?;
        let json = r#"{"otp_code":"000000"}"#.to_owned();
        Some((format!("/api/v1/otps/{id}/verify"), json))
    })?;
    println!("{}", verify.row(&format!("{name}, verify")));
    Ok(verify)
}

fn id(answer: &str) -> Result<String> {
    let answer: Value = serde_json::from_str(answer)?;
    let id = answer.get("id").and_then(Value::as_str);
    Ok(id.context("an answer without an id")?.to_owned())
}
