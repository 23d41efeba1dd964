//! Breaks each guard, one at a time, and sees that a test goes red.
//!
//! `cargo-mutants` breaks the rules of `otp-core`. It cannot take a term out of a statement, so the statements of
//! `otp-storage` have mutants of our own. Both are tried in one copy of the workspace, whose builds stay for the next
//! run.

mod rules;
mod sandbox;
mod statements;
mod trial;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::ExitCode;

use anyhow::{Result, ensure};

use self::sandbox::Sandbox;
use crate::workspace::target_directory;

/// The rules: what decides about codes, contacts, keys and limits.
const RULES: [&str; 23] = [
    "crates/otp-core/src/budget.rs",
    "crates/otp-core/src/budget/bound.rs",
    "crates/otp-core/src/budget/buckets.rs",
    "crates/otp-core/src/budget/ledger.rs",
    "crates/otp-core/src/budget/limit.rs",
    "crates/otp-core/src/budget/network.rs",
    "crates/otp-core/src/budget/plan.rs",
    "crates/otp-core/src/code.rs",
    "crates/otp-core/src/contact.rs",
    "crates/otp-core/src/contact/abuse.rs",
    "crates/otp-core/src/contact/email.rs",
    "crates/otp-core/src/contact/phone.rs",
    "crates/otp-core/src/keyring.rs",
    "crates/otp-core/src/keyring/key.rs",
    "crates/otp-core/src/otp.rs",
    "crates/otp-core/src/policy.rs",
    "crates/otp-core/src/service.rs",
    "crates/otp-core/src/service/caller.rs",
    "crates/otp-core/src/service/issue.rs",
    "crates/otp-core/src/service/resend.rs",
    "crates/otp-core/src/service/revoke.rs",
    "crates/otp-core/src/service/status.rs",
    "crates/otp-core/src/service/verify.rs",
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

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Killed,
    /// It does not compile, so that nobody can write it by mistake.
    Unviable,
    Survived,
}

/// By the mutant's name: its file, its line and what was done there, with colons between.
type Fates = BTreeMap<String, Fate>;

/// Runs the mutants of `files`, or all of them, and prints a table for `docs/security.md`.
pub(crate) fn run(files: &[String]) -> Result<ExitCode> {
    let folder = target_directory()?.join("mutants");
    let (rules, statements) = (chosen(&RULES, files), chosen(&STATEMENTS, files));
    let known = rules.len() + statements.len();
    ensure!(
        files.is_empty() || known == files.len(),
        "name some of {}",
        [&RULES[..], &STATEMENTS[..]].concat().join(", ")
    );
    let sandbox = Sandbox::make(&folder)?;
    let mut fates = Fates::new();
    if !rules.is_empty() {
        rules::run(&sandbox, &rules, &mut fates)?;
    }
    if !statements.is_empty() {
        trial::run(&sandbox, &statements, &mut fates)?;
    }
    let table = table(&fates);
    fs::write(folder.join("summary.md"), &table)?;
    println!("\n{table}");
    let survivors = fates.iter().filter(|(_, fate)| **fate == Fate::Survived);
    let survivors: Vec<_> = survivors.map(|(name, _)| name).collect();
    for survivor in &survivors {
        eprintln!("survived: {survivor}");
    }
    Ok(if survivors.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Returns those of `all` that are named in `files`, or all when none are.
fn chosen(all: &[&'static str], files: &[String]) -> Vec<&'static str> {
    let is_chosen = |file: &&str| files.is_empty() || files.iter().any(|name| name == file);
    all.iter().copied().filter(is_chosen).collect()
}

fn table(fates: &Fates) -> String {
    let mut files: BTreeMap<&str, [u32; 3]> = BTreeMap::new();
    for (name, fate) in fates {
        let file = name.split(':').next().unwrap_or_default();
        let [killed, survived, unviable] = files.entry(file).or_default();
        *match fate {
            Fate::Killed => killed,
            Fate::Survived => survived,
            Fate::Unviable => unviable,
        } += 1;
    }
    let mut table = "| file | killed | survived | do not compile |\n|---|---|---|---|\n".to_owned();
    for (file, [killed, survived, unviable]) in files {
        // Writing to a string does not fail.
        let _ = writeln!(table, "| `{file}` | {killed} | {survived} | {unviable} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fates_are_added_up_by_file() {
        let fates = [
            ("a.rs:1:2: one", Fate::Killed),
            ("a.rs:3: two", Fate::Survived),
            ("b.rs:1:2: three", Fate::Killed),
            ("b.rs:1:2: four", Fate::Unviable),
        ];
        let fates = fates.map(|(name, fate)| (name.to_owned(), fate)).into();
        let table = table(&fates);
        assert!(
            table.ends_with("| `a.rs` | 1 | 1 | 0 |\n| `b.rs` | 1 | 0 | 1 |\n"),
            "{table}"
        );
    }

    #[test]
    fn a_file_of_either_list_is_chosen_by_its_name() {
        let named = ["b".to_owned()];
        assert_eq!(chosen(&["a", "b"], &named), ["b"]);
        assert_eq!(chosen(&["a"], &named), [""; 0]);
        assert_eq!(chosen(&["a", "b"], &[]), ["a", "b"]);
    }
}
