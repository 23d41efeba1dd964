//! A Python with a real Django, in a virtual environment under the target directory, where it stays for the next run.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::{Place, Started};
use crate::host::find_program;
use crate::process::output;
use crate::workspace::target_directory;

/// What is installed from the Python Package Index: Django and its drivers for the servers.
const REQUIREMENTS: [&str; 3] = ["Django==5.2.19", "psycopg[binary]==3.3.9", "PyMySQL==1.2.4"];

/// Says whether there is a Python that can make virtual environments.
pub(super) fn is_there() -> bool {
    find_program("python3").is_some_and(|python| {
        let mut ask = Command::new(python);
        output(ask.args(["-c", "import ensurepip, venv"])).is_ok()
    })
}

/// Makes the environment unless it is there; nothing of it runs until a test starts it.
pub(super) fn start(_: &Place) -> Result<Started> {
    let folder = target_directory()?.join("django");
    let python = folder.join("bin/python");
    // Written last: without it, an earlier run was cut off or installed something else.
    let done = folder.join("requirements.txt");
    let wanted = REQUIREMENTS.join("\n");
    if !fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        let maker = find_program("python3").context("python3 is not installed")?;
        println!("installing {} from PyPI", REQUIREMENTS.join(", "));
        output(
            Command::new(maker)
                .args(["-m", "venv", "--clear"])
                .arg(&folder),
        )?;
        let mut install = Command::new(&python);
        install.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]);
        output(install.args(REQUIREMENTS))?;
        fs::write(&done, wanted)?;
    }
    Ok(Started {
        server: None,
        exports: vec![("OTP_TEST_DJANGO_PYTHON", python.display().to_string())],
    })
}
