//! Why a gateway cannot be used.

use std::io;
use std::path::{Path, PathBuf};

/// What is wrong with the file of a gateway. `Display` names the file and the key, and never a value.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not TOML, or not of this form.
    #[error("{} line {line}: {problem}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
        /// What the parser says, without quoting the line.
        problem: String,
    },
    /// A value cannot be used.
    #[error("{}: {key}: {problem}", path.display())]
    Bad {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What is wrong, and what is allowed.
        problem: String,
    },
    /// TLS could not be set up.
    #[error("TLS could not be set up")]
    Tls(#[source] reqwest::Error),
}

/// What is wrong with one key of a file.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {problem}")]
pub(super) struct Problem {
    pub(super) key: String,
    pub(super) problem: String,
}

impl Problem {
    pub(super) fn new(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            problem: problem.into(),
        }
    }

    pub(super) fn of(self, path: &Path) -> GatewayError {
        GatewayError::Bad {
            path: path.to_owned(),
            key: self.key,
            problem: self.problem,
        }
    }
}
