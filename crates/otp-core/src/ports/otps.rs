//! Where OTPs are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Batch, StoreError};
use crate::budget::{Asking, Barred, Guessing};
use crate::{ContactKey, Delivery, DeliveryState, Hold, Ledgers, Otp, OtpId, Purpose, TooMany};

/// Keeps OTPs. Each verb is one atomic step: all of it is committed when it returns `Ok`, or none of it.
///
/// The store judges nothing: a row is read as it stands and judged by [`Otp::check`], and a change is guarded by
/// the conditions that its verb names. No statement compares codes.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait OtpRepository: Send + Sync {
    /// Stores a new OTP together with its first delivery, and charges what they cost.
    ///
    /// In one transaction: lock and read the ledgers of [`Opening::hold`], ask [`Opening::decide`], store what it
    /// accepts and write back the ledgers that changed. Nothing is stored or charged when it refuses or the id is
    /// taken.
    ///
    /// # Errors
    /// [`StoreError`]; an id that is taken is no error but [`Opened::Exists`].
    async fn open(&self, opening: &Opening) -> Result<Opened, StoreError>;

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
    /// In the same transaction, before it: lock and read the ledgers of [`Charge::hold`] and ask [`Charge::admit`];
    /// after it, when it was applied: [`Charge::applied`], and write back the ledgers that changed.
    /// A write whose outcome is unknown is an error.
    ///
    /// # Errors
    /// [`StoreError`]; the caller must refuse then.
    async fn charge(&self, charge: &Charge) -> Result<Charged, StoreError>;

    /// Queues another message with the same code: counts the send, moves `resend_at` and stores the delivery.
    ///
    /// Applied only while the OTP is valid at `now` and its `resend_at` has come. In the same transaction, before it:
    /// lock and read the ledgers of [`Resend::hold`] and ask [`Resend::decide`], which may make the code stronger.
    /// A message that is due supersedes those of the same OTP which are queued and not under a running lease: they are
    /// dropped, so that nobody gets two at once when the mail server comes back.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn resend(&self, resend: &Resend) -> Result<Resent, StoreError>;

    /// Removes up to `limit` ledgers that hold nothing any more.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn sweep(&self, now: DateTime<Utc>, limit: u16) -> Result<Batch, StoreError>;

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

/// An OTP to be stored with its first delivery.
#[derive(Debug, Clone)]
pub struct Opening {
    otp: Otp,
    delivery: Delivery,
    asking: Option<Asking>,
}

impl Opening {
    /// Stores it whatever was issued before: for a test, and for what comes from elsewhere.
    pub const fn unlimited(otp: Otp, delivery: Delivery) -> Self {
        Self {
            otp,
            delivery,
            asking: None,
        }
    }

    pub(crate) const fn within(otp: Otp, delivery: Delivery, asking: Asking) -> Self {
        Self {
            otp,
            delivery,
            asking: Some(asking),
        }
    }

    /// Returns the id under which it is stored.
    pub const fn id(&self) -> OtpId {
        self.otp.id
    }

    /// Returns which ledgers [`decide`](Self::decide) needs.
    pub fn hold(&self) -> Option<&Hold> {
        held(self.asking.as_ref().map(Asking::hold))
    }

    /// Decides what is stored, and charges it.
    ///
    /// # Errors
    /// [`TooMany`]; nothing is stored then.
    pub fn decide(&self, ledgers: &mut Ledgers) -> Result<Accepted, TooMany> {
        accept(self.asking.as_ref(), &self.otp, &self.delivery, ledgers)
    }
}

/// What is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The OTP.
    pub otp: Otp,
    /// Its message.
    pub delivery: Delivery,
}

/// Whether an OTP was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Opened {
    /// It was, with its delivery.
    New(Box<Accepted>),
    /// Its id is taken; nothing was stored.
    Exists,
    /// A budget is spent; nothing was stored.
    TooMany(TooMany),
}

/// One attempt to be charged.
#[derive(Debug, Clone)]
pub struct Charge {
    /// The OTP.
    pub id: OtpId,
    /// The time of the comparison.
    pub now: DateTime<Utc>,
    /// When the comparison succeeded: the nonce under which the OTP is consumed.
    pub consume_as: Option<[u8; 16]>,
    guessing: Option<Guessing>,
}

