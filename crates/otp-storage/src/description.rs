//! Which database answers, and what time it has.

use chrono::{DateTime, Utc};
use otp_core::StoreError;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use crate::Database;
use crate::failure::store_error;

/// Which database answers, and what time it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Its name and version, like `PostgreSQL 15.8`.
    pub product: String,
    /// Its clock, to the millisecond; `None` for SQLite, which has this machine's.
    pub now: Option<DateTime<Utc>>,
}

impl Database {
    /// Asks the database what it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn describe(&self) -> Result<Description, StoreError> {
        describe(self.connection()).await.map_err(store_error)
    }
}

async fn describe<C: ConnectionTrait>(connection: &C) -> Result<Description, DbErr> {
    let backend = connection.get_database_backend();
    let sql = match backend {
        DbBackend::Sqlite => "SELECT sqlite_version(), NULL",
        DbBackend::MySql => "SELECT VERSION(), CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)",
        _ => {
            "SELECT current_setting('server_version'), \
             CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS bigint)"
        }
    };
    let statement = Statement::from_string(backend, sql);
    let row = connection.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the version".to_owned()))?;
    let version: String = row.try_get_by_index(0)?;
    let millis: Option<i64> = match backend {
        DbBackend::Sqlite => None,
        _ => row.try_get_by_index(1)?,
    };
    let name = match backend {
        DbBackend::Sqlite => "SQLite",
        DbBackend::MySql if version.contains("MariaDB") => "MariaDB",
        DbBackend::MySql => "MySQL",
        _ => "PostgreSQL",
    };
    Ok(Description {
        product: format!("{name} {version}"),
        now: millis.and_then(DateTime::from_timestamp_millis),
    })
}
