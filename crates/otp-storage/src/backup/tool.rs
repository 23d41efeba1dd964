//! The servers' own programs: found on the `PATH`, given the password in the environment and never as an argument.

use std::io::{Error, ErrorKind};
use std::path::Path;
use std::process::Stdio;

use percent_encoding::percent_decode_str;
use tokio::process::Command;
use url::Url;

use super::BackupError;
use crate::connect::Server;

/// A program that copies a server's database, and how it is called.
#[derive(Debug)]
pub(super) struct Tool {
    name: &'static str,
    /// What it is called where the first name is not known.
    other_name: Option<&'static str>,
    package: &'static str,
    /// All but the file, in the order in which they are typed.
    arguments: Vec<String>,
    /// The option that names the file.
    file_option: &'static str,
    database: String,
    password: Option<(&'static str, String)>,
}

impl Tool {
    pub(super) fn of(server: Server, url: &Url) -> Self {
        match server {
            Server::Postgres => Self::postgres(url),
            Server::MySql => Self::mysql(url),
        }
    }

    fn postgres(url: &Url) -> Self {
        /// What libpq understands too; the driver's other parameters are about its own connections.
        const SHARED: [&str; 6] = [
            "sslmode",
            "sslrootcert",
            "sslcert",
            "sslkey",
            "options",
            "user",
        ];
        let mut place = url.clone();
        // Fails only for URLs without a host, which hold no password.
        let _ = place.set_password(None);
        let pairs: Vec<_> = url.query_pairs().collect();
        place.set_query(None);
        for (key, value) in pairs.iter().filter(|(key, _)| SHARED.contains(&&**key)) {
            place.query_pairs_mut().append_pair(key, value);
        }
        let asked = pairs.iter().find(|(key, _)| key == "password");
        let password = asked.map(|(_, value)| value.to_string());
        Self {
            name: "pg_dump",
            other_name: None,
            package: "postgresql-client",
            arguments: ["--format=custom", "--no-password"]
                .map(str::to_owned)
                .into(),
            file_option: "--file",
            database: place.into(),
            password: password
                .or_else(|| decoded(url.password()?))
                .map(|text| ("PGPASSWORD", text)),
        }
    }

    fn mysql(url: &Url) -> Self {
        // One snapshot of all tables, in which nobody waits; bytes in a form that every client restores.
        let mut arguments: Vec<String> = [
            "--single-transaction",
            "--hex-blob",
            "--no-tablespaces",
            "--default-character-set=utf8mb4",
        ]
        .map(str::to_owned)
        .into();
        arguments.push(format!("--host={}", url.host_str().unwrap_or("localhost")));
        arguments.push(format!("--port={}", url.port().unwrap_or(3306)));
        if let Some(user) = decoded(url.username()).filter(|user| !user.is_empty()) {
            arguments.push(format!("--user={user}"));
        }
        for (key, value) in url.query_pairs() {
            match &*key {
                "ssl-ca" => arguments.push(format!("--ssl-ca={value}")),
                "ssl-mode" if value.eq_ignore_ascii_case("required") => {
                    arguments.push("--ssl".to_owned());
                }
                "ssl-mode" if value.to_ascii_lowercase().starts_with("verify") => {
                    arguments.extend(["--ssl", "--ssl-verify-server-cert"].map(str::to_owned));
                }
                _ => {}
            }
        }
        Self {
            name: "mariadb-dump",
            other_name: Some("mysqldump"),
            package: "mariadb-client",
            arguments,
            file_option: "--result-file",
            database: decoded(url.path().trim_matches('/')).unwrap_or_default(),
            password: url
                .password()
                .and_then(decoded)
                .map(|text| ("MYSQL_PWD", text)),
        }
    }

    /// Runs it, and returns its name once `copy` is whole. `file` is where a person would have it written.
    pub(super) async fn run(&self, copy: &Path, file: &Path) -> Result<&'static str, BackupError> {
        for tool in [self.name].into_iter().chain(self.other_name) {
            let mut command = Command::new(tool);
            command
                .args(&self.arguments)
                .arg(format!("{}={}", self.file_option, copy.display()))
                .arg(&self.database)
                .envs(self.password.clone())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .kill_on_drop(true);
            let ended = match command.output().await {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                ended => ended,
            };
            let failed = |source| BackupError::Tool {
                tool,
                command: self.typed(tool, file),
                source,
            };
            let ended = ended.map_err(|error| failed(error.into()))?;
            if ended.status.success() {
                return Ok(tool);
            }
            return Err(failed(said(&ended.stderr).into()));
        }
        Err(BackupError::NoTool {
            tool: self.name,
            package: self.package,
            command: self.typed(self.name, file),
        })
    }

    /// Writes the call as a person types it; it asks for the password itself.
    fn typed(&self, tool: &str, file: &Path) -> String {
        let ask = if self.package.starts_with("maria") {
            " --password"
        } else {
            ""
        };
        let shown = self
            .arguments
            .iter()
            .filter(|each| *each != "--no-password");
        let arguments: Vec<&str> = shown.map(String::as_str).collect();
        let (option, database) = (self.file_option, &self.database);
        format!(
            "{tool} {}{ask} {option}={} {database}",
            arguments.join(" "),
            file.display()
        )
    }
}

/// Takes the last line that a program wrote.
fn said(stderr: &[u8]) -> Error {
    let text = String::from_utf8_lossy(stderr);
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    Error::other(
        last.unwrap_or("it said nothing")
            .chars()
            .take(300)
            .collect::<String>(),
    )
}

fn decoded(text: &str) -> Option<String> {
    Some(percent_decode_str(text).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(server: Server, url: &str) -> Tool {
        Tool::of(server, &Url::parse(url).unwrap())
    }

    #[test]
    fn a_password_is_no_argument_and_in_no_error() {
        for (server, url) in [
            (
                Server::Postgres,
                "postgres://otp:s3%40cret@db:5433/otp?sslmode=require&statement-cache-capacity=1",
            ),
            (
                Server::Postgres,
                "postgres://otp@db:5433/otp?password=s3@cret&sslmode=require",
            ),
            (
                Server::MySql,
                "mysql://otp:s3%40cret@db/otp?ssl-mode=VERIFY_CA",
            ),
        ] {
            let tool = tool(server, url);
            let typed = tool.typed("x", Path::new("f"));
            let all = format!("{typed} {:?} {}", tool.arguments, tool.database);
            assert!(
                !all.contains("cret") && !all.contains("statement-cache"),
                "{all}"
            );
            assert!(all.contains("ssl"), "{all}");
            assert_eq!(tool.password.unwrap().1, "s3@cret");
        }
    }

    #[tokio::test]
    async fn a_program_that_is_missing_is_named_with_what_it_would_do() {
        let mut tool = tool(Server::Postgres, "postgres://otp:s3cret@db/otp");
        tool.name = "otp-no-such-dump";
        let error = tool
            .run(Path::new("a"), Path::new("b.dump"))
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "otp-no-such-dump is not on the PATH; install it (Debian: postgresql-client), or run it where it is: \
             otp-no-such-dump --format=custom --file=b.dump postgres://otp@db/otp"
        );
    }

    #[test]
    fn what_a_program_said_last_is_kept() {
        assert_eq!(said(b"one\ntwo\n\n").to_string(), "two");
        assert_eq!(said(b"").to_string(), "it said nothing");
    }
}
