//! `core_otp.context`: what a code confirms, in the words that its message shows.

use sea_orm::sea_query::Table;

use super::dialect::{Dialect, text};

const TABLE: &str = "core_otp";

pub(super) fn up(dialect: Dialect) -> Vec<String> {
    let added = Table::alter()
        .table(TABLE)
        .add_column(text("context", 200))
        .take();
    vec![dialect.0.build(&added).sql]
}

pub(super) fn down(dialect: Dialect) -> Vec<String> {
    let dropped = Table::alter().table(TABLE).drop_column("context").take();
    vec![dialect.0.build(&dropped).sql]
}
