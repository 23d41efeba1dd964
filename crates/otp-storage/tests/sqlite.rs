//! The whole suite on SQLite, and what only a file can do.

mod support {
    pub(crate) mod backup;
    pub(crate) mod clauses;
    pub(crate) mod customers;
    pub(crate) mod fresh;
    pub(crate) mod history;
    pub(crate) mod migrations;
    pub(crate) mod otps;
    pub(crate) mod schema;
    pub(crate) mod sessions;
}

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use otp_storage::{ConnectError, ConnectOptions, Database, DatabaseUrl};
use support::clauses::storage_tests;
use support::fresh::{Fresh, RACING};
use tempfile::TempDir;
use tokio::time::timeout;

thread_local! {
    /// The directories of this thread's test: removed when its thread ends, after its connections.
    static DIRECTORIES: RefCell<Vec<TempDir>> = const { RefCell::new(Vec::new()) };
}

fn directory() -> PathBuf {
    let directory = TempDir::new().unwrap();
    let path = directory.path().to_owned();
    DIRECTORIES.with_borrow_mut(|all| all.push(directory));
    path
}

fn url(path: &Path) -> DatabaseUrl {
    DatabaseUrl::parse(&format!("sqlite://{}", path.display())).unwrap()
}

async fn fresh() -> Fresh {
    let path = directory().join("otp.sqlite3");
    Fresh::migrated(format!("sqlite://{}", path.display())).await
}

otp_core::conformance_tests!(async { fresh().await.into() });
otp_core::history_conformance_tests!(async { fresh().await.into() });
storage_tests!(fresh());

#[tokio::test]
async fn creates_the_file_and_its_directory_for_the_owner_only() {
    let path = directory().join("var/deep/otp.sqlite3");
    let database = Database::connect(&url(&path)).await.unwrap();
    database.ping().await.unwrap();
    database.close().await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn names_the_path_that_cannot_be_written() {
    let directory = directory();
    let file = directory.join("file");
    fs::write(&file, "").unwrap();
    for (path, named) in [
        (directory.clone(), directory),
        (file.join("otp.sqlite3"), file),
    ] {
        let error = Database::connect(&url(&path)).await.unwrap_err();
        assert!(matches!(&error, ConnectError::NotWritable { path, .. } if *path == named));
        assert!(error.to_string().contains(&named.display().to_string()));
    }
}

#[tokio::test]
async fn leaves_a_file_alone_that_is_no_database() {
    let path = directory().join("letter.txt");
    let text = "Dear database, this is a letter. ".repeat(40);
    fs::write(&path, &text).unwrap();
    let error = Database::connect(&url(&path)).await.unwrap_err();
    assert!(
        matches!(error, ConnectError::NotADatabase { .. }),
        "{error:?}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn lets_eight_processes_start_at_once_on_a_new_file() {
    let path = directory().join("otp.sqlite3");
    let started: Vec<_> = (0..8)
        .map(|_| {
            let url = url(&path);
            tokio::spawn(async move {
                let database = Database::connect(&url).await.unwrap();
                database.migrations().up(None).await.unwrap().len()
            })
        })
        .collect();
    let mut applied = 0;
    for process in started {
        applied += process.await.unwrap();
    }
    assert_eq!(applied, 7);
}

#[tokio::test]
async fn waits_for_a_new_file_that_another_process_holds() {
    use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

    let path = directory().join("otp.sqlite3");
    let raw = sea_orm::Database::connect(format!("sqlite://{}?mode=rwc", path.display()));
    let holder = raw.await.unwrap().begin().await.unwrap();
    holder
        .execute_unprepared("CREATE TABLE a (b)")
        .await
        .unwrap();
    let options = |connect_timeout| ConnectOptions {
        connect_timeout,
        acquire_timeout: Duration::from_millis(1),
        ..ConnectOptions::default()
    };
    let impatient = options(Duration::ZERO);
    let refused = Database::connect_with(&url(&path), impatient).await;
    let error = refused.unwrap_err();
    assert!(matches!(error, ConnectError::Locked { .. }), "{error:?}");
    let place = url(&path);
    let patient = options(Duration::from_secs(10));
    let mut patient = pin!(Database::connect_with(&place, patient));
    // Long enough for many tries; each of them finds the file held.
    let early = timeout(Duration::from_millis(100), &mut patient).await;
    assert!(early.is_err());
    holder.rollback().await.unwrap();
    patient.await.unwrap();
}

#[tokio::test]
async fn writes_ahead_and_checks_references() {
    let fresh = fresh().await;
    assert_eq!(fresh.query("PRAGMA journal_mode").await, [["wal"]]);
    let customer = otp_storage::Session {
        digest: [1; 32],
        contact: otp_core::Contact::email("ada@example.com").unwrap(),
        customer_id: Some(404),
        created_at: chrono::DateTime::UNIX_EPOCH,
        seen_at: chrono::DateTime::UNIX_EPOCH,
        expires_at: chrono::DateTime::UNIX_EPOCH,
    };
    assert!(fresh.database.sessions().open(&customer).await.is_err());
}

#[tokio::test]
async fn says_that_the_file_is_locked() {
    use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

    let fresh = fresh().await;
    let impatient = ConnectOptions {
        acquire_timeout: Duration::from_millis(20),
        ..RACING
    };
    let parsed = DatabaseUrl::parse(&fresh.url).unwrap();
    let database = Database::connect_with(&parsed, impatient).await.unwrap();
    let raw = fresh.raw().await;
    let holder = raw.begin().await.unwrap();
    holder
        .execute_unprepared("INSERT INTO core_otp_migrations VALUES ('x', 0)")
        .await
        .unwrap();
    let error = database.customers().remove(1).await.unwrap_err();
    assert!(error.is_temporary(), "{error:?}");
    let error = database.migrations().up(None).await.unwrap_err();
    assert!(
        matches!(error, otp_storage::MigrateError::Busy(_)),
        "{error:?}"
    );
    holder.rollback().await.unwrap();
    assert!(!database.customers().remove(1).await.unwrap());
}
