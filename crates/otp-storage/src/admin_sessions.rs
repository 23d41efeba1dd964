//! Sessions of administrators in a database. Only the digest of a session's id is known here.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use otp_core::StoreError;
use sea_orm::prelude::Expr;
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter};

use crate::KeyIdentity;
use crate::entity::admin_session::{Column, Entity, Model};
use crate::entity::api_key;
use crate::failure::{Corrupt, store_error};
use crate::link::Link;
use crate::row::{Place, micros};

/// Keeps the sessions of administrators.
#[derive(Debug, Clone)]
pub struct AdminSessions {
    link: Link,
}

/// An administrator's browser. Its `Debug` shows the times only.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminSession {
    /// The digest of the session's id, such as `Keyring::token_digest` makes it.
    pub digest: [u8; 32],
    /// The key that it was opened with; it does not outlive it.
    pub key: KeyIdentity,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When the browser was last seen.
    pub seen_at: DateTime<Utc>,
    /// When it ends, used or not.
    pub expires_at: DateTime<Utc>,
}

impl AdminSessions {
    pub(crate) const fn new(link: Link) -> Self {
        Self { link }
    }

    /// Stores a new session, and removes those that ended by its beginning.
    ///
    /// # Errors
    /// [`StoreError`], also when the digest is taken: ids are drawn, so that is no accident.
    pub async fn open(&self, session: &AdminSession) -> Result<(), StoreError> {
        Entity::delete_many()
            .filter(Column::ExpiresAt.lte(micros(session.created_at)))
            .exec(&self.link.writer())
            .await
            .map_err(store_error)?;
        let (api_key_id, configured_key) = match &session.key {
            KeyIdentity::Stored(id) => (Some(id.clone()), None),
            KeyIdentity::Configured(digest) => (None, Some(digest.to_vec())),
        };
        let row = Model {
            digest: session.digest.to_vec(),
            api_key_id,
            configured_key,
            created_at: micros(session.created_at),
            seen_at: micros(session.seen_at),
            expires_at: micros(session.expires_at),
        };
        Entity::insert(row.into_active_model())
            .exec_without_returning(&self.link.writer())
            .await
            .map(|_| ())
            .map_err(store_error)
    }

    /// Returns the session with one of these digests, which are those of one id under the keys in force, unless it is over
    /// at `now`, was not seen for `idle`, or its stored key is revoked.
    ///
    /// # Errors
    /// [`StoreError`]; not found is `Ok(None)`.
    pub async fn find(
        &self,
        digests: &[[u8; 32]],
        now: DateTime<Utc>,
        idle: TimeDelta,
    ) -> Result<Option<AdminSession>, StoreError> {
        let live_keys = Query::select()
            .column(api_key::Column::Id)
            .from(api_key::Entity)
            .and_where(api_key::Column::RevokedAt.is_null())
            .take();
        let by_a_live_key = Condition::any()
            .add(Column::ApiKeyId.is_null())
            .add(Column::ApiKeyId.in_subquery(live_keys));
        let found = Entity::find()
            .filter(Column::Digest.is_in(digests.iter().map(<[u8; 32]>::as_slice)))
            .filter(Column::ExpiresAt.gt(micros(now)))
            .filter(Column::SeenAt.gt(micros(now - idle)))
            .filter(by_a_live_key)
            .one(&self.link.reader())
            .await
            .map_err(store_error)?;
        Ok(found.map(read).transpose()?)
    }

    /// Notes that the browser was seen; never moves the time back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn touch(&self, digest: &[u8; 32], now: DateTime<Utc>) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::SeenAt, Expr::value(micros(now)))
            .filter(Column::Digest.eq(digest.as_slice()))
            .filter(Column::SeenAt.lt(micros(now)))
            .exec(&self.link.writer())
            .await
            .map(|_| ())
            .map_err(store_error)
    }

    /// Ends the session with one of these digests; one that is not there is over already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn close(&self, digests: &[[u8; 32]]) -> Result<(), StoreError> {
        Entity::delete_many()
            .filter(Column::Digest.is_in(digests.iter().map(<[u8; 32]>::as_slice)))
            .exec(&self.link.writer())
            .await
            .map(|_| ())
            .map_err(store_error)
    }
}

fn read(row: Model) -> Result<AdminSession, Corrupt> {
    let place = Place {
        table: "core_admin_session",
        row: format!("of {}", row.created_at),
    };
    let key = match (row.api_key_id, row.configured_key) {
        (Some(id), None) => KeyIdentity::Stored(id),
        (None, Some(digest)) => KeyIdentity::Configured(place.bytes("configured_key", digest)?),
        _ => return Err(place.corrupt("api_key_id")),
    };
    Ok(AdminSession {
        digest: place.bytes("digest", row.digest)?,
        key,
        created_at: row.created_at,
        seen_at: row.seen_at,
        expires_at: row.expires_at,
    })
}

impl fmt::Debug for AdminSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminSession")
            .field("created_at", &self.created_at)
            .field("seen_at", &self.seen_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
