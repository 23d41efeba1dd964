//! `core_otp_delivery`: the queue of messages. No code, no seed.

use super::dialect::{Dialect, belongs_to, index, number, text};

const TABLE: &str = "core_otp_delivery";

pub(super) fn up(dialect: Dialect) -> Vec<String> {
    let mut table = dialect.table(TABLE);
    table
        .col(dialect.uuid("id").not_null().primary_key())
        .col(dialect.uuid("otp_id").not_null())
        .col(text("channel", 16).not_null())
        .col(text("locale", 35))
        .col(text("state", 16).not_null())
        .col(number("attempts").not_null())
        .col(dialect.time("created_at").not_null())
        .col(dialect.time("not_before").not_null())
        .col(dialect.time("lease_until"))
        .col(dialect.bytes("lease_owner", 16))
        .col(dialect.time("sent_at"))
        .col(text("provider", 255))
        .col(text("provider_message_id", 255))
        .col(text("last_error", 255))
        .foreign_key(&mut belongs_to(TABLE, "otp_id", "core_otp"));
    // The first finds the newest delivery of an OTP, the second what is due, oldest first.
    let indexes = [
        index(TABLE, &["otp_id", "created_at"]),
        index(TABLE, &["state", "not_before"]),
    ];
    dialect.create(table, indexes.into())
}

pub(super) fn down(dialect: Dialect) -> Vec<String> {
    dialect.drop(TABLE)
}
