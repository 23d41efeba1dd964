//! `otp cleanup`: removes what is over.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use indicatif::ProgressBar;
use otp_core::{Clock as _, StoreError};
use serde::Serialize;
use tokio::time::sleep;

use super::interrupt::Interrupt;
use super::{Failure, Json, Out, output};
use crate::config::{Config, duration};
use crate::housekeeping::{Housekeeping, PAUSE, Removed};
use crate::system::SystemClock;
use crate::wiring;

#[derive(Debug, Args)]
pub(super) struct Cleanup {
    /// Keep what was issued within this time, like 90s, 5m, 24h or 7d [default: cleanup.retention]
    #[arg(long, value_name = "DURATION", value_parser = age)]
    older_than: Option<TimeDelta>,
    /// Count only, remove nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    json: Json,
}

#[derive(Serialize)]
struct Told {
    dry_run: bool,
    #[serde(flatten)]
    removed: Removed,
}

impl Cleanup {
    pub(super) async fn run(self, config: &Config, out: Out<'_>) -> Result<(), Failure> {
        let database = wiring::migrated(config).await?;
        let housekeeping = Housekeeping::new(&database, Arc::new(SystemClock));
        let older_than = self.older_than.unwrap_or(config.clean_up.retention);
        let issued_until = SystemClock.now() - older_than;
        let removable = housekeeping.removable(issued_until).await;
        let removable = removable.map_err(|error| failed(&error, Removed::default()))?;
        let removed = if self.dry_run {
            removable
        } else {
            let bar = ProgressBar::new(removable.all());
            let removed = remove(&housekeeping, issued_until, &bar).await;
            bar.finish_and_clear();
            removed?
        };
        database.close().await;
        if self.json.json {
            let told = Told {
                dry_run: self.dry_run,
                removed,
            };
            return output::json(out, &told);
        }
        let verb = if self.dry_run {
            "would remove"
        } else {
            "removed"
        };
        Ok(writeln!(out, "{verb} {}", counts(removed))?)
    }
}

/// Removes in steps; a signal ends it between two of them.
async fn remove(
    housekeeping: &Housekeeping,
    issued_until: DateTime<Utc>,
    bar: &ProgressBar,
) -> Result<Removed, Failure> {
    let mut interrupt = Interrupt::watch()?;
    let mut removed = Removed::default();
    loop {
        let step = housekeeping.remove_some(issued_until).await;
        let (step, more) = step.map_err(|error| failed(&error, removed))?;
        removed += step;
        bar.set_position(removed.all());
        if !more {
            return Ok(removed);
        }
        if interrupt.has_come() {
            let counts = counts(removed);
            return Err(Failure::refused(format!(
                "stopped after removing {counts}; run it again to go on"
            )));
        }
        sleep(PAUSE).await;
    }
}

fn counts(removed: Removed) -> String {
    let Removed {
        otps,
        sessions,
        ledgers,
        devices,
    } = removed;
    format!(
        "{otps} OTPs with their deliveries, {sessions} sessions, {ledgers} ledgers and {devices} devices"
    )
}

fn failed(error: &StoreError, removed: Removed) -> Failure {
    let advice = match removed.all() {
        0 => "nothing was removed".to_owned(),
        _ => format!(
            "{} were removed before; run it again to go on",
            counts(removed)
        ),
    };
    Failure::because("the clean-up stopped", error, &advice)
}

pub(super) fn age(text: &str) -> Result<TimeDelta, String> {
    duration(text).ok_or_else(|| "expected a duration like 90s, 5m, 24h or 7d".to_owned())
}
