//! A scripted server: what a real one cannot be made to do.

use std::sync::Arc;

use futures_util::FutureExt;
use otp_core::EmailAddress;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tracing_subscriber::fmt::MakeWriter;

use super::super::url::Way;
use super::super::{FromAddress, Letter, MailUrl, Mailer, Transport};
use super::*;
use crate::Console;
use crate::message::Email;

/// What a scripted server answers; where the answer is empty, it says nothing more.
#[derive(Debug, Clone, Copy)]
struct Script {
    greeting: &'static str,
    hello: &'static str,
    auth: &'static str,
    mail: &'static str,
    rcpt: &'static str,
    data: &'static str,
    message: &'static str,
    /// Said after the first message, and then it hangs up.
    farewell: Option<&'static str>,
}

const GOOD: Script = Script {
    greeting: "220 ready\r\n",
    hello: "250-server\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n",
    auth: "235 welcome\r\n",
    mail: "250 go on\r\n",
    rcpt: "250 go on\r\n",
    data: "354 go on\r\n",
    message: "250 taken\r\n",
    farewell: None,
};

/// A mail server on a free port: its first connection follows the first script, and so on; the last one stays.
struct ScriptedServer {
    port: u16,
    heard: Arc<Heard>,
}

/// What a server was told.
#[derive(Default)]
struct Heard {
    /// By each connection; the lines of a message begin with `| `.
    told: Mutex<Vec<String>>,
    /// A connection has come to where its script says nothing.
    fell_silent: Notify,
}

impl ScriptedServer {
    async fn start(scripts: &'static [Script]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heard = Arc::<Heard>::default();
        let server = Self {
            port,
            heard: heard.clone(),
        };
        tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.expect("a connection");
                heard.told.lock().expect("no panic").push(String::new());
                let script = scripts
                    .get(connection)
                    .or(scripts.last())
                    .expect("a script");
                tokio::spawn(talk(stream, *script, heard.clone(), connection));
            }
        });
        server
    }

    fn mailer(&self, url: &str) -> Mailer {
        let url = MailUrl::parse(&url.replace("PORT", &self.port.to_string())).expect("a URL");
        let from = FromAddress::parse("Example <otp@example.com>").expect("a sender");
        Mailer::new(&[url], from, &Console::new(std::io::sink())).expect("a mailer")
    }

    fn told(&self) -> Vec<String> {
        self.heard.told.lock().expect("no panic").clone()
    }
}

async fn talk(stream: TcpStream, script: Script, heard: Arc<Heard>, connection: usize) {
    let mut stream = BufReader::new(stream);
    let mut answer = script.greeting;
    let mut in_message = false;
    loop {
        let mut line = String::new();
        if answer.is_empty() {
            heard.fell_silent.notify_one();
            let _ = stream.read_to_string(&mut line).await;
            return;
        }
        let _ = stream.write_all(answer.as_bytes()).await;
        if let Some(farewell) = script.farewell.filter(|_| answer == script.message) {
            let _ = stream.write_all(farewell.as_bytes()).await;
            return;
        }
        answer = loop {
            line.clear();
            if stream.read_line(&mut line).await.is_err() || line.is_empty() {
                return;
            }
            let mark = if in_message { "| " } else { "" };
            heard.told.lock().expect("no panic")[connection] += &(mark.to_owned() + &line);
            break match (in_message, line.get(..4).unwrap_or_default()) {
                (true, _) if line == ".\r\n" => {
                    in_message = false;
                    script.message
                }
                (true, _) => continue,
                (false, "EHLO") => script.hello,
                (false, "AUTH") => script.auth,
                (false, "MAIL") => script.mail,
                (false, "RCPT") => script.rcpt,
                (false, "DATA") => {
                    in_message = script.data.starts_with('3');
                    script.data
                }
                (false, _) => "221 bye\r\n",
            };
        };
    }
}

fn email() -> Email {
    Email {
        subject: "Your Example code".to_owned(),
        text: "Your code:\n\n012345\n".to_owned(),
        html: "<p>012345</p>".to_owned(),
    }
}

async fn send(mailer: &Mailer, email: &Email) -> Result<(), NotifyError> {
    let to = EmailAddress::parse("ada@example.org").expect("an address");
    let letter = Letter {
        email,
        to: &to,
        id: "7",
        at: chrono::DateTime::UNIX_EPOCH,
    };
    mailer
        .send(&letter, &())
        .await
        .map(|receipt| assert_eq!(receipt.provider, "smtp"))
}

