//! What stays known of OTPs when they are over: counted once each, then removed.

mod courses;
mod hours;

use async_trait::async_trait;
use chrono::{DateTime, NaiveTime, Utc};
use otp_core::ports::{Batch, Purge};
use otp_core::statistics::{Hours, Statistics, Window};
use otp_core::{OtpHistory, StoreError};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{ExprTrait, Func, IntoCondition};
use sea_orm::{
    AccessMode, ColumnTrait, Condition, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, IsolationLevel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    TransactionOptions, TransactionTrait, prelude::Expr,
};

use self::courses::CourseRow;
use crate::entity::otp::{Column, Entity};
use crate::failure::store_error;
use crate::link::Link;
use crate::row::micros;

/// Keeps statistics: the hours of what was counted, and the rows of what was not yet.
///
/// Each row says whether it was counted. Whoever sets that in the same transaction in which the hours grow has
/// counted it; any number of nodes may try.
#[derive(Debug, Clone)]
pub struct History {
    reader: DatabaseConnection,
    link: Link,
}

impl History {
    pub(crate) const fn new(reader: DatabaseConnection, link: Link) -> Self {
        Self { reader, link }
    }

    /// Returns how many OTPs a purge without a limit would remove.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn removable(&self, purge: &Purge) -> Result<u64, StoreError> {
        due(purge).count(&self.reader).await.map_err(store_error)
    }

    async fn read_once(&self, window: &Window, now: DateTime<Utc>) -> Result<Statistics, DbErr> {
        let midnight = now.date_naive().and_time(NaiveTime::MIN).and_utc();
        let snapshot = self.snapshot().await?;
        let mut totals = hours::totals(&snapshot, window, midnight).await?;
        let mut told = Hours::default();
        for hour in hours::within(&snapshot, window).await? {
            told.add(hour);
        }
        let mut uncounted = Hours::default();
        courses::for_each_uncounted(&snapshot, |course| {
            if window.concerns(&course.purpose) {
                uncounted.count(course, now);
            }
        })
        .await?;
        snapshot.commit().await?;
        for hour in uncounted {
            totals.add(hour.start, &hour.funnel, midnight);
            if window.holds(hour.start, &hour.purpose) {
                told.add(hour);
            }
        }
        let hours = told.into_iter().collect();
        Ok(Statistics { hours, totals })
    }

    /// Begins a transaction in which every statement sees the same moment; in SQLite's log any transaction does.
    async fn snapshot(&self) -> Result<DatabaseTransaction, DbErr> {
        let is_server = self.reader.get_database_backend() != DbBackend::Sqlite;
        let options = TransactionOptions {
            isolation_level: is_server.then_some(IsolationLevel::RepeatableRead),
            access_mode: is_server.then_some(AccessMode::ReadOnly),
            sqlite_transaction_mode: None,
        };
        self.reader.begin_with_options(options).await
    }

    async fn count_once(&self, until: DateTime<Utc>, limit: u16) -> Result<Batch, DbErr> {
        let due = Entity::find()
            .filter(Column::Counted.eq(false))
            .filter(Column::ExpiresAt.lte(micros(until)))
            .order_by_asc(Column::ExpiresAt);
        let transaction = self.link.begin().await?;
        let (rows, more) = some_of(due, limit, &transaction).await?;
        if !count_rows(&transaction, &rows, until).await? {
            transaction.rollback().await?;
            return Ok(another_was_faster());
        }
        transaction.commit().await?;
        Ok(Batch {
            done: rows.len() as u64,
            more,
        })
    }

    async fn purge_once(&self, purge: &Purge) -> Result<Batch, DbErr> {
        let oldest = due(purge).order_by_asc(Column::CreatedAt);
        let transaction = self.link.begin().await?;
        let (rows, more) = some_of(oldest, purge.limit, &transaction).await?;
        if !count_rows(&transaction, &rows, purge.now).await? {
            transaction.rollback().await?;
            return Ok(another_was_faster());
        }
        // Their deliveries go with them.
        let removed = Entity::delete_many()
            .filter(Column::Id.is_in(rows.iter().map(|row| row.id)))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(Batch {
            done: removed.rows_affected,
            more,
        })
    }
}

#[async_trait]
impl OtpHistory for History {
    async fn read(&self, window: &Window, now: DateTime<Utc>) -> Result<Statistics, StoreError> {
        self.read_once(window, now).await.map_err(store_error)
    }

    async fn count(&self, until: DateTime<Utc>, limit: u16) -> Result<Batch, StoreError> {
        self.link.repeat(|| self.count_once(until, limit)).await
    }

    async fn purge(&self, purge: &Purge) -> Result<Batch, StoreError> {
        self.link.repeat(|| self.purge_once(purge)).await
    }
}

/// Nothing was done, and there is more: the answer to who met another node at the same rows.
const fn another_was_faster() -> Batch {
    Batch {
        done: 0,
        more: true,
    }
}

/// Reads up to `limit` rows, and says whether there are more.
async fn some_of(
    due: Select<Entity>,
    limit: u16,
    transaction: &DatabaseTransaction,
) -> Result<(Vec<CourseRow>, bool), DbErr> {
    let limit = usize::from(limit);
    let due = due.order_by_asc(Column::Id).limit(limit as u64 + 1);
    let mut rows = courses::select(due).all(transaction).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    Ok((rows, more))
}

/// Adds to the hours what was not counted yet; says no when another node counted any of it in the meantime.
async fn count_rows(
    transaction: &DatabaseTransaction,
    rows: &[CourseRow],
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let uncounted: Vec<&CourseRow> = rows.iter().filter(|row| !row.counted).collect();
    if uncounted.is_empty() {
        return Ok(true);
    }
    let ids: Vec<Uuid> = uncounted.iter().map(|row| row.id).collect();
    let marked = Entity::update_many()
        .col_expr(Column::Counted, Expr::value(true))
        .filter(Column::Id.is_in(ids))
        .filter(uncounted_row())
        .exec(transaction)
        .await?;
    if marked.rows_affected != uncounted.len() as u64 {
        return Ok(false);
    }
    let mut more = Hours::default();
    for course in uncounted.into_iter().filter_map(courses::read) {
        more.count(&course, now);
    }
    for hour in more {
        hours::add(transaction, hour).await?;
    }
    Ok(true)
}

fn due(purge: &Purge) -> Select<Entity> {
    Entity::find()
        .filter(Column::CreatedAt.lte(micros(purge.issued_until)))
        .filter(over(purge.now))
}

/// Not counted yet, said so that no index can be used for it: SQLite would take the one that begins with `counted`,
/// and read every row that waits instead of the ones that are named.
fn uncounted_row() -> Condition {
    let counted = Func::coalesce([Expr::col(Column::Counted), Expr::value(false)]);
    Expr::from(counted).eq(false).into_condition()
}

/// Consumed, revoked, spent or expired.
fn over(now: DateTime<Utc>) -> Condition {
    Column::ExpiresAt
        .lte(micros(now))
        .or(Column::ConsumedBy.is_not_null())
        .or(Column::RevokedAt.is_not_null())
        .or(Expr::col(Column::Attempts).gte(Expr::col(Column::MaxAttempts)))
        .into_condition()
}
