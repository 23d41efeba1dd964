//! OTPs in a database.

pub(crate) mod row;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use otp_core::ports::{Batch, Charge, Charged, Guarded, Newest, Opened, Opening, Resend, Resent};
use otp_core::{ContactKey, DeliveryState, Otp, OtpId, OtpRepository, StoreError};
use sea_orm::sea_query::{CaseStatement, ExprTrait, IntoCondition};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, SqlErr, Value, prelude::Expr,
};

use crate::entity::delivery;
use crate::entity::otp::{Column, Entity};
use crate::failure::store_error;
use crate::link::Link;
use crate::row::{Place, micros};
use crate::{budgets, deliveries};

/// Keeps OTPs in a database, each promise in the statement that keeps it.
///
/// A verify is one SELECT ([`find`](OtpRepository::find)) and one transaction around the UPDATE that decides
/// ([`charge`](OtpRepository::charge)); an issue is one transaction of two INSERTs ([`open`](OtpRepository::open)).
/// Each locks the ledgers of the budgets that it charges first.
#[derive(Debug, Clone)]
pub struct Otps {
    link: Link,
}

impl Otps {
    pub(crate) const fn new(link: Link) -> Self {
        Self { link }
    }

    /// Works within your own open transaction, so that an OTP is issued exactly when your own rows are committed.
    ///
    /// Issue and resend this way, and wake the dispatcher after your commit. Do not verify this way: a guess whose
    /// answer was seen and whose charge is then rolled back is a free guess.
    pub const fn in_transaction(transaction: Arc<DatabaseTransaction>) -> Self {
        Self::new(Link::Transaction(transaction))
    }

    /// Returns how many ledgers [`sweep`](OtpRepository::sweep) would remove.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn idle_ledgers(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        budgets::idle(&self.link, now).await.map_err(store_error)
    }

    async fn open_once(&self, opening: &Opening) -> Result<Opened, DbErr> {
        let transaction = self.link.begin().await?;
        let mut ledgers = budgets::lock(&transaction, opening.hold()).await?;
        let accepted = match opening.decide(&mut ledgers) {
            Ok(accepted) => accepted,
            Err(too_many) => {
                transaction.rollback().await?;
                return Ok(Opened::TooMany(too_many));
            }
        };
        let inserted = Entity::insert(row::write(&accepted.otp).into_active_model())
            .exec_without_returning(&transaction)
            .await;
        if let Err(error) = inserted {
            return match error.sql_err() {
                Some(SqlErr::UniqueConstraintViolation(_)) => {
                    transaction.rollback().await.map(|()| Opened::Exists)
                }
                _ => Err(error),
            };
        }
        deliveries::insert(&deliveries::write(&accepted.delivery), &transaction).await?;
        budgets::keep(&transaction, &ledgers).await?;
        transaction.commit().await?;
        Ok(Opened::New(Box::new(accepted)))
    }

    /// Charges the attempt and the budgets, or neither. Without budgets there is one statement and no transaction.
    async fn charge_once(&self, charge: &Charge) -> Result<Charged, DbErr> {
        if charge.hold().is_none() {
            return charge_attempt(charge, &self.link.writer()).await;
        }
        let transaction = self.link.begin().await?;
        let mut ledgers = budgets::lock(&transaction, charge.hold()).await?;
        let charged = match charge.admit(&ledgers) {
            Ok(()) => charge_attempt(charge, &transaction).await?,
            Err(instead) => instead,
        };
        if charged != Charged::Applied {
            transaction.rollback().await?;
            return Ok(charged);
        }
        charge.applied(&mut ledgers);
        budgets::keep(&transaction, &ledgers).await?;
        transaction.commit().await?;
        Ok(charged)
    }

    async fn resend_once(&self, resend: &Resend) -> Result<Resent, DbErr> {
        let transaction = self.link.begin().await?;
        let mut ledgers = budgets::lock(&transaction, resend.hold()).await?;
        let accepted = match resend.decide(&mut ledgers) {
            Ok(accepted) => accepted,
            Err(too_many) => {
                transaction.rollback().await?;
                return Ok(Resent::TooMany(too_many));
            }
        };
        let now = micros(resend.now);
        let after = row::write(&accepted.otp);
        let counted = Entity::update_many()
            .col_expr(Column::Sends, Expr::col(Column::Sends).add(1))
            .col_expr(Column::ResendAt, Expr::value(after.resend_at))
            .col_expr(Column::CodeLength, Expr::value(after.code_length))
            .col_expr(Column::CodeAlphabet, Expr::value(after.code_alphabet))
            .col_expr(Column::MaxAttempts, Expr::value(after.max_attempts))
            .filter(Column::Id.eq(*resend.id().as_uuid()))
            .filter(live())
            .filter(Column::ExpiresAt.gt(now))
            .filter(Column::ResendAt.lte(now))
            .exec(&transaction)
            .await?;
        if counted.rows_affected == 0 {
            transaction.rollback().await?;
            return Ok(Resent::Refused);
        }
        if accepted.delivery.is_due(resend.now) {
            deliveries::supersede(resend.id(), now, &transaction).await?;
        }
        deliveries::insert(&deliveries::write(&accepted.delivery), &transaction).await?;
        budgets::keep(&transaction, &ledgers).await?;
        transaction.commit().await?;
        Ok(Resent::Queued(Box::new(accepted)))
    }

    async fn revoke_once(&self, id: OtpId, now: DateTime<Utc>) -> Result<Guarded, DbErr> {
        let done = Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::value(micros(now)))
            .col_expr(Column::OtpCode, Expr::value(Value::String(None)))
            .filter(Column::Id.eq(*id.as_uuid()))
            .filter(live())
            .exec(&self.link.writer())
            .await?;
        Ok(guarded(done.rows_affected))
    }
}

