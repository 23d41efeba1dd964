//! A mail server that takes its time.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::Result;

/// How long it thinks about each message.
const PAUSE: Duration = Duration::from_secs(2);
/// Begins the addresses that it refuses.
pub(super) const REFUSED: &str = "refused";

/// It listens until the process ends.
#[derive(Debug)]
pub(super) struct SlowMail {
    port: u16,
}

impl SlowMail {
    pub(super) fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // A client that hangs up ends its conversation only.
                thread::spawn(move || converse(client, PAUSE));
            }
        });
        Ok(Self { port })
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }
}

/// As much of SMTP (RFC 5321) as a sender needs.
fn converse(mut client: TcpStream, pause: Duration) -> Result<()> {
    let mut lines = BufReader::new(client.try_clone()?).lines();
    client.write_all(b"220 slow.example ESMTP\r\n")?;
    while let Some(line) = lines.next() {
        let line = line?.to_ascii_lowercase();
        let answer = if line.starts_with("rcpt") && line.contains(&format!("<{REFUSED}-")) {
            "550 5.1.1 nobody of that name"
        } else if line == "data" {
            client.write_all(b"354 go on\r\n")?;
            for line in lines.by_ref() {
                if line? == "." {
                    break;
                }
            }
            thread::sleep(pause);
            "250 2.0.0 taken"
        } else if line == "quit" {
            client.write_all(b"221 bye\r\n")?;
            break;
        } else {
            "250 ok"
        };
        client.write_all(format!("{answer}\r\n").as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn takes_a_message_and_refuses_an_address() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        let server = thread::spawn(move || converse(server, Duration::ZERO));
        let said = "EHLO a\r\nMAIL FROM:<b>\r\nRCPT TO:<refused-1@c>\r\nRCPT TO:<d>\r\n\
                    DATA\r\nquit\r\n.\r\nQUIT\r\n";
        client.write_all(said.as_bytes()).unwrap();
        let mut answers = String::new();
        client.read_to_string(&mut answers).unwrap();
        server.join().unwrap().unwrap();
        let codes: Vec<&str> = answers.lines().filter_map(|line| line.get(..3)).collect();
        assert_eq!(
            codes,
            ["220", "250", "250", "550", "250", "354", "250", "221"]
        );
    }
}
