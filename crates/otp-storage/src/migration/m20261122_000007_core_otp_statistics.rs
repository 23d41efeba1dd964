//! `core_otp_statistics`: what became of the OTPs of an hour, kept after their rows are gone.

use sea_orm::sea_query::{ColumnDef, Index};

use super::dialect::{Dialect, text};

const TABLE: &str = "core_otp_statistics";

/// The counts, named as in the funnel.
const COUNTS: [&str; 10] = [
    "issued",
    "sent",
    "delivered",
    "verified",
    "refused",
    "spent",
    "revoked",
    "expired",
    "resent",
    "decoys",
];

pub(super) fn up(dialect: Dialect) -> Vec<String> {
    let mut table = dialect.table(TABLE);
    table
        .col(dialect.time("hour").not_null())
        .col(text("purpose", 32).not_null())
        .col(text("channel", 16).not_null());
    for count in COUNTS {
        table.col(ColumnDef::new(count).big_integer().not_null());
    }
    for latencies in ["to_send", "to_verify"] {
        table.col(ColumnDef::new(latencies).blob().not_null());
    }
    table.primary_key(Index::create().col("hour").col("purpose").col("channel"));
    dialect.create(table, Vec::new())
}

pub(super) fn down(dialect: Dialect) -> Vec<String> {
    dialect.drop(TABLE)
}
