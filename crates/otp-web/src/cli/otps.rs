//! `otp generate`, `create`, `verify`: the guide's `generate_otp`, `create_otp` and `verify_otp`.

use chrono::{SecondsFormat, TimeDelta};
use clap::{ArgGroup, Args};
use otp_core::{
    Caller, Channel, Code, CodeFormat, Contact, CustomerDirectory as _, DeliveryState, Issue,
    OtpId, OtpRepository as _, Outcome, PhoneNumber, Purpose, Refusal, Region, SecretSource as _,
    Verified, Verify as VerifyById, VerifyContact,
};
use otp_notify::Console;
use serde::Serialize;
use uuid::Uuid;

use super::{Failure, Json, Out, output};
use crate::config::{Config, Unknown};
use crate::system::SystemSecrets;
use crate::wiring::Parts;

#[derive(Debug, Args)]
pub(super) struct Generate {
    /// Number of digits, 6 to 13
    #[arg(long, default_value_t = CodeFormat::MIN_LENGTH)]
    length: u8,
    #[command(flatten)]
    json: Json,
}

impl Generate {
    pub(super) fn run(self, out: Out<'_>) -> Result<(), Failure> {
        let format = CodeFormat::digits(self.length).ok_or_else(|| {
            Failure::refused(format!(
                "a code has 6 to 13 digits, not {}; see --length",
                self.length
            ))
        })?;
        let mut random = [0; 16];
        SystemSecrets
            .fill(&mut random)
            .map_err(|error| Failure::because("cannot make a code", &error, ""))?;
        let code = format.draw(random);
        if self.json.json {
            return output::json(out, &serde_json::json!({ "code": code.expose() }));
        }
        Ok(writeln!(out, "{}", code.expose())?)
    }
}

/// An e-mail address or a phone number.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("contact").required(true).args(["email", "phone"])))]
pub(super) struct To {
    /// An e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// A phone number, with + and country code or in the default region's format
    #[arg(long, value_name = "NUMBER")]
    phone: Option<String>,
}

impl To {
    pub(super) fn contact(&self, region: Region) -> Result<Contact, Failure> {
        contact(self.email.as_deref(), self.phone.as_deref(), region)
    }
}

#[derive(Debug, Args)]
pub(super) struct Create {
    #[command(flatten)]
    to: To,
    /// What the code is good for
    #[arg(long, default_value = "login")]
    purpose: String,
    /// Minutes until it expires, at most the policy's
    #[arg(long, value_name = "MINUTES")]
    expiry_minutes: Option<u16>,
    /// Print the code too: whoever reads this terminal can sign in with it
    #[arg(long)]
    show_code: bool,
    #[command(flatten)]
    json: Json,
}

#[derive(Serialize)]
struct Created {
    id: String,
    contact_type: &'static str,
    contact_hint: String,
    purpose: String,
    reference: String,
    expires_at: String,
    resend_at: String,
    attempts_left: u16,
    delivery: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

impl Create {
    pub(super) async fn run(self, config: Config, out: Out<'_>) -> Result<(), Failure> {
        let mut request = Issue::new(self.to.contact(config.default_region)?)
            .for_purpose(purpose(&self.purpose)?);
        request.lifetime = self
            .expiry_minutes
            .map(|minutes| TimeDelta::minutes(minutes.into()));
        // A message for the terminal goes to stderr, so that stdout holds the answer alone.
        let parts = Parts::assemble(&config, &Console::new(std::io::stderr())).await?;
        let failed = |error: &(dyn std::error::Error + 'static)| {
            Failure::because("cannot issue the code", error, "")
        };
        if config.unknown == Unknown::Decoy {
            let customers = parts.database.customers();
            let is_known = customers.knows(&request.contact).await;
            if !is_known.map_err(|error| failed(&error))? {
                return Err(Failure::refused(
                    "no customer has this contact, and customers.unknown is decoy; \
                     `otp customer add` adds one",
                ));
            }
        }
        let issued = match parts
            .otps
            .issue(request)
            .await
            .map_err(|error| failed(&error))?
        {
            Outcome::Granted(issued) => issued,
            Outcome::Refused(refusal) => return Err(refused(&refusal)),
        };
        let code = if self.show_code {
            let otp = parts
                .database
                .otps()
                .find(issued.id)
                .await
                .map_err(|error| failed(&error))?;
            otp.and_then(|otp| otp.code(&parts.keys))
                .map(|code| code.expose().to_owned())
        } else {
            None
        };
        parts.dispatcher.run_once().await.map_err(|error| {
            Failure::because(
                "the code is issued, but could not be sent now",
                &error,
                "`otp serve` sends it",
            )
        })?;
        let state = parts.database.otps().delivery_state(issued.id).await;
        let state = state.map_err(|error| failed(&error))?;
        parts.database.close().await;
        let created = Created {
            delivery: state.map_or("none", DeliveryState::as_str),
            id: issued.id.to_string(),
            contact_type: issued.channel.as_str(),
            contact_hint: issued.contact_hint,
            purpose: issued.purpose.as_str().to_owned(),
            reference: issued.reference.as_str().to_owned(),
            expires_at: issued
                .expires_at
                .to_rfc3339_opts(SecondsFormat::Micros, true),
            resend_at: issued
                .resend_at
                .to_rfc3339_opts(SecondsFormat::Micros, true),
            attempts_left: issued.attempts_left,
            code,
        };
        if self.json.json {
            return output::json(out, &created);
        }
        writeln!(out, "id         {}", created.id)?;
        writeln!(out, "contact    {}", created.contact_hint)?;
        writeln!(out, "delivery   {}", created.delivery)?;
        writeln!(out, "purpose    {}", created.purpose)?;
        writeln!(out, "reference  {}", created.reference)?;
        writeln!(out, "expires    {}", created.expires_at)?;
        if let Some(code) = created.code {
            writeln!(out, "code       {code}")?;
        }
        Ok(())
    }
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["id", "email", "phone"])))]
pub(super) struct Verify {
    /// The handle that `create` printed
    #[arg(long, value_parser = handle)]
    id: Option<Uuid>,
    /// Or the address: the newest live code sent to it is meant
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Or the number
    #[arg(long, value_name = "NUMBER")]
    phone: Option<String>,
    /// What the message says
    #[arg(long)]
    code: String,
    /// What the code is to open
    #[arg(long, default_value = "login")]
    purpose: String,
    #[command(flatten)]
    json: Json,
}

