//! Where OTPs are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::{ContactKey, Delivery, DeliveryState, Otp, OtpId, Purpose};

/// Keeps OTPs. Each verb is one atomic step: all of it is committed when it returns `Ok`, or none of it.
///
/// The store judges nothing: a row is read as it stands and judged by [`Otp::check`], and a change is guarded by
/// the conditions that its verb names. No statement compares codes.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait OtpRepository: Send + Sync {
    /// Stores a new OTP together with its first delivery.
    ///
    /// # Errors
    /// [`StoreError`]; an id that is taken is no error but [`Opened::Exists`].
    async fn open(&self, otp: &Otp, delivery: &Delivery) -> Result<Opened, StoreError>;

    /// Returns the OTP with this id in whatever state it is.
    ///
    /// # Errors
    /// [`StoreError`]; not found is `Ok(None)`.
    async fn find(&self, id: OtpId) -> Result<Option<Otp>, StoreError>;

    /// Returns what became of the newest delivery of this OTP.
    ///
    /// # Errors
    /// [`StoreError`]; not found is `Ok(None)`.
    async fn delivery_state(&self, id: OtpId) -> Result<Option<DeliveryState>, StoreError>;

    /// Returns the newest OTP that [`Newest`] describes and that is still valid.
    ///
    /// # Errors
    /// [`StoreError`]; not found is `Ok(None)`.
    async fn find_newest(&self, newest: &Newest) -> Result<Option<Otp>, StoreError>;

    /// Charges one attempt and, when it opens, consumes the OTP: one guarded write.
    ///
    /// Applied only while the OTP is live, unexpired at `now` and has an attempt left; whatever the caller compared
    /// counts only then. The write that consumes or takes the last attempt wipes the seed.
    /// A write whose outcome is unknown is an error.
    ///
    /// # Errors
    /// [`StoreError`]; the caller must refuse then.
    async fn charge(&self, charge: &Charge) -> Result<Guarded, StoreError>;

    /// Queues another message with the same code: counts the send, moves `resend_at` and stores the delivery.
    ///
    /// Applied only while the OTP is valid at `now` and its `resend_at` has come.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn resend(&self, resend: &Resend) -> Result<Guarded, StoreError>;

    /// Calls an OTP back and wipes its seed. Applied only while it is live.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn revoke(&self, id: OtpId, now: DateTime<Utc>) -> Result<Guarded, StoreError>;
}

/// Whether a guarded write took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Guarded {
    /// Its conditions held, and it is committed.
    Applied,
    /// Its conditions did not hold, and nothing changed.
    Refused,
}

/// Whether an OTP was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Opened {
    /// It was, with its delivery.
    New,
    /// Its id is taken; nothing was stored.
    Exists,
}

/// One attempt to be charged.
#[derive(Debug, Clone, Copy)]
pub struct Charge {
    /// The OTP.
    pub id: OtpId,
    /// The time of the comparison.
    pub now: DateTime<Utc>,
    /// When the comparison succeeded: the nonce under which the OTP is consumed.
    pub consume_as: Option<[u8; 16]>,
}

/// One more message to be queued.
#[derive(Debug, Clone)]
pub struct Resend {
    /// The time of the request.
    pub now: DateTime<Utc>,
    /// From when on the next one may be asked for.
    pub resend_at: DateTime<Utc>,
    /// The message; it names the OTP.
    pub delivery: Delivery,
}

/// Describes the OTP a person means who gives the contact instead of a handle.
#[derive(Debug, Clone)]
pub struct Newest {
    /// The contact's pseudonyms under all keys.
    pub contact_keys: Vec<ContactKey>,
    /// What the code is to open.
    pub purpose: Purpose,
    /// The time of the question. OTPs bound to a browser are never found this way.
    pub now: DateTime<Utc>,
}
