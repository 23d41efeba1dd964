//! The keys and the epoch in force, and fresh keys.

mod files;

use chrono::{DateTime, TimeDelta, Utc};
use otp_core::ports::SecretError;
use otp_core::{Key, KeyId, Keyring, SecretSource};
use zeroize::Zeroizing;

pub(crate) use self::files::{EPOCH_FILE, KEY_FILE, kept};
use crate::config::Config;
use crate::failure::Failure;
use crate::session;

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

/// Where something new has gone.
pub(crate) enum New<T> {
    /// It is kept, under `var/`.
    Kept(T),
    /// Whoever keeps the settings has to set it.
    ToSet(T),
}

/// A step of a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Every node learns the next key, and none makes codes with it.
    Announce,
    /// The next key makes codes, and the others end.
    Rotate,
}

/// Takes a step of a rotation; a key that makes no codes any more ends when the last of its codes and sessions has.
pub(crate) fn rotate(
    config: &Config,
    step: Step,
    secrets: &dyn SecretSource,
    now: DateTime<Utc>,
) -> Result<New<Keyring>, Failure> {
    let failed = |error| Failure::because("cannot rotate the keys", &error, "");
    let (ring, prefix) = match &config.keys {
        Some(keys) => (keys.clone(), "k"),
        None => (files::keyring(secrets)?, "dev"),
    };
    let fresh = fresh_key(prefix, secrets)?;
    let lifetimes = config.policies.iter().map(|(_, policy)| policy.lifetime());
    let longest = lifetimes.fold(session::LONGEST, TimeDelta::max);
    let ring = match step {
        Step::Announce => ring.announced(fresh),
        Step::Rotate => ring.rotated(fresh, now, now + longest),
    };
    let ring = ring.map_err(failed)?;
    if config.keys.is_some() {
        return Ok(New::ToSet(ring));
    }
    files::replace(KEY_FILE, &ring.expose())?;
    Ok(New::Kept(ring))
}

/// Raises the epoch by one; the number never comes from the database, whose backup would bring the old one back.
pub(crate) fn raise_epoch(config: &Config) -> Result<New<u64>, Failure> {
    let next = epoch(config)?
        .checked_add(1)
        .ok_or_else(|| Failure::refused("the epoch cannot be raised any more; rotate the keys"))?;
    if config.keys.is_some() || config.epoch.is_some() {
        return Ok(New::ToSet(next));
    }
    files::replace(EPOCH_FILE, &next.to_string())?;
    Ok(New::Kept(next))
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
