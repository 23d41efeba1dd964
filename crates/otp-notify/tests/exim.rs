//! Mail through a real mail server: TLS, login, refusals, and what arrives.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use otp_core::ports::{Notice, NotifyError, Receipt};
use otp_core::testing::Bench;
use otp_core::{Channel, Contact, Delivery, DeliveryId, Notifier};
use otp_notify::{Branding, Console, FromAddress, Language, MailUrl, Mailer, Messenger, Probed};

/// A setting of the test server that `cargo xtask ci` starts.
#[expect(
    clippy::disallowed_methods,
    reason = "the test server is described by the environment; tests have no configuration"
)]
fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set: `cargo xtask ci` starts the mail server for this test and sets it"
        )
    })
}

fn mailer(url: &str) -> Mailer {
    let url = MailUrl::parse(url).expect("a URL");
    let from = FromAddress::parse("Example <otp@example.com>").expect("a sender");
    Mailer::new(&[url], from, &Console::new(std::io::sink())).expect("a mailer")
}

fn messenger(url: &str) -> Messenger {
    let branding = Branding::new("Example", "example.com").expect("a branding");
    Messenger::new(branding).with_mail(mailer(url))
}

/// What the dispatcher would hand over for a fresh login code. The recipient is new for each call.
async fn notice(name: &str) -> Notice {
    let bench = Bench::new();
    let number = uuid::Uuid::new_v4();
    let contact = Contact::email(&format!("{name}-{number}@otp.test")).expect("an address");
    let issued = bench.service().issue(contact).await.expect("a store");
    let id = issued.granted().expect("an OTP").id;
    let otp = bench
        .subject
        .otps
        .find(id)
        .await
        .expect("a store")
        .expect("an OTP");
    let delivery = Delivery::queued(
        DeliveryId::from_uuid(number),
        id,
        Channel::Email,
        None,
        otp.created_at,
    );
    Notice {
        delivery,
        otp,
        code: bench.read_code(id).await,
    }
}

