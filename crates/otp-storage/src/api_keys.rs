//! API keys in a database. Only the digest of a key's secret is known here, so a dump opens nothing.

mod scope;

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use otp_core::StoreError;
use sea_orm::prelude::Expr;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    SqlErr,
};

pub use self::scope::{Scope, Scopes, UnknownScope};
use crate::entity::api_key::{Column, Entity, Model};
use crate::failure::{Corrupt, store_error};
use crate::link::Link;
use crate::row::{Place, micros};

/// Keeps API keys.
#[derive(Debug, Clone)]
pub struct ApiKeys {
    link: Link,
}

/// An API key, without its secret. Its `Debug` leaves the digest out.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The public part, by which it is found.
    pub id: String,
    /// What people call it; no two keys have the same, revoked ones included.
    pub name: String,
    /// The SHA-256 digest of the secret part.
    pub digest: [u8; 32],
    /// What it may do.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was used, exact to [`ApiKeys::USED_EVERY`].
    pub last_used_at: Option<DateTime<Utc>>,
    /// Since when it opens nothing.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Which API key it is.
#[derive(Clone, PartialEq, Eq)]
pub enum KeyIdentity {
    /// One of `core_api_key`, by its id.
    Stored(String),
    /// One of the configuration, by its SHA-256 digest. Whether it still stands there is not known here.
    Configured([u8; 32]),
}

/// Whether an API key was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum AddedKey {
    /// It was.
    Done,
    /// Another key has this name or id; nothing was stored.
    Taken,
}

impl ApiKeys {
    /// How stale `last_used_at` may become before it is written again: not each call needs a write.
    pub const USED_EVERY: TimeDelta = TimeDelta::minutes(1);

    pub(crate) const fn new(link: Link) -> Self {
        Self { link }
    }

    /// Adds a key.
    ///
    /// # Errors
    /// [`StoreError`]; a name or an id that another key has is no error but [`AddedKey::Taken`].
    pub async fn add(&self, key: &ApiKey) -> Result<AddedKey, StoreError> {
        let row = Model {
            id: key.id.clone(),
            name: key.name.clone(),
            digest: key.digest.to_vec(),
            scopes: key.scopes.to_string(),
            created_at: micros(key.created_at),
            last_used_at: key.last_used_at.map(micros),
            revoked_at: key.revoked_at.map(micros),
        };
        let inserted = Entity::insert(row.into_active_model())
            .exec_without_returning(&self.link.writer())
            .await;
        match inserted {
            Ok(_) => Ok(AddedKey::Done),
            Err(error) => match error.sql_err() {
                Some(SqlErr::UniqueConstraintViolation(_)) => Ok(AddedKey::Taken),
                _ => Err(store_error(error)),
            },
        }
    }

    /// Returns the key with this id, revoked or not.
    ///
    /// # Errors
    /// [`StoreError`]; not found is `Ok(None)`.
    pub async fn find(&self, id: &str) -> Result<Option<ApiKey>, StoreError> {
        let found = Entity::find_by_id(id)
            .one(&self.link.reader())
            .await
            .map_err(store_error)?;
        Ok(found.map(read).transpose()?)
    }

    /// Lists the newest keys first, up to `limit` of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(&self, limit: u64) -> Result<Vec<ApiKey>, StoreError> {
        let rows = Entity::find()
            .order_by_desc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .limit(limit)
            .all(&self.link.reader())
            .await
            .map_err(store_error)?;
        Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
    }

    /// Notes that a key was used; writes only when the time that stands there is older than [`Self::USED_EVERY`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn touch(&self, id: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        let stale = Condition::any()
            .add(Column::LastUsedAt.is_null())
            .add(Column::LastUsedAt.lte(micros(now - Self::USED_EVERY)));
        Entity::update_many()
            .col_expr(Column::LastUsedAt, Expr::value(micros(now)))
            .filter(Column::Id.eq(id))
            .filter(stale)
            .exec(&self.link.writer())
            .await
            .map(|_| ())
            .map_err(store_error)
    }

    /// Revokes a key from `now` on; says whether there was one that was not revoked yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn revoke(&self, id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let done = Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::value(micros(now)))
            .filter(Column::Id.eq(id))
            .filter(Column::RevokedAt.is_null())
            .exec(&self.link.writer())
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected > 0)
    }
}

fn read(row: Model) -> Result<ApiKey, Corrupt> {
    let place = Place {
        table: "core_api_key",
        row: row.id.clone(),
    };
    Ok(ApiKey {
        id: row.id,
        name: row.name,
        digest: place.bytes("digest", row.digest)?,
        scopes: place.read("scopes", row.scopes.parse().ok())?,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        revoked_at: row.revoked_at,
    })
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("scopes", &self.scopes)
            .field("revoked_at", &self.revoked_at)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for KeyIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stored(id) => write!(f, "Stored({id})"),
            Self::Configured(_) => f.write_str("Configured(redacted)"),
        }
    }
}
