//! A Python with a real Django; nothing of it runs until a test starts it.

use anyhow::Result;

use super::{Place, Started, python};

/// What is installed from the Python Package Index: Django and its drivers for the servers.
const REQUIREMENTS: [&str; 3] = ["Django==5.2.19", "psycopg[binary]==3.3.9", "PyMySQL==1.2.4"];

/// Makes the environment unless it is there.
pub(super) fn start(_: &Place) -> Result<Started> {
    let python = python::programs("django", &REQUIREMENTS)?.join("python");
    Ok(Started {
        servers: Vec::new(),
        exports: vec![("OTP_TEST_DJANGO_PYTHON", python.display().to_string())],
    })
}
