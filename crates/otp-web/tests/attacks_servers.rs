//! The attacks of `serve` whose end is up to the database, on PostgreSQL and on MariaDB.

#[path = "support/databases.rs"]
mod databases;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_judge_as_one_on_postgres() {
    nodes::are_attacked(&databases::postgres("OTP_TEST_POSTGRES_URL")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_judge_as_one_on_mariadb() {
    nodes::are_attacked(&databases::mariadb("OTP_TEST_MARIADB_URL")).await;
}
