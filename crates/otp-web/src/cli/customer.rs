//! `otp customer`: the list of people who are known.

use chrono::SecondsFormat;
use clap::{ArgGroup, Args, Subcommand};
use otp_core::{Clock as _, Contact};
use otp_storage::{Added, Customer, NewCustomer};
use serde::Serialize;

use super::{Failure, Json, Out, otps, output};
use crate::api::is_hidden;
use crate::config::Config;
use crate::system::SystemClock;
use crate::wiring;

#[derive(Debug, Subcommand)]
pub(super) enum CustomerCommand {
    /// Add a customer
    Add(Add),
    /// List all customers
    List(Json),
    /// Remove a customer
    Remove {
        /// The id that `list` shows
        id: i64,
    },
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("contact").required(true).multiple(true).args(["email", "phone"])))]
pub(super) struct Add {
    /// The customer's name
    #[arg(long)]
    name: String,
    /// The customer's e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// The customer's phone number
    #[arg(long, value_name = "NUMBER")]
    phone: Option<String>,
    /// What kind of customer it is
    #[arg(long = "type", default_value = "Household", value_name = "TYPE")]
    customer_type: String,
    #[command(flatten)]
    json: Json,
}

#[derive(Serialize)]
struct Listed {
    id: i64,
    name: String,
    email: Option<String>,
    phone: Option<String>,
    customer_type: String,
    created_at: String,
}

impl From<Customer> for Listed {
    fn from(customer: Customer) -> Self {
        Self {
            id: customer.id,
            name: customer.name,
            email: customer.email.map(|email| email.as_str().to_owned()),
            phone: customer.phone.map(|phone| phone.as_str().to_owned()),
            customer_type: customer.customer_type,
            created_at: customer
                .created_at
                .to_rfc3339_opts(SecondsFormat::Micros, true),
        }
    }
}

impl CustomerCommand {
    pub(super) async fn run(self, config: &Config, out: Out<'_>) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(config, out).await,
            Self::List(Json { json }) => list(config, json, out).await,
            Self::Remove { id } => remove(config, id, out).await,
        }
    }
}

impl Add {
    async fn run(self, config: &Config, out: Out<'_>) -> Result<(), Failure> {
        let region = config.default_region;
        let parse = |email: Option<&str>, phone: Option<&str>| match (email, phone) {
            (None, None) => Ok(None),
            _ => otps::contact(email, phone, region).map(Some),
        };
        let mut new = NewCustomer {
            name: printable("--name", &self.name, 100)?,
            email: None,
            phone: None,
            customer_type: printable("--type", &self.customer_type, 50)?,
        };
        for contact in [
            parse(self.email.as_deref(), None)?,
            parse(None, self.phone.as_deref())?,
        ] {
            match contact {
                Some(Contact::Email(email)) => new.email = Some(email),
                Some(Contact::Phone(phone)) => new.phone = Some(phone),
                None => {}
            }
        }
        let database = wiring::migrated(config).await?;
        let added = database.customers().add(&new, SystemClock.now()).await;
        database.close().await;
        match added.map_err(|error| Failure::because("cannot store the customer", &error, ""))? {
            Added::Customer(customer) if self.json.json => {
                output::json(out, &Listed::from(customer))
            }
            Added::Customer(customer) => Ok(writeln!(out, "added customer {}", customer.id)?),
            Added::Taken(channel) => Err(Failure::refused(format!(
                "another customer has this {channel} contact; `otp customer list` shows which"
            ))),
        }
    }
}

async fn list(config: &Config, json: bool, out: Out<'_>) -> Result<(), Failure> {
    const PAGE: u64 = 500;
    let database = wiring::migrated(config).await?;
    let mut listed: Vec<Listed> = Vec::new();
    loop {
        let after = listed.last().map(|customer| customer.id);
        let page = database.customers().list(after, PAGE).await;
        let page =
            page.map_err(|error| Failure::because("cannot list the customers", &error, ""))?;
        if page.is_empty() {
            break;
        }
        listed.extend(page.into_iter().map(Listed::from));
    }
    database.close().await;
    if json {
        return output::json(out, &listed);
    }
    let rows: Vec<[String; 5]> = listed
        .into_iter()
        .map(|customer| {
            let [email, phone] = [customer.email, customer.phone].map(Option::unwrap_or_default);
            [
                customer.id.to_string(),
                customer.name,
                email,
                phone,
                customer.customer_type,
            ]
        })
        .collect();
    output::table(out, ["id", "name", "email", "phone", "type"], &rows)
}

async fn remove(config: &Config, id: i64, out: Out<'_>) -> Result<(), Failure> {
    let database = wiring::migrated(config).await?;
    let removed = database.customers().remove(id).await;
    database.close().await;
    if removed.map_err(|error| Failure::because("cannot remove the customer", &error, ""))? {
        Ok(writeln!(out, "removed customer {id}")?)
    } else {
        Err(Failure::refused(format!(
            "there is no customer {id}; see `otp customer list`"
        )))
    }
}

/// Reads a name for people.
pub(super) fn printable(flag: &str, text: &str, most: usize) -> Result<String, Failure> {
    let text = text.trim();
    let fits = (1..=most).contains(&text.chars().count()) && !text.chars().any(is_hidden);
    if fits {
        Ok(text.to_owned())
    } else {
        Err(Failure::refused(format!(
            "{flag} takes 1 to {most} printable characters"
        )))
    }
}
