//! `otp send-test`: see that mail or SMS works.

use clap::Args;
use otp_core::Clock as _;
use otp_notify::{Console, Language};

use super::otps::To;
use super::{Failure, Json, Out, output};
use crate::config::Config;
use crate::system::SystemClock;
use crate::wiring;

#[derive(Debug, Args)]
pub(super) struct SendTest {
    #[command(flatten)]
    to: To,
    /// The language of the message
    #[arg(long, value_name = "TAG", default_value_t, value_parser = super::language)]
    lang: Language,
    #[command(flatten)]
    json: Json,
}

impl SendTest {
    pub(super) async fn run(self, config: &Config, out: Out<'_>) -> Result<(), Failure> {
        let contact = self.to.contact(config.default_region)?;
        let messenger = wiring::messenger(config, &Console::new(std::io::stderr()))?;
        let receipt = messenger
            .send_test(&contact, self.lang, SystemClock.now())
            .await
            .map_err(|error| {
                Failure::because(
                    "the test message was not sent",
                    &error,
                    "see mail.url, mail.from and sms.url in `otp config show`",
                )
            })?;
        let (provider, hint) = (receipt.provider, contact.hint());
        if self.json.json {
            return output::json(
                out,
                &serde_json::json!({ "provider": provider, "contact_hint": hint }),
            );
        }
        Ok(writeln!(out, "handed over to {provider} for {hint}")?)
    }
}