impl Charge {
    /// Charges the attempt alone.
    pub const fn unlimited(id: OtpId, now: DateTime<Utc>, consume_as: Option<[u8; 16]>) -> Self {
        Self {
            id,
            now,
            consume_as,
            guessing: None,
        }
    }

    pub(crate) fn within(mut self, guessing: Guessing) -> Self {
        self.guessing = Some(guessing);
        self
    }

    /// Returns which ledgers [`admit`](Self::admit) and [`applied`](Self::applied) need.
    pub fn hold(&self) -> Option<&Hold> {
        held(self.guessing.as_ref().map(Guessing::hold))
    }

    /// Says whether the attempt may be charged at all.
    ///
    /// # Errors
    /// What to answer instead; nothing is charged then.
    pub fn admit(&self, ledgers: &Ledgers) -> Result<(), Charged> {
        let admitted = self
            .guessing
            .as_ref()
            .map(|guessing| guessing.admit(ledgers));
        match admitted {
            None | Some(Ok(())) => Ok(()),
            Some(Err(Barred::Client(too_many))) => Err(Charged::TooMany(too_many)),
            Some(Err(Barred::TooShort)) => Err(Charged::Refused),
        }
    }

    /// Charges the budgets for an attempt that was charged: a wrong one, for nobody pays for a right one.
    pub fn applied(&self, ledgers: &mut Ledgers) {
        if let (Some(guessing), None) = (&self.guessing, self.consume_as) {
            guessing.charge(ledgers);
        }
    }
}

/// Whether an attempt was charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Charged {
    /// It was, and is committed.
    Applied,
    /// The OTP is over, or its code is too short for what was guessed before; nothing changed.
    Refused,
    /// The client's budget is spent; nothing changed.
    TooMany(TooMany),
}

/// One more message to be queued.
#[derive(Debug, Clone)]
pub struct Resend {
    /// The time of the request.
    pub now: DateTime<Utc>,
    otp: Otp,
    delivery: Delivery,
    asking: Option<Asking>,
}

impl Resend {
    /// Queues it whatever was sent before. `otp` is as it stands after it: its sends and `resend_at` are stored.
    pub const fn unlimited(otp: Otp, delivery: Delivery, now: DateTime<Utc>) -> Self {
        Self {
            now,
            otp,
            delivery,
            asking: None,
        }
    }

    pub(crate) fn within(mut self, asking: Asking) -> Self {
        self.asking = Some(asking);
        self
    }

    /// Returns the OTP that it is for.
    pub const fn id(&self) -> OtpId {
        self.otp.id
    }

    /// Returns which ledgers [`decide`](Self::decide) needs.
    pub fn hold(&self) -> Option<&Hold> {
        held(self.asking.as_ref().map(Asking::hold))
    }

    /// Decides what is stored, and charges it: of the OTP, its sends, `resend_at`, format and allowed attempts.
    ///
    /// # Errors
    /// [`TooMany`]; nothing is stored then.
    pub fn decide(&self, ledgers: &mut Ledgers) -> Result<Accepted, TooMany> {
        accept(self.asking.as_ref(), &self.otp, &self.delivery, ledgers)
    }
}

/// Whether another message was queued.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Resent {
    /// It was.
    Queued(Box<Accepted>),
    /// The OTP is over, or it is too soon; nothing changed.
    Refused,
    /// The client's budget is spent; nothing changed.
    TooMany(TooMany),
}

fn held(hold: Option<&Hold>) -> Option<&Hold> {
    hold.filter(|hold| !hold.is_empty())
}

fn accept(
    asking: Option<&Asking>,
    otp: &Otp,
    delivery: &Delivery,
    ledgers: &mut Ledgers,
) -> Result<Accepted, TooMany> {
    let (mut otp, mut delivery) = (otp.clone(), delivery.clone());
    if let Some(asking) = asking {
        let room = asking.decide(otp.format, otp.expires_at, ledgers)?;
        otp = otp.in_format(room.format);
        match room.send_at {
            // What the message says of the time left is counted from here.
            Some(send_at) => {
                delivery.created_at = send_at;
                delivery.not_before = send_at;
            }
            None => delivery.state = DeliveryState::Dropped,
        }
    }
    Ok(Accepted { otp, delivery })
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
