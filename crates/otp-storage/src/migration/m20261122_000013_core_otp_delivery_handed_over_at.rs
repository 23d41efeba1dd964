//! `core_otp_delivery.handed_over_at`: since when a sender has a message that it must not send twice.

use sea_orm::sea_query::Table;

use super::dialect::Dialect;

const TABLE: &str = "core_otp_delivery";

pub(super) fn up(dialect: Dialect) -> Vec<String> {
    let added = Table::alter()
        .table(TABLE)
        .add_column(dialect.time("handed_over_at"))
        .take();
    vec![dialect.0.build(&added).sql]
}

pub(super) fn down(dialect: Dialect) -> Vec<String> {
    let dropped = Table::alter()
        .table(TABLE)
        .drop_column("handed_over_at")
        .take();
    vec![dialect.0.build(&dropped).sql]
}
