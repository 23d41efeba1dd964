//! The API keeps what its description promises, whatever Schemathesis makes up to ask it.

use std::path::Path;
use std::process::Command;

use anyhow::bail;

use super::steps::{Outcome, Step};
use crate::host::cargo;
use crate::process::{Running, shown};
use crate::services::{Service, Services};
use crate::subject::Subject;
use crate::workspace::target_directory;

/// The same requests in each run: a failure is found again, and none comes by itself.
const SEED: &str = "20261122";
/// Requests for each call and phase; all phases together take a quarter of a minute.
const MOST: &str = "100";
/// What Schemathesis cannot read in the description.
const CONFIG: &str = "crates/otp-web/tests/schemathesis.toml";
/// With a key, calls without one must be refused.
const API_KEY: &str = "schemathesis-has-this-key";

pub(super) fn step(without: &[Service]) -> Step {
    const NAME: &str = "schemathesis";
    if without.contains(&Service::Schemathesis) {
        let why = "left out by --without: needs schemathesis";
        return Step::new(NAME, None, || Ok(Outcome::DidNotRun(why.to_owned())));
    }
    let typed = shown(&schemathesis(
        "schemathesis",
        Path::new(CONFIG),
        "http://127.0.0.1:8000",
    ));
    Step::new(NAME, Some(typed), || {
        let services = Services::start(&[Service::Schemathesis])?;
        let mut build = cargo(&["build", "--workspace", "--all-features", "--locked"]);
        if !Running::start(&mut build)?.wait()?.success() {
            bail!("the binary could not be built");
        }
        let binary = target_directory()?.join("debug/otp");
        let subject = Subject::start(&binary, &[("OTP_API__KEYS", API_KEY)])?;
        let base = format!("http://127.0.0.1:{}", subject.port);
        let program = services.export("OTP_TEST_SCHEMATHESIS");
        let config = std::env::current_dir()?.join(CONFIG);
        let mut run = schemathesis(program, &config, &base);
        // It leaves what it learned where it runs.
        let folder = tempfile::tempdir()?;
        let status = Running::start(run.current_dir(folder.path()))?.wait()?;
        Ok(if status.success() {
            Outcome::Passed(None)
        } else {
            Outcome::Failed(status.to_string())
        })
    })
}

fn schemathesis(program: &str, config: &Path, base: &str) -> Command {
    let mut command = Command::new(program);
    command
        .arg("--config-file")
        .arg(config)
        .arg("run")
        .arg(format!("{base}/openapi.json"))
        .args(["--seed", SEED, "--max-examples", MOST])
        .args(["--continue-on-failure", "--header"])
        .arg(format!("Authorization: Bearer {API_KEY}"));
    command
}
