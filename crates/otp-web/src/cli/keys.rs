//! `otp keys`: make a key, list those in use, follow them by a new one, and leave everything behind that was made so far.

use std::io::{self, Write as _};

use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use otp_core::{Clock as _, Key, Keyring, Term};
use serde::Serialize;

use super::{Failure, Json, Out, output};
use crate::config::{Config, ConfigError};
use crate::keys::{self, EPOCH_FILE, KEY_FILE, New, Step, fresh_key};
use crate::system::{SystemClock, SystemSecrets};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Print a new random key in the form that `keys` (`OTP_KEYS`) takes
    Generate,
    /// List the keys in use and how long each opens what was made under it; the current one first
    List(Json),
    /// Make a new key the current one, and let the older ones end with the last code made under them
    Rotate(Rotate),
    /// After a restored backup or a failover: kill every live code and session, so that used ones do not come back
    BumpEpoch,
}

#[derive(Debug, Args)]
pub(super) struct Rotate {
    /// The first of two steps on several nodes: let each of them know the new key before any makes codes with it
    #[arg(long)]
    announce: bool,
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
            Self::List(json) => list(&config()?, json, SystemClock.now(), out),
            Self::Rotate(Rotate { announce: true }) => rotate(&config()?, Step::Announce, out),
            Self::Rotate(Rotate { announce: false }) => rotate(&config()?, Step::Rotate, out),
            Self::BumpEpoch => bump_epoch(&config()?, out),
        }
    }
}

#[derive(Serialize)]
struct Listed {
    id: String,
    state: State,
    until: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Current,
    Next,
    Older,
    Names,
    Ended,
}

impl State {
    const fn says(self) -> &'static str {
        match self {
            Self::Current => "makes new codes",
            Self::Next => "is known, and makes none yet",
            Self::Older => "opens older codes and sessions",
            Self::Names => "has ended, and names limits and known devices",
            Self::Ended => "has ended, and may go",
        }
    }
}

impl Listed {
    fn of(key: &Key, ring: &Keyring, now: DateTime<Utc>) -> Self {
        let is_current = key.id() == ring.current();
        Self {
            id: key.id().as_str().to_owned(),
            state: match key.term() {
                Term::Open if is_current => State::Current,
                Term::Next => State::Next,
                term if term.is_open(now) => State::Older,
                Term::Open | Term::Until(_) if key.id() == ring.naming() => State::Names,
                Term::Open | Term::Until(_) => State::Ended,
            },
            until: match key.term() {
                Term::Open | Term::Next => None,
                Term::Until(end) => Some(end.to_rfc3339_opts(SecondsFormat::Secs, true)),
            },
        }
    }
}

fn list(
    config: &Config,
    Json { json }: Json,
    now: DateTime<Utc>,
    out: Out<'_>,
) -> Result<(), Failure> {
    let ring = keys::in_force(config, &SystemSecrets)?;
    let listed: Vec<Listed> = ring.keys().map(|key| Listed::of(key, &ring, now)).collect();
    if json {
        return output::json(out, &listed);
    }
    let rows: Vec<[String; 3]> = listed
        .into_iter()
        .map(|key| {
            let says = key.state.says().to_owned();
            [key.id, says, key.until.unwrap_or_default()]
        })
        .collect();
    output::table(out, ["id", "use", "until"], &rows)
}

/// Prints on stdout only what programs take; what people read goes to stderr.
fn rotate(config: &Config, step: Step, out: Out<'_>) -> Result<(), Failure> {
    let where_it_is = match keys::rotate(config, step, &SystemSecrets, SystemClock.now())? {
        New::Kept(_) => format!("kept in {KEY_FILE}; it counts from the next start on"),
        New::ToSet(ring) => {
            writeln!(out, "{}", *ring.expose())?;
            "set it as OTP_KEYS on every node, and restart them".to_owned()
        }
    };
    let then = match step {
        Step::Announce => "when all of them run with it, run `otp keys rotate`",
        Step::Rotate => "`otp keys list` says until when the older keys open",
    };
    Ok(writeln!(io::stderr(), "{where_it_is}; {then}")?)
}

/// Prints on stdout only what programs take; what people read goes to stderr.
fn bump_epoch(config: &Config, out: Out<'_>) -> Result<(), Failure> {
    let (epoch, where_it_is) = match keys::raise_epoch(config)? {
        New::Kept(epoch) => (
            epoch,
            format!("kept in {EPOCH_FILE}; it counts from the next start on"),
        ),
        New::ToSet(epoch) => (
            epoch,
            "set it on every node before the restored database is used, and restart".to_owned(),
        ),
    };
    writeln!(out, "OTP_EPOCH={epoch}")?;
    Ok(writeln!(
        io::stderr(),
        "{where_it_is}: every code and session made before is dead then, and people ask for a new one"
    )?)
}
