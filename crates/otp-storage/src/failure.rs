//! What a database reports, sorted by what a caller can do about it.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use otp_core::StoreError;
use sea_orm::sqlx::error::{DatabaseError, Error as SqlxError};
use sea_orm::sqlx::mysql::MySqlDatabaseError;
use sea_orm::sqlx::postgres::PgDatabaseError;
use sea_orm::{DbErr, RuntimeErr};

/// Sorts a failure: what passes by itself is unavailable, all else is broken.
pub(crate) fn store_error(error: DbErr) -> StoreError {
    let passes = match (sqlx_error(&error), Code::of_db_err(&error)) {
        (_, Some(code)) => code.passes(),
        (Some(cause), None) => matches!(
            cause,
            SqlxError::Io(_)
                | SqlxError::Tls(_)
                | SqlxError::PoolTimedOut
                | SqlxError::PoolClosed
                | SqlxError::WorkerCrashed
        ),
        (None, None) => matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)),
    };
    let source: Box<dyn Error + Send + Sync> = match sqlx_error(&error) {
        Some(SqlxError::Database(reported)) => {
            Box::new(Reported::of(reported.as_ref()).with_remedy())
        }
        _ => without_values(error),
    };
    if passes {
        StoreError::Unavailable(source)
    } else {
        StoreError::Broken(source)
    }
}

/// Keeps the server's words only where they cannot repeat a row: its details are dropped, and of data and
/// constraint errors the whole message ("Duplicate entry 'ada@example.com'").
pub(crate) fn without_values(error: DbErr) -> Box<dyn Error + Send + Sync> {
    match sqlx_error(&error) {
        Some(SqlxError::Database(reported)) => Box::new(Reported::of(reported.as_ref())),
        _ => Box::new(error),
    }
}

/// An error that a database reported, without the values it was about.
#[derive(Debug)]
pub(crate) struct Reported {
    code: String,
    message: Option<String>,
    remedy: Option<&'static str>,
}

impl Reported {
    pub(crate) fn of(error: &dyn DatabaseError) -> Self {
        const WRONG_CHARACTER_SET: u16 = 1366;
        let code = Code::of(error);
        let state = error.code().unwrap_or_default();
        let is_about_values = match code {
            Some(Code::Sqlite(_)) => false,
            Some(Code::MySql(WRONG_CHARACTER_SET)) => true,
            _ => state.starts_with("22") || state.starts_with("23"),
        };
        Self {
            code: code.map_or_else(String::new, |code| code.to_string()),
            message: (!is_about_values).then(|| error.message().to_owned()),
            remedy: None,
        }
    }

    /// Adds what to do, where that is not said by whoever reports it further.
    fn with_remedy(mut self) -> Self {
        let says = |words: &str| {
            self.message
                .as_ref()
                .is_some_and(|said| said.contains(words))
        };
        self.remedy = remedy(&self.code, says);
        self
    }
}

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            Some(message) => write!(f, "{}: {message}", self.code)?,
            None => write!(f, "{}: a value was refused", self.code)?,
        }
        self.remedy.map_or(Ok(()), |remedy| write!(f, "; {remedy}"))
    }
}

/// What a person does about the failures that every installation meets one day.
fn remedy(code: &str, says: impl Fn(&str) -> bool) -> Option<&'static str> {
    match code {
        // SQLite; PostgreSQL; MySQL and MariaDB.
        "5" | "6" => Some("another process holds the database: end it, or wait, and try again"),
        "8" | "25006" | "1290" | "1836" => {
            Some("the database is read-only: give the service the right to write it")
        }
        "13" | "53100" | "1021" | "1114" => Some("the disk is full: make room, and try again"),
        "42P01" | "1146" => Some(MISSING),
        "1" if says("no such table") => Some(MISSING),
        _ => None,
    }
}

const MISSING: &str = "a table is missing: `otp check` names it, `otp migrate up` makes what was never made, \
     and a backup brings back what was dropped";

impl Error for Reported {}

/// A row that cannot be what this version writes. It names the place and never the value.
#[derive(Debug, thiserror::Error)]
#[error("{table}.{column} cannot be read in row {row}")]
pub(crate) struct Corrupt {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    pub(crate) row: String,
}

impl From<Corrupt> for StoreError {
    fn from(corrupt: Corrupt) -> Self {
        Self::Broken(Box::new(corrupt))
    }
}

/// The number under which each of the databases reports an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Code {
    /// SQLSTATE.
    Postgres(String),
    /// The server's error number.
    MySql(u16),
    /// The primary result code.
    Sqlite(u32),
}

impl Code {
    pub(crate) fn of(error: &dyn DatabaseError) -> Option<Self> {
        if let Some(mysql) = error.try_downcast_ref::<MySqlDatabaseError>() {
            return Some(Self::MySql(mysql.number()));
        }
        if let Some(postgres) = error.try_downcast_ref::<PgDatabaseError>() {
            return Some(Self::Postgres(postgres.code().to_owned()));
        }
        let extended: u32 = error.code().as_deref().map(str::parse)?.ok()?;
        Some(Self::Sqlite(extended & 0xff))
    }

    pub(crate) fn of_db_err(error: &DbErr) -> Option<Self> {
        match sqlx_error(error)? {
            SqlxError::Database(reported) => Self::of(reported.as_ref()),
            _ => None,
        }
    }

    /// Says whether the statement or transaction was undone because of a neighbour, so that it may be repeated.
    pub(crate) fn was_undone(&self) -> bool {
        match self {
            Self::Postgres(state) => matches!(state.as_str(), "40001" | "40P01"),
            Self::MySql(number) => *number == 1213,
            Self::Sqlite(_) => false,
        }
    }

    fn passes(&self) -> bool {
        match self {
            // Connection lost, resources, operator intervention (a shutdown), rolled back, lock not available;
            // 25006 is a standby that was a primary a moment ago.
            Self::Postgres(state) => {
                let class = state.get(..2).unwrap_or_default();
                matches!(class, "08" | "53" | "57" | "40")
                    || matches!(state.as_str(), "25006" | "55P03")
            }
            // Too many connections, shutting down, Galera not ready, killed, lock wait, deadlock, read-only.
            Self::MySql(number) => matches!(
                number,
                1040 | 1047 | 1053 | 1077 | 1079 | 1205 | 1213 | 1290 | 1317 | 1836 | 1927
            ),
            // Busy, locked, I/O error, disk full.
            Self::Sqlite(code) => matches!(code, 5 | 6 | 10 | 13),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code: Cow<'_, str> = match self {
            Self::Postgres(state) => state.into(),
            Self::MySql(number) => number.to_string().into(),
            Self::Sqlite(code) => code.to_string().into(),
        };
        f.write_str(&code)
    }
}

fn sqlx_error(error: &DbErr) -> Option<&SqlxError> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => Some(cause),
        _ => None,
    }
}
