//! The whole suite on SQLite, and what only a file can do.

mod support {
    pub(crate) mod api_keys;
    pub(crate) mod backup;
    pub(crate) mod clauses;
    pub(crate) mod customers;
    pub(crate) mod delivery_log;
    pub(crate) mod devices;
    pub(crate) mod failures;
    pub(crate) mod fresh;
    pub(crate) mod growth;
    pub(crate) mod history;
    pub(crate) mod migrations;
    pub(crate) mod model;
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
storage_tests! { @each fresh();
    growth::what_many_requests_left_is_removed
}

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
    assert_eq!(applied, support::migrations::ALL.len());
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
async fn troubleshooting_3_says_that_the_file_is_locked() {
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
    let said = support::failures::said(&error);
    assert!(
        said.contains("another process holds the database"),
        "{said}"
    );
    let error = database.migrations().up(None).await.unwrap_err();
    assert!(
        matches!(error, otp_storage::MigrateError::Busy(_)),
        "{error:?}"
    );
    holder.rollback().await.unwrap();
    assert!(!database.customers().remove(1).await.unwrap());
}

/// A connection of our own on the file, set up by `pragma`.
async fn with_pragma(fresh: &Fresh, pragma: &str) -> (sea_orm::DatabaseConnection, Database) {
    use sea_orm::ConnectionTrait as _;

    let mut options = sea_orm::ConnectOptions::new(fresh.url.clone());
    options.max_connections(1);
    let connection = sea_orm::Database::connect(options).await.unwrap();
    connection.execute_unprepared(pragma).await.unwrap();
    (connection.clone(), Database::from(connection))
}

#[tokio::test]
async fn a_full_disk_is_said_and_loses_nothing() {
    use sea_orm::ConnectionTrait as _;
    use support::customers::{add, new};

    let fresh = fresh().await;
    let pages: i64 = fresh
        .query("SELECT CAST(page_count AS text) FROM pragma_page_count")
        .await[0][0]
        .parse()
        .unwrap();
    // SQLite answers as it does when the file system has no room for another page.
    let limit = format!("PRAGMA max_page_count = {}", pages + 2);
    let (connection, database) = with_pragma(&fresh, &limit).await;
    let mut stored = 0;
    let error = loop {
        let mut customer = new(Some(&format!("c{stored}@example.com")), None);
        customer.name = "x".repeat(500);
        match database
            .customers()
            .add(&customer, chrono::DateTime::UNIX_EPOCH)
            .await
        {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(stored > 0 && error.is_temporary(), "{stored}: {error:?}");
    let said = support::failures::said(&error);
    assert!(said.contains("the disk is full: make room"), "{said}");
    connection
        .execute_unprepared("PRAGMA max_page_count = 100000")
        .await
        .unwrap();
    add(&database.customers(), &new(Some("after@example.com"), None)).await;
    let listed = database.customers().list(None, 1000).await.unwrap();
    assert_eq!(listed.len(), stored + 1);
    assert_eq!(fresh.query("PRAGMA integrity_check").await, [["ok"]]);
}

#[tokio::test]
async fn a_read_only_database_is_said() {
    let fresh = fresh().await;
    let read_only = Fresh {
        url: format!("{}?mode=ro", fresh.url),
        ..fresh
    };
    let (_, database) = with_pragma(&read_only, "PRAGMA foreign_keys = ON").await;
    let error = database.customers().remove(1).await.unwrap_err();
    let said = support::failures::said(&error);
    assert!(
        said.contains("read-only: give the service the right to write it"),
        "{said}"
    );
    let error = database
        .migrations()
        .down(otp_storage::Down::Steps(1))
        .await
        .unwrap_err();
    assert!(
        matches!(error, otp_storage::MigrateError::NotAllowed(_)),
        "{error:?}"
    );
}

/// A full disk makes SQLite undo a transaction by itself, or a single statement; here triggers do.
#[tokio::test]
async fn what_is_stored_after_sqlite_undid_a_transaction_stays_stored() {
    use std::sync::Arc;

    use otp_core::testing::{Bench, Subject};
    use otp_core::{Contact, Issue, Locale};

    let fresh = fresh().await;
    for (locale, undo) in [("xx", "ROLLBACK"), ("yy", "ABORT")] {
        let trigger = format!(
            "CREATE TRIGGER {undo}s BEFORE INSERT ON core_otp_delivery WHEN NEW.locale = '{locale}' \
             BEGIN SELECT RAISE({undo}, 'full'); END"
        );
        fresh.execute(&trigger).await;
    }
    let bench = Bench::on(Subject {
        otps: Arc::new(fresh.database.otps()),
        queue: Arc::new(fresh.database.deliveries()),
    });
    let service = bench.service();
    let issue = |locale: &str| {
        let mut issue = Issue::new(Contact::email("ada@example.com").unwrap());
        issue.locale = Locale::parse(locale);
        service.issue(issue)
    };
    for failing in ["xx", "yy"] {
        issue(failing).await.unwrap_err();
    }
    assert!(issue("en").await.unwrap().granted().is_some());
    // Seen by another connection, so it is in the file.
    assert_eq!(fresh.query("SELECT 'x' FROM core_otp").await.len(), 1);
}

/// Looking at somebody else's file, and refusing to migrate it, leaves every byte as it was.
#[tokio::test]
async fn a_file_of_somebody_else_stays_as_it_was() {
    let path = directory().join("db.sqlite3");
    let theirs = Fresh {
        database: Database::connect(&url(&directory().join("other.sqlite3")))
            .await
            .unwrap(),
        url: format!("sqlite://{}?mode=rwc", path.display()),
    };
    theirs
        .execute("CREATE TABLE core_customer (id int, customer_type int)")
        .await;
    let before = fs::read(&path).unwrap();
    let database = Database::connect(&url(&path)).await.unwrap();
    assert!(!database.migrations().pending().await.unwrap().is_empty());
    database.migrations().up(None).await.unwrap_err();
    database.close().await;
    assert!(fs::read(&path).unwrap() == before);
}
