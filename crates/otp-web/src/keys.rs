//! Fresh keys.

use otp_core::ports::SecretError;
use otp_core::{Key, KeyId, SecretSource};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Draws a key of 32 bytes; its id is `prefix` and four random letters, so that two keys differ by name.
pub(crate) fn fresh_key(prefix: &str, secrets: &dyn SecretSource) -> Result<Key, Failure> {
    let failed = |error: &(dyn std::error::Error + 'static)| {
        Failure::because("cannot make a key", error, "")
    };
    let mut secret = Zeroizing::new(vec![0; Key::MIN_BYTES]);
    let letters = letters::<4>(secrets).map_err(|error| failed(&error))?;
    secrets.fill(&mut secret).map_err(|error| failed(&error))?;
    let id = KeyId::parse(&format!("{prefix}-{letters}"))
        .ok_or_else(|| Failure::refused("a key's name has 1 to 11 of a-z 0-9 - _"))?;
    Key::new(id, secret).map_err(|error| failed(&error))
}

/// Draws letters for a name.
pub(crate) fn letters<const N: usize>(secrets: &dyn SecretSource) -> Result<String, SecretError> {
    let mut name = [0; N];
    secrets.fill(&mut name)?;
    Ok(name
        .iter()
        .map(|byte| char::from(b'a' + byte % 26))
        .collect())
}
