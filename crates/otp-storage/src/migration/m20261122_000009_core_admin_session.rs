//! `core_admin_session`: browsers of administrators, by the digest of their secret and the key they came with.

use sea_orm::sea_query::Expr;

use super::dialect::{Dialect, belongs_to, index, text};

const TABLE: &str = "core_admin_session";

pub(super) fn up(dialect: Dialect) -> Vec<String> {
    let mut table = dialect.table(TABLE);
    table
        .col(dialect.bytes("digest", 32).not_null().primary_key())
        .col(text("api_key_id", 16))
        .col(dialect.bytes("configured_key", 32))
        .col(dialect.time("created_at").not_null())
        .col(dialect.time("seen_at").not_null())
        .col(dialect.time("expires_at").not_null())
        .foreign_key(&mut belongs_to(TABLE, "api_key_id", "core_api_key"))
        .check(Expr::cust(
            "(api_key_id IS NULL) <> (configured_key IS NULL)",
        ));
    let indexes = ["api_key_id", "expires_at"].map(|column| index(TABLE, &[column]));
    dialect.create(table, indexes.into())
}

pub(super) fn down(dialect: Dialect) -> Vec<String> {
    dialect.drop(TABLE)
}
