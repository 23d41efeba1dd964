//! Why a command failed, for the person who ran it.

use std::error::Error;
use std::fmt;

use crate::config::ConfigError;

/// Why a command failed, in one line: what, why, and what to do.
#[derive(Debug)]
pub struct Failure {
    line: String,
    reader_left: bool,
}

impl Failure {
    /// Says what was refused, in full.
    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self {
            line: what.into(),
            reader_left: false,
        }
    }

    /// Says whether whoever read the output has gone, as `head` does: nobody is left to be told.
    pub const fn reader_left(&self) -> bool {
        self.reader_left
    }

    /// Says what failed, why down the chain of sources, and what to do about it.
    pub(crate) fn because(what: &str, error: &(dyn Error + 'static), advice: &str) -> Self {
        let mut line = what.to_owned();
        let mut cause = Some(error);
        while let Some(error) = cause {
            let says = error.to_string();
            if !line.ends_with(&says) {
                line = format!("{line}: {says}");
            }
            cause = error.source();
        }
        if !advice.is_empty() {
            line = format!("{line}; {advice}");
        }
        // One line, whatever a server or a file system answered.
        Self::refused(line.replace(['\r', '\n'], " "))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        match &error {
            ConfigError::Unreadable { source, .. } => Self::because(
                &error.to_string(),
                source,
                "name a file that can be read with --config, or leave it out",
            ),
            _ => Self::refused(error.to_string()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self {
            line: format!("cannot write the output: {error}"),
            reader_left: error.kind() == std::io::ErrorKind::BrokenPipe,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_with_its_causes() {
        let inner = std::io::Error::other("disk\nfull");
        let failure = Failure::because("cannot do it", &inner, "make room");
        assert_eq!(failure.to_string(), "cannot do it: disk full; make room");
    }
}