fn reason(result: Result<(), NotifyError>) -> (&'static str, bool) {
    match result.expect_err("a refusal") {
        NotifyError::Temporary { reason, .. } => (reason, true),
        NotifyError::Permanent { reason, .. } => (reason, false),
        NotifyError::Unknown { reason, .. } => panic!("mail may be repeated: {reason}"),
    }
}

#[tokio::test]
async fn one_message_has_one_sender_and_one_recipient_whatever_it_says() {
    let payloads = payloads();
    assert!(payloads.len() >= 200);
    // Side by side, since each message waits for its server's acknowledgements.
    futures_util::future::join_all(payloads.chunks(10).map(stay_in_their_message)).await;
}

async fn stay_in_their_message(payloads: &[String]) {
    let server = ScriptedServer::start(&[GOOD]).await;
    let mailer = server.mailer("smtp://127.0.0.1:PORT?tls=none");
    for payload in payloads {
        let text = format!("Your code:\n\n012345\n\n{payload}");
        let email = Email {
            subject: payload.clone(),
            html: format!("<p>{payload}</p>"),
            text,
        };
        send(&mailer, &email).await.expect("the server takes it");
        let told = std::mem::take(&mut server.heard.told.lock().expect("no panic")[0]);
        let (message, commands): (Vec<_>, Vec<_>) = told
            .split_inclusive('\n')
            .partition(|line| line.starts_with("| "));
        let is_hello = |line: &&str| line.starts_with("EHLO ");
        let rest = commands.into_iter().filter(|line| !is_hello(line));
        assert_eq!(
            rest.collect::<Vec<_>>(),
            [
                "MAIL FROM:<otp@example.com>\r\n",
                "RCPT TO:<ada@example.org>\r\n",
                "DATA\r\n"
            ],
            "{payload:?}"
        );
        // A line end that is not CRLF could end the message for the next server (SMTP smuggling, CVE-2023-51764).
        for line in &message {
            let text = line.strip_suffix("\r\n").unwrap_or("\r");
            assert!(!text.contains('\r'), "{payload:?} {line:?}");
        }
        let headers = message.iter().take_while(|line| **line != "| \r\n");
        assert!(!headers.into_iter().any(|line| line.starts_with("| Bcc")));
    }
}

/// Each end of a line, real or only for some servers, around each thing that somebody might smuggle.
fn payloads() -> Vec<String> {
    let ends = [
        "\r\n", "\n", "\r", "\n\r", "\r\r\n", "\r\n\r\n", "\0", "\u{b}", "\u{85}", "\u{2028}",
        "=0D=0A", "",
    ];
    let things = [
        ".",
        "..",
        ".\r\n",
        "Bcc: e@e.test",
        "QUIT",
        "RSET",
        "BDAT 0 LAST",
        "--part-7--",
        "=?utf-8?q?x=0d=0aBcc:_e?=",
        "MAIL FROM:<e@e.test>",
        "RCPT TO:<e@e.test>",
        "DATA",
        ".\r\nMAIL FROM:<e@e.test>\r\nRCPT TO:<e@e.test>\r\nDATA",
        ".\nMAIL FROM:<e@e.test>\nRCPT TO:<e@e.test>\nDATA",
        ".\rMAIL FROM:<e@e.test>\rRCPT TO:<e@e.test>\rDATA",
        "\u{feff}.",
        &"x".repeat(2000),
    ];
    let both = ends.iter().flat_map(|end| {
        things
            .iter()
            .map(move |thing| format!("x{end}{thing}{end}"))
    });
    both.chain(things.iter().map(|thing| (*thing).to_owned()))
        .collect()
}

#[tokio::test]
async fn messages_share_a_connection() {
    let server = ScriptedServer::start(&[GOOD]).await;
    let mailer = server.mailer("smtp://user:secret@127.0.0.1:PORT?tls=none");
    for _ in 0..3 {
        send(&mailer, &email()).await.expect("the server takes it");
    }
    let told = server.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (
            told[0].matches("AUTH PLAIN").count(),
            told[0].matches("DATA\r\n").count()
        ),
        (1, 3)
    );
}