#[derive(Serialize)]
struct Answer {
    verified: bool,
    id: String,
    contact_type: &'static str,
    contact_value: String,
    purpose: String,
    verified_at: String,
}

impl Verify {
    pub(super) async fn run(self, config: Config, out: Out<'_>) -> Result<(), Failure> {
        let code = Code::parse(&self.code)
            .map_err(|error| Failure::refused(format!("--code: {error}")))?;
        let purpose = purpose(&self.purpose)?;
        let contact = match self.id {
            Some(_) => None,
            None => Some(contact(
                self.email.as_deref(),
                self.phone.as_deref(),
                config.default_region,
            )?),
        };
        let parts = Parts::assemble(&config, &Console::new(std::io::stderr())).await?;
        let outcome = match (self.id, contact) {
            (Some(id), _) => {
                let request = VerifyById::new(OtpId::from_uuid(id), code).for_purpose(purpose);
                parts.otps.verify(request).await
            }
            (None, Some(contact)) => {
                parts
                    .otps
                    .verify_contact(VerifyContact {
                        contact,
                        code,
                        purpose,
                        caller: Caller::default(),
                    })
                    .await
            }
            (None, None) => return Err(Failure::refused("give --id, --email or --phone")),
        };
        parts.database.close().await;
        match outcome.map_err(|error| Failure::because("cannot check the code", &error, ""))? {
            Outcome::Granted(verified) => tell(&verified, self.json, out),
            Outcome::Refused(Refusal::WrongCode { attempts_left }) => Err(Failure::refused(
                format!("that is not the code; {attempts_left} attempts left"),
            )),
            Outcome::Refused(refusal) => Err(refused(&refusal)),
        }
    }
}

fn tell(verified: &Verified, Json { json }: Json, out: Out<'_>) -> Result<(), Failure> {
    let answer = Answer {
        verified: true,
        id: verified.id.to_string(),
        contact_type: verified.contact.channel().as_str(),
        contact_value: verified.contact.as_str().to_owned(),
        purpose: verified.purpose.as_str().to_owned(),
        verified_at: verified
            .verified_at
            .to_rfc3339_opts(SecondsFormat::Micros, true),
    };
    if json {
        return output::json(out, &answer);
    }
    Ok(writeln!(
        out,
        "verified {} for {}",
        answer.contact_value, answer.purpose
    )?)
}

/// Parses the one of the two that is given, as the pages do.
pub(super) fn contact(
    email: Option<&str>,
    phone: Option<&str>,
    region: Region,
) -> Result<Contact, Failure> {
    match (email, phone) {
        (Some(email), None) => {
            Contact::email(email).map_err(|error| Failure::refused(format!("--email: {error}")))
        }
        (None, Some(phone)) => PhoneNumber::parse_in(phone, region)
            .map(Contact::Phone)
            .map_err(|error| Failure::refused(format!("--phone: {error}"))),
        _ => Err(Failure::refused("give --email or --phone")),
    }
}

/// Says a refusal in the words of the command line: its flags and settings.
fn refused(refusal: &Refusal) -> Failure {
    Failure::refused(match refusal {
        Refusal::Lifetime { longest } => format!(
            "--expiry-minutes takes 1 to {} here; policy.<purpose>.lifetime allows more",
            longest.num_minutes().max(1)
        ),
        Refusal::ChannelOff {
            channel: Channel::Phone,
        } => {
            format!("{refusal}; set sms.url (OTP_SMS__URL)")
        }
        _ => refusal.to_string(),
    })
}

fn handle(text: &str) -> Result<Uuid, String> {
    let expected = "an id is 36 characters long, as `otp create` prints it";
    Uuid::parse_str(text).map_err(|_| expected.to_owned())
}

/// Reads a purpose.
pub(super) fn purpose(text: &str) -> Result<Purpose, Failure> {
    Purpose::parse(text).map_err(|error| Failure::refused(format!("--purpose: {error}")))
}
