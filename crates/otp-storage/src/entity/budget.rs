//! A row of `core_otp_budget`: the recent charges of one subject.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "core_otp_budget")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub bucket: Vec<u8>,
    pub charges: Vec<u8>,
    pub idle_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
