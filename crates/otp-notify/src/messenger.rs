//! The notifier: one message for each channel that is on.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use otp_core::ports::{Notice, NotifyError, Receipt, Repeat};
use otp_core::{Channel, Contact, EventSink, Notifier};

use crate::mail::Letter;
use crate::sms::Text;
use crate::{Language, Mailer, MessageError, Messages, SmsSender};

/// Renders and sends messages by mail and by SMS; a channel that was given no sender is off.
pub struct Messenger {
    messages: Messages,
    mail: Option<Mailer>,
    sms: Option<SmsSender>,
    events: Arc<dyn EventSink>,
}

impl Messenger {
    /// Makes a messenger with both channels off; a [`Branding`](crate::Branding) alone is enough for messages.
    pub fn new(messages: impl Into<Messages>) -> Self {
        Self {
            messages: messages.into(),
            mail: None,
            sms: None,
            events: Arc::new(()),
        }
    }

    /// Switches mail on.
    #[must_use]
    pub fn with_mail(mut self, mailer: Mailer) -> Self {
        self.mail = Some(mailer);
        self
    }

    /// Switches short messages on.
    #[must_use]
    pub fn with_sms(mut self, sender: SmsSender) -> Self {
        self.sms = Some(sender);
        self
    }

    /// Tells `events` when a sender fails again and again, and when it is back; nobody by default.
    #[must_use]
    pub fn with_events(mut self, events: Arc<dyn EventSink>) -> Self {
        self.events = events;
        self
    }

    /// Lists the names of the senders, for whoever counts what becomes of them.
    pub fn senders(&self) -> impl Iterator<Item = (Channel, &str)> {
        let mail = self.mail.iter().flat_map(Mailer::names);
        let sms = self.sms.iter().flat_map(SmsSender::names);
        mail.map(|name| (Channel::Email, name))
            .chain(sms.map(|name| (Channel::Phone, name)))
    }

    /// Sends a message without a code, to see whether messages arrive.
    ///
    /// # Errors
    /// [`NotifyError`]; its `source` has the server's own words, for the operator who asked.
    pub async fn send_test(
        &self,
        to: &Contact,
        language: Language,
        now: DateTime<Utc>,
    ) -> Result<Receipt, NotifyError> {
        let id = format!("test-{}", now.timestamp_micros());
        match to {
            Contact::Email(to) => {
                let mailer = self.mail.as_ref().ok_or_else(channel_is_off)?;
                let email = self.messages.test_email(language).map_err(not_rendered)?;
                let (email, id, at) = (&email, id.as_str(), now);
                mailer
                    .send(&Letter { email, to, id, at }, self.events.as_ref())
                    .await
            }
            Contact::Phone(to) => {
                let sender = self.sms.as_ref().ok_or_else(channel_is_off)?;
                let message = self.messages.test_sms(language).map_err(not_rendered)?;
                let (message, id) = (&message, id.as_str());
                sender
                    .send(Text { message, to, id }, self.events.as_ref())
                    .await
            }
        }
    }
}

#[async_trait]
impl Notifier for Messenger {
    fn repeat(&self, channel: Channel) -> Repeat {
        match channel {
            Channel::Email => Mailer::REPEAT,
            Channel::Phone => SmsSender::REPEAT,
        }
    }

    async fn notify(&self, notice: &Notice) -> Result<Receipt, NotifyError> {
        let id = notice.delivery.id.as_uuid().to_string();
        match &notice.otp.contact {
            Contact::Email(to) => {
                let mailer = self.mail.as_ref().ok_or_else(channel_is_off)?;
                let email = self.messages.email(notice).map_err(not_rendered)?;
                let (email, id, at) = (&email, id.as_str(), notice.delivery.created_at);
                mailer
                    .send(&Letter { email, to, id, at }, self.events.as_ref())
                    .await
            }
            Contact::Phone(to) => {
                let sender = self.sms.as_ref().ok_or_else(channel_is_off)?;
                let message = self.messages.sms(notice).map_err(not_rendered)?;
                let (message, id) = (&message, id.as_str());
                sender
                    .send(Text { message, to, id }, self.events.as_ref())
                    .await
            }
        }
    }
}

impl fmt::Debug for Messenger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messenger")
            .field("mail", &self.mail)
            .field("sms", &self.sms)
            .finish_non_exhaustive()
    }
}

