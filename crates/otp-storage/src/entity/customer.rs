//! A row of `core_customer`.

use sea_orm::entity::prelude::*;

use super::Hidden;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "core_customer")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: Hidden,
    #[sea_orm(unique)]
    pub email: Option<Hidden>,
    #[sea_orm(unique)]
    pub phone: Option<Hidden>,
    pub customer_type: String,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
