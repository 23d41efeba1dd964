//! `core_session`: signed-in browsers, by the digest of their secret.

use sea_orm::sea_query::ColumnDef;

use super::dialect::{Dialect, belongs_to, contact, index, one_contact};

const TABLE: &str = "core_session";

pub(super) fn up(dialect: Dialect) -> Vec<String> {
    let mut table = dialect.table(TABLE);
    table.col(dialect.bytes("digest", 32).not_null().primary_key());
    for column in contact() {
        table.col(column);
    }
    table
        .col(ColumnDef::new("customer_id").big_integer())
        .col(dialect.time("created_at").not_null())
        .col(dialect.time("seen_at").not_null())
        .col(dialect.time("expires_at").not_null())
        .foreign_key(&mut belongs_to(TABLE, "customer_id", "core_customer"))
        .check(one_contact());
    let indexes = ["customer_id", "expires_at"].map(|column| index(TABLE, &[column]));
    dialect.create(table, indexes.into())
}

pub(super) fn down(dialect: Dialect) -> Vec<String> {
    dialect.drop(TABLE)
}
