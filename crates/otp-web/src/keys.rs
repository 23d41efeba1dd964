//! The keys and the epoch in force, and fresh keys.

mod files;

use otp_core::ports::SecretError;
use otp_core::{Key, KeyId, Keyring, SecretSource};
use zeroize::Zeroizing;

pub(crate) use self::files::{EPOCH_FILE, kept};
use crate::config::Config;
use crate::failure::Failure;

/// Returns the configured keys, or those that development makes up, in the epoch in force.
pub(crate) fn in_force(config: &Config, secrets: &dyn SecretSource) -> Result<Keyring, Failure> {
    let keys = match &config.keys {
        Some(keys) => keys.clone(),
        None => files::keyring(secrets)?,
    };
    Ok(keys.with_epoch(epoch(config)?))
}

/// Returns the epoch in force.
pub(crate) fn epoch(config: &Config) -> Result<u64, Failure> {
    match (config.epoch, &config.keys) {
        (Some(epoch), _) => Ok(epoch),
        (None, Some(_)) => Ok(0),
        (None, None) => files::epoch(),
    }
}

/// Where a raised epoch goes.
pub(crate) enum Raised {
    /// It was kept, under `var/`.
    Kept(u64),
    /// Whoever keeps the settings has to set it.
    ToSet(u64),
}

/// Raises the epoch by one; the number never comes from the database, whose backup would bring the old one back.
pub(crate) fn raise_epoch(config: &Config) -> Result<Raised, Failure> {
    let next = epoch(config)?
        .checked_add(1)
        .ok_or_else(|| Failure::refused("the epoch cannot be raised any more; rotate the keys"))?;
    if config.keys.is_some() || config.epoch.is_some() {
        return Ok(Raised::ToSet(next));
    }
    files::replace(EPOCH_FILE, &next.to_string())?;
    Ok(Raised::Kept(next))
}

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
