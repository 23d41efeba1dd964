//! Programs from the Python Package Index, in virtual environments under the target directory, where they stay for the
//! next run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::host::find_program;
use crate::process::output;
use crate::workspace::target_directory;

/// Says whether there is a Python that can make virtual environments.
pub(super) fn is_there() -> bool {
    find_program("python3").is_some_and(|python| {
        let mut ask = Command::new(python);
        output(ask.args(["-c", "import ensurepip, venv"])).is_ok()
    })
}

/// Makes an environment with exactly these packages unless it is there, and returns the folder of its programs.
pub(super) fn programs(name: &str, requirements: &[&str]) -> Result<PathBuf> {
    let folder = target_directory()?.join(name);
    let programs = folder.join("bin");
    // Written last: without it, an earlier run was cut off or installed something else.
    let done = folder.join("requirements.txt");
    let wanted = requirements.join("\n");
    if !fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        let maker = find_program("python3").context("python3 is not installed")?;
        println!("installing {} from PyPI", requirements.join(", "));
        output(
            Command::new(maker)
                .args(["-m", "venv", "--clear"])
                .arg(&folder),
        )?;
        let mut install = Command::new(programs.join("python"));
        install.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]);
        output(install.args(requirements))?;
        fs::write(&done, wanted)?;
    }
    Ok(programs)
}
