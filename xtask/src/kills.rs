//! Kills workers many times over, and prints what became of their messages for `docs/operations.md`.

use std::process::{ExitCode, Stdio};

use anyhow::Result;

use crate::host::cargo;
use crate::process::Running;
use crate::services::{Service, Services, provide};

pub(crate) fn run(runs: u32) -> Result<ExitCode> {
    const SERVERS: [Service; 2] = [Service::Postgres, Service::Mariadb];
    provide(&SERVERS)?;
    let services = Services::start(&SERVERS)?;
    let mut command = cargo(&["test", "--package=otp-kills", "--test=kills"]);
    command
        .args(["--", "--nocapture"])
        .envs(services.exports())
        .env("OTP_TEST_KILLS", runs.to_string())
        .stdout(Stdio::piped());
    println!("| database | killed at | mail | short message |\n|---|---|---|---|");
    let status = Running::start(&mut command)?.wait_and_read(|line| {
        if line.starts_with('|') {
            println!("{line}");
        }
    })?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
