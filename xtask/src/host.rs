//! The machine we run on: its environment, its programs, its accounts.

use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::process::output;

/// Reads an environment variable.
#[expect(
    clippy::disallowed_methods,
    reason = "xtask reads the environment in this file and nowhere else"
)]
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Says whether this is a run of continuous integration.
pub(crate) fn is_ci() -> bool {
    variable("CI").is_some_and(|value| value == "true")
}

/// Says whether we are root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Finds a program on the `PATH` or where servers stand, which an ordinary user's `PATH` may lack.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = variable("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Makes a call of cargo that sees the environment as a person's shell has it.
///
/// `cargo xtask` sets `CARGO_MANIFEST_DIR` and others for us. Build scripts watch some of them (ring's does), so that
/// with them everything above ring would be built once for us and again for the person.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    #[expect(
        clippy::disallowed_methods,
        reason = "xtask reads the environment in this file and nowhere else"
    )]
    let set = std::env::vars_os().map(|(name, _)| name);
    for name in set.filter(|name| is_set_by_cargo_run(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

fn is_set_by_cargo_run(name: &str) -> bool {
    ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_BIN_"]
        .iter()
        .any(|start| name.starts_with(start))
        || ["CARGO", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"].contains(&name)
}

/// An unprivileged account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// Looks an account up by its name.
    pub(crate) fn named(name: &str) -> Result<Self> {
        let id = |option| -> Result<u32> {
            Ok(output(Command::new("id").args([option, name]))?
                .trim()
                .parse()?)
        };
        Ok(Self {
            uid: id("-u")?,
            gid: id("-g")?,
        })
    }

    /// Gives it a file or folder.
    pub(crate) fn own(self, path: &Path) -> Result<()> {
        Ok(std::os::unix::fs::chown(
            path,
            Some(self.uid),
            Some(self.gid),
        )?)
    }
}

/// Makes a call of a server's program: as `account` when there is one, in and with `home`, without our environment.
///
/// The kernel sends it `last_signal` should we die without a chance to stop it ourselves.
pub(crate) fn server(
    program: &Path,
    account: Option<Account>,
    home: &Path,
    last_signal: &str,
) -> Command {
    let mut command = Command::new("setpriv");
    if let Some(Account { uid, gid }) = account {
        command.arg(format!("--reuid={uid}"));
        command.arg(format!("--regid={gid}"));
        command.arg("--clear-groups");
    }
    command
        .arg(format!("--pdeathsig={last_signal}"))
        .arg(program);
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
        .env("LANG", "C.UTF-8")
        .env("HOME", home)
        .env("TMPDIR", home)
        .current_dir(home);
    command
}

/// Finds ports of the loopback interface that are free now, each another one.
///
/// Somebody may take one before the server does: a start that fails is tried once more.
pub(crate) fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut ports = [0; N];
    let mut held = Vec::new();
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_programs_and_misses_others() {
        assert!(find_program("sh").is_some_and(|sh| sh.ends_with("sh")));
        assert_eq!(find_program("no-such-program"), None);
    }

    #[test]
    fn free_ports_differ() {
        let ports: [u16; 3] = free_ports().unwrap();
        assert!(ports[0] != ports[1] && ports[1] != ports[2] && ports[0] != ports[2]);
    }

    #[test]
    fn cargo_keeps_a_persons_settings_only() {
        for ours in ["CARGO_MANIFEST_DIR", "CARGO_PKG_VERSION", "CARGO"] {
            assert!(is_set_by_cargo_run(ours), "{ours}");
        }
        for theirs in ["CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_TERM_COLOR", "PATH"] {
            assert!(!is_set_by_cargo_run(theirs), "{theirs}");
        }
    }

    #[test]
    fn accounts_are_known_by_name() {
        assert_eq!(Account::named("root").unwrap(), Account { uid: 0, gid: 0 });
        assert!(Account::named("no-such-account").is_err());
    }
}
