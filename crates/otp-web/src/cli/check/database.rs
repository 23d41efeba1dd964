//! The database: does it answer, are the tables whole, does its clock agree, is there room.

use std::path::Path;

use chrono::TimeDelta;
use otp_core::Clock as _;
use otp_storage::{Database, Description};

use super::{Line, Measure};
use crate::config::{Config, Profile};
use crate::failure::Failure;
use crate::system::SystemClock;
use crate::wiring;

/// A node that is further off calls codes expired that another has just issued.
const MOST_APART: TimeDelta = TimeDelta::seconds(2);
/// Less room than this is gone before anybody looks.
const LEAST_ROOM: u64 = 1 << 30;
/// Less room than this, and the next writes fail.
const NO_ROOM: u64 = 64 << 20;

pub(super) async fn lines(config: &Config, measure: Measure) -> Vec<Line> {
    let file = config.database.file();
    let mut lines: Vec<Line> = file.and_then(room).into_iter().collect();
    if let Some(file) = file.filter(|file| !file.exists()) {
        let says = format!("{} is not there yet", file.display());
        lines.push(unless_served(config, measure, "database", says));
        return lines;
    }
    let database = match wiring::connect(config).await {
        Ok(database) => database,
        Err(failure) => {
            lines.push(Line::fault(
                "database",
                failure.to_string(),
                "mend it, and check again",
            ));
            return lines;
        }
    };
    match database.describe().await {
        Ok(description) => {
            lines.push(Line::ok(
                "database",
                format!("{} answers", description.product),
            ));
            lines.extend(clock(&description));
            lines.extend(tables(config, measure, &database).await);
        }
        Err(error) => {
            let says = Failure::because("it does not answer", &error, "").to_string();
            lines.push(Line::fault("database", says, "see that it runs"));
        }
    }
    database.close().await;
    lines
}

/// In development `serve` makes the tables itself.
fn unless_served(config: &Config, measure: Measure, check: &'static str, says: String) -> Line {
    if config.profile == Profile::Development && measure == Measure::AnyProfile {
        return Line::warning(check, says, "`otp serve` makes it in development");
    }
    Line::fault(check, says, "run `otp migrate up`")
}

async fn tables(config: &Config, measure: Measure, database: &Database) -> Vec<Line> {
    let migrations = database.migrations();
    let failed = |check, error: &otp_storage::MigrateError| {
        let says = Failure::because("cannot be seen", error, "").to_string();
        vec![Line::fault(check, says, "mend it, and check again")]
    };
    let pending = match migrations.pending().await {
        Ok(pending) => pending,
        Err(error) => return failed("migrations", &error),
    };
    if let Err(error) = migrations.foresee().await {
        return failed("migrations", &error);
    }
    let applied = match pending.len() {
        0 => Line::ok("migrations", "all are applied"),
        count => {
            let says = format!("{count} not applied yet");
            unless_served(config, measure, "migrations", says)
        }
    };
    match migrations.is_new().await {
        Ok(false) => {}
        Ok(true) => return vec![applied],
        Err(error) => return failed("tables", &error),
    }
    let missing = match migrations.missing().await {
        Ok(missing) => missing,
        Err(error) => return failed("tables", &error),
    };
    let whole = if missing.is_empty() {
        Line::ok(
            "tables",
            "columns and indexes are those of the applied migrations",
        )
    } else {
        let says = format!("missing: {}", missing.join(", "));
        Line::fault(
            "tables",
            says,
            "restore the backup, or make them as `otp migrate sql` prints them",
        )
    };
    vec![applied, whole]
}

fn clock(description: &Description) -> Option<Line> {
    let apart = (description.now? - SystemClock.now()).abs();
    let shown = format!("{} ms", apart.num_milliseconds());
    Some(if apart <= MOST_APART {
        Line::ok("clock", format!("{shown} from the database's"))
    } else {
        Line::fault(
            "clock",
            format!("{shown} from the database's: codes would expire early or late"),
            "have both machines follow a time server",
        )
    })
}

/// The room on the disk of a SQLite file, or of the nearest folder that is there.
fn room(file: &Path) -> Option<Line> {
    let absolute = std::path::absolute(file).ok()?;
    let there = absolute.ancestors().find(|path| path.exists())?;
    let disk = rustix::fs::statvfs(there).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let says = format!("{} MiB free where the database is", free >> 20);
    let remedy = "make room, or move the database";
    Some(match free {
        0..NO_ROOM => Line::fault("disk", says, remedy),
        NO_ROOM..LEAST_ROOM => Line::warning("disk", says, remedy),
        _ => Line::ok("disk", says),
    })
}
