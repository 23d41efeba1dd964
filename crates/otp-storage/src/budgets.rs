//! Ledgers in a database: locked, read and written back within the transaction of what they are charged for.

use chrono::{DateTime, Utc};
use otp_core::ports::Batch;
use otp_core::{BucketKey, Hold, Ledger, Ledgers};
use sea_orm::sea_query::{OnConflict, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, Select,
};

use crate::entity::budget::{Column, Entity, Model};
use crate::link::Link;
use crate::row::{Place, micros};

/// Locks and reads what a use case asks for. The locks last until the end of the transaction.
///
/// An insert that meets its row locks it, and one that does not makes it; both in the order of the names, so that two
/// use cases rarely wait for each other. On SQLite the transaction holds the one lock there is.
pub(crate) async fn lock(
    transaction: &DatabaseTransaction,
    hold: Option<&Hold>,
) -> Result<Ledgers, DbErr> {
    let Some(hold) = hold else {
        return Ok(Ledgers::default());
    };
    if transaction.get_database_backend() != DbBackend::Sqlite && !hold.locked.is_empty() {
        let made = hold
            .locked
            .iter()
            .map(|bucket| row(*bucket, &Ledger::default(), hold.until).into_active_model());
        // PostgreSQL locks a row also when the condition keeps it from being written.
        let only_lock = OnConflict::column(Column::Bucket)
            .update_column(Column::Bucket)
            .action_and_where(SimpleExpr::from(false))
            .to_owned();
        Entity::insert_many(made)
            .on_conflict(only_lock)
            .exec_without_returning(transaction)
            .await?;
    }
    let rows = if transaction.get_database_backend() == DbBackend::MySql {
        // Within the caller's transaction a plain read is as old there as the caller's first; one that locks is not.
        let mut rows = named(&hold.locked)
            .lock_exclusive()
            .all(transaction)
            .await?;
        rows.extend(named(&hold.watched).all(transaction).await?);
        rows
    } else {
        named(hold.keys()).all(transaction).await?
    };
    let ledgers: Result<Vec<_>, DbErr> = rows.into_iter().map(read).collect();
    Ok(Ledgers::new(ledgers?))
}

fn named<'a>(buckets: impl IntoIterator<Item = &'a BucketKey>) -> Select<Entity> {
    let names = buckets.into_iter().map(|key| key.as_bytes().to_vec());
    Entity::find().filter(Column::Bucket.is_in(names))
}

/// Writes back what was charged.
pub(crate) async fn keep(
    transaction: &DatabaseTransaction,
    ledgers: &Ledgers,
) -> Result<(), DbErr> {
    let changed = ledgers.changed();
    if changed.is_empty() {
        return Ok(());
    }
    let rows = changed
        .iter()
        .map(|each| row(each.bucket, &each.ledger, each.idle_at).into_active_model());
    let written = OnConflict::column(Column::Bucket)
        .update_columns([Column::Charges, Column::IdleAt])
        .to_owned();
    Entity::insert_many(rows)
        .on_conflict(written)
        .exec_without_returning(transaction)
        .await
        .map(|_| ())
}

/// Removes ledgers that hold nothing any more. One that is charged meanwhile is idle later, and stays.
pub(crate) async fn sweep(link: &Link, now: DateTime<Utc>, limit: u16) -> Result<Batch, DbErr> {
    let idle: Vec<Vec<u8>> = Entity::find()
        .select_only()
        .column(Column::Bucket)
        .filter(Column::IdleAt.lte(micros(now)))
        .limit(u64::from(limit) + 1)
        .into_tuple()
        .all(&link.reader())
        .await?;
    let more = idle.len() > usize::from(limit);
    let swept = Entity::delete_many()
        .filter(Column::Bucket.is_in(idle.into_iter().take(limit.into())))
        .filter(Column::IdleAt.lte(micros(now)))
        .exec(&link.writer())
        .await?;
    Ok(Batch {
        done: swept.rows_affected,
        more,
    })
}

/// Counts the ledgers that [`sweep`] would remove.
pub(crate) async fn idle(link: &Link, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let idle = Entity::find().filter(Column::IdleAt.lte(micros(now)));
    idle.count(&link.reader()).await
}

fn row(bucket: BucketKey, ledger: &Ledger, idle_at: DateTime<Utc>) -> Model {
    Model {
        bucket: bucket.as_bytes().to_vec(),
        charges: ledger.encode(),
        idle_at: micros(idle_at),
    }
}

fn read(row: Model) -> Result<(BucketKey, Ledger), DbErr> {
    let place = Place {
        table: "core_otp_budget",
        row: "(a pseudonym)".to_owned(),
    };
    let bucket = place.bytes("bucket", row.bucket).map(BucketKey::from_bytes);
    let ledger = place.read("charges", Ledger::decode(&row.charges));
    let unreadable = |corrupt: crate::failure::Corrupt| DbErr::Type(corrupt.to_string());
    Ok((bucket.map_err(unreadable)?, ledger.map_err(unreadable)?))
}
