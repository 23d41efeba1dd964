//! Why no backup was made, and what to do about it.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use sea_orm::DbErr;

use crate::ConnectError;
use crate::failure::{Code, without_values};

/// Why no backup was made. `Display` says what to do; the words of others are in `source`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The file is there already.
    #[error("{} exists already, and a backup overwrites nothing; choose another name", file.display())]
    Exists {
        /// The file.
        file: PathBuf,
    },
    /// Nothing can be written where the backup should go.
    #[error("{} cannot be written; choose another place, or make room", folder.display())]
    NotWritable {
        /// The folder.
        folder: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// The database cannot be opened.
    #[error("the database cannot be opened")]
    Connect(#[source] ConnectError),
    /// The disk is full.
    #[error("the disk is full; make room, or choose a place on another disk")]
    Full(#[source] Box<dyn Error + Send + Sync>),
    /// SQLite failed to copy the file.
    #[error("{} could not be copied; see that it can be read and that the disk is sound", path.display())]
    Copy {
        /// The database.
        path: PathBuf,
        /// SQLite's reason.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server's program is not on this machine.
    #[error(
        "{tool} is not on the PATH; install it (Debian: {package}), or run it where it is: {command}"
    )]
    NoTool {
        /// Its name.
        tool: &'static str,
        /// The Debian package that brings it.
        package: &'static str,
        /// What would be run; it asks for the password.
        command: String,
    },
    /// The server's program failed.
    #[error("{tool} failed; see what it says, then try: {command}")]
    Tool {
        /// Its name.
        tool: &'static str,
        /// What was run, but that it would ask for the password.
        command: String,
        /// What it said, or why it could not be run.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl BackupError {
    pub(super) fn exists(file: &Path) -> Self {
        Self::Exists {
            file: file.to_owned(),
        }
    }

    pub(super) fn not_writable(folder: &Path, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::StorageFull {
            return Self::Full(source.into());
        }
        Self::NotWritable {
            folder: folder.to_owned(),
            source,
        }
    }

    pub(super) fn not_unicode(folder: &Path) -> Self {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "its name is not UTF-8");
        Self::not_writable(folder, source)
    }

    pub(super) fn of_file(path: &Path, error: DbErr) -> Self {
        const FULL: Code = Code::Sqlite(13);
        let is_full = Code::of_db_err(&error) == Some(FULL);
        let source = without_values(error);
        if is_full {
            return Self::Full(source);
        }
        Self::Copy {
            path: path.to_owned(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::ConnectionTrait as _;

    use super::*;

    #[tokio::test]
    async fn a_full_disk_has_a_name_of_its_own() {
        let mut options = sea_orm::ConnectOptions::new("sqlite::memory:");
        options.max_connections(1);
        let connection = sea_orm::Database::connect(options).await.unwrap();
        // SQLite answers as it does when the file system has no room for another page.
        connection
            .execute_unprepared("PRAGMA max_page_count = 1")
            .await
            .unwrap();
        let full = connection
            .execute_unprepared("CREATE TABLE a (b)")
            .await
            .unwrap_err();
        let error = BackupError::of_file(Path::new("x"), full);
        assert!(matches!(error, BackupError::Full(_)), "{error:?}");
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = BackupError::not_writable(Path::new("x"), full);
        assert!(matches!(error, BackupError::Full(_)), "{error:?}");
    }
}
