//! What the log tells of a request, and what it never tells.
//!
//! A program of its own, so that the log is listened to before the first request of any test.

#[expect(
    dead_code,
    reason = "shared with the tests of the pages, which use all of it"
)]
#[path = "pages/browser.rs"]
mod browser;
#[expect(
    dead_code,
    reason = "shared with the tests of the pages, which use all of it"
)]
#[path = "pages/house.rs"]
mod house;

use std::io;
use std::sync::{Arc, LazyLock, Mutex};

use otp_core::{OtpId, SecretSource as _};
use poem::Request;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::browser::Browser;
use crate::house::House;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
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

/// Everything of ours at its finest, and the warnings of the libraries, as the service logs.
static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let ours = ["otp_core", "otp_storage", "otp_notify", "otp_web"];
    let targets = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_targets(ours.map(|ours| (ours, LevelFilter::TRACE)));
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(log.clone());
    let subscriber = tracing_subscriber::registry().with(targets).with(lines);
    tracing::subscriber::set_global_default(subscriber).expect("the only one");
    log
});

#[tokio::test]
async fn a_request_is_one_line_with_its_id_route_status_and_time() {
    let log = &*LOG;
    let house = House::new().await;
    // Secrets are the same in each run, and ids are secrets: this one is not to be another test's.
    let mut skipped = vec![0; 32 * 1000];
    house.bench.secrets.fill(&mut skipped).unwrap();
    let page = house
        .send(
            Request::builder()
                .uri("/otp/request/?utm=x".parse().unwrap())
                .finish(),
        )
        .await;
    let text = log.text();
    let id = page.header("x-request-id");
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(id)).collect();
    let [line] = lines[..] else {
        panic!("one line: {text}")
    };
    for part in [
        "method=\"GET\"",
        "route=\"/otp/request/\"",
        "status=200",
        "ms=",
        "answered",
    ] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
}

#[tokio::test]
async fn no_contact_code_cookie_or_address_reaches_the_log() {
    let log = &*LOG;
    let house = House::new().await;
    let mut browser = Browser::new(&house);
    browser
        .open("/otp/request/?contact_value=planted-query")
        .await;
    browser.request("email", "planted-typo@").await;
    browser
        .submit("/otp/request/", &[("planted-field", "planted-value")])
        .await;
    browser
        .request("email", "planted-name@planted-domain.example")
        .await
        .leads_to("/otp/verify/");
    let id: OtpId = browser.flow();
    let (wrong, code) = (house.wrong_code(id).await, house.code(id).await);
    let before = browser.cookies.clone();
    browser.open("/otp/verify/").await;
    browser.verify(&wrong).await;
    browser.verify("planted-code").await;
    browser.verify(&code).await.leads_to("/otp/done/");
    browser.open("/otp/done/").await;
    browser
        .open("/planted-path/planted-name@planted-domain.example")
        .await;
    let odd_method = Request::builder()
        .method("PLANTED".parse().unwrap())
        .uri("/otp/done/".parse().unwrap());
    house.send(odd_method.finish()).await;
    house.database.clone().close().await;
    assert_eq!(browser.open("/otp/done/").await.status, 503);
    let text = log.text();
    assert!(
        text.lines().count() > 12 && text.contains("ERROR"),
        "{text}"
    );
    for cookie in before.values().chain(browser.cookies.values()) {
        assert!(!text.contains(cookie.as_str()), "{cookie} is in {text}");
    }
    for planted in ["planted", "PLANTED", &code, &wrong, &browser.form_token] {
        assert!(!text.contains(planted), "{planted} is in {text}");
    }
}
