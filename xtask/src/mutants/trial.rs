//! Tries mutants of statements in a copy of the workspace, against SQLite.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::Tally;
use super::statements::{Mutant, mutants};
use crate::host::cargo;
use crate::process::{Running, output};

/// Longest time to build; the first one builds everything.
const BUILD: Duration = Duration::from_mins(10);
/// The tests take some seconds; a mutant that makes them wait for ever is found out by that.
const LONGEST: Duration = Duration::from_mins(2);

/// Tries the mutants of `files`.
pub(super) fn run(
    folder: &Path,
    files: &[String],
    tallies: &mut BTreeMap<String, Tally>,
) -> Result<()> {
    let copy = folder.join("copy");
    copy_sources(&copy)?;
    let ends_well = |arguments: &[&str], at_most: Duration| -> Result<bool> {
        let mut command = cargo(arguments);
        command
            .args([
                "--quiet",
                "--locked",
                "--package=otp-storage",
                "--test=sqlite",
            ])
            .current_dir(&copy)
            .env("CARGO_TARGET_DIR", folder.join("build"))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let ended = Running::start(&mut command)?.wait_at_most(at_most)?;
        Ok(ended.is_some_and(|status| status.success()))
    };
    ensure!(
        ends_well(&["test"], BUILD)?,
        "the tests fail without any mutant, in {}",
        copy.display()
    );
    for file in files {
        // A file that is listed may not be there yet.
        let Ok(source) = fs::read_to_string(file) else {
            continue;
        };
        let tally = tallies.entry(file.clone()).or_default();
        let place = copy.join(file);
        for Mutant { name, source } in mutants(&source) {
            fs::write(&place, source)?;
            let name = format!("{file}:{name}");
            let fate = if !ends_well(&["test", "--no-run"], BUILD)? {
                tally.unviable += 1;
                "does not compile"
            } else if ends_well(&["test"], LONGEST)? {
                tally.survived.push(name.clone());
                "SURVIVED"
            } else {
                tally.killed += 1;
                "killed"
            };
            println!("{fate:16}  {name}");
        }
        fs::write(&place, &source)?;
    }
    Ok(())
}

/// Copies what git knows of, as it stands now.
fn copy_sources(copy: &Path) -> Result<()> {
    let known = output(
        Command::new("git")
            .args(["ls-files", "--cached", "--others"])
            .arg("--exclude-standard"),
    )?;
    for file in known.lines() {
        let to = copy.join(file);
        fs::create_dir_all(to.parent().context("a file without a folder")?)?;
        let is_new = fs::read(file).ok() != fs::read(&to).ok();
        // Cargo builds anew what has another time.
        if is_new && Path::new(file).is_file() {
            fs::copy(file, to)?;
        }
    }
    Ok(())
}
