//! What is kept under `var/` in development, readable by its owner only: the keys, and the epoch once it was raised.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use otp_core::{Keyring, SecretSource};
use zeroize::Zeroizing;

use super::fresh_key;
use crate::failure::Failure;

/// Where the keys are kept, beside the default database.
pub(crate) const KEY_FILE: &str = "var/otp.keys";
/// Where the epoch is kept; not in the database, whose backup would bring the old one back.
pub(crate) const EPOCH_FILE: &str = "var/otp.epoch";

/// Reads the keys, or makes one; two processes that start at once end with the same one.
pub(super) fn keyring(secrets: &dyn SecretSource) -> Result<Keyring, Failure> {
    let text = kept(KEY_FILE, || Ok(fresh_key("dev", secrets)?.expose()))?;
    Keyring::parse(text.trim()).map_err(|error| {
        Failure::because(
            &format!("cannot use {KEY_FILE}"),
            &error,
            "delete it to get a new one",
        )
    })
}

/// Reads the epoch; before it was ever raised it is zero.
pub(super) fn epoch() -> Result<u64, Failure> {
    let text = match fs::read_to_string(EPOCH_FILE) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => {
            return Err(Failure::because(
                &format!("cannot read {EPOCH_FILE}"),
                &error,
                "",
            ));
        }
    };
    text.trim().parse().map_err(|error| {
        Failure::because(
            &format!("cannot use {EPOCH_FILE}"),
            &error,
            "write a whole number into it, above any that was there",
        )
    })
}

/// Puts another text into one of the files; whoever reads meanwhile finds the old or the new one, whole.
pub(super) fn replace(path: &str, text: &str) -> Result<(), Failure> {
    let replaced = written_aside(path, text).and_then(|aside| fs::rename(aside, path));
    replaced.map_err(|error| Failure::because(&format!("cannot write {path}"), &error, ""))
}

/// Reads a secret that is kept in a file, or makes it.
pub(crate) fn kept(
    path: &str,
    make: impl FnOnce() -> Result<Zeroizing<String>, Failure>,
) -> Result<Zeroizing<String>, Failure> {
    let advice = "run where var/ can be written, or set keys (OTP_KEYS) and OTP_PROFILE";
    let failed = |error: std::io::Error| {
        Failure::because(&format!("cannot keep a key in {path}"), &error, advice)
    };
    if !Path::new(path).exists() {
        keep(path, &make()?).map_err(failed)?;
    }
    fs::read_to_string(path).map(Zeroizing::new).map_err(failed)
}

fn keep(path: &str, secret: &str) -> std::io::Result<()> {
    // Linked into place: whoever comes second finds a whole file, never half of one, and the first one's.
    let aside = written_aside(path, secret)?;
    let linked = fs::hard_link(&aside, path);
    fs::remove_file(&aside)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Writes the text beside its place, for its owner only, and returns where.
fn written_aside(path: &str, text: &str) -> std::io::Result<String> {
    fs::create_dir_all("var")?;
    let aside = format!("{path}.{}", std::process::id());
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(aside)
}
