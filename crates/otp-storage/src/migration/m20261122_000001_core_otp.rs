//! `core_otp`: the guide's ten columns first, then what safety needs.

use sea_orm::sea_query::ColumnDef;

use super::dialect::{Dialect, contact, index, number, one_contact, text};

const TABLE: &str = "core_otp";

pub(super) fn up(dialect: Dialect) -> Vec<String> {
    let mut table = dialect.table(TABLE);
    table.col(dialect.uuid("id").not_null().primary_key());
    for column in contact() {
        table.col(column);
    }
    table
        .col(text("otp_code", 43))
        .col(text("otp_type", 16).not_null())
        .col(ColumnDef::new("is_verified").boolean().not_null())
        .col(dialect.time("created_at").not_null())
        .col(dialect.time("expires_at").not_null())
        .col(number("attempts").not_null())
        .col(number("max_attempts").not_null())
        .col(text("purpose", 32).not_null())
        .col(dialect.bytes("contact_key", 32).not_null())
        .col(text("key_id", 16).not_null())
        .col(number("code_length").not_null())
        .col(text("code_alphabet", 16).not_null())
        .col(text("reference", 3).not_null())
        .col(dialect.time("verified_at"))
        .col(dialect.time("revoked_at"))
        .col(dialect.bytes("consumed_by", 16))
        .col(number("sends").not_null())
        .col(dialect.time("resend_at").not_null())
        .col(text("locale", 35))
        .col(dialect.bytes("context_digest", 32))
        .col(dialect.bytes("binding", 32))
        .check(one_contact());
    let indexes = ["email", "phone", "created_at", "expires_at", "contact_key"]
        .map(|column| index(TABLE, &[column]));
    dialect.create(table, indexes.into())
}

pub(super) fn down(dialect: Dialect) -> Vec<String> {
    dialect.drop(TABLE)
}