#[async_trait]
impl OtpRepository for Otps {
    async fn open(&self, opening: &Opening) -> Result<Opened, StoreError> {
        self.link.repeat(|| self.open_once(opening)).await
    }

    async fn find(&self, id: OtpId) -> Result<Option<Otp>, StoreError> {
        let found = Entity::find_by_id(*id.as_uuid())
            .one(&self.link.reader())
            .await
            .map_err(store_error)?;
        Ok(found.map(row::read).transpose()?)
    }

    async fn delivery_state(&self, id: OtpId) -> Result<Option<DeliveryState>, StoreError> {
        let newest: Option<(sea_orm::prelude::Uuid, String)> = delivery::Entity::find()
            .select_only()
            .columns([delivery::Column::Id, delivery::Column::State])
            .filter(delivery::Column::OtpId.eq(*id.as_uuid()))
            .order_by_desc(delivery::Column::CreatedAt)
            .order_by_desc(delivery::Column::Id)
            .into_tuple()
            .one(&self.link.reader())
            .await
            .map_err(store_error)?;
        let Some((delivery_id, state)) = newest else {
            return Ok(None);
        };
        let place = Place {
            table: "core_otp_delivery",
            row: delivery_id.to_string(),
        };
        Ok(Some(place.read("state", DeliveryState::parse(&state))?))
    }

    async fn find_newest(&self, newest: &Newest) -> Result<Option<Otp>, StoreError> {
        let keys = newest.contact_keys.iter().map(ContactKey::as_bytes);
        let found = Entity::find()
            .filter(Column::ContactKey.is_in(keys))
            .filter(Column::Purpose.eq(newest.purpose.as_str()))
            .filter(Column::Binding.is_null())
            .filter(live())
            .filter(Column::ExpiresAt.gt(micros(newest.now)))
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .one(&self.link.reader())
            .await
            .map_err(store_error)?;
        Ok(found.map(row::read).transpose()?)
    }

    async fn charge(&self, charge: &Charge) -> Result<Charged, StoreError> {
        self.link.repeat(|| self.charge_once(charge)).await
    }

    async fn resend(&self, resend: &Resend) -> Result<Resent, StoreError> {
        self.link.repeat(|| self.resend_once(resend)).await
    }

    async fn sweep(&self, now: DateTime<Utc>, limit: u16) -> Result<Batch, StoreError> {
        self.link
            .repeat(|| budgets::sweep(&self.link, now, limit))
            .await
    }

    async fn revoke(&self, id: OtpId, now: DateTime<Utc>) -> Result<Guarded, StoreError> {
        self.link.repeat(|| self.revoke_once(id, now)).await
    }
}

/// The one write that decides a verify: whatever the caller compared counts only if this finds the OTP open.
async fn charge_attempt(
    charge: &Charge,
    connection: &impl ConnectionTrait,
) -> Result<Charged, DbErr> {
    let mut update = Entity::update_many()
        .filter(Column::Id.eq(*charge.id.as_uuid()))
        .filter(live())
        .filter(Column::ExpiresAt.gt(micros(charge.now)));
    // MySQL and MariaDB evaluate from left to right and see new values: what reads `attempts` stands before the
    // assignment of `attempts`.
    if let Some(nonce) = charge.consume_as {
        update = update
            .col_expr(Column::IsVerified, Expr::value(true))
            .col_expr(Column::VerifiedAt, Expr::value(micros(charge.now)))
            .col_expr(Column::ConsumedBy, Expr::value(nonce.to_vec()))
            .col_expr(Column::OtpCode, Expr::value(Value::String(None)));
    } else {
        let is_last = Expr::col(Column::Attempts)
            .add(1)
            .gte(Expr::col(Column::MaxAttempts));
        let seed = CaseStatement::new()
            .case(is_last, Expr::value(Value::String(None)))
            .finally(Expr::col(Column::OtpCode));
        update = update.col_expr(Column::OtpCode, seed.into());
    }
    let done = update
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .exec(connection)
        .await?;
    Ok(match guarded(done.rows_affected) {
        Guarded::Applied => Charged::Applied,
        Guarded::Refused => Charged::Refused,
    })
}

/// Neither consumed nor revoked, and with an attempt left.
///
/// The seed is not asked for: it is wiped by what these conditions already tell, and a condition that repeats
/// another hides its loss from the tests.
fn live() -> Condition {
    Column::ConsumedBy
        .is_null()
        .and(Column::RevokedAt.is_null())
        .and(Expr::col(Column::Attempts).lt(Expr::col(Column::MaxAttempts)))
        .into_condition()
}

pub(crate) const fn guarded(rows_affected: u64) -> Guarded {
    if rows_affected == 0 {
        Guarded::Refused
    } else {
        Guarded::Applied
    }
}
