//! The binary under a stand-in for the service manager, which holds the socket and hears what it is told.

use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

use tempfile::TempDir;

/// Holds the listening socket, as systemd does between two runs of a service.
pub(crate) struct Manager {
    folder: TempDir,
    socket: TcpListener,
    told: UnixDatagram,
}

impl Manager {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let told = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        told.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        Self {
            folder,
            socket: TcpListener::bind("127.0.0.1:0").unwrap(),
            told,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// Starts the service in the development profile and waits until it says that it is ready.
    pub(crate) fn start(&self, settings: &[(&str, &str)]) -> Service {
        let socket: OwnedFd = self.socket.try_clone().unwrap().into();
        // The socket comes in as descriptor 0 and goes on as the first one of the protocol.
        let script = "exec 3<&0 0</dev/null; LISTEN_PID=$$ exec \"$0\" serve";
        let mut child = Command::new("sh")
            .args(["-c", script, env!("CARGO_BIN_EXE_otp")])
            .current_dir(self.folder.path())
            .env_clear()
            .env("LISTEN_FDS", "1")
            .env("NOTIFY_SOCKET", self.path("notify"))
            .env("OTP_PROFILE", "development")
            .envs(settings.iter().copied())
            .stdin(Stdio::from(socket))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let service = Service {
            printed: Some(read(child.stdout.take().unwrap())),
            logged: Some(read(child.stderr.take().unwrap())),
            child,
        };
        self.hears("READY=1");
        service
    }

    /// Waits until the service tells this; what it tells before is passed over.
    pub(crate) fn hears(&self, expected: &str) {
        let mut message = [0; 256];
        loop {
            let length = self.told.recv(&mut message).expect(expected);
            let message = String::from_utf8_lossy(&message[..length]);
            if message.lines().any(|line| line == expected) {
                return;
            }
        }
    }

    /// Returns where a file of the service's folder is.
    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        Path::new(self.folder.path()).join(name)
    }
}

/// A run of the service.
pub(crate) struct Service {
    pub(crate) child: Child,
    printed: Option<JoinHandle<String>>,
    logged: Option<JoinHandle<String>>,
}

/// Reads in a thread of its own: a pipe that nobody reads stops the one who writes.
fn read(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).unwrap();
        text
    })
}

impl Service {
    /// Sends SIGTERM.
    pub(crate) fn ask_to_stop(&self) {
        let kill = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        assert!(kill.unwrap().success());
    }

    /// Waits for the end, which must be a good one, and returns what was printed and what was logged.
    pub(crate) fn ended(mut self) -> (String, String) {
        let status = self.child.wait().unwrap();
        let text = |read: Option<JoinHandle<String>>| read.unwrap().join().unwrap();
        let (printed, logged) = (text(self.printed.take()), text(self.logged.take()));
        assert!(status.success(), "{status}: {logged}");
        (printed, logged)
    }

    /// Stops it and returns what was printed and what was logged.
    pub(crate) fn stop(self) -> (String, String) {
        self.ask_to_stop();
        self.ended()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Only when a test failed before it could stop the service.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
