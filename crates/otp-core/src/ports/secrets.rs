//! Chance, as an argument.

use std::error::Error;

/// Gives random bytes that nobody can guess: the operating system's generator, and in tests a scripted one.
pub trait SecretSource: Send + Sync {
    /// Fills `bytes` with random bytes.
    ///
    /// # Errors
    /// [`SecretError`] when there is no randomness; nothing is issued then.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), SecretError>;
}

/// The random generator failed.
#[derive(Debug, thiserror::Error)]
#[error("no random bytes could be had")]
pub struct SecretError(#[source] pub Box<dyn Error + Send + Sync>);
