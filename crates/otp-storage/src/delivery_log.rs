//! The deliveries as an operator looks at them: what became of each, and another try for one that failed.

use chrono::{DateTime, Utc};
use otp_core::{Channel, Contact, Delivery, DeliveryId, DeliveryState, Otp, OtpId, StoreError};
use sea_orm::prelude::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::deliveries::read;
use crate::entity::delivery::{Column, Entity, Model};
use crate::entity::otp;
use crate::failure::{Corrupt, store_error};
use crate::link::Link;
use crate::otps::row;
use crate::row::micros;

/// Shows deliveries to whoever runs the service.
#[derive(Debug, Clone)]
pub struct DeliveryLog {
    link: Link,
}

/// A delivery, its OTP, and what its sender said.
#[derive(Debug, Clone)]
pub struct LoggedDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// The OTP whose code it carries.
    pub otp: Otp,
    /// When it was handed over, if it was.
    pub sent_at: Option<DateTime<Utc>>,
    /// The sender that took it, such as `smtp`.
    pub provider: Option<String>,
    /// The sender's own id for it, when it gave one.
    pub message_id: Option<String>,
    /// Why the last try failed, or why there was none: a fixed phrase.
    pub last_error: Option<String>,
}

/// Which deliveries to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeliveryFilter<'a> {
    /// Those in this state only.
    pub state: Option<DeliveryState>,
    /// Those to this contact only.
    pub contact: Option<&'a Contact>,
    /// Those of this OTP only.
    pub otp: Option<OtpId>,
    /// Those that were queued before this one only: the next page.
    pub before: Option<DeliveryId>,
}

/// Whether a delivery is to be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Retried {
    /// It is due now, with all its tries.
    Queued,
    /// There is none with this id.
    NotFound,
    /// It is not over, or was not given up.
    NotFailed(DeliveryState),
    /// Nobody can use its code any more.
    CodeIsDead,
}

impl LoggedDelivery {
    /// Tells in a word or two what became of it: the sender that took it, or why none did.
    pub fn what(&self) -> &str {
        let told = match self.delivery.state {
            DeliveryState::Sent | DeliveryState::Delivered => &self.provider,
            _ => &self.last_error,
        };
        told.as_deref().unwrap_or_default()
    }
}

impl DeliveryLog {
    pub(crate) const fn new(link: Link) -> Self {
        Self { link }
    }

    /// Lists up to `limit` deliveries, the newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(
        &self,
        filter: DeliveryFilter<'_>,
        limit: u64,
    ) -> Result<Vec<LoggedDelivery>, StoreError> {
        let mut query = Entity::find().find_both_related(otp::Entity);
        if let Some(state) = filter.state {
            query = query.filter(Column::State.eq(state.as_str()));
        }
        if let Some(contact) = filter.contact {
            let column = match contact.channel() {
                Channel::Email => otp::Column::Email,
                Channel::Phone => otp::Column::Phone,
            };
            query = query.filter(column.eq(contact.as_str()));
        }
        if let Some(otp) = filter.otp {
            query = query.filter(Column::OtpId.eq(*otp.as_uuid()));
        }
        if let Some(before) = filter.before {
            query = query.filter(Column::Id.lt(*before.as_uuid()));
        }
        // Ids begin with their time (UUIDv7).
        let rows = query
            .order_by_desc(Column::Id)
            .limit(limit)
            .all(&self.link.reader())
            .await
            .map_err(store_error)?;
        // A row that cannot be read must not hide the others.
        let readable = rows.into_iter().filter_map(|row| {
            logged(row)
                .inspect_err(|corrupt| tracing::error!(%corrupt, "a delivery is left out"))
                .ok()
        });
        Ok(readable.collect())
    }

    /// Returns the delivery with this id.
    ///
    /// # Errors
    /// [`StoreError`]; not found is `Ok(None)`.
    pub async fn find(&self, id: DeliveryId) -> Result<Option<LoggedDelivery>, StoreError> {
        let row = Entity::find_by_id(*id.as_uuid())
            .find_both_related(otp::Entity)
            .one(&self.link.reader())
            .await
            .map_err(store_error)?;
        Ok(row.map(logged).transpose()?)
    }

    /// Queues a delivery that was given up once more, as long as its code is of use.
    ///
    /// It is the same message: no limit is charged for it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn retry(&self, id: DeliveryId, now: DateTime<Utc>) -> Result<Retried, StoreError> {
        let Some(LoggedDelivery { delivery, otp, .. }) = self.find(id).await? else {
            return Ok(Retried::NotFound);
        };
        if !delivery.state.may_be_retried() {
            return Ok(Retried::NotFailed(delivery.state));
        }
        if !otp.is_valid(now) {
            return Ok(Retried::CodeIsDead);
        }
        let retry = Entity::update_many()
            .col_expr(Column::State, Expr::value(DeliveryState::Queued.as_str()))
            .col_expr(Column::Attempts, Expr::value(0))
            .col_expr(Column::NotBefore, Expr::value(micros(now)))
            .filter(Column::Id.eq(*id.as_uuid()))
            .filter(Column::State.eq(delivery.state.as_str()));
        let run = || async { retry.clone().exec(&self.link.writer()).await };
        let done = self.link.repeat(run).await?;
        Ok(if done.rows_affected == 1 {
            Retried::Queued
        } else {
            // Somebody else was faster.
            Retried::NotFailed(DeliveryState::Queued)
        })
    }
}

fn logged((row, otp): (Model, otp::Model)) -> Result<LoggedDelivery, Corrupt> {
    let [provider, message_id, last_error] = [
        row.provider.clone(),
        row.provider_message_id.clone(),
        row.last_error.clone(),
    ];
    Ok(LoggedDelivery {
        sent_at: row.sent_at,
        provider,
        message_id,
        last_error,
        otp: row::read(otp)?,
        delivery: read(row)?,
    })
}
