//! `otp deliveries`: what became of the messages.

use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use otp_core::{Clock as _, DeliveryId, DeliveryState, OtpId, StoreError};
use otp_storage::{DeliveryFilter, LoggedDelivery, Retried};
use serde::Serialize;
use uuid::Uuid;

use super::{Failure, Json, Out, otps, output};
use crate::config::Config;
use crate::system::SystemClock;
use crate::wiring;

#[derive(Debug, Subcommand)]
pub(super) enum DeliveriesCommand {
    /// List messages, the newest first; neither codes nor whole contacts are shown
    List(List),
    /// Show all that is known of one message
    Show {
        /// The id that `list` shows; a mail's Message-ID begins with it
        id: Uuid,
        #[command(flatten)]
        json: Json,
    },
    /// Send a message that failed, is dead or of unknown outcome once more, while its code can be used
    Retry {
        /// The id that `list` shows
        id: Uuid,
    },
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Only those in this state
    #[arg(long, value_parser = state)]
    state: Option<DeliveryState>,
    /// Only those to this address
    #[arg(long, value_name = "ADDRESS", conflicts_with = "phone")]
    email: Option<String>,
    /// Only those to this number
    #[arg(long, value_name = "NUMBER")]
    phone: Option<String>,
    /// Only those of this OTP: the id that the API and `create` give
    #[arg(long, value_name = "ID")]
    otp: Option<Uuid>,
    /// How many, at most 1000
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    #[command(flatten)]
    json: Json,
}

/// A delivery as it is told. An OTP's id is a handle, so it stays inside.
#[derive(Serialize)]
struct Told {
    id: String,
    state: &'static str,
    contact_type: &'static str,
    contact_hint: String,
    purpose: String,
    reference: String,
    attempts: u16,
    queued_at: String,
    not_before: String,
    expires_at: String,
    sent_at: Option<String>,
    provider: Option<String>,
    message_id: Option<String>,
    last_error: Option<String>,
}

impl From<LoggedDelivery> for Told {
    fn from(logged: LoggedDelivery) -> Self {
        let LoggedDelivery { delivery, otp, .. } = logged;
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Micros, true);
        Self {
            id: delivery.id.as_uuid().to_string(),
            state: delivery.state.as_str(),
            contact_type: delivery.channel.as_str(),
            contact_hint: otp.contact.hint(),
            purpose: otp.purpose.as_str().to_owned(),
            reference: otp.reference.as_str().to_owned(),
            attempts: delivery.attempts,
            queued_at: time(delivery.created_at),
            not_before: time(delivery.not_before),
            expires_at: time(otp.expires_at),
            sent_at: logged.sent_at.map(time),
            provider: logged.provider,
            message_id: logged.message_id,
            last_error: logged.last_error,
        }
    }
}

impl DeliveriesCommand {
    pub(super) async fn run(self, config: &Config, out: Out<'_>) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(config, out).await,
            Self::Show { id, json } => show(config, id, json, out).await,
            Self::Retry { id } => retry(config, id, out).await,
        }
    }
}

impl List {
    async fn run(self, config: &Config, out: Out<'_>) -> Result<(), Failure> {
        let contact = match (self.email.as_deref(), self.phone.as_deref()) {
            (None, None) => None,
            (email, phone) => Some(otps::contact(email, phone, config.default_region)?),
        };
        let filter = DeliveryFilter {
            state: self.state,
            contact: contact.as_ref(),
            otp: self.otp.map(OtpId::from_uuid),
            before: None,
        };
        let database = wiring::migrated(config).await?;
        let listed = database
            .delivery_log()
            .list(filter, self.limit.into())
            .await;
        database.close().await;
        let listed = listed.map_err(|error| failed("list the deliveries", &error))?;
        if self.json.json {
            let told: Vec<Told> = listed.into_iter().map(Told::from).collect();
            return output::json(out, &told);
        }
        let rows: Vec<[String; 7]> = listed
            .into_iter()
            .map(|logged| {
                let what = logged.what().to_owned();
                let told = Told::from(logged);
                let minute = told.queued_at.get(..16).unwrap_or_default();
                [
                    told.id,
                    told.state.to_owned(),
                    told.contact_hint,
                    told.reference,
                    minute.replace('T', " "),
                    told.attempts.to_string(),
                    what,
                ]
            })
            .collect();
        let headings = ["id", "state", "to", "ref", "queued (UTC)", "tries", "what"];
        output::table(out, headings, &rows)
    }
}

async fn show(config: &Config, id: Uuid, json: Json, out: Out<'_>) -> Result<(), Failure> {
    let database = wiring::migrated(config).await?;
    let found = database
        .delivery_log()
        .find(DeliveryId::from_uuid(id))
        .await;
    database.close().await;
    let found = found.map_err(|error| failed("read the delivery", &error))?;
    let told = Told::from(found.ok_or_else(|| not_found(id))?);
    if json.json {
        return output::json(out, &told);
    }
    let tries = told.attempts.to_string();
    for (name, value) in [
        ("id", Some(&told.id)),
        ("state", Some(&told.state.to_owned())),
        ("to", Some(&told.contact_hint)),
        ("purpose", Some(&told.purpose)),
        ("reference", Some(&told.reference)),
        ("tries", Some(&tries)),
        ("queued", Some(&told.queued_at)),
        ("not before", Some(&told.not_before)),
        ("sent", told.sent_at.as_ref()),
        ("code ends", Some(&told.expires_at)),
        ("sender", told.provider.as_ref()),
        ("its id", told.message_id.as_ref()),
        ("last error", told.last_error.as_ref()),
    ] {
        if let Some(value) = value {
            writeln!(out, "{name:<10}  {value}")?;
        }
    }
    Ok(())
}

async fn retry(config: &Config, id: Uuid, out: Out<'_>) -> Result<(), Failure> {
    let database = wiring::migrated(config).await?;
    let log = database.delivery_log();
    let retried = log
        .retry(DeliveryId::from_uuid(id), SystemClock.now())
        .await;
    database.close().await;
    match retried.map_err(|error| failed("queue the delivery", &error))? {
        Retried::Queued => Ok(writeln!(
            out,
            "queued delivery {id}; a running `otp serve` sends it"
        )?),
        Retried::NotFound => Err(not_found(id)),
        Retried::NotFailed(state) => Err(Failure::refused(format!(
            "delivery {id} is {}; only what failed, is dead or of unknown outcome is sent once more",
            state.as_str()
        ))),
        Retried::CodeIsDead => Err(Failure::refused(format!(
            "the code of delivery {id} is used, called back or expired; ask for a new one"
        ))),
    }
}

fn not_found(id: Uuid) -> Failure {
    Failure::refused(format!(
        "there is no delivery {id}; see `otp deliveries list`"
    ))
}

fn failed(what: &str, error: &StoreError) -> Failure {
    Failure::because(&format!("cannot {what}"), error, "")
}

fn state(text: &str) -> Result<DeliveryState, String> {
    DeliveryState::parse(text).ok_or_else(|| {
        let states = DeliveryState::ALL.map(DeliveryState::as_str);
        format!("expected one of {}", states.join(", "))
    })
}
