//! What a mail server hears, byte by byte, when contacts and names are hostile.

#[path = "../../otp-core/tests/addresses/rows.rs"]
mod rows;

use std::sync::{Arc, Mutex};

use otp_core::testing::Bench;
use otp_core::{Contact, DeliveryState, Issue, Locale, OtpId, Purpose};
use otp_notify::{Branding, Console, Dispatcher, FromAddress, MailUrl, Mailer, Messenger};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::rows::rows;

/// What was said to a mail server, split as RFC 5321 splits it: commands, and the bytes after DATA up to its end.
#[derive(Debug, Default)]
struct Heard {
    commands: Vec<String>,
    message: Vec<u8>,
    ends: usize,
}

impl Heard {
    fn count(&self, verb: &str) -> usize {
        self.commands
            .iter()
            .filter(|line| line.starts_with(verb))
            .count()
    }

    /// A mail from `from` to `to`, and nothing before, beside or after it.
    #[track_caller]
    fn is_one_mail(&self, from: &str, to: &str, what: &str) {
        let rest: Vec<&String> = self
            .commands
            .iter()
            .filter(|line| !line.starts_with("EHLO "))
            .collect();
        let (from, to) = (
            format!("MAIL FROM:<{from}>\r\n"),
            format!("RCPT TO:<{to}>\r\n"),
        );
        assert_eq!(rest, [&from, &to, "DATA\r\n"], "{what:?}");
        assert_eq!(self.ends, 1, "{what:?}");
        // A line end of another kind could end the message for the next server (SMTP smuggling, CVE-2023-51764).
        for (at, byte) in self.message.iter().enumerate() {
            match byte {
                b'\r' => assert_eq!(self.message.get(at + 1), Some(&b'\n'), "{what:?}"),
                b'\n' => assert_eq!(
                    at.checked_sub(1).map(|at| self.message[at]),
                    Some(b'\r'),
                    "{what:?}"
                ),
                0 => panic!("a NUL for {what:?}"),
                _ => {}
            }
        }
        let text = String::from_utf8_lossy(&self.message);
        let headers = text.split("\r\n\r\n").next().unwrap().to_ascii_lowercase();
        for (name, expected) in [
            ("\r\nto:", 1),
            ("\r\nsubject:", 1),
            ("\r\ncc:", 0),
            ("\r\nbcc:", 0),
        ] {
            assert_eq!(
                format!("\r\n{headers}").matches(name).count(),
                expected,
                "{name:?} {what:?}"
            );
        }
    }
}

/// A mail server on a free port that takes everything.
struct Server {
    port: u16,
    heard: Arc<Mutex<Heard>>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::<Mutex<Heard>>::default();
        let server = Self {
            port,
            heard: heard.clone(),
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, heard.clone()));
            }
        });
        server
    }

    fn take(&self) -> Heard {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

async fn talk(stream: TcpStream, heard: Arc<Mutex<Heard>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 ready\r\n").await?;
    let mut in_message = false;
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let answer: &[u8] = {
            let mut heard = heard.lock().unwrap();
            if in_message && line == b".\r\n" {
                in_message = false;
                heard.ends += 1;
                b"250 taken\r\n"
            } else if in_message {
                heard.message.extend(line);
                b""
            } else {
                let command = String::from_utf8(line).unwrap();
                in_message = command == "DATA\r\n";
                let is_hello = command.starts_with("EHLO ");
                heard.commands.push(command);
                match (in_message, is_hello) {
                    (true, _) => b"354 go on\r\n",
                    (false, true) => b"250-server\r\n250 8BITMIME\r\n",
                    (false, false) => b"250 go on\r\n",
                }
            }
        };
        stream.write_all(answer).await?;
    }
}

/// An installation with a store in memory that sends to `server`.
struct House {
    bench: Bench,
    dispatcher: Dispatcher,
}

impl House {
    fn new(server: &Server, branding: Branding, from: FromAddress) -> Self {
        let url = MailUrl::parse(&format!("smtp://127.0.0.1:{}?tls=none", server.port)).unwrap();
        let mailer = Mailer::new(&[url], from, &Console::new(std::io::sink())).unwrap();
        let bench = Bench::new();
        let dispatcher = Dispatcher::new(
            bench.subject.queue.clone(),
            Arc::new(Messenger::new(branding).with_mail(mailer)),
            bench.keys.clone(),
            bench.clock.clone(),
            bench.secrets.clone(),
        );
        Self { bench, dispatcher }
    }

