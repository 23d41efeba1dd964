//! Packages from npm, kept where cargo builds.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::host::find_program;
use crate::process::{Running, shown};
use crate::workspace::target_directory;

/// Returns the folder of a package, `NAME@VERSION`, and of what it needs; it is fetched the first time.
pub(super) fn installed(package: &str) -> Result<PathBuf> {
    let folder = target_directory()?.join(package);
    let modules = folder.join("node_modules");
    let name = package.split('@').next().unwrap_or(package);
    if modules.join(name).exists() {
        return Ok(folder);
    }
    let npm = find_program("npm").context("npm is not installed")?;
    let mut command = Command::new(npm);
    command.args(["install", "--ignore-scripts", "--no-audit", "--no-fund"]);
    command.arg("--prefix").arg(&folder).arg(package);
    println!("$ {}", shown(&command));
    let status = Running::start(&mut command)?.wait()?;
    ensure!(
        status.success() && modules.join(name).exists(),
        "npm did not bring {package}"
    );
    Ok(folder)
}
