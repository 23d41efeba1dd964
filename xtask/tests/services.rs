//! `cargo xtask services` leaves nothing behind, however it ends.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// `xtask services --only postgres` with a command that runs until it is stopped.
struct Trial {
    xtask: Child,
    /// Host and port of the server.
    address: String,
    /// Where it keeps everything.
    temporary: TempDir,
}

impl Trial {
    fn start(command: &str) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        // The server runs as another account.
        fs::set_permissions(temporary.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["services", "--only", "postgres", "--", "sh", "-c"])
            .arg(format!("echo $OTP_TEST_POSTGRES_URL; {command}"))
            .env("TMPDIR", temporary.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(xtask.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        let address = url.split(['@', '/']).nth(3).unwrap().to_owned();
        Self {
            xtask,
            address,
            temporary,
        }
    }

    fn send(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.xtask.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits for its end; returns its exit status.
    fn leaves_nothing(mut self) -> Option<i32> {
        let status = self.xtask.wait().unwrap();
        assert!(
            TcpStream::connect(&self.address).is_err(),
            "it still listens"
        );
        let left: Vec<_> = fs::read_dir(self.temporary.path()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
        status.code()
    }
}

#[test]
fn a_command_that_ends_gives_its_exit_status() {
    assert_eq!(Trial::start("exit 7").leaves_nothing(), Some(7));
}

#[test]
fn a_signal_stops_command_and_server() {
    for signal in [Signal::TERM, Signal::INT] {
        let trial = Trial::start("sleep 600; exit 7");
        assert!(TcpStream::connect(&trial.address).is_ok());
        trial.send(signal);
        assert_eq!(trial.leaves_nothing(), Some(130));
    }
}
