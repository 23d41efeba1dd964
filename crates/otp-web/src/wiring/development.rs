//! What the development profile makes up: a key under `var/` and a demo customer.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use chrono::{DateTime, Utc};
use otp_core::{EmailAddress, Keyring, PhoneNumber, SecretSource};
use otp_storage::{Database, NewCustomer};

use crate::failure::Failure;
use crate::keys::fresh_key;

/// Where the development key is kept, beside the default database.
const KEY_FILE: &str = "var/otp.keys";

/// Reads the development key, or makes it; two processes that start at once end with the same one.
pub(super) fn keyring(secrets: &dyn SecretSource) -> Result<Keyring, Failure> {
    let advice = "run where var/ can be written, or set keys (OTP_KEYS)";
    let failed = |error: std::io::Error| {
        Failure::because(&format!("cannot keep a key in {KEY_FILE}"), &error, advice)
    };
    if !Path::new(KEY_FILE).exists() {
        make(secrets, &failed)?;
    }
    let text = fs::read_to_string(KEY_FILE).map_err(failed)?;
    Keyring::parse(text.trim()).map_err(|error| {
        Failure::because(
            &format!("cannot use {KEY_FILE}"),
            &error,
            "delete it to get a new one",
        )
    })
}

fn make(
    secrets: &dyn SecretSource,
    failed: &impl Fn(std::io::Error) -> Failure,
) -> Result<(), Failure> {
    let key = fresh_key("dev", secrets)?;
    fs::create_dir_all("var").map_err(failed)?;
    // Written aside and linked into place: whoever comes second finds a whole file, never half of one.
    let aside = format!("{KEY_FILE}.{}", std::process::id());
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&aside)
        .map_err(failed)?;
    file.write_all(key.expose().as_bytes()).map_err(failed)?;
    let linked = fs::hard_link(&aside, KEY_FILE);
    fs::remove_file(&aside).map_err(failed)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(failed(error)),
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
