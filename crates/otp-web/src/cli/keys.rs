//! `otp keys`: make a key, list those in use, and leave everything behind that was made so far.

use std::io::{self, Write as _};

use clap::Subcommand;
use serde::Serialize;

use super::{Failure, Json, Out, output};
use crate::config::{Config, ConfigError};
use crate::keys::{EPOCH_FILE, Raised, fresh_key, raise_epoch};
use crate::system::SystemSecrets;

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Print a new random key in the form that `keys` (`OTP_KEYS`) takes
    Generate,
    /// List the ids of the configured keys, the current one first
    List(Json),
    /// After a restored backup or a failover: kill every live code and session, so that used ones do not come back
    BumpEpoch,
}

#[derive(Serialize)]
struct Listed {
    id: String,
    current: bool,
}

impl KeysCommand {
    pub(super) fn run(
        self,
        config: impl FnOnce() -> Result<Config, ConfigError>,
        out: Out<'_>,
    ) -> Result<(), Failure> {
        match self {
            Self::Generate => Ok(writeln!(
                out,
                "{}",
                *fresh_key("k", &SystemSecrets)?.expose()
            )?),
            Self::BumpEpoch => bump_epoch(&config()?, out),
            Self::List(Json { json }) => {
                let keys = config()?.keys;
                let keys = keys.ok_or_else(|| {
                    Failure::refused(
                        "no key is configured: development makes its own; set keys (OTP_KEYS)",
                    )
                })?;
                let listed: Vec<Listed> = keys
                    .ids()
                    .map(|id| Listed {
                        id: id.as_str().to_owned(),
                        current: id == keys.current(),
                    })
                    .collect();
                if json {
                    return output::json(out, &listed);
                }
                let use_of = |key: &Listed| {
                    if key.current {
                        "makes new codes"
                    } else {
                        "opens older codes"
                    }
                };
                let rows: Vec<[String; 2]> = listed
                    .iter()
                    .map(|key| [key.id.clone(), use_of(key).to_owned()])
                    .collect();
                output::table(out, ["id", "use"], &rows)
            }
        }
    }
}

/// Prints on stdout only what programs take; what people read goes to stderr.
fn bump_epoch(config: &Config, out: Out<'_>) -> Result<(), Failure> {
    let says = match raise_epoch(config)? {
        Raised::Kept(epoch) => {
            writeln!(out, "OTP_EPOCH={epoch}")?;
            format!("kept in {EPOCH_FILE}; it counts from the next start on")
        }
        Raised::ToSet(epoch) => {
            writeln!(out, "OTP_EPOCH={epoch}")?;
            "set it on every node before the restored database is used, and restart".to_owned()
        }
    };
    Ok(writeln!(
        io::stderr(),
        "{says}: every code and session made before is dead then, and people ask for a new one"
    )?)
}
