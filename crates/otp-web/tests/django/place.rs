//! The real binary in an empty folder.

use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) struct Place {
    folder: TempDir,
    database: Option<String>,
}

impl Place {
    /// On a SQLite file of its own.
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().expect("a folder"),
            database: None,
        }
    }

    /// On a database that is there.
    pub(crate) fn on(url: &str) -> Self {
        Self {
            database: Some(url.to_owned()),
            ..Self::new()
        }
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_otp"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear();
        // Without it, and with nothing else set, the profile is development.
        command.env("OTP_PROFILE", "development");
        command.envs(self.database.iter().map(|url| ("OTP_DATABASE__URL", url)));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().expect("the binary")
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.start(arguments).wait_with_output().expect("an end");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Returns the one line that a command failed with.
    pub(crate) fn failed(&self, arguments: &[&str]) -> String {
        let output = self.start(arguments).wait_with_output().expect("an end");
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(
            (output.status.code(), said.lines().count()),
            (Some(1), 1),
            "{said}"
        );
        said
    }
}

/// Sends Ctrl-C; returns the exit status, the report and what was said.
pub(crate) fn interrupt(child: Child) -> (Option<i32>, Value, String) {
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.expect("kill").success());
    let output = child.wait_with_output().expect("an end");
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (
        output.status.code(),
        report,
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}
