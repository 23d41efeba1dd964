//! Sees Django's own tables before a migration meets them.

use sea_orm::ConnectionTrait;

use super::MigrateError;
use crate::catalogue::{self, Names};

/// A table that Django's integration has under the name of ours, with a column of both and an index of ours alone.
const SHARED: [(&str, &str, &str); 2] = [
    ("core_otp", "otp_code", "core_otp_contact_key_idx"),
    ("core_customer", "customer_type", "core_customer_email_idx"),
];

/// Django's record of its own migrations.
const DJANGOS_OWN: &str = "django_migrations";

/// Refuses to run `steps` where one of them would create a table that Django made.
pub(super) async fn refuse<C: ConnectionTrait>(
    connection: &C,
    steps: &[String],
) -> Result<(), MigrateError> {
    let columns = catalogue::columns(connection)
        .await
        .map_err(MigrateError::store)?;
    let indexes = catalogue::indexes(connection)
        .await
        .map_err(MigrateError::store)?;
    let has_table = |table: &str| columns.iter().any(|(name, _)| name == table);
    let has = |names: &Names, table: &str, name: &str| {
        names.contains(&(table.to_owned(), name.to_owned()))
    };
    let tables: Vec<_> = SHARED
        .into_iter()
        .filter(|(table, both, ours)| {
            let is_pending = steps.iter().any(|step| creates(step, table));
            let looks_like_it = has(&columns, table, both) && !has(&indexes, table, ours);
            is_pending && has_table(table) && (looks_like_it || has_table(DJANGOS_OWN))
        })
        .map(|(table, ..)| table)
        .collect();
    if tables.is_empty() {
        Ok(())
    } else {
        Err(MigrateError::Django { tables })
    }
}

/// A step is named `mDATE_NUMBER_TABLE`.
fn creates(step: &str, table: &str) -> bool {
    step.splitn(3, '_').nth(2) == Some(table)
}
