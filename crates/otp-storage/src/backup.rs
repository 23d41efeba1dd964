//! A copy of the whole database in one file, made while the service writes.

mod error;
mod tool;

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use sea_orm::{ConnectionTrait, DbBackend, Statement};

pub use self::error::BackupError;
use self::tool::Tool;
use crate::DatabaseUrl;
use crate::connect::{Target, open_to_read};

/// A backup that is whole and synced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// What made it: `sqlite`, or the name of the program.
    pub by: &'static str,
    /// How large the file is.
    pub bytes: u64,
}

/// Copies the database that `url` names into `file`, which only its owner may read.
///
/// The copy holds everything that was committed before it began. SQLite is copied here; for a server, its own
/// program is run. An existing file is never overwritten: the copy is written beside `file` and linked into place
/// when it is whole. Whoever drops this future, or a full disk, leaves nothing behind.
///
/// # Errors
/// A [`BackupError`] that says what to do.
pub async fn backup(url: &DatabaseUrl, file: &Path) -> Result<BackedUp, BackupError> {
    if file.symlink_metadata().is_ok() {
        return Err(BackupError::exists(file));
    }
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let aside = tempfile::Builder::new()
        .prefix(".otp-backup-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(folder)
        .map_err(|source| BackupError::not_writable(folder, source))?;
    let copy = aside.path().join("copy");
    let by = match url.target() {
        Target::File(path) => copy_file(url, path, &copy).await?,
        Target::Server(server, url) => Tool::of(server, url).run(&copy, file).await?,
    };
    let bytes = put_in_place(&copy, file, folder).map_err(|source| match source.kind() {
        ErrorKind::AlreadyExists => BackupError::exists(file),
        _ => BackupError::not_writable(folder, source),
    })?;
    Ok(BackedUp { by, bytes })
}

/// `VACUUM INTO` reads one snapshot, and waits for no writer and lets none wait.
async fn copy_file(
    url: &DatabaseUrl,
    path: &Path,
    copy: &Path,
) -> Result<&'static str, BackupError> {
    let connection = open_to_read(url).await.map_err(BackupError::Connect)?;
    let into = copy
        .to_str()
        .ok_or_else(|| BackupError::not_unicode(copy))?;
    let vacuum = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [into.into()]);
    let done = connection.execute_raw(vacuum).await;
    // Only read: there is nothing to lose when it cannot say goodbye.
    let _ = connection.close().await;
    done.map_err(|error| BackupError::of_file(path, error))?;
    Ok("sqlite")
}

fn put_in_place(copy: &Path, file: &Path, folder: &Path) -> io::Result<u64> {
    let written = File::open(copy)?;
    written.set_permissions(Permissions::from_mode(0o600))?;
    written.sync_all()?;
    let bytes = written.metadata()?.len();
    // A link, unlike a rename, never takes the place of a file that appeared meanwhile.
    fs::hard_link(copy, file)?;
    File::open(folder)?.sync_all()?;
    Ok(bytes)
}
