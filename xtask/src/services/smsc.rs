//! A program that tests run as their SMSC, each its own: they restart it and have it misbehave.

use std::fs;

use anyhow::Result;

use super::{Started, npm};

/// Exact: a newer one may read what this one does not, and a test must not fail by itself.
const PACKAGE: &str = "smpp@0.5.1";

const SCRIPT: &str = include_str!("smsc.js");

/// Lays the script where it finds the package.
pub(super) fn prepare() -> Result<Started> {
    let script = npm::installed(PACKAGE)?.join("smsc.js");
    fs::write(&script, SCRIPT)?;
    Ok(Started {
        servers: Vec::new(),
        exports: vec![("OTP_TEST_SMSC", script.display().to_string())],
    })
}
