//! The same routes with everything of every library logged: statements, frames, the mail dialogue, panics.

use std::io;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use otp_core::ports::{Notice, Notifier, NotifyError, Receipt, Repeat};
use otp_core::{Channel, Contact, DeliveryState};
use otp_notify::{Branding, Console, Dispatcher, FromAddress, MailUrl, Mailer, Messenger};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::browser::Browser;
use crate::house::House;
use crate::needle::Needle;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Sends, and panics with all that it knows when it has sent.
struct Panicking(Messenger);

#[async_trait]
impl Notifier for Panicking {
    fn repeat(&self, channel: Channel) -> Repeat {
        self.0.repeat(channel)
    }

    async fn notify(&self, notice: &Notice) -> Result<Receipt, NotifyError> {
        let sent = self.0.notify(notice).await;
        if notice.otp.contact.as_str().starts_with("canary.panic") {
            // As the hook of the binary has it: the payload is for nobody.
            std::panic::resume_unwind(Box::new(format!(
                "{} {}",
                notice.code.expose(),
                notice.otp.contact.as_str()
            )));
        }
        sent
    }
}

#[tokio::test]
async fn no_secret_is_logged_at_the_finest_level_of_every_library() {
    let log = Log::default();
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .without_time()
        .with_span_events(FmtSpan::FULL)
        .with_writer(log.clone());
    let subscriber = tracing_subscriber::registry()
        .with(LevelFilter::TRACE)
        .with(lines);
    tracing::subscriber::set_global_default(subscriber).expect("the only one");

    let house = House::new().await;
    let mails = tempfile::TempDir::new().unwrap();
    let url = MailUrl::parse(&format!("file:{}", mails.path().display())).unwrap();
    let from = FromAddress::parse("Example <otp@canary.example>").unwrap();
    let mailer = Mailer::new(&[url], from, &Console::new(io::sink())).unwrap();
    let messenger =
        Messenger::new(Branding::new("Example", "canary.example").unwrap()).with_mail(mailer);
    let dispatcher = Dispatcher::new(
        house.bench.subject.queue.clone(),
        Arc::new(Panicking(messenger)),
        house.bench.keys.clone(),
        house.bench.clock.clone(),
        house.bench.secrets.clone(),
    );

    let mut browser = Browser::new(&house);
    browser.open("/otp/request/").await;
    browser
        .request("email", "canary.person@canary.example")
        .await
        .leads_to("/otp/verify/");
    let code = house.code(browser.flow()).await;
    let contact = Contact::email("canary.panic@canary.example").unwrap();
    let panics = house
        .bench
        .service()
        .issue(contact)
        .await
        .unwrap()
        .granted()
        .unwrap()
        .id;
    assert_eq!(dispatcher.run_once().await.unwrap(), 2);
    let state = house
        .bench
        .subject
        .otps
        .delivery_state(panics)
        .await
        .unwrap();
    assert_eq!(state, Some(DeliveryState::Queued), "it will be tried again");
    let unsent = house.code(panics).await;
    browser.open("/otp/verify/").await;
    browser.verify(&code).await.leads_to("/otp/done/");
    browser.open("/otp/done/").await;
    let metrics = house
        .send(
            poem::Request::builder()
                .uri("/metrics".parse().unwrap())
                .finish(),
        )
        .await;
    house.database.clone().close().await;
    assert_eq!(browser.verify(&unsent).await.status, 503);

    let log = log.bytes();
    let text = String::from_utf8_lossy(&log);
    for written in [
        "sqlx::query",
        "INSERT INTO",
        "UPDATE",
        "the message panicked",
        "ERROR",
    ] {
        assert!(text.contains(written), "{written} is not in the log");
    }
    let mut needles = vec![
        Needle::text("a code", &code),
        Needle::text("a code", &unsent),
        Needle::text("a contact", "canary.person@canary.example"),
        Needle::text("a contact", "canary.panic@canary.example"),
    ];
    let secrets = browser
        .cookies
        .iter()
        .filter(|(name, _)| !name.ends_with("otp_flow"));
    needles.extend(secrets.map(|(name, value)| Needle::token(name, value)));
    assert!(needles.len() >= 6, "{:?}", browser.cookies);
    let places = [
        ("the log", log.as_slice()),
        ("the metrics", metrics.text.as_bytes()),
    ];
    let found: Vec<String> = places
        .iter()
        .flat_map(|(name, place)| {
            needles
                .iter()
                .filter_map(move |needle| Some(format!("{} in {name}", needle.find(place)?)))
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
