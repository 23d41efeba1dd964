//! Programs that tests run themselves; nothing is started for them.

use anyhow::{Context as _, Result};

use super::Started;
use crate::host::find_program;

/// Finds a program; tests read where it is from `variable`.
pub(super) fn find(name: &str, variable: &'static str) -> Result<Started> {
    let program = find_program(name).with_context(|| format!("{name} is not installed"))?;
    Ok(Started {
        servers: Vec::new(),
        exports: vec![(variable, program.display().to_string())],
    })
}
