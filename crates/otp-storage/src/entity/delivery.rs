//! A row of `core_otp_delivery`: the queue of messages.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "core_otp_delivery")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub otp_id: Uuid,
    pub channel: String,
    pub locale: Option<String>,
    pub state: String,
    pub attempts: i32,
    pub created_at: DateTimeUtc,
    pub not_before: DateTimeUtc,
    pub lease_until: Option<DateTimeUtc>,
    pub lease_owner: Option<Vec<u8>>,
    pub handed_over_at: Option<DateTimeUtc>,
    pub sent_at: Option<DateTimeUtc>,
    pub provider: Option<String>,
    pub provider_message_id: Option<String>,
    pub last_error: Option<String>,
    #[sea_orm(belongs_to, from = "otp_id", to = "id")]
    pub otp: BelongsTo<super::otp::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
