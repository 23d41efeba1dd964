//! What the development profile makes up: keys under `var/` and a demo customer.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use chrono::{DateTime, Utc};
use otp_core::{EmailAddress, Keyring, PhoneNumber, SecretSource};
use otp_storage::{ApiKey, Database, NewCustomer, Scopes};
use zeroize::Zeroizing;

use crate::api_key::ApiToken;
use crate::failure::Failure;
use crate::keys::fresh_key;

/// Where the development key is kept, beside the default database.
const KEY_FILE: &str = "var/otp.keys";
/// Where an administrator's API key is kept.
pub(super) const ADMIN_KEY_FILE: &str = "var/otp.admin-key";

/// Reads the development key, or makes it; two processes that start at once end with the same one.
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

/// Makes an API key for the admin pages, once, and sees that the database knows it; it may be another database than
/// last time.
pub(super) async fn add_admin_key(
    database: &Database,
    secrets: &dyn SecretSource,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let text = kept(ADMIN_KEY_FILE, || match ApiToken::draw(secrets) {
        Ok(token) => Ok(token.expose()),
        Err(error) => Err(Failure::because("cannot make an API key", &error, "")),
    })?;
    let token = ApiToken::parse(text.trim()).ok_or_else(|| {
        Failure::refused(format!(
            "cannot use {ADMIN_KEY_FILE}: it holds no API key; delete it to get a new one"
        ))
    })?;
    let key = ApiKey {
        id: token.id().to_owned(),
        name: format!("development {}", token.id()),
        digest: token.digest(),
        scopes: Scopes::all(),
        created_at: now,
        last_used_at: None,
        revoked_at: None,
    };
    // Taken means that it is there already.
    database
        .api_keys()
        .add(&key)
        .await
        .map(|_| ())
        .map_err(|error| Failure::because("cannot store the administrator's key", &error, ""))
}

/// Reads a secret that is kept in a file, or makes it.
fn kept(
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
    fs::create_dir_all("var")?;
    // Written aside and linked into place: whoever comes second finds a whole file, never half of one.
    let aside = format!("{path}.{}", std::process::id());
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&aside)?;
    file.write_all(secret.as_bytes())?;
    let linked = fs::hard_link(&aside, path);
    fs::remove_file(&aside)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// The guide's own test customer.
pub(super) async fn add_demo_customer(
    database: &Database,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let customer = NewCustomer {
        name: "Test User".to_owned(),
        email: EmailAddress::parse("test@example.com").ok(),
        phone: PhoneNumber::parse("+919876543210").ok(),
        customer_type: "Household".to_owned(),
    };
    // Taken means that it is there already.
    database
        .customers()
        .add(&customer, now)
        .await
        .map(|_| ())
        .map_err(|error| Failure::because("cannot store the demo customer", &error, ""))
}
