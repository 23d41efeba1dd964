//! Schemathesis, which makes up requests from the description of the API; `cargo xtask ci` runs it.

use anyhow::Result;

use super::{Place, Started, python};

/// Exact: a newer one may find what this one does not, and a run must not fail by itself.
const REQUIREMENT: &str = "schemathesis==4.32.5";

/// Makes the environment unless it is there.
pub(super) fn start(_: &Place) -> Result<Started> {
    let program = python::programs("schemathesis", &[REQUIREMENT])?.join("schemathesis");
    Ok(Started {
        servers: Vec::new(),
        exports: vec![("OTP_TEST_SCHEMATHESIS", program.display().to_string())],
    })
}