fn channel_is_off() -> NotifyError {
    NotifyError::Permanent {
        reason: "the channel is off",
        source: None,
    }
}

fn not_rendered(error: MessageError) -> NotifyError {
    NotifyError::Permanent {
        reason: "the message could not be rendered",
        source: Some(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use otp_core::testing::Bench;
    use otp_core::{Delivery, DeliveryId};
    use uuid::Uuid;

    use super::*;
    use crate::{Branding, Console, FromAddress, MailUrl, SmsUrl};

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Screen {
        fn take(&self) -> String {
            let shown = std::mem::take(&mut *self.0.lock().expect("no panic"));
            String::from_utf8(shown).expect("text")
        }
    }

    impl io::Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn off() -> Messenger {
        Messenger::new(Branding::new("Example", "example.com").expect("a branding"))
    }

    fn on(screen: &Screen) -> Messenger {
        let console = Console::new(screen.clone());
        let mail = MailUrl::parse("console:").expect("a URL");
        let from = FromAddress::parse("otp@example.com").expect("a sender");
        let sms = SmsUrl::parse("console:").expect("a URL");
        off()
            .with_mail(Mailer::new(&[mail], from, &console).expect("a mailer"))
            .with_sms(SmsSender::new(&sms.into(), &console).expect("a sender"))
    }

    fn contacts() -> [Contact; 2] {
        let email = Contact::email("ada@example.org").expect("an address");
        [email, Contact::phone("+919876543210").expect("a number")]
    }

    async fn notice(contact: Contact) -> Notice {
        let bench = Bench::new();
        let channel = contact.channel();
        let issued = bench.service().issue(contact).await.expect("a store");
        let id = issued.granted().expect("an OTP").id;
        let otp = bench
            .subject
            .otps
            .find(id)
            .await
            .expect("a store")
            .expect("an OTP");
        let delivery_id = DeliveryId::from_uuid(Uuid::nil());
        let delivery = Delivery::queued(delivery_id, id, channel, None, otp.created_at);
        Notice {
            delivery,
            otp,
            code: bench.read_code(id).await,
        }
    }

    #[tokio::test]
    async fn each_channel_reaches_its_contact_with_the_code() {
        let screen = Screen::default();
        let messenger = on(&screen);
        let [email, phone] = contacts();
        let notice_by_mail = notice(email).await;
        let receipt = messenger.notify(&notice_by_mail).await.expect("a screen");
        assert_eq!(receipt.provider, "console");
        let (shown, code) = (screen.take(), notice_by_mail.code.expose());
        assert!(shown.contains("---- mail to ada@example.org\n"), "{shown}");
        assert_eq!(
            shown.lines().filter(|line| *line == code).count(),
            1,
            "{shown}"
        );
        let notice_by_sms = notice(phone).await;
        let receipt = messenger.notify(&notice_by_sms).await.expect("a screen");
        assert_eq!(receipt.provider, "console");
        let (shown, code) = (screen.take(), notice_by_sms.code.expose());
        assert!(shown.contains("---- SMS to +919876543210\n"), "{shown}");
        assert!(
            shown.contains(&format!("\n@example.com #{code}\n\n----\n")),
            "{shown}"
        );
    }

    #[tokio::test]
    async fn test_messages_go_the_same_ways() {
        let screen = Screen::default();
        let messenger = on(&screen);
        for contact in contacts() {
            let sent = messenger
                .send_test(&contact, Language::English, DateTime::UNIX_EPOCH)
                .await;
            assert!(sent.is_ok(), "{sent:?}");
            let shown = screen.take();
            assert!(
                shown.contains(&format!(" to {}\n", contact.as_str())),
                "{shown}"
            );
            assert!(shown.contains("his is a test message"), "{shown}");
        }
    }

    #[tokio::test]
    async fn a_channel_that_is_off_refuses_for_good() {
        for contact in contacts() {
            let tested = off()
                .send_test(&contact, Language::English, DateTime::UNIX_EPOCH)
                .await;
            let notified = off().notify(&notice(contact).await).await;
            for refused in [tested, notified] {
                assert!(matches!(
                    refused,
                    Err(NotifyError::Permanent {
                        reason: "the channel is off",
                        ..
                    })
                ));
            }
        }
    }
}
