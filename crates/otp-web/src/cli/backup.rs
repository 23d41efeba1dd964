//! `otp backup`: the whole database in one file, while the service runs.

use std::path::PathBuf;

use clap::Args;

use super::interrupt::Interrupt;
use super::{Failure, Json, Out, output};
use crate::config::Config;

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to make; nothing is overwritten
    file: PathBuf,
    #[command(flatten)]
    json: Json,
}

impl Backup {
    pub(super) async fn run(self, config: &Config, out: Out<'_>) -> Result<(), Failure> {
        let file = self.file.display();
        let mut interrupt = Interrupt::watch()?;
        let done = tokio::select! {
            done = otp_storage::backup(&config.database, &self.file) => done,
            () = interrupt.come() => {
                return Err(Failure::refused("stopped before the backup was whole; nothing was left behind"));
            }
        };
        let done = done.map_err(|error| Failure::because("no backup was made", &error, ""))?;
        if self.json.json {
            let answer =
                serde_json::json!({ "file": file.to_string(), "bytes": done.bytes, "by": done.by });
            return output::json(out, &answer);
        }
        let (bytes, by) = (done.bytes, done.by);
        writeln!(out, "wrote {file}: {bytes} bytes, by {by}")?;
        Ok(writeln!(out, "restore: {}", self.restore(config, by))?)
    }

    /// Says how the file is put back.
    fn restore(&self, config: &Config, by: &str) -> String {
        let file = self.file.display();
        match (config.database.file(), by) {
            (Some(database), _) => {
                let database = database.display();
                format!(
                    "stop the service, then rm -f {database}-wal {database}-shm && cp {file} {database}"
                )
            }
            (None, "pg_dump") => format!(
                "pg_restore --no-owner --exit-on-error --dbname=URL {file}, into an empty database"
            ),
            (None, _) => format!("mariadb NAME < {file}, into an empty database"),
        }
    }
}
