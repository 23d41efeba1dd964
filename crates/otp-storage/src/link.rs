//! Where statements go: the pools of a database, or a transaction that somebody else commits.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use otp_core::StoreError;
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseExecutor, DatabaseTransaction, DbBackend,
    DbErr, IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use crate::failure::{Code, store_error};

#[derive(Debug, Clone)]
pub(crate) enum Link {
    /// On a server both are the same pool; on SQLite the writer is one connection, so that the writes of a process
    /// queue up here and never fight over the file's lock.
    Pools {
        reader: DatabaseConnection,
        writer: DatabaseConnection,
    },
    Transaction(Arc<DatabaseTransaction>),
}

impl Link {
    pub(crate) fn reader(&self) -> DatabaseExecutor<'_> {
        match self {
            Self::Pools { reader, .. } => DatabaseExecutor::Connection(reader),
            Self::Transaction(transaction) => DatabaseExecutor::Transaction(transaction),
        }
    }

    pub(crate) fn writer(&self) -> DatabaseExecutor<'_> {
        match self {
            Self::Pools { writer, .. } => DatabaseExecutor::Connection(writer),
            Self::Transaction(transaction) => DatabaseExecutor::Transaction(transaction),
        }
    }

    /// Begins a transaction for several writes; within somebody else's transaction, a savepoint.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        match self {
            // In a task of its own: MySQL's driver forgets a BEGIN whose caller hangs up, and what later users of the
            // connection write would never be committed. A transaction that nobody takes is rolled back.
            Self::Pools { writer, .. } => {
                let writer = writer.clone();
                let begun =
                    tokio::spawn(
                        async move { begin(&DatabaseExecutor::Connection(&writer)).await },
                    );
                begun
                    .await
                    .map_err(|error| DbErr::Custom(error.to_string()))?
            }
            Self::Transaction(_) => begin(&self.writer()).await,
        }
    }

    /// Runs a unit that is committed whole or not at all, and again when a neighbour's lock undid it.
    ///
    /// Somebody else's transaction is gone as a whole after a deadlock, so nothing is repeated there.
    pub(crate) async fn repeat<T, F>(&self, unit: impl Fn() -> F + Send) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, DbErr>> + Send,
    {
        const MOST_REPEATS: u32 = 7;
        let mut left = match self {
            Self::Pools { .. } => MOST_REPEATS,
            Self::Transaction(_) => 0,
        };
        loop {
            match unit().await {
                Err(error)
                    if left > 0
                        && Code::of_db_err(&error).is_some_and(|code| code.was_undone()) =>
                {
                    // Whoever comes back at once meets the same neighbours again.
                    let pause = 1 << (MOST_REPEATS - left);
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                    left -= 1;
                }
                done => return done.map_err(store_error),
            }
        }
    }
}

/// Begins a transaction that takes the write lock at once: on SQLite, one that reads first and writes later can be
/// refused in the middle.
pub(crate) async fn begin(connection: &DatabaseExecutor<'_>) -> Result<DatabaseTransaction, DbErr> {
    // MySQL's default level locks the gaps between rows, so that two who make new rows wait for each other.
    let locks_gaps = matches!(connection, DatabaseExecutor::Connection(_))
        && connection.get_database_backend() == DbBackend::MySql;
    let options = TransactionOptions {
        isolation_level: locks_gaps.then_some(IsolationLevel::ReadCommitted),
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    connection.begin_with_options(options).await
}
