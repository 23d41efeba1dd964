//! `otp template`: what messages say.

use clap::{Args, Subcommand};
use otp_core::{Channel, Purpose};
use otp_notify::{Language, MessageError};

use super::{Failure, Out};
use crate::config::Config;
use crate::wiring;

#[derive(Debug, Subcommand)]
pub(super) enum TemplateCommand {
    /// Print a message as a person gets it, with a code that opens nothing
    Preview(Preview),
}

#[derive(Debug, Args)]
pub(super) struct Preview {
    /// The language of the message
    #[arg(long, value_name = "TAG", default_value_t, value_parser = super::language)]
    lang: Language,
    /// The way it goes: email or phone
    #[arg(long, default_value_t = Channel::Email, value_parser = Channel::parse)]
    channel: Channel,
    /// What the code is good for
    #[arg(long, default_value = "login", value_parser = Purpose::parse)]
    purpose: Purpose,
    /// Print the HTML of a mail, to be looked at in a browser
    #[arg(long)]
    html: bool,
}

impl TemplateCommand {
    pub(super) fn run(self, config: &Config, out: Out<'_>) -> Result<(), Failure> {
        let Self::Preview(asked) = self;
        let messages = wiring::messages(config)?;
        let failed = |error: MessageError| Failure::because("cannot write the message", &error, "");
        let (language, purpose) = (asked.lang, &asked.purpose);
        let shown = match asked.channel {
            Channel::Email => {
                let mail = messages.sample_email(language, purpose).map_err(failed)?;
                if asked.html {
                    mail.html
                } else {
                    format!("Subject: {}\n\n{}", mail.subject, mail.text)
                }
            }
            Channel::Phone if asked.html => {
                return Err(Failure::refused("only a mail has HTML; leave --html out"));
            }
            Channel::Phone => {
                let sms = messages.sample_sms(language, purpose).map_err(failed)?;
                sms.as_str().to_owned()
            }
        };
        Ok(writeln!(out, "{shown}")?)
    }
}