/// Waits for the mail to this recipient; the server delivers in its own time.
async fn mail_to(address: &str) -> String {
    let folder = setting("OTP_TEST_MAILDIR");
    let recipient = format!("Envelope-to: {address}");
    for _ in 0..600 {
        let files = std::fs::read_dir(Path::new(&folder).join("new"));
        for file in files.into_iter().flatten().flatten() {
            let mail = std::fs::read_to_string(file.path()).unwrap_or_default();
            if mail.lines().any(|line| line == recipient) {
                return mail.replace("\r\n", "\n");
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no mail arrived within thirty seconds");
}

fn reason(result: Result<Receipt, NotifyError>) -> (&'static str, bool) {
    match result.expect_err("a refusal") {
        NotifyError::Temporary { reason, .. } => (reason, true),
        NotifyError::Permanent { reason, .. } => (reason, false),
        NotifyError::Unknown { reason, .. } => panic!("mail may be repeated: {reason}"),
    }
}

#[tokio::test]
async fn mail_arrives_over_starttls() {
    arrives(&setting("OTP_TEST_SMTP_URL")).await;
}

#[tokio::test]
async fn mail_arrives_over_implicit_tls() {
    arrives(&setting("OTP_TEST_SMTPS_URL")).await;
}

async fn arrives(url: &str) {
    let messenger = messenger(url);
    for _ in 0..2 {
        let notice = notice("good").await;
        let sent = messenger
            .notify(&notice)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(sent.provider, "smtp");
        let mail = mail_to(notice.otp.contact.as_str()).await;
        let (headers, body) = mail.split_once("\n\n").expect("headers and a body");
        let header = |name: &str| {
            headers
                .lines()
                .filter_map(|line| line.strip_prefix(name))
                .collect::<Vec<_>>()
        };
        let id = notice.delivery.id.as_uuid();
        assert_eq!(header("To: "), [notice.otp.contact.as_str()]);
        assert_eq!(header("From: "), ["Example <otp@example.com>"]);
        assert_eq!(header("Message-ID: "), [format!("<{id}@example.com>")]);
        assert_eq!(header("Auto-Submitted: "), ["auto-generated"]);
        assert_eq!(header("Date: "), ["Thu, 01 Jan 2026 12:00:00 +0000"]);
        let subject = format!(
            "Your Example code, reference {}",
            notice.otp.reference.as_str()
        );
        assert_eq!(header("Subject: "), [subject]);
        // It came over TLS and with the login.
        assert!(headers.contains("with esmtpsa"), "{headers}");
        let code = notice.code.expose();
        assert!(!headers.contains(code), "{headers}");
        assert_eq!(
            body.lines().filter(|line| *line == code).count(),
            1,
            "{body}"
        );
        let parts = ["text/plain; charset=utf-8", "text/html; charset=utf-8"];
        assert!(
            parts.iter().all(|part| body.matches(part).count() == 1),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_test_message_arrives() {
    let to = notice("test").await.otp.contact;
    let sent = messenger(&setting("OTP_TEST_SMTP_URL"))
        .send_test(&to, Language::English, chrono::DateTime::UNIX_EPOCH)
        .await;
    assert!(sent.is_ok(), "{sent:?}");
    assert!(
        mail_to(to.as_str())
            .await
            .contains("This is a test message from Example.")
    );
}

/// What the one way of `url` answers.
async fn probed(url: &str) -> Result<Probed, NotifyError> {
    let mailer = mailer(url);
    let mut answers = mailer.probe().await;
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

#[tokio::test]
async fn a_probe_says_whether_there_are_tls_and_a_login() {
    for name in ["OTP_TEST_SMTP_URL", "OTP_TEST_SMTPS_URL"] {
        let (has_tls, has_login) = (true, true);
        let probed = probed(&setting(name)).await;
        assert_eq!(probed.expect(name), Probed::Server { has_tls, has_login });
    }
    let open = setting("OTP_TEST_SMTP_URL").replace("otp:otp-test@", "");
    let (open, _) = open.split_once('?').unwrap_or((&open, ""));
    let open = probed(&format!("{open}?tls=none")).await;
    let (has_tls, has_login) = (false, false);
    assert_eq!(open.expect("no TLS"), Probed::Server { has_tls, has_login });
    let wrong = setting("OTP_TEST_SMTP_URL").replace(":otp-test@", ":wrong@");
    let refused = probed(&wrong).await.expect_err("a refusal");
    assert_eq!(refused.to_string(), "the mail server refused the login");
}

#[tokio::test]
async fn a_wrong_password_is_temporary_and_said() {
    let url = setting("OTP_TEST_SMTP_URL");
    let wrong = url.replace(":otp-test@", ":wrong@");
    assert_ne!(url, wrong);
    let refused = messenger(&wrong).notify(&notice("good").await).await;
    assert_eq!(reason(refused), ("the mail server refused the login", true));
}

#[tokio::test]
async fn a_deferred_recipient_is_temporary() {
    let refused = messenger(&setting("OTP_TEST_SMTP_URL"))
        .notify(&notice("defer").await)
        .await;
    assert_eq!(
        reason(refused),
        ("the mail server put the message off", true)
    );
}

#[tokio::test]
async fn an_unknown_recipient_is_permanent_and_stays_out_of_the_reason() {
    let messenger = messenger(&setting("OTP_TEST_SMTP_URL"));
    let refused = messenger.notify(&notice("unknown").await).await;
    let source = refused
        .as_ref()
        .err()
        .and_then(std::error::Error::source)
        .map(ToString::to_string);
    assert!(
        source.is_some_and(|source| source.contains("User unknown")),
        "the server's words are in the source"
    );
    assert_eq!(
        reason(refused),
        ("the mail server refused the message", false)
    );
    let next = messenger.notify(&notice("good").await).await;
    assert!(
        next.is_ok(),
        "a refusal does not spoil the next message: {next:?}"
    );
}

#[tokio::test]
async fn a_server_that_wants_a_login_is_temporary() {
    let url = setting("OTP_TEST_SMTP_URL").replace("otp:otp-test@", "");
    let refused = messenger(&url).notify(&notice("good").await).await;
    assert_eq!(
        reason(refused),
        ("the mail server asks for a login or for TLS", true)
    );
}

/// The certificate names `localhost` and the plain addresses; another spelling of the same address is not among them.
#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    for name in ["OTP_TEST_SMTP_URL", "OTP_TEST_SMTPS_URL"] {
        let url = setting(name).replace("@localhost:", "@[::ffff:127.0.0.1]:");
        let refused = messenger(&url).notify(&notice("good").await).await;
        assert_eq!(
            reason(refused),
            ("no trusted TLS connection to the mail server", true),
            "{name}"
        );
    }
}

/// Runs the tests of good mail once more, trusting nobody: they fail for this reason and for no other.
#[test]
fn a_certificate_of_an_unknown_authority_is_refused() {
    let nobody = tempfile::NamedTempFile::new().expect("a file");
    for test in [
        "mail_arrives_over_starttls",
        "mail_arrives_over_implicit_tls",
    ] {
        let this_program = std::env::current_exe().expect("a path");
        let run = Command::new(this_program)
            .args(["--exact", test, "--nocapture"])
            .env("SSL_CERT_FILE", nobody.path())
            .env_remove("SSL_CERT_DIR")
            .output()
            .expect("a run");
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(!run.status.success(), "{test}");
        assert!(
            said.contains("no trusted TLS connection to the mail server"),
            "{said}"
        );
    }
}
