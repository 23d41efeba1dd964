//! A throw-away MariaDB, with its defaults but for speed and for the character set.

use std::process::Command;

use anyhow::{Context as _, Result};

use super::{Place, Started};
use crate::host::{find_program, free_ports};
use crate::process::output;

const PASSWORD: &str = "otp-test";

/// Run by the server as root before it listens. With `skip-name-resolve` an account is known by address only.
const ACCOUNTS: &str = "\
CREATE DATABASE otp;
CREATE USER otp@'127.0.0.1' IDENTIFIED BY 'otp-test';
GRANT ALL ON *.* TO otp@'127.0.0.1';
ALTER USER root@localhost ACCOUNT LOCK;
";

/// Starts it with an account `otp` that may do anything, so that each test can make a database of its own.
pub(super) fn start(place: &Place) -> Result<Started> {
    let find = |name| find_program(name).with_context(|| format!("{name} is not installed"));
    let data = place.path("data");
    let temporary = place.folder("tmp")?;
    let accounts = place.file("accounts.sql", ACCOUNTS)?;
    output(
        place
            .command(&find("mariadb-install-db")?)
            .args(["--no-defaults", "--skip-test-db", "--skip-name-resolve"])
            .args(["--auth-root-authentication-method=normal"])
            .args(["--innodb-log-file-size=16M"])
            .arg(format!("--datadir={}", data.display())),
    )?;
    let [port] = free_ports()?;
    let mut command = place.command(&find("mariadbd")?);
    // Must come first, or the machine's own settings apply.
    command.arg("--no-defaults");
    for (option, path) in [
        ("datadir", &data),
        ("tmpdir", &temporary),
        ("init-file", &accounts),
        ("socket", &place.path("socket")),
        ("pid-file", &place.path("pid")),
    ] {
        command.arg(format!("--{option}={}", path.display()));
    }
    command.arg(format!("--port={port}"));
    command.args([
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        "--character-set-server=utf8mb4",
        "--max-connections=200",
        "--performance-schema=OFF",
        "--innodb-buffer-pool-size=64M",
        "--innodb-log-file-size=16M",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-doublewrite=0",
    ]);
    let mut server = place.serve(&mut command)?;
    let client = find("mariadb")?;
    server.wait_until(|| {
        let mut hello = Command::new(&client);
        hello.args(["--no-defaults", "-h", "127.0.0.1", "-P", &port.to_string()]);
        hello.args(["-u", "otp", "-D", "otp", "-e", "SELECT 1"]);
        hello.env("MYSQL_PWD", PASSWORD);
        output(&mut hello).is_ok()
    })?;
    let url = format!("mysql://otp:{PASSWORD}@127.0.0.1:{port}/otp");
    Ok(Started {
        servers: vec![server],
        exports: vec![("OTP_TEST_MARIADB_URL", url)],
    })
}
