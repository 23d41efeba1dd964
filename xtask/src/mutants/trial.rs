//! Tries mutants of statements, against SQLite.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::sandbox::Sandbox;
use super::statements::{Mutant, mutants};
use super::{Fate, Fates};
use crate::host::cargo;
use crate::process::Running;

/// Longest time to build; the first one builds everything.
const BUILD: Duration = Duration::from_mins(10);
/// The tests take some seconds; a mutant that makes them wait for ever is found out by that.
const LONGEST: Duration = Duration::from_mins(2);

/// Tries the mutants of `files`.
pub(super) fn run(sandbox: &Sandbox, files: &[&str], fates: &mut Fates) -> Result<()> {
    let ends_well = |arguments: &[&str], at_most: Duration| -> Result<bool> {
        let mut command = cargo(arguments);
        command
            .args(["--quiet", "--locked", "--package=otp-storage"])
            .arg("--test=sqlite")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let ended = Running::start(sandbox.hosts(&mut command))?.wait_at_most(at_most)?;
        Ok(ended.is_some_and(|status| status.success()))
    };
    ensure!(
        ends_well(&["test"], BUILD)?,
        "the tests fail without any mutant, in {}",
        sandbox.root.display()
    );
    for file in files {
        let place = sandbox.root.join(file);
        let original = fs::read_to_string(&place).with_context(|| (*file).to_owned())?;
        for Mutant { name, source } in mutants(&original) {
            fs::write(&place, source)?;
            let name = format!("{file}:{name}");
            let fate = if !ends_well(&["test", "--no-run"], BUILD)? {
                Fate::Unviable
            } else if ends_well(&["test"], LONGEST)? {
                Fate::Survived
            } else {
                Fate::Killed
            };
            println!("{:8}  {name}", format!("{fate:?}").to_lowercase());
            fates.insert(name, fate);
        }
        fs::write(&place, original)?;
    }
    Ok(())
}
