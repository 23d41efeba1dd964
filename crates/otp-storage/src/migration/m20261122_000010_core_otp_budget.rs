//! `core_otp_budget`: the recent charges of each subject that has a budget.

use super::dialect::{Dialect, index};
use sea_orm::sea_query::ColumnDef;

const TABLE: &str = "core_otp_budget";

pub(super) fn up(dialect: Dialect) -> Vec<String> {
    let mut table = dialect.table(TABLE);
    table
        .col(dialect.bytes("bucket", 32).not_null().primary_key())
        .col(ColumnDef::new("charges").blob().not_null())
        .col(dialect.time("idle_at").not_null());
    dialect.create(table, vec![index(TABLE, &["idle_at"])])
}

pub(super) fn down(dialect: Dialect) -> Vec<String> {
    dialect.drop(TABLE)
}
