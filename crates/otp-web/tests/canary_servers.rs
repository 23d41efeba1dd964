//! The day of `canary` on PostgreSQL and on MariaDB: no secret is in their dumps either.

#[path = "serve/collector.rs"]
mod collector;
#[path = "support/databases.rs"]
mod databases;
#[path = "canary/needle.rs"]
mod needle;
#[path = "canary/person.rs"]
mod person;
#[path = "serve/process.rs"]
mod process;
#[path = "canary/story.rs"]
mod story;

use std::fs;
use std::path::Path;
use std::process::Command;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_leaves_its_place_on_postgres() {
    let url = databases::postgres("OTP_TEST_POSTGRES_URL");
    // The backup is packed; unpacked it is the statements that make the tables and fill them.
    let read = |dump: &Path| databases::run(Command::new("pg_restore").arg("--file=-").arg(dump));
    story::told_on(&url, read).await.tells_no_secret();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_leaves_its_place_on_mariadb() {
    let url = databases::mariadb("OTP_TEST_MARIADB_URL");
    let read = |dump: &Path| fs::read(dump).unwrap();
    story::told_on(&url, read).await.tells_no_secret();
}
