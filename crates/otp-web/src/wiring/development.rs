//! What the development profile makes up: an administrator's key under `var/` and a demo customer.

use chrono::{DateTime, Utc};
use otp_core::{EmailAddress, PhoneNumber, SecretSource};
use otp_storage::{ApiKey, Database, NewCustomer, Scopes};

use crate::api_key::ApiToken;
use crate::failure::Failure;
use crate::keys::kept;

/// Where an administrator's API key is kept.
pub(super) const ADMIN_KEY_FILE: &str = "var/otp.admin-key";

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
