//! Chromium behind ChromeDriver, which tests speak WebDriver to.

use anyhow::{Context as _, Result};

use super::{Place, Started, axe};
use crate::host::{find_program, free_ports};
use crate::http::Connection;

/// Starts the driver; each test starts a browser of its own through it.
pub(super) fn start(place: &Place) -> Result<Started> {
    let chromium = find_program("chromium").context("chromium is not installed")?;
    let driver = find_program("chromedriver").context("chromedriver is not installed")?;
    let axe = axe::script()?;
    let [port] = free_ports()?;
    let mut command = place.command(&driver);
    command.arg(format!("--port={port}"));
    let mut server = place.serve(&mut command)?;
    server.wait_until(|| {
        Connection::open(port)
            .and_then(|mut driver| driver.get("/status"))
            .is_ok_and(|answer| answer.body.contains("\"ready\":true"))
    })?;
    Ok(Started {
        servers: vec![server],
        exports: vec![
            ("OTP_TEST_WEBDRIVER_URL", format!("http://127.0.0.1:{port}")),
            ("OTP_TEST_CHROMIUM", chromium.display().to_string()),
            ("OTP_TEST_AXE", axe.display().to_string()),
        ],
    })
}
