//! `otp config show`: the effective settings and where each was read.

use clap::Subcommand;
use serde::Serialize;

use super::{Failure, Json, Out, output};
use crate::config::{self, Settings};

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every key, its effective value and where it was read; secrets are masked
    Show(Json),
}

#[derive(Serialize)]
struct Line {
    key: String,
    value: String,
    origin: String,
}

impl ConfigCommand {
    pub(super) fn run(self, settings: &Settings, out: Out<'_>) -> Result<(), Failure> {
        let Self::Show(Json { json }) = self;
        let shown = match config::show(settings) {
            Ok(shown) => shown,
            Err(error) if json => return Err(error.into()),
            Err(error) => {
                // What is wrong may be the name of a key: here is what there is.
                output::table(out, ["key", "default", "allowed"], &known())?;
                writeln!(out)?;
                out.flush()?;
                return Err(error.into());
            }
        };
        if json {
            let lines: Vec<Line> = shown
                .into_iter()
                .map(|line| Line {
                    key: line.key,
                    value: line.value,
                    origin: line.origin,
                })
                .collect();
            return output::json(out, &lines);
        }
        let rows: Vec<[String; 3]> = shown
            .into_iter()
            .map(|line| [line.key, line.value, line.origin])
            .collect();
        output::table(out, ["key", "value", "origin"], &rows)
    }
}

fn known() -> Vec<[String; 3]> {
    config::SETTINGS
        .iter()
        .map(|setting| [setting.key, setting.default, setting.allowed].map(str::to_owned))
        .collect()
}
