//! A row of `core_otp`.

use sea_orm::entity::prelude::*;

use super::Hidden;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "core_otp")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: Option<Hidden>,
    pub phone: Option<Hidden>,
    pub otp_code: Option<Hidden>,
    pub otp_type: String,
    pub is_verified: bool,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub attempts: i32,
    pub max_attempts: i32,
    pub purpose: String,
    pub contact_key: Vec<u8>,
    pub key_id: String,
    pub code_length: i32,
    pub code_alphabet: String,
    pub reference: String,
    pub verified_at: Option<DateTimeUtc>,
    pub revoked_at: Option<DateTimeUtc>,
    pub consumed_by: Option<Vec<u8>>,
    pub sends: i32,
    pub resend_at: DateTimeUtc,
    pub locale: Option<String>,
    pub context: Option<Hidden>,
    pub context_digest: Option<Vec<u8>>,
    pub binding: Option<Vec<u8>>,
    pub counted: bool,
    pub decoy: bool,
    #[sea_orm(has_many)]
    pub deliveries: HasMany<super::delivery::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
