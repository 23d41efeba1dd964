//! `core_device`: the devices that signed in before, each for one contact.

use super::dialect::{Dialect, index};

const TABLE: &str = "core_device";

pub(super) fn up(dialect: Dialect) -> Vec<String> {
    let mut table = dialect.table(TABLE);
    table
        .col(dialect.bytes("digest", 32).not_null().primary_key())
        .col(dialect.time("expires_at").not_null());
    dialect.create(table, vec![index(TABLE, &["expires_at"])])
}

pub(super) fn down(dialect: Dialect) -> Vec<String> {
    dialect.drop(TABLE)
}
