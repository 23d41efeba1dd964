//! Why a command failed, for the person who ran it.

use std::error::Error;
use std::fmt;

use crate::config::ConfigError;

/// Why a command failed, in one line: what, why, and what to do.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// Says what was refused, in full.
    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self(what.into())
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
        Self(line.replace(['\r', '\n'], " "))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        match &error {
            ConfigError::Unreadable { source, .. } => Self(format!("{error}: {source}")),
            _ => Self(error.to_string()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(format!("cannot write the output: {error}"))
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
