//! `otp man`: the manual pages, made from the same words as the help.

use std::path::PathBuf;

use clap::{Args, Command};

use super::{Failure, Out};

#[derive(Debug, Args)]
pub(super) struct Man {
    /// Write one page for each command into this folder instead
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(self, command: Command, out: Out<'_>) -> Result<(), Failure> {
        let Some(folder) = self.out else {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page)?;
            return Ok(out.write_all(&page)?);
        };
        std::fs::create_dir_all(&folder)
            .and_then(|()| clap_mangen::generate_to(command, &folder))
            .map_err(|error| {
                let what = format!("cannot write manual pages to {}", folder.display());
                Failure::because(&what, &error, "see --out")
            })
    }
}
