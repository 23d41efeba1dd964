//! A throw-away Kannel: a real SMS gateway that is called by HTTP, and a phone network that writes down what it gets.

use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;

use anyhow::{Context as _, Result};

use super::{Place, Started};
use crate::host::{find_program, free_ports};
use crate::http::Connection;

const CONFIGURATION: &str = include_str!("kannel.conf");

/// Returns where Debian puts the phone network of Kannel's own tests.
pub(super) fn phones() -> &'static Path {
    Path::new("/usr/lib/kannel/test/fakesmsc")
}

/// Starts it. `OTP_TEST_KANNEL_PHONES` is the file that the phone network writes to: a line for each message.
pub(super) fn start(place: &Place) -> Result<Started> {
    let program = |name| find_program(name).with_context(|| format!("{name} is not installed"));
    let [admin, smsbox, send, network] = free_ports()?;
    let configuration = CONFIGURATION
        .replace("@ADMIN@", &admin.to_string())
        .replace("@BOX@", &smsbox.to_string())
        .replace("@SEND@", &send.to_string())
        .replace("@PHONES@", &network.to_string());
    let configuration = place.file("kannel.conf", &configuration)?;

    let mut command = place.command(&program("bearerbox")?);
    let mut bearerbox = place.serve(command.arg(&configuration))?;
    bearerbox.wait_until(|| listens(smsbox) && listens(network))?;
    let mut command = place.command(&program("smsbox")?);
    let smsbox = place.serve_into("smsbox.log", command.arg(&configuration))?;
    let mut command = place.command(phones());
    command.args(["-H", "127.0.0.1", "-r", &network.to_string(), "-i", "1"]);
    // It sends nothing itself, but asks for something that it could send.
    command.args(["-m", "0", "100 200 text nothing"]);
    let phones = place.serve_into("phones.log", &mut command)?;
    bearerbox.wait_until(|| listens(send) && is_online(admin))?;
    Ok(Started {
        // The boxes end when the bearerbox does, and take longer to tell.
        servers: vec![bearerbox, smsbox, phones],
        exports: vec![
            (
                "OTP_TEST_KANNEL_URL",
                format!("http://127.0.0.1:{send}/cgi-bin/sendsms"),
            ),
            (
                "OTP_TEST_KANNEL_PHONES",
                place.path("phones.log").display().to_string(),
            ),
        ],
    })
}

fn listens(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Says whether the phone network has connected.
fn is_online(admin: u16) -> bool {
    let asked = Connection::open(admin)
        .and_then(|mut connection| connection.get("/status.txt?password=admin"));
    asked.is_ok_and(|answer| {
        let mut lines = answer.body.lines();
        lines.any(|line| line.contains("PHONES") && line.contains("online"))
    })
}
