//! Tries mutants of the rules by `cargo-mutants`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::sandbox::Sandbox;
use super::{Fate, Fates};
use crate::host::cargo;
use crate::process::{Running, output, shown};
use crate::workspace::target_directory;

/// Exact: a newer one may make other mutants.
const VERSION: &str = "27.1.0";

/// Mutants that no test has to see, and why.
const LEFT_OUT: [(&str, &str); 1] =
    [("impl fmt::Debug for", "what prints nothing tells no secret")];

/// What is run against a mutant.
struct Tests {
    targets: &'static [&'static str],
    /// How many cases proptest makes up for each property.
    cases: &'static str,
}

/// Each for those that survived the ones before, since what takes longest is to link: most mutants die of unit tests.
///
/// The tests that play chance are left out, which take minutes: fewer tests may leave a mutant alive, and never kill
/// one.
const STAGES: [Tests; 3] = [
    Tests {
        targets: &["--lib"],
        cases: "16",
    },
    Tests {
        targets: &["--test=attacks", "--test=conformance", "--test=service"],
        cases: "16",
    },
    Tests {
        targets: &[
            "--lib",
            "--test=addresses",
            "--test=clocks",
            "--test=decoys",
            "--test=devices",
            "--test=events",
            "--test=failures",
            "--test=formats",
            "--test=halves",
            "--test=model",
            "--test=numbers",
            "--test=rotation",
        ],
        cases: "256",
    },
];

/// Tries the mutants of `files`.
pub(super) fn run(sandbox: &Sandbox, files: &[&str], fates: &mut Fates) -> Result<()> {
    for tests in &STAGES {
        attempt(sandbox, files, tests, fates)?;
        if !fates.values().any(|fate| *fate == Fate::Survived) {
            break;
        }
    }
    Ok(())
}

/// Skips what an attempt before it has killed.
fn attempt(sandbox: &Sandbox, files: &[&str], tests: &Tests, fates: &mut Fates) -> Result<()> {
    let mut command = Command::new(tool()?);
    command.args(["mutants", "--package=otp-core", "--all-features"]);
    command.args(["--in-place", "--iterate", "--timeout=120", "--no-times"]);
    // Behind `--` they would be run only, and all be built.
    command.args(
        tests
            .targets
            .iter()
            .map(|test| format!("--cargo-arg={test}")),
    );
    command.args(files.iter().map(|file| format!("--file={file}")));
    command.args(LEFT_OUT.map(|(what, _)| format!("--exclude-re={what}")));
    sandbox
        .hosts(&mut command)
        .env("PROPTEST_CASES", tests.cases);
    println!("$ {}", shown(&command));
    // It ends with an error when a mutant survives: its report tells.
    Running::start(&mut command)?.wait()?;
    let report = fs::read_to_string(sandbox.root.join("mutants.out/outcomes.json"));
    read_report(&report.context("cargo-mutants left no report")?, fates)
}

fn read_report(report: &str, fates: &mut Fates) -> Result<()> {
    let report: Value = serde_json::from_str(report)?;
    let outcomes = report.get("outcomes").and_then(Value::as_array);
    for outcome in outcomes.context("a report without outcomes")? {
        let summary = outcome.get("summary").and_then(Value::as_str);
        let Some(mutant) = outcome.pointer("/scenario/Mutant/name") else {
            // The tests without a mutant.
            ensure!(
                summary == Some("Success"),
                "the tests fail without any mutant"
            );
            continue;
        };
        let name = mutant.as_str().context("a mutant without a name")?;
        let fate = match summary {
            Some("CaughtMutant" | "Timeout") => Fate::Killed,
            Some("Unviable") => Fate::Unviable,
            _ => Fate::Survived,
        };
        fates.insert(name.to_owned(), fate);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_tells_what_became_of_each_mutant() {
        let report = r#"{"outcomes": [
            {"scenario": "Baseline", "summary": "Success"},
            {"scenario": {"Mutant": {"name": "a.rs:1:2: one"}}, "summary": "CaughtMutant"},
            {"scenario": {"Mutant": {"name": "a.rs:3:4: two"}}, "summary": "MissedMutant"},
            {"scenario": {"Mutant": {"name": "b.rs:1:2: three"}}, "summary": "Timeout"},
            {"scenario": {"Mutant": {"name": "b.rs:3:4: four"}}, "summary": "Unviable"}
        ]}"#;
        let mut fates = Fates::new();
        read_report(report, &mut fates).unwrap();
        let fates: Vec<Fate> = fates.into_values().collect();
        assert_eq!(
            fates,
            [Fate::Killed, Fate::Survived, Fate::Killed, Fate::Unviable]
        );
    }

    #[test]
    fn a_report_of_failing_tests_is_none() {
        let report = r#"{"outcomes": [{"scenario": "Baseline", "summary": "Failure"}]}"#;
        assert!(read_report(report, &mut Fates::new()).is_err());
    }
}
