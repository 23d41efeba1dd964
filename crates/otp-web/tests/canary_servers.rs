//! The day of `canary` on PostgreSQL and on MariaDB: no secret is in their dumps either.

#[path = "serve/collector.rs"]
mod collector;
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
    let server = variable("OTP_TEST_POSTGRES_URL");
    let name = format!("canary_{}", uuid::Uuid::new_v4().simple());
    run(Command::new("psql").args([&server, "-qc", &format!("CREATE DATABASE {name}")]));
    // The backup is packed; unpacked it is the statements that make the tables and fill them.
    let read = |dump: &Path| run(Command::new("pg_restore").arg("--file=-").arg(dump));
    story::told_on(&at(&server, &name), read)
        .await
        .tells_no_secret();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_leaves_its_place_on_mariadb() {
    let server = variable("OTP_TEST_MARIADB_URL");
    let name = format!("canary_{}", uuid::Uuid::new_v4().simple());
    let url = url::Url::parse(&server).unwrap();
    let mut client = Command::new("mariadb");
    client.args([
        "--no-defaults",
        "-h",
        url.host_str().unwrap(),
        "-u",
        url.username(),
    ]);
    client.args(["-P", &url.port().unwrap_or(3306).to_string()]);
    client.env("MYSQL_PWD", url.password().unwrap_or_default());
    run(client.args([
        "-e",
        &format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
    ]));
    let read = |dump: &Path| fs::read(dump).unwrap();
    story::told_on(&at(&server, &name), read)
        .await
        .tells_no_secret();
}

fn at(server: &str, database: &str) -> String {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(database);
    url.into()
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

fn variable(name: &str) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "the servers' addresses come from the environment"
    )]
    let value = std::env::var(name);
    value.unwrap_or_else(|_| {
        panic!("{name} is not set: `cargo xtask ci` starts the servers and sets it")
    })
}
