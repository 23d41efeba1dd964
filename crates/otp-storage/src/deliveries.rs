//! The queue of messages in a database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use otp_core::ports::{Claim, Claimed, Guarded, Settlement};
use otp_core::{
    Channel, Delivery, DeliveryId, DeliveryQueue, DeliveryState, OtpId, StoreError, is_invisible,
};
use sea_orm::prelude::{Expr, Uuid};
use sea_orm::sea_query::{Asterisk, ExprTrait, IntoCondition, LockBehavior, LockType, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, UpdateMany, Value,
};

use crate::entity::delivery::{Column, Entity, Model};
use crate::entity::otp;
use crate::failure::{Corrupt, store_error};
use crate::link::Link;
use crate::otps::{guarded, row};
use crate::row::{Place, micros};

/// Hands out queued deliveries under leases.
#[derive(Debug, Clone)]
pub struct Deliveries {
    link: Link,
}

impl Deliveries {
    pub(crate) const fn new(link: Link) -> Self {
        Self { link }
    }

    /// Leases what is due, and returns its ids.
    ///
    /// The locks decide who gets which, and each worker passes over what the others have locked. SQLite has no such
    /// locks: there the transaction, which may write from its beginning, keeps the others out.
    async fn lease_once(&self, claim: &Claim) -> Result<Vec<Uuid>, DbErr> {
        let transaction = self.link.begin().await?;
        let ids: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(due(claim.now))
            .order_by_asc(Column::NotBefore)
            .order_by_asc(Column::Id)
            .limit(u64::from(claim.limit))
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .into_tuple()
            .all(&transaction)
            .await?;
        if !ids.is_empty() {
            Entity::update_many()
                .col_expr(Column::LeaseOwner, Expr::value(claim.lease.to_vec()))
                .col_expr(Column::LeaseUntil, Expr::value(micros(claim.lease_until)))
                .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
                .filter(Column::Id.is_in(ids.iter().copied()))
                .exec(&transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(ids)
    }

    async fn leased(&self, ids: &[Uuid]) -> Result<Vec<(Model, otp::Model)>, StoreError> {
        Entity::find()
            .find_both_related(otp::Entity)
            .filter(Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(Column::NotBefore)
            .order_by_asc(Column::Id)
            .all(&self.link.writer())
            .await
            .map_err(store_error)
    }

    /// Ends a lease that is still held, together with what `update` sets.
    async fn end_lease(
        &self,
        id: DeliveryId,
        lease: [u8; 16],
        update: UpdateMany<Entity>,
    ) -> Result<Guarded, StoreError> {
        let update = update
            .col_expr(Column::LeaseOwner, Expr::value(Value::Bytes(None)))
            .col_expr(
                Column::LeaseUntil,
                Expr::value(Value::ChronoDateTimeUtc(None)),
            )
            .col_expr(
                Column::HandedOverAt,
                Expr::value(Value::ChronoDateTimeUtc(None)),
            );
        self.under_lease(id, lease, update).await
    }

    /// Writes what `update` sets, while the lease is held.
    async fn under_lease(
        &self,
        id: DeliveryId,
        lease: [u8; 16],
        update: UpdateMany<Entity>,
    ) -> Result<Guarded, StoreError> {
        let update = update
            .filter(Column::Id.eq(*id.as_uuid()))
            .filter(Column::LeaseOwner.eq(lease.as_slice()));
        let run = || async {
            let done = update.clone().exec(&self.link.writer()).await?;
            Ok(guarded(done.rows_affected))
        };
        self.link.repeat(run).await
    }
}

#[async_trait]
impl DeliveryQueue for Deliveries {
    async fn claim(&self, claim: &Claim) -> Result<Vec<Claimed>, StoreError> {
        // Most looks find nothing: they lock nothing either.
        if self.waiting_since(claim.now).await?.is_none() {
            return Ok(Vec::new());
        }
        let ids = self.link.repeat(|| self.lease_once(claim)).await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.leased(&ids).await?;
        // A row that cannot be read must not hold up the others: it stays leased, and is reported at each claim.
        Ok(rows
            .into_iter()
            .filter_map(|(delivery, otp)| {
                let claimed = read(delivery)
                    .and_then(|delivery| row::read(otp).map(|otp| Claimed { delivery, otp }));
                claimed
                    .inspect_err(|corrupt| tracing::error!(%corrupt, "a delivery is left out"))
                    .ok()
            })
            .collect())
    }

    async fn hand_over(
        &self,
        id: DeliveryId,
        lease: [u8; 16],
        now: DateTime<Utc>,
    ) -> Result<Guarded, StoreError> {
        let noted = Entity::update_many().col_expr(Column::HandedOverAt, Expr::value(micros(now)));
        self.under_lease(id, lease, noted).await
    }

    async fn settle(
        &self,
        id: DeliveryId,
        lease: [u8; 16],
        settlement: &Settlement,
    ) -> Result<Guarded, StoreError> {
        let update = Entity::update_many();
        let ended = |state: DeliveryState, reason: &str| {
            update
                .clone()
                .col_expr(Column::State, Expr::value(state.as_str()))
                .col_expr(Column::LastError, Expr::value(cut(reason)))
        };
        let update = match settlement {
            Settlement::Sent {
                at,
                provider,
                message_id,
            } => update
                .clone()
                .col_expr(Column::State, Expr::value(DeliveryState::Sent.as_str()))
                .col_expr(Column::SentAt, Expr::value(micros(*at)))
                .col_expr(Column::Provider, Expr::value(cut(provider)))
                .col_expr(
                    Column::ProviderMessageId,
                    Expr::value(message_id.as_deref().map(cut)),
                ),
            Settlement::Retry { not_before, reason } => ended(DeliveryState::Queued, reason)
                .col_expr(Column::NotBefore, Expr::value(micros(*not_before))),
            Settlement::Failed { reason } => ended(DeliveryState::Failed, reason),
            Settlement::Dropped { reason } => ended(DeliveryState::Dropped, reason),
            Settlement::Dead { reason } => ended(DeliveryState::Dead, reason),
            Settlement::Unknown { reason } => ended(DeliveryState::Unknown, reason),
        };
        self.end_lease(id, lease, update).await
    }

    async fn give_back(&self, id: DeliveryId, lease: [u8; 16]) -> Result<Guarded, StoreError> {
        let uncounted =
            Entity::update_many().col_expr(Column::Attempts, Expr::col(Column::Attempts).sub(1));
        self.end_lease(id, lease, uncounted).await
    }

    async fn waiting_since(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        Entity::find()
            .select_only()
            .column(Column::NotBefore)
            .filter(due(now))
            .order_by_asc(Column::NotBefore)
            .into_tuple()
            .one(&self.link.reader())
            .await
            .map_err(store_error)
    }

    async fn count_queued(&self, at_most: u32) -> Result<u32, StoreError> {
        // The limit stands inside: a queue of a million rows is not read to be counted.
        let queued = Query::select()
            .column(Column::Id)
            .from(Entity)
            .and_where(Column::State.eq(DeliveryState::Queued.as_str()))
            .limit(u64::from(at_most))
            .take();
        let count = Query::select()
            .expr(Expr::col(Asterisk).count())
            .from_subquery(queued, "queued")
            .take();
        let row = self.link.reader().query_one(&count).await;
        let count: Option<i64> = row
            .and_then(|row| row.map(|row| row.try_get_by_index(0)).transpose())
            .map_err(store_error)?;
        Ok(count.map_or(0, |count| u32::try_from(count).unwrap_or(at_most)))
    }
}

/// Writes a delivery as a row.
pub(crate) fn write(delivery: &Delivery) -> Model {
    Model {
        id: *delivery.id.as_uuid(),
        otp_id: *delivery.otp_id.as_uuid(),
        channel: delivery.channel.as_str().to_owned(),
        locale: delivery.locale.as_ref().map(|tag| tag.as_str().to_owned()),
        state: delivery.state.as_str().to_owned(),
        attempts: delivery.attempts.into(),
        created_at: micros(delivery.created_at),
        not_before: micros(delivery.not_before),
        lease_until: None,
        lease_owner: None,
        handed_over_at: delivery.handed_over_at.map(micros),
        sent_at: None,
        provider: None,
        provider_message_id: None,
        last_error: (delivery.state == DeliveryState::Dropped)
            .then(|| "the contact's messages are used up".to_owned()),
    }
}

/// Drops the messages of an OTP that wait: a later one carries the code. What was handed over is not waiting: whoever
/// takes over from its dead worker says so.
pub(crate) async fn supersede(
    otp_id: OtpId,
    now: DateTime<Utc>,
    connection: &impl ConnectionTrait,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(DeliveryState::Dropped.as_str()))
        .col_expr(
            Column::LastError,
            Expr::value("a later message carries the code"),
        )
        .filter(Column::OtpId.eq(*otp_id.as_uuid()))
        .filter(Column::HandedOverAt.is_null())
        .filter(waiting(now))
        .exec(connection)
        .await
        .map(|_| ())
}

pub(crate) async fn insert(row: &Model, connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    Entity::insert(row.clone().into_active_model())
        .exec_without_returning(connection)
        .await
        .map(|_| ())
}

pub(crate) fn read(row: Model) -> Result<Delivery, Corrupt> {
    let place = Place {
        table: "core_otp_delivery",
        row: row.id.to_string(),
    };
    Ok(Delivery {
        id: DeliveryId::from_uuid(row.id),
        otp_id: OtpId::from_uuid(row.otp_id),
        channel: place.read("channel", Channel::parse(&row.channel).ok())?,
        locale: row::read_locale(&place, row.locale)?,
        state: place.read("state", DeliveryState::parse(&row.state))?,
        attempts: place.number("attempts", row.attempts)?,
        created_at: row.created_at,
        not_before: row.not_before,
        handed_over_at: row.handed_over_at,
    })
}

/// Queued, at its time, and not under a running lease.
fn due(now: DateTime<Utc>) -> Condition {
    waiting(now).add(Column::NotBefore.lte(micros(now)))
}

/// Queued, and not under a running lease.
fn waiting(now: DateTime<Utc>) -> Condition {
    let is_free = Column::LeaseUntil
        .is_null()
        .or(Column::LeaseUntil.lte(micros(now)));
    Column::State
        .eq(DeliveryState::Queued.as_str())
        .and(is_free)
        .into_condition()
}

/// Cuts a text to its column: a provider's endless message id must not turn a sent message into one to be sent again,
/// and neither must a NUL, which PostgreSQL does not take. Other controls would reach an operator's terminal.
fn cut(text: &str) -> String {
    const COLUMN_LENGTH: usize = 255;
    let visible = text.chars().filter(|c| !is_invisible(*c));
    visible.take(COLUMN_LENGTH).collect()
}
