//! Why a database could not be opened, and what to do about it.

use std::error::Error;
use std::path::PathBuf;

use sea_orm::sqlx::Error as SqlxError;
use url::Url;

use crate::failure::{Code, Reported};

/// Why a database could not be opened. `Display` says what to do; it never shows a password or the server's words.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL names no database that this crate speaks to.
    #[error(
        "the database URL begins with \"{scheme}:\"; use sqlite://PATH, postgres://… or mysql://…"
    )]
    UnsupportedScheme {
        /// What it begins with.
        scheme: String,
    },
    /// The URL has another form.
    #[error("the database URL cannot be used: {expected}")]
    InvalidUrl {
        /// The form it should have.
        expected: &'static str,
    },
    /// A parameter of the URL has a value that the driver does not take.
    #[error("a parameter of the database URL cannot be used; compare it with the driver's list")]
    InvalidParameter(#[source] Box<dyn Error + Send + Sync>),
    /// The file or its directory cannot be created or written.
    #[error(
        "{} cannot be written; give its owner the right to write it and its directory, or choose another path",
        path.display()
    )]
    NotWritable {
        /// The file or directory.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A file that is to be read only is not there.
    #[error("{} does not exist; see that the path is right", path.display())]
    NoFile {
        /// The file.
        path: PathBuf,
    },
    /// The file is there and holds something else.
    #[error("{} is not a SQLite database; choose another path, or restore the file", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// SQLite's reason.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Another process holds the file.
    #[error("{} is locked by another process; end it or wait for it, and try again", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
        /// SQLite's reason.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Nobody answers there, or the server takes no connections now.
    #[error(
        "the database server at {server} cannot be reached; see that it runs and that host and port are right"
    )]
    Unreachable {
        /// Host and port.
        server: String,
        /// The reason.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server does not let this user in.
    #[error(
        "the database server at {server} refused the login of \"{user}\"; check user, password and the user's rights"
    )]
    LoginRefused {
        /// Host and port.
        server: String,
        /// The user.
        user: String,
        /// The server's reason.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server has no such database.
    #[error(
        "the database server at {server} has no database \"{database}\"; create it: CREATE DATABASE {database}"
    )]
    UnknownDatabase {
        /// Host and port.
        server: String,
        /// The database.
        database: String,
        /// The server's reason.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Something else, such as a certificate that is not trusted.
    #[error("the database at {place} could not be opened")]
    Failed {
        /// The file, or host and port.
        place: String,
        /// The reason.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl ConnectError {
    pub(super) fn configuration(error: SqlxError) -> Self {
        Self::InvalidParameter(Box::new(error))
    }

    pub(super) fn of_server(error: SqlxError, url: &Url) -> Self {
        let server = url.host_str().unwrap_or("localhost");
        let server = url
            .port()
            .map_or_else(|| server.to_owned(), |port| format!("{server}:{port}"));
        let reported = match &error {
            SqlxError::Database(reported) => Code::of(reported.as_ref()),
            _ => None,
        };
        let is_out_of_reach = matches!(error, SqlxError::Io(_));
        let source = boxed(error);
        match reported {
            Some(code) if is_login(&code) => Self::LoginRefused {
                server,
                user: url.username().to_owned(),
                source,
            },
            Some(code) if is_unknown_database(&code) => Self::UnknownDatabase {
                server,
                database: url.path().trim_matches('/').to_owned(),
                source,
            },
            Some(code) if is_busy(&code) => Self::Unreachable { server, source },
            None if is_out_of_reach => Self::Unreachable { server, source },
            _ => Self::Failed {
                place: server,
                source,
            },
        }
    }
}

/// Boxes a driver's error without the details that a server may add.
pub(super) fn boxed(error: SqlxError) -> Box<dyn Error + Send + Sync> {
    match error {
        SqlxError::Database(reported) => Box::new(Reported::of(reported.as_ref())),
        other => Box::new(other),
    }
}

fn is_login(code: &Code) -> bool {
    match code {
        Code::Postgres(state) => matches!(state.as_str(), "28P01" | "28000" | "42501"),
        // Access denied: to the database, with this password, by the plug-in, from this host.
        Code::MySql(number) => matches!(number, 1044 | 1045 | 1698 | 1130),
        Code::Sqlite(_) => false,
    }
}

fn is_unknown_database(code: &Code) -> bool {
    match code {
        Code::Postgres(state) => state == "3D000",
        Code::MySql(number) => *number == 1049,
        Code::Sqlite(_) => false,
    }
}

/// Starting, stopping, or full.
fn is_busy(code: &Code) -> bool {
    match code {
        Code::Postgres(state) => state.starts_with("57P") || state.starts_with("53"),
        Code::MySql(number) => matches!(number, 1040 | 1053),
        Code::Sqlite(_) => false,
    }
}
