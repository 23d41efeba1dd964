//! axe-core, the accessibility checker that the browser tests put into pages.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use super::npm;

/// Exact: a newer one may find what this one does not, and a test must not fail by itself.
const PACKAGE: &str = "axe-core@4.10.3";

/// Returns the script.
pub(super) fn script() -> Result<PathBuf> {
    let script = npm::installed(PACKAGE)?.join("node_modules/axe-core/axe.min.js");
    ensure!(script.exists(), "{PACKAGE} has no {}", script.display());
    Ok(script)
}
