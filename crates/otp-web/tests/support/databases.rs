//! Databases of their own on the servers that the environment names.

use std::process::Command;

/// Makes an empty database on the PostgreSQL that `variable` names; returns its URL.
pub(crate) fn postgres(variable: &str) -> String {
    let (server, name) = (url(variable), name());
    let create = format!("CREATE DATABASE {name}");
    run(Command::new("psql").args([server.as_str(), "-qc", &create]));
    at(server, &name)
}

/// Makes an empty database on the MariaDB that `variable` names; returns its URL.
pub(crate) fn mariadb(variable: &str) -> String {
    let (server, name) = (url(variable), name());
    let mut client = Command::new("mariadb");
    client.args(["--no-defaults", "-h", server.host_str().unwrap()]);
    client.args(["-u", server.username()]);
    client.args(["-P", &server.port().unwrap_or(3306).to_string()]);
    client.env("MYSQL_PWD", server.password().unwrap_or_default());
    let create = format!("CREATE DATABASE {name} CHARACTER SET utf8mb4");
    run(client.args(["-e", &create]));
    at(server, &name)
}

/// Returns what a program printed.
pub(crate) fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

fn name() -> String {
    format!("otp_web_{}", uuid::Uuid::new_v4().simple())
}

fn at(mut server: url::Url, database: &str) -> String {
    server.set_path(database);
    server.into()
}

fn url(variable: &str) -> url::Url {
    #[expect(
        clippy::disallowed_methods,
        reason = "the servers' addresses come from the environment"
    )]
    let value = std::env::var(variable);
    let value = value.unwrap_or_else(|_| {
        panic!("{variable} is not set: `cargo xtask ci` starts the servers and sets it")
    });
    value.parse().unwrap()
}
