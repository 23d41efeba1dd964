//! A throw-away Exim: a real mail server with STARTTLS, implicit TLS and a login, that delivers into one Maildir.

use std::fs;
use std::io::Read as _;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{Place, Started, certificate};
use crate::host::{find_program, free_ports};

/// Mail to `…@otp.test` is delivered; `defer…` is answered with 451, `unknown…` with 550, other domains with 550.
const CONFIGURATION: &str = include_str!("exim.conf");

/// Returns the server's program.
pub(super) fn program() -> Option<PathBuf> {
    ["exim4", "exim"].into_iter().find_map(find_program)
}

/// Starts it. `SSL_CERT_FILE` names the system's roots and the throw-away one, for the test processes only.
pub(super) fn start(place: &Place) -> Result<Started> {
    let installed = program().context("Exim is not installed")?;
    // Installed, it is setuid root. This copy runs as the unprivileged account and has no way back.
    let exim = place.path("exim");
    fs::copy(installed, &exim)?;
    fs::set_permissions(&exim, fs::Permissions::from_mode(0o755))?;

    let issued = certificate::issue()?;
    place.file("server.pem", &issued.certificate)?;
    place.file("server.key", &issued.key)?;
    let roots = place.path("roots.pem");
    fs::write(&roots, certificate::with_system_roots(&issued.root))?;

    place.folder("spool")?;
    let maildir = place.folder("mail")?;
    for folder in ["mail/new", "mail/cur", "mail/tmp"] {
        place.folder(folder)?;
    }
    let [starttls, tls] = free_ports()?;
    let configuration = CONFIGURATION
        .replace("@DIRECTORY@", &place.directory.display().to_string())
        .replace("@STARTTLS@", &starttls.to_string())
        .replace("@TLS@", &tls.to_string());
    let configuration = place.file("exim.conf", &configuration)?;

    let mut command = place.command(&exim);
    command.arg("-C").arg(configuration).args(["-bdf", "-q1s"]);
    let mut server = place.serve(&mut command)?;
    server.wait_until(|| greets(starttls))?;
    let url = |scheme, port| format!("{scheme}://otp:otp-test@localhost:{port}");
    Ok(Started {
        servers: vec![server],
        exports: vec![
            ("OTP_TEST_SMTP_URL", url("smtp", starttls) + "?tls=required"),
            ("OTP_TEST_SMTPS_URL", url("smtps", tls)),
            ("OTP_TEST_MAILDIR", maildir.display().to_string()),
            ("SSL_CERT_FILE", roots.display().to_string()),
        ],
    })
}

fn greets(port: u16) -> bool {
    let mut greeting = [0; 4];
    TcpStream::connect((Ipv4Addr::LOCALHOST, port))
        .and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            stream.read_exact(&mut greeting)
        })
        .is_ok_and(|()| greeting == *b"220 ")
}
