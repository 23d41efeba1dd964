//! What the tables should look like: as the migrations leave them in an empty database in memory.

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use sea_orm_migration::MigratorTrait as _;

use super::MigrateError;
use super::status;
use super::steps::Migrator;
use crate::catalogue;

/// Names what the applied migrations made and what `connection` lacks.
pub(super) async fn missing<C: ConnectionTrait>(
    connection: &C,
) -> Result<Vec<String>, MigrateError> {
    let status = status(connection).await?;
    let applied = status.iter().filter(|each| each.applied).count();
    let wanted = as_migrated(applied).await?;
    let there = Shape::of(connection).await.map_err(MigrateError::store)?;
    let mut missing = Vec::new();
    for (table, column) in wanted.columns.difference(&there.columns) {
        let has_table = there.columns.iter().any(|(name, _)| name == table);
        missing.push(if has_table {
            format!("column {table}.{column}")
        } else {
            format!("table {table}")
        });
    }
    let without_index = wanted.indexes.difference(&there.indexes);
    missing.extend(without_index.map(|(table, index)| format!("index {index} of {table}")));
    missing.dedup();
    Ok(missing)
}

struct Shape {
    columns: catalogue::Names,
    indexes: catalogue::Names,
}

impl Shape {
    async fn of<C: ConnectionTrait>(connection: &C) -> Result<Self, DbErr> {
        Ok(Self {
            columns: catalogue::columns(connection).await?,
            indexes: catalogue::indexes(connection).await?,
        })
    }
}

/// Runs the first `steps` migrations in memory: names are the same in every kind of database.
async fn as_migrated(steps: usize) -> Result<Shape, MigrateError> {
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(SqliteConnectOptions::new().in_memory(true))
        .await
        .map_err(MigrateError::of_driver)?;
    let memory = DatabaseConnection::from(pool);
    let steps = u32::try_from(steps).unwrap_or(u32::MAX);
    Migrator::up(&memory, Some(steps))
        .await
        .map_err(MigrateError::store)?;
    let shape = Shape::of(&memory).await.map_err(MigrateError::store)?;
    memory.close().await.map_err(MigrateError::store)?;
    Ok(shape)
}
