//! Mail as it leaves the house: headers, recipients, files, the terminal.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use insta::assert_snapshot;

use super::*;

const AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn mailer(url: &str, from: &str) -> Mailer {
    let url = MailUrl::parse(url).expect("a URL");
    let from = FromAddress::parse(from).expect("a sender");
    Mailer::new(&[url], from, &Console::new(io::sink())).expect("a mailer")
}

fn email() -> Email {
    Email {
        subject: "Your Example code, reference ACD".to_owned(),
        text: "Your code for Example:\n\n012345\n\nUse it to sign in.\n".to_owned(),
        html: "<!doctype html>\n<p>012345</p>\n".to_owned(),
    }
}

fn letter<'a>(email: &'a Email, to: &'a EmailAddress) -> Letter<'a> {
    Letter {
        email,
        to,
        id: "0197c000-0000-7000-8000-000000000007",
        at: AT + TimeDelta::milliseconds(86_400_123),
    }
}

fn draft<'a>(mailer: &'a Mailer, letter: &'a Letter<'a>) -> Draft<'a> {
    let from = &mailer.from;
    Draft { from, letter }
}

fn ada() -> EmailAddress {
    EmailAddress::parse("Ada+otp@Example.org").expect("an address")
}

#[test]
fn a_mail_has_these_headers_and_both_parts() {
    let (email, to) = (email(), ada());
    let mailer = mailer("console:", "Example <otp@example.com>");
    let message = draft(&mailer, &letter(&email, &to))
        .compose()
        .expect("a mail");
    let bytes = String::from_utf8(message.formatted()).expect("text");
    assert_snapshot!(bytes.replace("\r\n", "\n"), @r#"
    From: Example <otp@example.com>
    To: ada+otp@example.org
    Date: Fri, 02 Jan 1970 00:00:00 +0000
    Message-ID: <0197c000-0000-7000-8000-000000000007@example.com>
    Subject: Your Example code, reference ACD
    Auto-Submitted: auto-generated
    MIME-Version: 1.0
    Content-Type: multipart/alternative;
     boundary="part-0197c000-0000-7000-8000-000000000007"

    --part-0197c000-0000-7000-8000-000000000007
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: 7bit

    Your code for Example:

    012345

    Use it to sign in.

    --part-0197c000-0000-7000-8000-000000000007
    Content-Type: text/html; charset=utf-8
    Content-Transfer-Encoding: 7bit

    <!doctype html>
    <p>012345</p>

    --part-0197c000-0000-7000-8000-000000000007--
    "#);
}

#[test]
fn a_mail_goes_to_its_contact_and_to_nobody_else() {
    let email = email();
    for to in [
        "Ada+otp@Example.org",
        "o'brien@example.ie",
        "user@bücher.de",
        "a#$&'*/?^_`{|}~b@example.com",
    ] {
        let to = EmailAddress::parse(to).expect("an address");
        for from in [
            "otp@example.com",
            "Müller, \u{e9} & Söhne; a@b.c, d@e.f: <otp@example.com>",
        ] {
            let message = draft(&mailer("console:", from), &letter(&email, &to))
                .compose()
                .expect("a mail");
            let envelope = message.envelope();
            assert_eq!(
                envelope
                    .to()
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>(),
                [to.as_str()]
            );
            assert_eq!(
                envelope.from().map(ToString::to_string).as_deref(),
                Some("otp@example.com")
            );
            assert_eq!(message.headers().get_raw("To"), Some(to.as_str()));
            assert!(
                message.headers().get_raw("Cc").is_none()
                    && message.headers().get_raw("Bcc").is_none()
            );
        }
    }
}

#[tokio::test]
async fn a_mail_folder_gets_one_whole_private_file_per_message() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("made/when/missing");
    let mailer = mailer(&format!("file:{}", path.display()), "otp@example.com");
    let (email, to) = (email(), ada());
    for _ in 0..2 {
        let receipt = mailer
            .send(&letter(&email, &to), &())
            .await
            .expect("a folder");
        assert_eq!(receipt.provider, "file");
    }
    let files: Vec<_> = std::fs::read_dir(&path)
        .expect("a folder")
        .map(|file| file.expect("a file"))
        .collect();
    let names: Vec<_> = files
        .iter()
        .map(|file| file.file_name().into_string().expect("text"))
        .collect();
    assert_eq!(
        names,
        ["19700102T000000.123Z-0197c000-0000-7000-8000-000000000007.eml"]
    );
    let text = std::fs::read_to_string(files[0].path()).expect("text");
    assert!(text.contains("\r\n\r\n012345\r\n\r\n"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            files[0].metadata().expect("a file").permissions().mode() & 0o777,
            0o600
        );
    }
}

#[tokio::test]
async fn a_folder_that_is_gone_is_temporary() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("gone");
    let mailer = mailer(&format!("file:{}", path.display()), "otp@example.com");
    std::fs::remove_dir(&path).expect("an empty folder");
    let (email, to) = (email(), ada());
    let error = mailer
        .send(&letter(&email, &to), &())
        .await
        .expect_err("no folder");
    assert!(matches!(
        error,
        NotifyError::Temporary {
            reason: "the mail folder could not be written",
            ..
        }
    ));
    let url = MailUrl::parse("file:/dev/null/mail").expect("a URL");
    let from = FromAddress::parse("otp@example.com").expect("a sender");
    let refused = Mailer::new(&[url], from, &Console::new(io::sink()));
    assert!(matches!(refused, Err(MailerError::Folder(_))));
}

#[tokio::test]
async fn a_developer_finds_the_code_in_the_terminal() {
    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);
    impl io::Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let screen = Screen::default();
    let url = MailUrl::parse("console:").expect("a URL");
    let from = FromAddress::parse("otp@example.com").expect("a sender");
    let mailer = Mailer::new(&[url], from, &Console::new(screen.clone())).expect("a mailer");
    let (email, to) = (email(), ada());
    assert_eq!(
        mailer
            .send(&letter(&email, &to), &())
            .await
            .expect("a screen")
            .provider,
        "console"
    );
    let shown = String::from_utf8(screen.0.lock().expect("no panic").clone()).expect("text");
    assert_snapshot!(shown, @r"

    ---- mail to ada+otp@example.org

    Subject: Your Example code, reference ACD

    Your code for Example:

    012345

    Use it to sign in.


    ----

    ");
}
