//! Mail as the product sends it, and short messages to a gateway that takes one line for each.

use std::fmt;

use anyhow::Result;
use async_trait::async_trait;
use otp_core::ports::{Notice, NotifyError, Receipt, Repeat};
use otp_core::{Channel, Notifier};
use otp_notify::{Branding, Console, FromAddress, MailUrl, Mailer, Messenger};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Both ways, to servers on this machine.
pub struct Ways {
    mail: Messenger,
    gateway: u16,
}

impl Ways {
    /// Takes the ports of the mail server and of the gateway.
    ///
    /// # Errors
    /// The mailer cannot be made.
    pub fn to(mail: u16, gateway: u16) -> Result<Self> {
        let url = MailUrl::parse(&format!("smtp://127.0.0.1:{mail}?tls=none"))?;
        let from = FromAddress::parse("Example <otp@example.com>")?;
        let mailer = Mailer::new(&[url], from, &Console::new(std::io::sink()))?;
        let branding = Branding::new("Example", "example.com")?;
        Ok(Self {
            mail: Messenger::new(branding).with_mail(mailer),
            gateway,
        })
    }

    /// Says a line and waits for the answer. Once the line is out, nobody knows without an answer.
    async fn send_short(&self, notice: &Notice) -> Result<Receipt, NotifyError> {
        let line = format!(
            "{} {} {}\n",
            notice.delivery.id.as_uuid(),
            notice.otp.contact.as_str(),
            notice.code.expose()
        );
        let connected = TcpStream::connect(("127.0.0.1", self.gateway)).await;
        let mut stream = connected.map_err(|error| NotifyError::Temporary {
            reason: "the gateway could not be reached",
            source: Some(error.into()),
        })?;
        let answered = async {
            stream.write_all(line.as_bytes()).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            Ok(answer)
        };
        let source: Option<Box<dyn std::error::Error + Send + Sync>> = match answered.await {
            Ok(answer) if answer == "taken\n" => {
                return Ok(Receipt {
                    provider: "gateway".to_owned(),
                    message_id: None,
                });
            }
            Ok(_) => None,
            Err(error) => Some(std::io::Error::into(error)),
        };
        Err(NotifyError::Unknown {
            reason: "the gateway did not answer",
            source,
        })
    }
}

#[async_trait]
impl Notifier for Ways {
    fn repeat(&self, channel: Channel) -> Repeat {
        // As the product has it for both.
        self.mail.repeat(channel)
    }

    async fn notify(&self, notice: &Notice) -> Result<Receipt, NotifyError> {
        match notice.delivery.channel {
            Channel::Email => self.mail.notify(notice).await,
            Channel::Phone => self.send_short(notice).await,
        }
    }
}

impl fmt::Debug for Ways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ways")
    }
}
