//! Known devices in a database. Only a digest is known here, so a dump tells neither device nor contact.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use otp_core::ports::Batch;
use otp_core::{DeviceId, KnownDevices, StoreError};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
};

use crate::entity::device::{Column, Entity, Model};
use crate::failure::store_error;
use crate::link::Link;
use crate::row::micros;

/// Keeps the devices that signed in before.
#[derive(Debug, Clone)]
pub struct Devices {
    link: Link,
}

impl Devices {
    pub(crate) const fn new(link: Link) -> Self {
        Self { link }
    }

    /// Removes up to `limit` devices that are known no more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn purge(&self, now: DateTime<Utc>, limit: u16) -> Result<Batch, StoreError> {
        let over: Vec<Vec<u8>> = Entity::find()
            .select_only()
            .column(Column::Digest)
            .filter(Column::ExpiresAt.lte(micros(now)))
            .limit(u64::from(limit) + 1)
            .into_tuple()
            .all(&self.link.reader())
            .await
            .map_err(store_error)?;
        let more = over.len() > usize::from(limit);
        let removed = Entity::delete_many()
            .filter(Column::Digest.is_in(over.into_iter().take(limit.into())))
            .filter(Column::ExpiresAt.lte(micros(now)))
            .exec(&self.link.writer())
            .await
            .map_err(store_error)?;
        Ok(Batch {
            done: removed.rows_affected,
            more,
        })
    }

    /// Returns how many devices [`purge`](Self::purge) would remove.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forgotten(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let all = Entity::find().filter(Column::ExpiresAt.lte(micros(now)));
        all.count(&self.link.reader()).await.map_err(store_error)
    }
}

#[async_trait]
impl KnownDevices for Devices {
    async fn knows(&self, id: &DeviceId, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let known = Entity::find()
            .filter(Column::Digest.eq(id.as_bytes().to_vec()))
            .filter(Column::ExpiresAt.gt(micros(now)))
            .count(&self.link.reader())
            .await
            .map_err(store_error)?;
        Ok(known > 0)
    }

    async fn remember(&self, id: &DeviceId, until: DateTime<Utc>) -> Result<(), StoreError> {
        let row = Model {
            digest: id.as_bytes().to_vec(),
            expires_at: micros(until),
        };
        let seen_again = OnConflict::column(Column::Digest)
            .update_column(Column::ExpiresAt)
            .to_owned();
        Entity::insert(row.into_active_model())
            .on_conflict(seen_again)
            .exec_without_returning(&self.link.writer())
            .await
            .map(|_| ())
            .map_err(store_error)
    }
}
