//! The attacks of `serve` and `pages` whose end is up to the database, on PostgreSQL and on MariaDB.

#[path = "pages/attacker.rs"]
mod attacker;
#[expect(
    dead_code,
    reason = "shared with the tests of the pages, which use all of it"
)]
#[path = "pages/browser.rs"]
mod browser;
#[path = "support/databases.rs"]
mod databases;
#[expect(
    dead_code,
    reason = "shared with the tests of the pages, which use all of it"
)]
#[path = "pages/house.rs"]
mod house;
#[path = "serve/nodes.rs"]
mod nodes;
#[expect(
    dead_code,
    reason = "shared with the tests of the service, which use all of it"
)]
#[path = "serve/person.rs"]
mod person;
#[path = "serve/process.rs"]
mod process;

use house::House;
use otp_storage::{Database, DatabaseUrl};
use otp_web::ApiAccess;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_judge_as_one_on_postgres() {
    nodes::are_attacked(&databases::postgres("OTP_TEST_POSTGRES_URL")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_judge_as_one_on_mariadb() {
    nodes::are_attacked(&databases::mariadb("OTP_TEST_MARIADB_URL")).await;
}

#[tokio::test]
async fn nothing_that_is_typed_becomes_sql_on_postgres() {
    types_sql(&databases::postgres("OTP_TEST_POSTGRES_URL")).await;
}

#[tokio::test]
async fn nothing_that_is_typed_becomes_sql_on_mariadb() {
    types_sql(&databases::mariadb("OTP_TEST_MARIADB_URL")).await;
}

async fn types_sql(url: &str) {
    let url = DatabaseUrl::parse(url).unwrap();
    let database = Database::connect(&url).await.unwrap();
    database.migrations().up(None).await.unwrap();
    let directory = TempDir::new().unwrap();
    let house = House::over(
        directory,
        database,
        "http://localhost:8000",
        ApiAccess::Open,
        0,
    );
    attacker::types_sql(&house).await;
}
