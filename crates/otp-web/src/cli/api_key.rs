//! `otp api-key`: who may call the API.

use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use otp_core::{Clock as _, StoreError};
use otp_storage::{AddedKey, ApiKey, Scope, Scopes};
use serde::Serialize;

use super::customer::printable;
use super::{Failure, Json, Out, output};
use crate::api_key::ApiToken;
use crate::config::Config;
use crate::system::{SystemClock, SystemSecrets};
use crate::wiring;

#[derive(Debug, Subcommand)]
pub(super) enum ApiKeyCommand {
    /// Make an API key and print it, once: only its digest is stored
    Create(Create),
    /// List the newest thousand keys, without their secrets
    List(Json),
    /// Revoke a key; it opens nothing from then on
    Revoke {
        /// The id that `list` shows
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// What to call it; no other key has the same name
    #[arg(long)]
    name: String,
    /// What it may do: one or more of issue, verify, stats and admin
    #[arg(long, value_name = "SCOPES")]
    scope: Scopes,
    #[command(flatten)]
    json: Json,
}

#[derive(Serialize)]
struct Listed {
    id: String,
    name: String,
    scopes: Vec<&'static str>,
    created_at: String,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<String>,
}

impl From<ApiKey> for Listed {
    fn from(key: ApiKey) -> Self {
        let text = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Micros, true);
        Self {
            id: key.id,
            name: key.name,
            scopes: key.scopes.iter().map(Scope::as_str).collect(),
            created_at: text(key.created_at),
            last_used_at: key.last_used_at.map(text),
            revoked_at: key.revoked_at.map(text),
            api_key: None,
        }
    }
}

impl ApiKeyCommand {
    pub(super) async fn run(self, config: &Config, out: Out<'_>) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(config, out).await,
            Self::List(Json { json }) => list(config, json, out).await,
            Self::Revoke { id } => revoke(config, &id, out).await,
        }
    }
}

impl Create {
    async fn run(self, config: &Config, out: Out<'_>) -> Result<(), Failure> {
        let name = printable("--name", &self.name, 64)?;
        let token = ApiToken::draw(&SystemSecrets)
            .map_err(|error| Failure::because("cannot make an API key", &error, ""))?;
        let key = ApiKey {
            id: token.id().to_owned(),
            name,
            digest: token.digest(),
            scopes: self.scope,
            created_at: SystemClock.now(),
            last_used_at: None,
            revoked_at: None,
        };
        let database = wiring::migrated(config).await?;
        let added = database.api_keys().add(&key).await;
        database.close().await;
        match added.map_err(|error| failed("store", &error))? {
            AddedKey::Done if self.json.json => {
                let created = Listed {
                    api_key: Some(token.expose().to_string()),
                    ..key.into()
                };
                output::json(out, &created)
            }
            AddedKey::Done => {
                writeln!(out, "id       {}", key.id)?;
                writeln!(out, "name     {}", key.name)?;
                writeln!(out, "scopes   {}", key.scopes)?;
                writeln!(out, "api key  {}", *token.expose())?;
                Ok(writeln!(out, "\nKeep it now: it is not shown again.")?)
            }
            AddedKey::Taken => Err(Failure::refused(format!(
                "there is an API key named {} already; choose another name, `otp api-key list` shows those taken",
                key.name
            ))),
        }
    }
}

async fn list(config: &Config, json: bool, out: Out<'_>) -> Result<(), Failure> {
    const MOST: u64 = 1000;
    let database = wiring::migrated(config).await?;
    let keys = database.api_keys().list(MOST).await;
    database.close().await;
    let keys = keys.map_err(|error| failed("list", &error))?;
    if json {
        let listed: Vec<Listed> = keys.into_iter().map(Listed::from).collect();
        return output::json(out, &listed);
    }
    let day = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M").to_string();
    let rows: Vec<[String; 6]> = keys
        .into_iter()
        .map(|key| {
            [
                key.id,
                key.name,
                key.scopes.to_string(),
                day(key.created_at),
                key.last_used_at.map_or_else(|| "never".to_owned(), day),
                key.revoked_at.map(day).unwrap_or_default(),
            ]
        })
        .collect();
    let headings = ["id", "name", "scopes", "created", "last used", "revoked"];
    output::table(out, headings, &rows)
}

async fn revoke(config: &Config, id: &str, out: Out<'_>) -> Result<(), Failure> {
    let database = wiring::migrated(config).await?;
    let revoked = database.api_keys().revoke(id, SystemClock.now()).await;
    database.close().await;
    if revoked.map_err(|error| failed("revoke", &error))? {
        Ok(writeln!(out, "revoked API key {id}")?)
    } else {
        // Whoever mixes the id up with the key itself must not find it in a log of the terminal.
        Err(Failure::refused(
            "there is no API key with this id that is not revoked yet; see `otp api-key list`",
        ))
    }
}

fn failed(what: &str, error: &StoreError) -> Failure {
    Failure::because(&format!("cannot {what} the API keys"), error, "")
}
