//! A SQLite file: made if it is missing, readable by its owner only, one connection that writes.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;
use std::time::Duration;

use sea_orm::DatabaseConnection;
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::sqlx::{self, ConnectOptions as _, Connection, Error as SqlxError};
use tokio::time::{Instant, sleep};

use super::error::boxed;
use super::{ConnectError, ConnectOptions, Database};
use crate::failure::Code;

/// Opens the file with one connection to write and a few to read.
pub(super) async fn open(path: &Path, options: ConnectOptions) -> Result<Database, ConnectError> {
    const MOST_READERS: u32 = 4;
    create(path)?;
    let place = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(options.acquire_timeout)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Normal);
    switch_to_wal(path, &place, options.connect_timeout).await?;
    let pool = |connections: u32| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(options.acquire_timeout)
            // A file does not go away as a server does, and a new connection costs more than an idle one.
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .after_release(|connection: &mut SqliteConnection, _| {
                Box::pin(async move {
                    // Waits for a rollback that is under way.
                    connection.ping().await?;
                    // When the disk is full, SQLite undoes a transaction by itself. The driver, whose own ROLLBACK then
                    // fails, goes on counting it, and what later users of the connection commit may reach no file.
                    Ok(!connection.is_in_transaction())
                })
            })
    };
    let readers = options.max_connections.clamp(1, MOST_READERS);
    let read_only = place.clone().pragma("query_only", "ON");
    Ok(Database::of(
        DatabaseConnection::from(pool(readers).connect_lazy_with(read_only)),
        DatabaseConnection::from(pool(1).connect_lazy_with(place)),
    ))
}

/// Opens a file that is there with one connection that cannot write.
pub(super) async fn open_to_read(path: &Path) -> Result<DatabaseConnection, ConnectError> {
    if !path.is_file() {
        return Err(ConnectError::NoFile {
            path: path.to_owned(),
        });
    }
    let place = SqliteConnectOptions::new().filename(path).read_only(true);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(place)
        .await
        .map_err(|error| of_file(error, path))?;
    Ok(DatabaseConnection::from(pool))
}

fn create(path: &Path) -> Result<(), ConnectError> {
    let not_writable = |path: &Path, source: io::Error| ConnectError::NotWritable {
        path: path.to_owned(),
        source: source.into(),
    };
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(|error| not_writable(directory, error))?;
    }
    let mut file = OpenOptions::new();
    file.read(true).write(true).create(true);
    // It holds addresses and seeds.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path)
        .map(|_| ())
        .map_err(|error| not_writable(path, error))
}

/// Switches the file to write-ahead logging, in which readers and the writer do not wait for each other.
///
/// The switch itself needs the file alone and does not wait by itself, so two processes that start at once take turns.
async fn switch_to_wal(
    path: &Path,
    place: &SqliteConnectOptions,
    patience: Duration,
) -> Result<(), ConnectError> {
    const PAUSE: Duration = Duration::from_millis(20);
    let wal = place.clone().journal_mode(SqliteJournalMode::Wal);
    let deadline = Instant::now() + patience;
    loop {
        let switched = match is_foreign(place).await {
            Ok(true) => Ok(()),
            Ok(false) => close(wal.connect().await).await,
            Err(error) => Err(error),
        };
        match switched {
            Ok(()) => return Ok(()),
            Err(error) if is_locked(&error) && Instant::now() < deadline => sleep(PAUSE).await,
            Err(error) => return Err(of_file(error, path)),
        }
    }
}

/// Says whether the file has tables and none of them is ours: then it is somebody else's, and stays as it is.
async fn is_foreign(place: &SqliteConnectOptions) -> Result<bool, SqlxError> {
    const OURS: &str = "SELECT count(*), coalesce(sum(name = 'core_otp_migrations'), 0) \
                        FROM sqlite_schema WHERE type = 'table'";
    let mut connection = place.connect().await?;
    let counted = sqlx::query_as(OURS).fetch_one(&mut connection).await;
    close(Ok(connection)).await?;
    let (tables, ours): (i64, i64) = counted?;
    Ok(tables > 0 && ours == 0)
}

async fn close(connected: Result<SqliteConnection, SqlxError>) -> Result<(), SqlxError> {
    connected?.close().await
}

fn code(error: &SqlxError) -> Option<Code> {
    match error {
        SqlxError::Database(reported) => Code::of(reported.as_ref()),
        _ => None,
    }
}

fn is_locked(error: &SqlxError) -> bool {
    matches!(code(error), Some(Code::Sqlite(5 | 6)))
}

fn of_file(error: SqlxError, path: &Path) -> ConnectError {
    let path = path.to_owned();
    let code = code(&error);
    let source = boxed(error);
    match code {
        Some(Code::Sqlite(5 | 6)) => ConnectError::Locked { path, source },
        // Not permitted, read-only, disk full, cannot open: the log and index files stand beside the file.
        Some(Code::Sqlite(3 | 8 | 13 | 14)) => ConnectError::NotWritable { path, source },
        Some(Code::Sqlite(26)) => ConnectError::NotADatabase { path, source },
        _ => ConnectError::Failed {
            place: path.display().to_string(),
            source,
        },
    }
}
