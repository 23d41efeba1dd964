//! `core_otp` learns whether an OTP is in the statistics, and whether its contact belongs to nobody.

use sea_orm::DbBackend;

use super::dialect::{Dialect, index};

const TABLE: &str = "core_otp";
const COLUMNS: [&str; 2] = ["counted", "decoy"];
const INDEX: &str = "core_otp_counted_expires_at_idx";

pub(super) fn up(dialect: Dialect) -> Vec<String> {
    let add = COLUMNS.map(|column| format!("ADD COLUMN {column} BOOLEAN NOT NULL DEFAULT FALSE"));
    if dialect.0 == DbBackend::MySql {
        // One statement: a definition commits at once, and half of this could be left behind.
        let index = format!("ADD INDEX {INDEX} (counted, expires_at)");
        return vec![format!("ALTER TABLE {TABLE} {}, {index}", add.join(", "))];
    }
    let index = index(TABLE, &["counted", "expires_at"]);
    add.iter()
        .map(|add| format!("ALTER TABLE {TABLE} {add}"))
        .chain([dialect.0.build(&index).sql])
        .collect()
}

pub(super) fn down(dialect: Dialect) -> Vec<String> {
    let drop = COLUMNS.map(|column| format!("DROP COLUMN {column}"));
    if dialect.0 == DbBackend::MySql {
        let index = format!("DROP INDEX {INDEX}");
        return vec![format!("ALTER TABLE {TABLE} {index}, {}", drop.join(", "))];
    }
    let columns = drop
        .iter()
        .map(|drop| format!("ALTER TABLE {TABLE} {drop}"));
    [format!("DROP INDEX {INDEX}")]
        .into_iter()
        .chain(columns)
        .collect()
}
