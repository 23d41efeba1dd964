//! A mailbox of the real mail server: one address, read from its Maildir.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::service::{unique, variable, wait};

pub(crate) struct Mailbox {
    address: String,
}

impl Mailbox {
    /// Makes up an address that nothing else writes to.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            address: format!("{}@otp.test", unique(name)),
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Waits for the mail to this address.
    pub(crate) async fn mail(&self) -> Mail {
        let maildir = variable("OTP_TEST_MAILDIR");
        let envelope = format!("Envelope-to: {}", self.address);
        let found = wait(Duration::from_secs(20), async || {
            fs::read_dir(Path::new(&maildir).join("new"))
                .ok()?
                .flatten()
                .find_map(|entry| {
                    let text = fs::read_to_string(entry.path()).ok()?;
                    text.contains(&envelope).then_some(text)
                })
        });
        Mail(
            found
                .await
                .unwrap_or_else(|| panic!("no mail for {} within 20 s", self.address)),
        )
    }
}

pub(crate) struct Mail(String);

impl Mail {
    /// The code: six digits alone on a line of the text part.
    pub(crate) fn code(&self) -> &str {
        let is_code =
            |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
        self.0
            .lines()
            .map(str::trim)
            .find(is_code)
            .expect("a code alone on its line")
    }

    /// The reference: three letters in the subject.
    pub(crate) fn reference(&self) -> &str {
        let subject = self
            .0
            .lines()
            .find_map(|line| line.strip_prefix("Subject: "))
            .expect("a subject");
        assert!(
            !subject.contains(self.code()),
            "the subject never holds the code"
        );
        let is_reference =
            |word: &&str| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase());
        subject
            .split(|c: char| !c.is_alphanumeric())
            .find(is_reference)
            .expect("a reference in the subject")
    }
}