#[tokio::test]
async fn a_server_that_hung_up_is_called_again_once() {
    const HANGS_UP: Script = Script {
        farewell: Some(""),
        ..GOOD
    };
    const SAYS_BYE: Script = Script {
        farewell: Some("421 idle for too long\r\n"),
        ..GOOD
    };
    for scripts in [&[HANGS_UP, GOOD], &[SAYS_BYE, GOOD]] {
        let server = ScriptedServer::start(scripts).await;
        let mailer = server.mailer("smtp://127.0.0.1:PORT?tls=none");
        send(&mailer, &email())
            .await
            .expect("the first connection takes it");
        send(&mailer, &email())
            .await
            .expect("a fresh connection takes it");
        assert_eq!(server.told().len(), 2);
    }
    let server = ScriptedServer::start(&[
        HANGS_UP,
        Script {
            mail: "421 too busy\r\n",
            ..GOOD
        },
    ])
    .await;
    let mailer = server.mailer("smtp://127.0.0.1:PORT?tls=none");
    send(&mailer, &email())
        .await
        .expect("the first connection takes it");
    assert_eq!(
        reason(send(&mailer, &email()).await),
        ("the mail server put the message off", true)
    );
    assert_eq!(
        server.told().len(),
        2,
        "a fresh connection is not tried twice"
    );
}

#[tokio::test]
async fn silence_ends_at_the_deadline_and_its_connection_is_not_used_again() {
    for silent in [
        Script {
            greeting: "",
            ..GOOD
        },
        Script { hello: "", ..GOOD },
        Script { mail: "", ..GOOD },
        Script { rcpt: "", ..GOOD },
        Script { data: "", ..GOOD },
        Script {
            message: "",
            ..GOOD
        },
    ] {
        let server = ScriptedServer::start(Box::leak(Box::new([silent, GOOD]))).await;
        let mailer = server.mailer("smtp://127.0.0.1:PORT?tls=none");
        let email = email();
        let mut sending = Box::pin(send(&mailer, &email));
        tokio::select! {
            _ = &mut sending => panic!("nobody answers"),
            () = server.heard.fell_silent.notified() => {}
        }
        tokio::time::pause();
        tokio::time::advance(DEADLINE / 2).await;
        assert!(sending.as_mut().now_or_never().is_none(), "{silent:?}");
        tokio::time::advance(DEADLINE / 2).await;
        assert_eq!(
            reason(sending.await),
            ("the mail server took too long", true),
            "{silent:?}"
        );
        tokio::time::resume();
        send(&mailer, &email)
            .await
            .expect("a fresh connection takes it");
        assert_eq!(server.told().len(), 2, "{silent:?}");
    }
}

#[tokio::test]
async fn answers_say_whether_trying_again_can_help() {
    const OFF: (&str, bool) = ("the mail server put the message off", true);
    const REFUSED: (&str, bool) = ("the mail server refused the message", false);
    const CLOSED: (&str, bool) = ("the mail server takes no mail now", true);
    const ASKS: (&str, bool) = ("the mail server asks for a login or for TLS", true);
    const BROKE: (&str, bool) = ("the connection to the mail server broke", true);
    let greeting = |greeting| Script { greeting, ..GOOD };
    let hello = |hello| Script { hello, ..GOOD };
    let auth = |auth| Script { auth, ..GOOD };
    let mail = |mail| Script { mail, ..GOOD };
    let rcpt = |rcpt| Script { rcpt, ..GOOD };
    let data = |data| Script { data, ..GOOD };
    let message = |message| Script { message, ..GOOD };
    for (script, expected) in [
        (greeting("421 busy\r\n"), CLOSED),
        (greeting("554 no service\r\n"), CLOSED),
        (hello("550 who are you\r\n"), CLOSED),
        (
            auth("454 later\r\n"),
            ("the mail server takes no login now", true),
        ),
        (
            auth("535 wrong\r\n"),
            ("the mail server refused the login", true),
        ),
        (auth("this is not SMTP\r\n"), BROKE),
        (mail("451 later\r\n"), OFF),
        (mail("530 log in first\r\n"), ASKS),
        (mail("550 not you\r\n"), REFUSED),
        (rcpt("450 greylisted ada@example.org\r\n"), OFF),
        (rcpt("452 mailbox full\r\n"), OFF),
        (rcpt("550 no such user ada@example.org\r\n"), REFUSED),
        (rcpt("553 bad name\r\n"), REFUSED),
        (rcpt("this is not SMTP\r\n"), BROKE),
        (data("451 later\r\n"), OFF),
        (message("452 disk full\r\n"), OFF),
        (message("552 too big\r\n"), REFUSED),
        (message("554 looks like spam 012345\r\n"), REFUSED),
    ] {
        let server = ScriptedServer::start(Box::leak(Box::new([script]))).await;
        let mailer = server.mailer("smtp://user:secret@127.0.0.1:PORT?tls=none");
        let refused = send(&mailer, &email()).await;
        let shown = refused.as_ref().expect_err("a refusal").to_string();
        assert!(
            !shown.contains("ada@") && !shown.contains("012345"),
            "{shown}"
        );
        assert_eq!(reason(refused), expected, "{script:?}");
    }
}

