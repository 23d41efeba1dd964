//! Mail: what it is made of, and the ways it goes.

mod file;
mod from;
mod refusal;
mod smtp;
#[cfg(test)]
mod tests;
mod url;

use std::error::Error;
use std::io;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use otp_core::ports::{NotifyError, Receipt, Repeat};
use otp_core::{Channel, EmailAddress, EventSink};

pub use self::from::{FromAddress, FromAddressError};
pub use self::url::{MailUrl, MailUrlError};

use self::file::MailFolder;
use self::smtp::SmtpMailer;
use self::url::Way;
use crate::Console;
use crate::chain::{Chain, Link, Named, Refused, Sender};
use crate::message::Email;

/// Sends mail from one address, by one way or by the first of several that works.
#[derive(Debug)]
pub struct Mailer {
    from: FromAddress,
    ways: Chain<Transport>,
}

#[derive(Debug)]
enum Transport {
    Console(Console),
    File(MailFolder),
    Smtp(Box<SmtpMailer>),
}

impl Mailer {
    /// A repeated mail has the same bytes and the same Message-ID, whichever way it goes.
    pub(crate) const REPEAT: Repeat = Repeat::Safe;

    /// Prepares the ways that `urls` name, the preferred one first. A mail folder is made when it is missing; a mail
    /// server is connected to by the first message.
    ///
    /// # Errors
    /// [`MailerError`].
    pub fn new(
        urls: &[MailUrl],
        from: FromAddress,
        console: &Console,
    ) -> Result<Self, MailerError> {
        let links = urls.iter().map(|url| {
            let transport = Transport::open(url, console)?;
            Ok(Link::new(url.name(), transport))
        });
        let links = links.collect::<Result<_, _>>()?;
        Ok(Self {
            from,
            ways: Chain::new(Channel::Email, links),
        })
    }

    /// Asks each way whether it would take mail, in their order, and sends none.
    ///
    /// A mail server is connected to, asked for TLS, given the login and left again. An error is the one that a
    /// message would have met.
    pub async fn probe(&self) -> Vec<Result<Probed, NotifyError>> {
        let mut answers = Vec::new();
        for link in self.ways.links() {
            answers.push(match &link.sender {
                Transport::Console(_) => Ok(Probed::Console),
                Transport::File(_) => Ok(Probed::Folder),
                Transport::Smtp(mailer) => mailer.probe().await,
            });
        }
        answers
    }

    /// Returns the names of its ways, for metrics.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.ways.links().map(|link| link.name.as_str())
    }

    /// Sends one mail to exactly one address. The same `letter` makes the same bytes.
    pub(crate) async fn send(
        &self,
        letter: &Letter<'_>,
        events: &dyn EventSink,
    ) -> Result<Receipt, NotifyError> {
        let from = &self.from;
        self.ways.send(Draft { from, letter }, events).await
    }
}

impl Transport {
    fn open(url: &MailUrl, console: &Console) -> Result<Self, MailerError> {
        Ok(match &url.0 {
            Way::Console => Self::Console(console.clone()),
            Way::File(path) => Self::File(MailFolder::open(path).map_err(MailerError::Folder)?),
            Way::Smtp(server) => {
                let mailer = SmtpMailer::new(server.clone());
                Self::Smtp(Box::new(
                    mailer.map_err(|error| MailerError::Tls(error.into()))?,
                ))
            }
        })
    }
}

impl Sender<Draft<'_>> for Transport {
    async fn send(&self, draft: Draft<'_>) -> Result<Receipt, Refused> {
        let letter = draft.letter;
        let provider = match self {
            Self::Console(console) => {
                let title = format!("mail to {}", letter.to.as_str());
                let Email { subject, text, .. } = letter.email;
                console.print(&title, &format!("Subject: {subject}\n\n{text}"))?;
                "console"
            }
            Self::File(folder) => {
                let time = letter.at.format("%Y%m%dT%H%M%S%.3fZ");
                let name = format!("{time}-{}.eml", letter.id);
                folder.write(&name, draft.compose()?.formatted()).await?;
                "file"
            }
            Self::Smtp(mailer) => {
                let message = draft.compose()?;
                mailer
                    .send(message.envelope(), &message.formatted())
                    .await?;
                "smtp"
            }
        };
        Ok(Receipt {
            provider: provider.to_owned(),
            message_id: None,
        })
    }
}

/// A letter and whom it is from.
#[derive(Debug, Clone, Copy)]
struct Draft<'a> {
    from: &'a FromAddress,
    letter: &'a Letter<'a>,
}

impl Named for Draft<'_> {
    fn id(&self) -> &str {
        self.letter.id
    }
}

impl Draft<'_> {
    fn compose(self) -> Result<Message, NotifyError> {
        let letter = self.letter;
        let (from, to) = (self.from.address(), address(letter.to));
        let id = format!("<{}@{}>", letter.id, from.domain());
        let parts = MultiPart::alternative()
            .boundary(format!("part-{}", letter.id))
            .singlepart(SinglePart::plain(without_cr(&letter.email.text)))
            .singlepart(SinglePart::html(without_cr(&letter.email.html)));
        let composed = Envelope::new(Some(from), vec![to.clone()]).and_then(|envelope| {
            Message::builder()
                .envelope(envelope)
                .from(self.from.mailbox())
                .to(Mailbox::new(None, to))
                .date(SystemTime::from(letter.at))
                .message_id(Some(id))
                .subject(letter.email.subject.clone())
                .raw_header(HeaderValue::new(
                    HeaderName::new_from_ascii_str("Auto-Submitted"),
                    "auto-generated".to_owned(),
                ))
                .multipart(parts)
        });
        composed.map_err(|error| NotifyError::Permanent {
            reason: "the mail could not be composed",
            source: Some(error.into()),
        })
    }
}

/// What a way answered that was asked by [`Mailer::probe`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Probed {
    /// Mail is printed.
    Console,
    /// Mail is written into a folder, which is there.
    Folder,
    /// A mail server answered.
    Server {
        /// Whether the connection was encrypted, with a certificate that is trusted.
        has_tls: bool,
        /// Whether it let us in with a login; otherwise none is configured.
        has_login: bool,
    },
}

/// A mail on its way: what it says, to whom, and under which name.
#[derive(Debug)]
pub(crate) struct Letter<'a> {
    pub(crate) email: &'a Email,
    pub(crate) to: &'a EmailAddress,
    /// The left part of its Message-ID; a repeated message keeps it, so that mail programs show one.
    pub(crate) id: &'a str,
    /// When it was written.
    pub(crate) at: DateTime<Utc>,
}

/// The core's parser has already refused whatever would need quoting here, and more than lettre's does.
fn address(address: &EmailAddress) -> Address {
    let (local, domain) = address.as_str().split_once('@').unwrap_or_default();
    Address::new_dangerous(local, domain)
}

/// lettre writes each LF as CRLF, but passes on a lone CR, which is the end of a line to some servers (SMTP smuggling,
/// CVE-2023-51764). No template and no name has one; this is the last gate.
fn without_cr(text: &str) -> String {
    text.replace('\r', "")
}

/// Why no mail can be sent by the configured way.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// The mail folder could not be made.
    #[error("the mail folder could not be made")]
    Folder(#[source] io::Error),
    /// TLS could not be set up.
    #[error("TLS could not be set up")]
    Tls(#[source] Box<dyn Error + Send + Sync>),
}
