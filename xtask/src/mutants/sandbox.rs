//! The copy of the workspace in which mutants are tried.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process::output;

/// Hundreds of builds that run for seconds each: nothing is worth being optimised, and nobody debugs them.
const PROFILE: &str = "\
[profile.dev]
debug = false

[profile.dev.package.otp-core]
opt-level = 0
";

/// A copy of what git knows of, as it stands now.
#[derive(Debug)]
pub(super) struct Sandbox {
    pub(super) root: PathBuf,
    build: PathBuf,
}

impl Sandbox {
    /// Makes it anew: a run that was stopped may have left a mutant.
    pub(super) fn make(folder: &Path) -> Result<Self> {
        let root = folder.join("copy");
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        let known = output(
            Command::new("git")
                .args(["ls-files", "--cached", "--others"])
                .arg("--exclude-standard"),
        )?;
        for file in known.lines().filter(|file| Path::new(file).is_file()) {
            let to = root.join(file);
            fs::create_dir_all(to.parent().context("a file without a folder")?)?;
            fs::copy(file, to)?;
        }
        // What stands there is for people.
        fs::write(root.join(".cargo/config.toml"), PROFILE)?;
        Ok(Self {
            root,
            build: folder.join("build"),
        })
    }

    /// Has a command run in it.
    pub(super) fn hosts<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.build)
    }
}
