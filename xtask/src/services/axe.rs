//! axe-core, the accessibility checker that the browser tests put into pages: from npm, kept where cargo builds.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::host::find_program;
use crate::process::{Running, shown};
use crate::workspace::target_directory;

/// Exact: a newer one may find what this one does not, and a test must not fail by itself.
const PACKAGE: &str = "axe-core@4.10.3";

/// Returns the script, which is fetched the first time.
pub(super) fn script() -> Result<PathBuf> {
    let folder = target_directory()?.join(PACKAGE);
    let script = folder.join("node_modules/axe-core/axe.min.js");
    if script.exists() {
        return Ok(script);
    }
    let npm = find_program("npm").context("npm is not installed")?;
    let mut command = Command::new(npm);
    command.args(["install", "--ignore-scripts", "--no-audit", "--no-fund"]);
    command.arg("--prefix").arg(&folder).arg(PACKAGE);
    println!("$ {}", shown(&command));
    let status = Running::start(&mut command)?.wait()?;
    ensure!(
        status.success() && script.exists(),
        "npm did not bring {PACKAGE}"
    );
    Ok(script)
}
