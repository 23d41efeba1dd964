//! A database of its own for one test.

use std::sync::Arc;

use otp_core::testing::{Archive, Subject};
use otp_storage::{ConnectOptions, Database, DatabaseUrl};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

/// As many connections as a race clause has callers.
pub(crate) const RACING: ConnectOptions = ConnectOptions {
    max_connections: 64,
    connect_timeout: std::time::Duration::from_secs(10),
    acquire_timeout: std::time::Duration::from_secs(30),
};

pub(crate) struct Fresh {
    pub(crate) database: Database,
    pub(crate) url: String,
}

impl Fresh {
    /// Opens an empty database and migrates it.
    pub(crate) async fn migrated(url: String) -> Self {
        let fresh = Self::open(url).await;
        fresh.database.migrations().up(None).await.unwrap();
        fresh
    }

    /// Opens a database as it is.
    pub(crate) async fn open(url: String) -> Self {
        let parsed = DatabaseUrl::parse(&url).unwrap();
        let database = Database::connect_with(&parsed, RACING).await.unwrap();
        Self { database, url }
    }

    /// Connects once more, past this crate, to look and to break things.
    pub(crate) async fn raw(&self) -> DatabaseConnection {
        sea_orm::Database::connect(self.url.as_str()).await.unwrap()
    }

    pub(crate) async fn execute(&self, sql: &str) {
        let raw = self.raw().await;
        raw.execute_unprepared(sql).await.unwrap();
        raw.close().await.unwrap();
    }

    /// Returns the rows of a query, each as its columns in text.
    pub(crate) async fn query(&self, sql: &str) -> Vec<Vec<String>> {
        let raw = self.raw().await;
        let statement = Statement::from_string(raw.get_database_backend(), sql);
        let rows = raw.query_all_raw(statement).await.unwrap();
        let read = rows
            .iter()
            .map(|row| {
                let columns = 0..row.column_names().len();
                columns
                    .map(|column| {
                        row.try_get_by_index::<Option<String>>(column)
                            .unwrap()
                            .unwrap_or_default()
                    })
                    .collect()
            })
            .collect();
        raw.close().await.unwrap();
        read
    }

    pub(crate) fn backend(&self) -> DbBackend {
        match self.url.split_once(':') {
            Some(("sqlite", _)) => DbBackend::Sqlite,
            Some(("mysql", _)) => DbBackend::MySql,
            _ => DbBackend::Postgres,
        }
    }
}

impl From<Fresh> for Subject {
    fn from(fresh: Fresh) -> Self {
        Self {
            otps: Arc::new(fresh.database.otps()),
            queue: Arc::new(fresh.database.deliveries()),
        }
    }
}

impl From<Fresh> for Archive {
    fn from(fresh: Fresh) -> Self {
        Self {
            history: Arc::new(fresh.database.history()),
            subject: fresh.into(),
        }
    }
}
