//! Web sessions in a database. Only the digest of a session's id is known here, so a dump opens none.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use otp_core::ports::Batch;
use otp_core::{Contact, StoreError};
use sea_orm::prelude::Expr;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
};

use crate::entity::session::{Column, Entity, Model};
use crate::failure::{Corrupt, store_error};
use crate::link::Link;
use crate::row::{Place, contact_columns, micros};

/// Keeps web sessions.
#[derive(Debug, Clone)]
pub struct Sessions {
    link: Link,
}

/// A signed-in browser. Its `Debug` shows the times only.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// The digest of the session's id, such as `Keyring::token_digest` makes it.
    pub digest: [u8; 32],
    /// The contact that was proven.
    pub contact: Contact,
    /// Whom the contact belongs to, if the installation keeps a list.
    pub customer_id: Option<i64>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When the browser was last seen.
    pub seen_at: DateTime<Utc>,
    /// When it ends, used or not.
    pub expires_at: DateTime<Utc>,
}

impl Sessions {
    pub(crate) const fn new(link: Link) -> Self {
        Self { link }
    }

    /// Stores a new session.
    ///
    /// # Errors
    /// [`StoreError`], also when the digest is taken: ids are drawn, so that is no accident.
    pub async fn open(&self, session: &Session) -> Result<(), StoreError> {
        let (email, phone) = contact_columns(&session.contact);
        let row = Model {
            digest: session.digest.to_vec(),
            email,
            phone,
            customer_id: session.customer_id,
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
    /// at `now` or was not seen for `idle`.
    ///
    /// # Errors
    /// [`StoreError`]; not found is `Ok(None)`.
    pub async fn find(
        &self,
        digests: &[[u8; 32]],
        now: DateTime<Utc>,
        idle: TimeDelta,
    ) -> Result<Option<Session>, StoreError> {
        let found = Entity::find()
            .filter(Column::Digest.is_in(digests.iter().map(<[u8; 32]>::as_slice)))
            .filter(Column::ExpiresAt.gt(micros(now)))
            .filter(Column::SeenAt.gt(micros(now - idle)))
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

impl Sessions {
    /// Removes up to `limit` sessions that are over at `now` or were not seen for `idle`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn purge(
        &self,
        now: DateTime<Utc>,
        idle: TimeDelta,
        limit: u16,
    ) -> Result<Batch, StoreError> {
        let limit = usize::from(limit);
        let some = Entity::find()
            .select_only()
            .column(Column::Digest)
            .filter(dead(now, idle))
            .limit(limit as u64 + 1)
            .into_tuple();
        let mut digests: Vec<Vec<u8>> = some.all(&self.link.reader()).await.map_err(store_error)?;
        let more = digests.len() > limit;
        digests.truncate(limit);
        let remove = || async {
            let removed = Entity::delete_many()
                .filter(Column::Digest.is_in(digests.iter().map(Vec::as_slice)))
                .filter(dead(now, idle))
                .exec(&self.link.writer())
                .await?;
            Ok(removed.rows_affected)
        };
        let done = self.link.repeat(remove).await?;
        Ok(Batch { done, more })
    }

    /// Returns how many sessions [`purge`](Self::purge) would remove.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dead(&self, now: DateTime<Utc>, idle: TimeDelta) -> Result<u64, StoreError> {
        let all = Entity::find().filter(dead(now, idle));
        all.count(&self.link.reader()).await.map_err(store_error)
    }
}

fn dead(now: DateTime<Utc>, idle: TimeDelta) -> Condition {
    Condition::any()
        .add(Column::ExpiresAt.lte(micros(now)))
        .add(Column::SeenAt.lte(micros(now - idle)))
}

fn read(row: Model) -> Result<Session, Corrupt> {
    let place = Place {
        table: "core_session",
        // The key itself names a session, so an error says the time it began.
        row: format!("of {}", row.created_at),
    };
    Ok(Session {
        digest: place.bytes("digest", row.digest)?,
        contact: place.contact(row.email, row.phone)?,
        customer_id: row.customer_id,
        created_at: row.created_at,
        seen_at: row.seen_at,
        expires_at: row.expires_at,
    })
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("created_at", &self.created_at)
            .field("seen_at", &self.seen_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
