//! `core_api_key`: who may call, by the digest of their secret.

use super::dialect::{Dialect, index, text};

const TABLE: &str = "core_api_key";

pub(super) fn up(dialect: Dialect) -> Vec<String> {
    let mut table = dialect.table(TABLE);
    table
        .col(text("id", 16).not_null().primary_key())
        .col(text("name", 64).not_null())
        .col(dialect.bytes("digest", 32).not_null())
        .col(text("scopes", 64).not_null())
        .col(dialect.time("created_at").not_null())
        .col(dialect.time("last_used_at"))
        .col(dialect.time("revoked_at"));
    let unique = index(TABLE, &["name"]).unique().take();
    dialect.create(table, vec![unique])
}

pub(super) fn down(dialect: Dialect) -> Vec<String> {
    dialect.drop(TABLE)
}
