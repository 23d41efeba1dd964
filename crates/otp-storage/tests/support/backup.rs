//! Clauses of the backup: made under load, restored with the database's own means.

use std::fs;
use std::future::Future as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;

use otp_core::testing::Bench;
use otp_core::{Contact, OtpId, OtpRepository as _, OtpService};
use otp_storage::{BackupError, Customers, DatabaseUrl, backup};
use sea_orm::DbBackend;
use tokio::task::JoinHandle;
use url::Url;

use super::customers;
use super::fresh::Fresh;

fn url(fresh: &Fresh) -> DatabaseUrl {
    DatabaseUrl::parse(&fresh.url).unwrap()
}

/// Writers that issue OTPs and add customers until they are dropped; `committed` counts their rounds.
struct Load {
    stop: Arc<AtomicBool>,
    committed: Arc<AtomicUsize>,
    writers: Vec<JoinHandle<()>>,
}

impl Load {
    fn on(fresh: &Fresh, service: &OtpService) -> Self {
        let mut load = Self {
            stop: Arc::default(),
            committed: Arc::default(),
            writers: Vec::new(),
        };
        for writer in 0..2 {
            let (service, customers) = (service.clone(), fresh.database.customers());
            let (stop, committed) = (load.stop.clone(), load.committed.clone());
            let writer = tokio::spawn(async move {
                for round in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    one_of_each(&service, &customers, &format!("load{writer}x{round}")).await;
                    committed.fetch_add(1, Ordering::Relaxed);
                }
            });
            load.writers.push(writer);
        }
        load
    }

    /// Waits until the writers have committed more than this.
    async fn until_more_than(&self, committed: usize) {
        while self.committed.load(Ordering::Relaxed) <= committed {
            assert!(self.writers.iter().all(|writer| !writer.is_finished()));
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

async fn one_of_each(service: &OtpService, customers: &Customers, name: &str) -> OtpId {
    let address = format!("{name}@example.com");
    let contact = Contact::email(&address).unwrap();
    let issued = service.issue(contact).await.unwrap();
    customers::add(customers, &customers::new(Some(&address), None)).await;
    issued.granted().unwrap().id
}

/// What was committed before the backup began is in it, though others write all the time; the restored database is
/// a working one.
pub(crate) async fn phase_11_a_backup_under_load_holds_every_committed_row(fresh: Fresh) {
    let service = Bench::on(Fresh::open(fresh.url.clone()).await.into()).service();
    let customers = fresh.database.customers();
    let load = Load::on(&fresh, &service);
    let mut before = Vec::new();
    for number in 0..50 {
        let name = format!("before{number}");
        before.push((
            one_of_each(&service, &customers, &name).await,
            format!("{name}@example.com"),
        ));
    }
    load.until_more_than(0).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("otp.backup");
    let done = backup(&url(&fresh), &file).await.unwrap();
    // They wrote on all the time: nobody waited for the backup to end.
    let written = load.committed.load(Ordering::Relaxed);
    load.until_more_than(written).await;
    drop(load);

    let metadata = fs::metadata(&file).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    assert_eq!(metadata.len(), done.bytes);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let restored = Fresh::open(restored(&fresh, &file)).await;
    for (id, address) in before {
        assert!(
            restored.database.otps().find(id).await.unwrap().is_some(),
            "{address}"
        );
        let contact = Contact::email(&address).unwrap();
        let found = restored.database.customers().find(&contact).await.unwrap();
        assert!(found.is_some(), "{address}");
    }
    let migrations = restored.database.migrations();
    assert!(migrations.pending().await.unwrap().is_empty());
    assert!(migrations.missing().await.unwrap().is_empty());
    let new = customers::new(Some("after@example.com"), None);
    customers::add(&restored.database.customers(), &new).await;
}

/// An existing file stays as it is, and so does a link that points nowhere.
pub(crate) async fn a_backup_overwrites_nothing(fresh: Fresh) {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("letter"), folder.path().join("link"));
    fs::write(&file, "dear backup").unwrap();
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    for taken in [&file, &link] {
        let error = backup(&url(&fresh), taken).await.unwrap_err();
        assert!(matches!(error, BackupError::Exists { .. }), "{error:?}");
    }
    let missing = backup(&url(&fresh), &folder.path().join("no/such/file")).await;
    assert!(
        matches!(missing, Err(BackupError::NotWritable { .. })),
        "{missing:?}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "dear backup");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

/// Whoever stops waiting for a backup finds nothing left of it.
pub(crate) async fn a_dropped_backup_leaves_nothing(fresh: Fresh) {
    let folder = tempfile::tempdir().unwrap();
    let (url, file) = (url(&fresh), folder.path().join("otp.backup"));
    let mut polled = Box::pin(backup(&url, &file));
    let early = std::future::poll_fn(|context| Poll::Ready(polled.as_mut().poll(context))).await;
    assert!(early.is_pending());
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "it writes aside"
    );
    drop(polled);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Restores into a database of its own, as docs/operations.md says; returns its URL.
fn restored(fresh: &Fresh, file: &Path) -> String {
    if fresh.backend() == DbBackend::Sqlite {
        let copy = file.with_extension("sqlite3");
        fs::copy(file, &copy).unwrap();
        return format!("sqlite://{}", copy.display());
    }
    let mut url = Url::parse(&fresh.url).unwrap();
    let name = format!("{}_restored", url.path().trim_matches('/'));
    let (host, port) = (
        url.host_str().unwrap().to_owned(),
        url.port().unwrap().to_string(),
    );
    let password = url.password().unwrap().to_owned();
    let from = fresh.url.clone();
    url.set_path(&name);
    let mut restore = if fresh.backend() == DbBackend::Postgres {
        run(Command::new("psql").args([&from, "-qc", &format!("CREATE DATABASE {name}")]));
        let mut restore = Command::new("pg_restore");
        restore
            .args(["--no-owner", "--exit-on-error", "--dbname", url.as_str()])
            .arg(file);
        restore
    } else {
        let client = || {
            let mut client = Command::new("mariadb");
            client.args(["--no-defaults", "-h", &host, "-P", &port, "-u", "otp"]);
            client.env("MYSQL_PWD", &password);
            client
        };
        run(client().args([
            "-e",
            &format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
        ]));
        let mut restore = client();
        restore.arg(&name).stdin(fs::File::open(file).unwrap());
        restore
    };
    run(&mut restore);
    url.into()
}

fn run(command: &mut Command) {
    let output = command.stdout(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}
