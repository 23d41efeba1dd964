//! Messages, mail, SMS, and the dispatcher that empties the delivery queue.
//!
//! ```
//! # use std::sync::Arc;
//! # use otp_core::{Contact, testing::Bench};
//! # use otp_notify::*;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let bench = Bench::new(); // in-memory store, fixed clock, scripted secrets
//! # let (queue, keys, clock, secrets) = (bench.subject.queue.clone(), bench.keys.clone(), bench.clock.clone(), bench.secrets.clone());
//! let mail = MailUrl::parse("file:var/mail")?; // or smtp://user:password@mail.example.com
//! # let mail = MailUrl::parse(&format!("file:{}", folder.path().display()))?;
//! let from = FromAddress::parse("Example <otp@example.com>")?;
//! let console = Console::new(std::io::stdout());
//! let messenger = Messenger::new(Branding::new("Example", "login.example.com")?)
//!     .with_mail(Mailer::new(&[mail], from, &console)?)
//!     .with_sms(SmsSender::new(&SmsUrl::parse("console:")?.into(), &console)?);
//!
//! let dispatcher = Dispatcher::new(queue, Arc::new(messenger), keys, clock, secrets);
//! let otps = bench.service().on_queued(dispatcher.waker());
//! otps.issue(Contact::email("ada@example.com")?).await?.granted().ok_or("refused")?;
//! assert_eq!(dispatcher.run_once().await?, 1); // a service spawns `dispatcher.run(shutdown)` instead
//! # assert_eq!(std::fs::read_dir(folder.path())?.count(), 1);
//! # Ok(()) }
//! ```
//!
//! # In reading order
//!
//! | type | holds |
//! |---|---|
//! | [`Language`] | the ten languages, and which of them somebody gets |
//! | [`Words`] | their catalogues: each sentence by its key |
//! | [`Branding`] | the name and the host that messages carry |
//! | [`Messages`] | what the messages say; words and layouts may come from a folder |
//! | [`MailUrl`], [`FromAddress`], [`Mailer`] | mail: to a server, into files, onto the terminal |
//! | [`SmsUrl`], [`SmsPlan`], [`SmsSender`] | short messages: onto the terminal, over the gateways that files describe, to an SMSC |
//! | [`SmppUrl`], [`SmppSender`], [`ShortMessage`], [`SmsReceipt`] | SMPP by itself, with what became of each message |
//! | [`Console`] | the terminal, or whatever a test reads |
//! | [`Messenger`] | the [`Notifier`](otp_core::Notifier): renders a message and sends it by its channel |
//! | [`Dispatcher`] | claims what is queued, has it sent, and writes down what became of it |

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod chain;
mod console;
mod dispatcher;
mod language;
mod mail;
mod message;
mod messenger;
mod sms;
mod words;

pub use console::Console;
pub use dispatcher::{DispatchError, Dispatcher};
pub use language::Language;
pub use mail::{FromAddress, FromAddressError, MailUrl, MailUrlError, Mailer, MailerError, Probed};
pub use message::{
    AppHash, AppHashError, Branding, BrandingError, Email, FolderError, MessageError, Messages,
    ShortMessage,
};
pub use messenger::Messenger;
pub use sms::{
    GatewayError, SmppSender, SmppUrl, SmppUrlError, SmsPlan, SmsReceipt, SmsSender, SmsState,
    SmsUrl, SmsUrlError,
};
pub use words::{Words, WordsError};
