//! The project's own chores: `cargo xtask --help` lists them.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to a person in a terminal, or in the log of a run"
)]

mod bench;
mod ci;
mod fuzz;
mod host;
mod http;
mod kills;
mod layers;
mod mutants;
mod process;
mod services;
mod subject;
mod tidy;
mod timing;
mod workspace;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use crate::services::Service;

/// The project's own chores.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Formats, lints, layers, docs and all tests, against real servers that it starts itself
    Ci {
        /// Leaves out the tests that need these, and says so at the end
        #[arg(long, value_delimiter = ',', value_name = "SERVICES")]
        without: Vec<Service>,
    },
    /// Fails when a crate reaches against the arrow, or when the core gains what it must not have
    Layers,
    /// Fails when a source file breaks a rule of the house, or when the docs name too little or too much
    Tidy,
    /// Starts throw-away servers, runs a command with their addresses, and stops them
    ///
    /// Without a command it waits for Ctrl-C.
    Services {
        /// Starts these instead of all
        #[arg(long, value_delimiter = ',', value_name = "SERVICES")]
        only: Vec<Service>,
        /// What to run, such as: cargo test -p otp-storage --test postgres
        #[arg(last = true, value_name = "COMMAND")]
        command: Vec<String>,
    },
    /// Kills one of three workers at each point of a message's way, on each kind of database
    Kills {
        /// How many times at each point
        #[arg(long, value_name = "COUNT", default_value_t = 50)]
        runs: u32,
    },
    /// Tries to tell customers from strangers by how long the service takes
    Timing {
        /// How many requests of each class and call
        #[arg(long, value_name = "COUNT", default_value_t = 20_000)]
        requests: u32,
        /// Which build is measured
        #[arg(long, value_enum, default_value_t = timing::Profile::Release)]
        profile: timing::Profile,
    },
    /// Breaks each rule of the core and each term of the statements, one at a time, and sees that a test goes red
    Mutants {
        /// Breaks these files only, by their path; both lists are in `xtask/src/mutants.rs`
        #[arg(value_name = "FILES")]
        files: Vec<String>,
    },
    /// Measures the release binary on SQLite and on PostgreSQL, beside what pgbench reaches
    Bench {
        /// How long each load lasts
        #[arg(long, value_name = "SECONDS", default_value_t = 10)]
        seconds: u16,
    },
    /// Feeds every parser with made-up bytes, guided by what they reach
    Fuzz {
        /// How long all targets take together
        #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
        seconds: u32,
    },
}

fn main() -> ExitCode {
    let chore = Arguments::parse().chore;
    let done = process::watch_signals()
        .and_then(|()| enter_workspace())
        .and_then(|()| run(chore));
    done.unwrap_or_else(|why| {
        eprintln!("xtask: {why:#}");
        if why.is::<process::Interrupted>() {
            return ExitCode::from(130);
        }
        ExitCode::FAILURE
    })
}

fn run(chore: Chore) -> Result<ExitCode> {
    match chore {
        Chore::Ci { without } => ci::run(&without),
        Chore::Layers => Ok(report("layers", &layers::check()?)),
        Chore::Tidy => Ok(report("tidy", &tidy::check()?)),
        Chore::Services { only, command } => services::run(&only, &command),
        Chore::Fuzz { seconds } => fuzz::run(seconds).map(|()| ExitCode::SUCCESS),
        Chore::Kills { runs } => kills::run(runs),
        Chore::Timing { requests, profile } => timing::run(requests, profile),
        Chore::Mutants { files } => mutants::run(&files),
        Chore::Bench { seconds } => bench::run(seconds).map(|()| ExitCode::SUCCESS),
    }
}

/// Prints what a check found, one finding a line.
fn report(check: &str, findings: &[String]) -> ExitCode {
    for finding in findings {
        eprintln!("{check}: {finding}");
    }
    if findings.is_empty() {
        println!("{check}: ok");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// All chores work on paths from the root of the workspace, wherever they are called.
fn enter_workspace() -> Result<()> {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = xtask.parent().unwrap_or(xtask);
    std::env::set_current_dir(root).with_context(|| format!("cannot enter {}", root.display()))
}
