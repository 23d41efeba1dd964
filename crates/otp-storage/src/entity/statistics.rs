//! A row of `core_otp_statistics`: what became of the OTPs of an hour.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "core_otp_statistics")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub hour: DateTimeUtc,
    #[sea_orm(primary_key, auto_increment = false)]
    pub purpose: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel: String,
    pub issued: i64,
    pub sent: i64,
    pub delivered: i64,
    pub verified: i64,
    pub refused: i64,
    pub spent: i64,
    pub revoked: i64,
    pub expired: i64,
    pub resent: i64,
    pub decoys: i64,
    pub to_send: Vec<u8>,
    pub to_verify: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
