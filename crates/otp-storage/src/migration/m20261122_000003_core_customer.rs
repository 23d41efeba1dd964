//! `core_customer`: who a contact belongs to.

use sea_orm::sea_query::ColumnDef;

use super::dialect::{Dialect, contact, index};

const TABLE: &str = "core_customer";

pub(super) fn up(dialect: Dialect) -> Vec<String> {
    let mut table = dialect.table(TABLE);
    table
        .col(
            ColumnDef::new("id")
                .big_integer()
                .not_null()
                .auto_increment()
                .primary_key(),
        )
        .col(ColumnDef::new("name").text().not_null());
    for column in contact() {
        table.col(column);
    }
    table
        .col(ColumnDef::new("customer_type").text().not_null())
        .col(dialect.time("created_at").not_null());
    let unique = ["email", "phone"].map(|column| index(TABLE, &[column]).unique().take());
    dialect.create(table, unique.into())
}

pub(super) fn down(dialect: Dialect) -> Vec<String> {
    dialect.drop(TABLE)
}