#[tokio::test]
async fn a_refused_login_is_temporary_and_said() {
    const ASKS: Script = Script {
        hello: "250-server\r\n250 AUTH CRAM-MD5\r\n",
        ..GOOD
    };
    let server = ScriptedServer::start(&[ASKS]).await;
    let mailer = server.mailer("smtp://user:secret@127.0.0.1:PORT?tls=none");
    assert_eq!(
        reason(send(&mailer, &email()).await),
        ("the mail server refused the login", true)
    );
}

#[tokio::test]
async fn where_tls_is_required_nothing_goes_in_the_clear() {
    let server = ScriptedServer::start(&[GOOD]).await;
    for url in [
        "smtp://127.0.0.1:PORT?tls=required",
        "smtp://user:secret@127.0.0.1:PORT",
    ] {
        let mailer = server.mailer(url);
        assert_eq!(
            reason(send(&mailer, &email()).await),
            ("the mail server does not encrypt", true)
        );
    }
    let mailer = server.mailer("smtps://user:secret@127.0.0.1:PORT");
    assert_eq!(
        reason(send(&mailer, &email()).await),
        ("no trusted TLS connection to the mail server", true)
    );
    let told = server.told().concat();
    assert!(
        !told.contains("AUTH") && !told.contains("MAIL") && !told.contains("012345"),
        "{told}"
    );
    let opportunist = server.mailer("smtp://127.0.0.1:PORT");
    send(&opportunist, &email())
        .await
        .expect("it goes without TLS when none is offered");
}

#[tokio::test]
async fn a_closed_port_is_temporary() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let nobody = ScriptedServer {
        port,
        heard: Arc::default(),
    };
    let mailer = nobody.mailer("smtp://127.0.0.1:PORT?tls=none");
    assert_eq!(
        reason(send(&mailer, &email()).await),
        ("the mail server could not be reached", true)
    );
}

#[tokio::test]
async fn idle_connections_are_few_and_young() {
    let server = ScriptedServer::start(&[GOOD]).await;
    let mailer = server.mailer("smtp://127.0.0.1:PORT?tls=none");
    let email = email();
    let all = futures_util::future::join_all((0..20).map(|_| send(&mailer, &email))).await;
    assert!(all.into_iter().all(|sent| sent.is_ok()));
    let Some(Transport::Smtp(smtp)) = mailer.ways.links().next().map(|link| &link.sender) else {
        panic!("SMTP")
    };
    let count = || smtp.idle.lock().expect("no panic").len();
    assert_eq!(count(), MAX_IDLE);
    let connections = server.told().len();
    tokio::time::pause();
    tokio::time::advance(KEEP_IDLE).await;
    tokio::time::resume();
    send(&mailer, &email)
        .await
        .expect("a fresh connection takes it");
    assert_eq!((count(), server.told().len()), (1, connections + 1));
}

/// lettre's feature `tracing` would write the whole dialogue into the log: the login and the code.
#[tokio::test]
async fn nothing_of_the_dialogue_reaches_the_log() {
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    impl MakeWriter<'_> for Log {
        type Writer = Self;
        fn make_writer(&self) -> Self {
            self.clone()
        }
    }
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let server = ScriptedServer::start(&[GOOD]).await;
    tracing::info!("the log is on");
    send(
        &server.mailer("smtp://user:secret@127.0.0.1:PORT?tls=none"),
        &email(),
    )
    .await
    .expect("the server takes it");
    drop(guard);
    let log = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text");
    assert!(log.contains("the log is on"), "{log}");
    // `AHVzZXIAc2VjcmV0` is user and password as AUTH PLAIN writes them.
    assert!(server.told().concat().contains("AHVzZXIAc2VjcmV0"));
    for secret in ["012345", "AHVzZXIAc2VjcmV0", "ada@example.org"] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn debug_shows_no_login() {
    let url = MailUrl::parse("smtp://user:secret@mail.example?tls=none").expect("a URL");
    let Way::Smtp(server) = url.0 else {
        panic!("SMTP")
    };
    let shown = format!("{:?}", SmtpMailer::new(server).expect("a mailer"));
    assert!(
        !shown.contains("user") && !shown.contains("secret"),
        "{shown}"
    );
}