    fn plain(server: &Server) -> Self {
        let branding = Branding::new("Example", "example.com").unwrap();
        Self::new(
            server,
            branding,
            FromAddress::parse("otp@example.com").unwrap(),
        )
    }

    async fn send(&self, request: Issue) -> OtpId {
        let issued = self.bench.service().issue(request).await.unwrap();
        let id = issued.granted().expect("an OTP").id;
        assert_eq!(self.dispatcher.run_once().await.unwrap(), 1);
        let state = self.bench.subject.otps.delivery_state(id).await.unwrap();
        assert_eq!(state, Some(DeliveryState::Sent));
        id
    }
}

#[tokio::test]
async fn each_hostile_address_has_no_recipient_or_the_stored_contact_alone() {
    let server = Server::start().await;
    let house = House::plain(&server);
    let (mut sent, mut refused) = (0, 0);
    for (typed, _) in rows() {
        let Ok(contact) = Contact::email(typed) else {
            refused += 1;
            assert_eq!(house.dispatcher.run_once().await.unwrap(), 0);
            assert_eq!(server.take().count("RCPT"), 0, "{typed:?}");
            continue;
        };
        // A fresh store each time: several rows are the same contact, which is not to be mailed twice in a row.
        let house = House::plain(&server);
        let id = house.send(contact.into()).await;
        let stored = house.bench.subject.otps.find(id).await.unwrap().unwrap();
        server
            .take()
            .is_one_mail("otp@example.com", stored.contact.as_str(), typed);
        sent += 1;
    }
    assert!(sent >= 30 && sent + refused >= 200, "{sent} {refused}");
}

/// Each line end, real or only for some servers, before each thing that somebody might smuggle.
fn payloads() -> Vec<String> {
    let ends = [
        "\r\n",
        "\n",
        "\r",
        "\n\r",
        "\r\r\n",
        "\u{85}",
        "\u{2028}",
        "\0",
        "\u{b}",
        "",
        "\\r\\n",
        "%0d%0a",
        "=0D=0A",
        "=?utf-8?q?=0d=0a?=",
    ];
    let things = [
        ".",
        "..",
        "Bcc: e@e.io",
        "RCPT TO:<e@e.io>",
        "DATA",
        "QUIT",
        "Subject: x",
        "--part-7",
        "<b>x",
        "{{ code }}",
        "{% raw %}",
        "\"; x=\"",
        "e@e.io, ",
        "😀",
    ];
    let both = ends.iter().flat_map(|end| {
        things
            .iter()
            .map(move |thing| format!("a{end}{thing}{end}"))
    });
    both.chain(things.iter().map(|thing| (*thing).to_owned()))
        .collect()
}

#[tokio::test]
async fn whatever_stands_in_a_message_it_is_one_message() {
    let server = Server::start().await;
    let payloads = payloads();
    assert!(payloads.len() >= 200);
    let mut sent = 0;
    for payload in &payloads {
        let branding = Branding::new(payload, "example.com").ok();
        let from = FromAddress::parse(&format!("{payload} <otp@example.com>")).ok();
        let purpose = Purpose::parse(payload).ok();
        let locale = Locale::parse(payload);
        for (branding, from) in [(branding, None), (None, from)] {
            if branding.is_none() && from.is_none() {
                continue;
            }
            let branding = branding.unwrap_or(Branding::new("Example", "example.com").unwrap());
            let from = from.unwrap_or(FromAddress::parse("otp@example.com").unwrap());
            let house = House::new(&server, branding, from);
            let mut request = Issue::new(Contact::email("ada@example.org").unwrap());
            request.locale = locale.clone();
            if let Some(purpose) = purpose.clone() {
                request = request.for_purpose(purpose);
            }
            house.send(request).await;
            server
                .take()
                .is_one_mail("otp@example.com", "ada@example.org", payload);
            sent += 1;
        }
    }
    assert!(sent >= 100, "{sent}");
}
