//! A socket that cannot be served is refused at the start.

use std::process::{Command, Stdio};

use rustix::net::{AddressFamily, SocketAddrV4, SocketType, bind, socket};
use tempfile::TempDir;

#[test]
fn a_socket_that_does_not_listen_is_one_line() {
    let folder = TempDir::new().unwrap();
    let silent = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&silent, &SocketAddrV4::new([127, 0, 0, 1].into(), 0)).unwrap();
    let output = Command::new("timeout")
        .args(["20", "sh", "-c"])
        .arg("exec 3<&0 0</dev/null; LISTEN_PID=$$ exec \"$0\" serve")
        .arg(env!("CARGO_BIN_EXE_otp"))
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LISTEN_FDS", "1")
        .env("OTP_PROFILE", "development")
        .stdin(Stdio::from(silent))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("LISTEN_FDS") && said.contains("does not listen"),
        "{said}"
    );
}
