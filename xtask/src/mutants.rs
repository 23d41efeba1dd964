//! Breaks each guard, one at a time, and sees that a test goes red.
//!
//! `cargo-mutants` breaks the rules of `otp-core`. It cannot take a term out of a statement, so the statements of
//! `otp-storage` have mutants of our own.

mod statements;
mod trial;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::host::cargo;
use crate::process::{Running, output, shown};
use crate::workspace::target_directory;

/// Exact: a newer one may make other mutants.
const VERSION: &str = "27.1.0";

/// The rules: what decides about codes, contacts, keys and limits.
const RULES: [&str; 10] = [
    "crates/otp-core/src/budget*.rs",
    "crates/otp-core/src/budget*/*.rs",
    "crates/otp-core/src/code.rs",
    "crates/otp-core/src/contact*.rs",
    "crates/otp-core/src/contact/*.rs",
    "crates/otp-core/src/keyring*.rs",
    "crates/otp-core/src/keyring/key.rs",
    "crates/otp-core/src/otp.rs",
    "crates/otp-core/src/policy.rs",
    "crates/otp-core/src/service{.rs,/*.rs}",
];

/// The statements that decide who was first.
const STATEMENTS: [&str; 6] = [
    "crates/otp-storage/src/otps.rs",
    "crates/otp-storage/src/budgets.rs",
    "crates/otp-storage/src/devices.rs",
    "crates/otp-storage/src/deliveries.rs",
    "crates/otp-storage/src/sessions.rs",
    "crates/otp-storage/src/admin_sessions.rs",
];

/// What became of the mutants of one file.
#[derive(Debug, Default)]
struct Tally {
    killed: u32,
    /// They do not compile, so that nobody can write them by mistake.
    unviable: u32,
    survived: Vec<String>,
}

/// Runs the mutants of `files`, or all of them, and prints a table for `docs/security.md`.
pub(crate) fn run(files: &[String]) -> Result<ExitCode> {
    let folder = target_directory()?.join("mutants");
    fs::create_dir_all(&folder)?;
    let chosen = |all: &[&str]| -> Vec<String> {
        let is_chosen = |file: &&&str| files.is_empty() || files.iter().any(|name| name == **file);
        all.iter()
            .filter(is_chosen)
            .map(|&file| file.to_owned())
            .collect()
    };
    let (rules, statements) = (chosen(&RULES), chosen(&STATEMENTS));
    ensure!(
        !rules.is_empty() || !statements.is_empty(),
        "name some of {}",
        [&RULES[..], &STATEMENTS[..]].concat().join(", ")
    );
    let mut tallies = BTreeMap::new();
    if !statements.is_empty() {
        trial::run(&folder, &statements, &mut tallies)?;
    }
    if !rules.is_empty() {
        break_rules(&folder, &rules, &mut tallies)?;
    }
    let table = table(&tallies);
    fs::write(folder.join("summary.md"), &table)?;
    println!("\n{table}");
    let survivors: Vec<&String> = tallies.values().flat_map(|tally| &tally.survived).collect();
    for survivor in &survivors {
        eprintln!("survived: {survivor}");
    }
    Ok(if survivors.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn break_rules(
    folder: &Path,
    globs: &[String],
    tallies: &mut BTreeMap<String, Tally>,
) -> Result<()> {
    let mut command = Command::new(tool()?);
    command.args(["mutants", "--package=otp-core", "--all-features"]);
    command.args(["--timeout=60", "--no-times", "--output"]);
    command.arg(folder);
    for glob in globs {
        command.args(["--file", glob]);
    }
    println!("$ {}", shown(&command));
    // It ends with an error when a mutant survives: its report tells.
    Running::start(&mut command)?.wait()?;
    let report = fs::read_to_string(folder.join("mutants.out/outcomes.json"))
        .context("cargo-mutants left no report")?;
    read_report(&report, tallies)
}

/// Adds up the report of `cargo-mutants`.
fn read_report(report: &str, tallies: &mut BTreeMap<String, Tally>) -> Result<()> {
    let report: Value = serde_json::from_str(report)?;
    let outcomes = report.get("outcomes").and_then(Value::as_array);
    for outcome in outcomes.context("a report without outcomes")? {
        let Some(mutant) = outcome.pointer("/scenario/Mutant") else {
            // The tests without a mutant.
            ensure!(
                outcome.get("summary").and_then(Value::as_str) == Some("Success"),
                "the tests fail without any mutant"
            );
            continue;
        };
        let text = |name| mutant.get(name).and_then(Value::as_str).unwrap_or_default();
        let tally = tallies.entry(text("file").to_owned()).or_default();
        match outcome.get("summary").and_then(Value::as_str) {
            Some("CaughtMutant" | "Timeout") => tally.killed += 1,
            Some("Unviable") => tally.unviable += 1,
            _ => tally.survived.push(text("name").to_owned()),
        }
    }
    Ok(())
}

/// Returns `cargo-mutants`, which is built the first time and kept where cargo builds.
fn tool() -> Result<PathBuf> {
    let root = target_directory()?.join("tools");
    let program = root.join("bin/cargo-mutants");
    let version = output(Command::new(&program).args(["mutants", "--version"]));
    if !version.is_ok_and(|version| version.trim().ends_with(VERSION)) {
        let mut install = cargo(&["install", "cargo-mutants", "--locked", "--version", VERSION]);
        install.arg("--root").arg(&root);
        println!("$ {}", shown(&install));
        ensure!(
            Running::start(&mut install)?.wait()?.success(),
            "cargo-mutants could not be installed"
        );
    }
    Ok(program)
}

fn table(tallies: &BTreeMap<String, Tally>) -> String {
    let mut table = "| file | killed | survived | do not compile |\n|---|---|---|---|\n".to_owned();
    for (file, tally) in tallies {
        let (killed, survived, unviable) = (tally.killed, tally.survived.len(), tally.unviable);
        // Writing to a string does not fail.
        let _ = writeln!(table, "| `{file}` | {killed} | {survived} | {unviable} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_added_up_by_file() {
        let report = r#"{"outcomes": [
            {"scenario": "Baseline", "summary": "Success"},
            {"scenario": {"Mutant": {"file": "a.rs", "name": "one"}}, "summary": "CaughtMutant"},
            {"scenario": {"Mutant": {"file": "a.rs", "name": "two"}}, "summary": "MissedMutant"},
            {"scenario": {"Mutant": {"file": "b.rs", "name": "three"}}, "summary": "Timeout"},
            {"scenario": {"Mutant": {"file": "b.rs", "name": "four"}}, "summary": "Unviable"}
        ]}"#;
        let mut tallies = BTreeMap::new();
        read_report(report, &mut tallies).unwrap();
        assert_eq!(tallies["a.rs"].survived, ["two"]);
        assert!(
            table(&tallies).ends_with("| `a.rs` | 1 | 1 | 0 |\n| `b.rs` | 1 | 0 | 1 |\n"),
            "{}",
            table(&tallies)
        );
    }

    #[test]
    fn a_report_of_failing_tests_is_none() {
        let report = r#"{"outcomes": [{"scenario": "Baseline", "summary": "Failure"}]}"#;
        assert!(read_report(report, &mut BTreeMap::new()).is_err());
    }
}
