//! A throw-away PostgreSQL: one cluster, no Unix socket, nothing flushed to disk.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use rustix::process::Signal;

use super::{Place, Started};
use crate::host::{find_program, free_ports};
use crate::process::output;

const PASSWORD: &str = "otp-test";

/// Returns the folder of the server's programs, of the newest version that is installed.
pub(super) fn programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let newest = debian.flatten().max_by_key(|version| {
        let number = version.file_name().to_str().and_then(|it| it.parse().ok());
        number.unwrap_or(0_u32)
    });
    let on_path = || Some(find_program("initdb")?.parent()?.to_owned());
    let folder = newest
        .map(|version| version.path().join("bin"))
        .or_else(on_path)?;
    ["initdb", "postgres", "psql"]
        .iter()
        .all(|name| folder.join(name).is_file())
        .then_some(folder)
}

/// Starts it with a superuser `otp`, so that each test can make a database of its own.
pub(super) fn start(place: &Place) -> Result<Started> {
    let programs = programs().context("PostgreSQL is not installed")?;
    let data = place.path("data");
    let password = place.file("password", PASSWORD)?;
    output(
        place
            .command(&programs.join("initdb"))
            .args(["--username=otp", "--auth=scram-sha-256", "--encoding=UTF8"])
            .args(["--locale=C.UTF-8", "--no-sync"])
            .arg(format!("--pwfile={}", password.display()))
            .arg(&data),
    )?;
    let [port] = free_ports()?;
    // SIGQUIT is its immediate shutdown: there is nothing to keep. On SIGTERM it waits for its clients.
    let mut command = place.command_ended_by("QUIT", &programs.join("postgres"));
    command.arg("-D").arg(&data);
    for setting in [
        "listen_addresses=127.0.0.1",
        &format!("port={port}"),
        "unix_socket_directories=",
        "max_connections=200",
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
    ] {
        command.args(["-c", setting]);
    }
    let mut server = place.serve(&mut command)?.stopped_by(Signal::QUIT);
    let create = || {
        let mut psql = Command::new(programs.join("psql"));
        psql.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-U", "otp"]);
        psql.args(["-d", "postgres", "-X", "-q", "-c", "CREATE DATABASE otp"]);
        psql.env("PGPASSWORD", PASSWORD);
        output(&mut psql).is_ok()
    };
    server.wait_until(create)?;
    let url = format!("postgres://otp:{PASSWORD}@127.0.0.1:{port}/otp");
    Ok(Started {
        servers: vec![server],
        exports: vec![("OTP_TEST_POSTGRES_URL", url)],
    })
}
