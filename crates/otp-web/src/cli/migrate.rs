//! `otp migrate`: the tables.

use clap::{Args, Subcommand};
use otp_storage::{Down, Migrations};
use serde::Serialize;

use super::{Failure, Json, Out, output};
use crate::config::Config;
use crate::wiring;

#[derive(Debug, Subcommand)]
pub(super) enum Migrate {
    /// Apply what is not applied yet
    Up {
        /// Stop after this migration
        #[arg(long, value_name = "NAME")]
        to: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Take migrations back, the newest first; their tables go, and what is in them
    Down(DownTo),
    /// Show which migrations are applied
    Status(Json),
    /// Print the statements of all migrations for the configured kind of database
    Sql,
}

#[derive(Debug, Args)]
pub(super) struct DownTo {
    /// Stop before this migration, which stays applied; `zero` takes all back
    #[arg(long, value_name = "NAME", conflicts_with = "steps")]
    to: Option<String>,
    /// How many to take back
    #[arg(long, value_name = "N", default_value_t = 1)]
    steps: u32,
    #[command(flatten)]
    json: Json,
}

#[derive(Serialize)]
struct Listed {
    name: String,
    applied: bool,
}

impl Migrate {
    pub(super) async fn run(self, config: &Config, out: Out<'_>) -> Result<(), Failure> {
        if matches!(self, Self::Sql) {
            return Ok(writeln!(out, "{}", Migrations::sql(&config.database))?);
        }
        let database = wiring::connect(config).await?;
        let result = self.on(&database.migrations(), out).await;
        database.close().await;
        result
    }

    async fn on(self, migrations: &Migrations, out: Out<'_>) -> Result<(), Failure> {
        let failed = |error: otp_storage::MigrateError| {
            Failure::because("the migration stopped", &error, "")
        };
        let (done, names, Json { json }) = match self {
            Self::Up { to, json } => ("applied", migrations.up(to.as_deref()).await, json),
            Self::Down(DownTo { to, steps, json }) => {
                let down = to.map_or(Down::Steps(steps), Down::To);
                ("took back", migrations.down(down).await, json)
            }
            Self::Status(Json { json }) => return status(migrations, json, out).await,
            Self::Sql => return Ok(()),
        };
        let names = names.map_err(failed)?;
        if json {
            return output::json(out, &names);
        }
        for name in &names {
            writeln!(out, "{done} {name}")?;
        }
        if names.is_empty() {
            writeln!(out, "nothing to do")?;
        }
        Ok(())
    }
}

async fn status(migrations: &Migrations, json: bool, out: Out<'_>) -> Result<(), Failure> {
    let status = migrations.status().await;
    let status = status
        .map_err(|error| Failure::because("cannot read the state of the migrations", &error, ""))?;
    if json {
        let listed: Vec<Listed> = status
            .into_iter()
            .map(|one| Listed {
                name: one.name,
                applied: one.applied,
            })
            .collect();
        return output::json(out, &listed);
    }
    for one in status {
        writeln!(
            out,
            "[{}] {}",
            if one.applied { 'X' } else { ' ' },
            one.name
        )?;
    }
    Ok(())
}
