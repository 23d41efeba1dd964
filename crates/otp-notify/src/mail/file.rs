//! Mail as files: one `.eml` each, for tests and for looking at messages in a mail program.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use otp_core::ports::NotifyError;
use tempfile::NamedTempFile;

/// A folder that mail is written to.
#[derive(Debug)]
pub(super) struct MailFolder(PathBuf);

impl MailFolder {
    /// Makes the folder when it is missing.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        Ok(Self(path.to_owned()))
    }

    /// Writes one mail so that a reader sees all of it or none, and only its owner sees it.
    ///
    /// The same name replaces the file: a message that is sent again after a crash is still one file.
    pub(super) async fn write(&self, name: &str, message: Vec<u8>) -> Result<(), NotifyError> {
        let (folder, target) = (self.0.clone(), self.0.join(name));
        let written = tokio::task::spawn_blocking(move || {
            // Mode 0600 from its creation on.
            let mut file = NamedTempFile::new_in(folder)?;
            file.write_all(&message)?;
            file.as_file().sync_all()?;
            file.persist(target)?;
            Ok::<_, io::Error>(())
        });
        let failed = |error| NotifyError::Temporary {
            reason: "the mail folder could not be written",
            source: Some(error),
        };
        match written.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(failed(error.into())),
            Err(error) => Err(failed(error.into())),
        }
    }
}
