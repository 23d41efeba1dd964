//! `otp import`: the customers that an earlier service kept.

mod report;
mod row;

use std::collections::HashSet;
use std::io::Read as _;

use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use otp_core::{Clock as _, Contact, Region, StoreError};
use otp_storage::{
    Added, Customers, DatabaseUrl, Django, DjangoCustomer, DjangoError, NewCustomer,
};

use self::report::Report;
use self::row::Parsed;
use super::interrupt::Interrupt;
use super::{Failure, Json, Out};
use crate::config::Config;
use crate::system::SystemClock;
use crate::wiring;

#[derive(Debug, Subcommand)]
pub(super) enum ImportCommand {
    /// Add the customers of a Django database; what is there already is left as it is
    Django(FromDjango),
}

#[derive(Debug, Args)]
pub(super) struct FromDjango {
    /// The URL of the Django database, written like `database.url`; `-` reads it from stdin, out of sight of others
    #[arg(long, value_name = "URL")]
    from: String,
    /// The table of its customers
    #[arg(long, value_name = "NAME", default_value = Django::TABLE)]
    table: String,
    /// Say what would be done, and store nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    json: Json,
}

impl ImportCommand {
    pub(super) async fn run(self, config: &Config, out: Out<'_>) -> Result<(), Failure> {
        let Self::Django(import) = self;
        import.run(config, out).await
    }
}

impl FromDjango {
    async fn run(self, config: &Config, out: Out<'_>) -> Result<(), Failure> {
        let url = url(&self.from)?;
        let failed = |error: DjangoError| {
            Failure::because(
                "cannot read the customers",
                &error,
                "see --from and --table",
            )
        };
        let mut interrupt = Interrupt::watch()?;
        let database = wiring::migrated(config).await?;
        let django = Django::open(&url, &self.table).await.map_err(failed)?;
        let total = django.count().await.map_err(failed)?;
        let mut import = Import {
            customers: database.customers(),
            region: config.default_region,
            wanted: self.dry_run.then(HashSet::new),
            report: Report::new(self.dry_run, django.missing()),
        };
        // Drawn on stderr, and only where that is a terminal.
        let progress = ProgressBar::new(total);
        let ended = import.all(&django, &mut interrupt, &progress).await;
        progress.finish_and_clear();
        django.close().await;
        database.close().await;
        import.report.print(self.json, out)?;
        let done = format!(
            "{} of {total} rows are done, run it again to go on",
            import.report.read
        );
        match ended {
            Ok(()) => Ok(()),
            Err(Stop::Interrupted) => Err(Failure::refused(format!("stopped; {done}"))),
            Err(Stop::Source(error)) => Err(Failure::because("cannot read on", &error, &done)),
            Err(Stop::Target { row, error }) => {
                let what = format!("cannot store row {row}");
                Err(Failure::because(&what, &error, &done))
            }
        }
    }
}

/// Reads a URL that may hold a password, and never repeats it.
fn url(from: &str) -> Result<DatabaseUrl, Failure> {
    const LONGEST: u64 = 4096;
    let mut text = from.to_owned();
    if from == "-" {
        text.clear();
        std::io::stdin()
            .take(LONGEST)
            .read_to_string(&mut text)
            .map_err(|error| Failure::because("cannot read the URL from stdin", &error, ""))?;
    }
    DatabaseUrl::parse(&text).map_err(|error| Failure::because("cannot use --from", &error, ""))
}

struct Import {
    customers: Customers,
    region: Region,
    /// In a dry run, the contacts that earlier rows would have brought.
    wanted: Option<HashSet<String>>,
    report: Report,
}

/// Why an import ended early. What was stored until then stays.
enum Stop {
    Interrupted,
    Source(DjangoError),
    Target { row: i64, error: StoreError },
}

impl Import {
    async fn all(
        &mut self,
        django: &Django,
        interrupt: &mut Interrupt,
        progress: &ProgressBar,
    ) -> Result<(), Stop> {
        const PAGE: u64 = 500;
        let mut after = None;
        loop {
            let page = django.page(after, PAGE).await.map_err(Stop::Source)?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.id);
            for row in page {
                if interrupt.has_come() {
                    return Err(Stop::Interrupted);
                }
                let taken = self.take(&row).await;
                taken.map_err(|error| Stop::Target { row: row.id, error })?;
                self.report.read += 1;
                progress.inc(1);
            }
        }
    }

    async fn take(&mut self, row: &DjangoCustomer) -> Result<(), StoreError> {
        let Parsed { customer, remarks } = row::parse(row, self.region);
        for remark in remarks {
            self.report.remark(row.id, remark);
        }
        let Some(new) = customer else {
            self.report.left_out += 1;
            return Ok(());
        };
        let found = match &mut self.wanted {
            Some(wanted) => {
                let found = owner(&self.customers, &new).await?;
                let is_new = contacts(&new).all(|contact| !wanted.contains(contact.as_str()));
                wanted.extend(contacts(&new).map(|contact| contact.as_str().to_owned()));
                if found.is_none() && is_new {
                    self.report.added += 1;
                    return Ok(());
                }
                found
            }
            None => match self.customers.add(&new, SystemClock.now()).await? {
                Added::Customer(_) => {
                    self.report.added += 1;
                    return Ok(());
                }
                Added::Taken(_) => owner(&self.customers, &new).await?,
            },
        };
        self.report.present += 1;
        if let Some(other) = found
            && (other.email != new.email || other.phone != new.phone)
        {
            let remark = format!(
                "a contact belongs to customer {} already, who has another one beside it and stays as it is",
                other.id
            );
            self.report.remark(row.id, remark);
        }
        Ok(())
    }
}

fn contacts(new: &NewCustomer) -> impl Iterator<Item = Contact> {
    let email = new.email.clone().map(Contact::Email);
    email
        .into_iter()
        .chain(new.phone.clone().map(Contact::Phone))
}

/// Finds who has one of the contacts already.
async fn owner(
    customers: &Customers,
    new: &NewCustomer,
) -> Result<Option<otp_storage::Customer>, StoreError> {
    for contact in contacts(new) {
        if let Some(owner) = customers.find(&contact).await? {
            return Ok(Some(owner));
        }
    }
    Ok(None)
}
