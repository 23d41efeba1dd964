//! What the calls answer with, as the OpenAPI document describes it.

use chrono::{DateTime, TimeDelta, Utc};
use otp_core::{DeliveryState, Issued, Verified};
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{ApiResponse, Enum, Object};
use uuid::Uuid;

use super::requests::ContactType;
use crate::problems::rfc3339;

/// An OTP as its caller may see it: everything but the code and the contact.
#[derive(Object)]
#[oai(rename = "Otp", example)]
pub(super) struct OtpBody {
    /// The handle: as secret as the code.
    id: Uuid,
    /// The way the code goes.
    contact_type: ContactType,
    /// The contact, masked.
    contact_hint: String,
    /// What the code is good for.
    purpose: String,
    /// How many characters the code has.
    code_length: u8,
    /// The three letters in the message, to be shown beside the code's field.
    reference: String,
    /// When it stops to open.
    #[oai(serialize_with = "rfc3339")]
    expires_at: DateTime<Utc>,
    /// From when on the message may be sent again.
    #[oai(serialize_with = "rfc3339")]
    resend_at: DateTime<Utc>,
    /// Comparisons left.
    attempts_left: u16,
    /// Whether the right code would open it now.
    is_valid: bool,
    /// Whether the right code came.
    is_verified: bool,
    /// What became of the newest message.
    delivery: Delivery,
}

impl From<Issued> for OtpBody {
    fn from(issued: Issued) -> Self {
        Self {
            id: *issued.id.as_uuid(),
            contact_type: issued.channel.into(),
            contact_hint: issued.contact_hint,
            purpose: issued.purpose.as_str().to_owned(),
            code_length: issued.format.length(),
            reference: issued.reference.as_str().to_owned(),
            expires_at: issued.expires_at,
            resend_at: issued.resend_at,
            attempts_left: issued.attempts_left,
            is_valid: issued.is_valid,
            is_verified: issued.is_verified,
            delivery: issued.delivery.into(),
        }
    }
}

/// The handle and the day of the examples.
const EXAMPLE_ID: Uuid = Uuid::from_u128(0x019b_79a8_5c00_7d0e_9c2f_4b8e_61d3_a705);
const EXAMPLE_DAY: DateTime<Utc> = DateTime::from_timestamp_nanos(1_767_268_800_000_000_000);

impl Example for OtpBody {
    fn example() -> Self {
        Self {
            id: EXAMPLE_ID,
            contact_type: ContactType::Email,
            contact_hint: "a***@example.com".to_owned(),
            purpose: "login".to_owned(),
            code_length: 6,
            reference: "KFT".to_owned(),
            expires_at: EXAMPLE_DAY + TimeDelta::minutes(5),
            resend_at: EXAMPLE_DAY + TimeDelta::minutes(1),
            attempts_left: 5,
            is_valid: true,
            is_verified: false,
            delivery: Delivery::Queued,
        }
    }
}

/// Proof that the presenter reads what is sent to the contact.
#[derive(Object)]
#[oai(rename = "Verification", example)]
pub(super) struct VerificationBody {
    /// Always true: what is not verified is a problem.
    verified: bool,
    /// The OTP that opened.
    id: Uuid,
    /// The way the code went.
    contact_type: ContactType,
    /// The contact that is proven, in its canonical form: look your user up by this text, not by what was typed.
    contact_value: String,
    /// What it is proven for.
    purpose: String,
    /// When.
    #[oai(serialize_with = "rfc3339")]
    verified_at: DateTime<Utc>,
}

impl From<Verified> for VerificationBody {
    fn from(verified: Verified) -> Self {
        Self {
            verified: true,
            id: *verified.id.as_uuid(),
            contact_type: verified.contact.channel().into(),
            contact_value: verified.contact.as_str().to_owned(),
            purpose: verified.purpose.as_str().to_owned(),
            verified_at: verified.verified_at,
        }
    }
}

impl Example for VerificationBody {
    fn example() -> Self {
        Self {
            verified: true,
            id: EXAMPLE_ID,
            contact_type: ContactType::Email,
            contact_value: "ada@example.com".to_owned(),
            purpose: "login".to_owned(),
            verified_at: EXAMPLE_DAY + TimeDelta::seconds(40),
        }
    }
}

/// The answer to a request for a code.
#[derive(ApiResponse)]
pub(super) enum Created {
    /// The OTP is stored and its message queued.
    #[oai(status = 201)]
    Otp(
        Json<OtpBody>,
        /// Where the OTP can be looked at.
        #[oai(header = "Location")]
        String,
    ),
}

/// The answer to a request for another message.
#[derive(ApiResponse)]
pub(super) enum Accepted {
    /// Another message with the same code is queued.
    #[oai(status = 202)]
    Otp(Json<OtpBody>),
}

/// The answer to calling an OTP back.
#[derive(ApiResponse)]
pub(super) enum Revoked {
    /// Its code does not open it, or not any more.
    #[oai(status = 204)]
    Done,
}

/// What became of the newest message.
#[derive(Enum, Clone, Copy)]
#[oai(rename_all = "lowercase")]
pub(super) enum Delivery {
    /// Waiting, or being sent.
    Queued,
    /// Handed over to the mail server or the SMS gateway.
    Sent,
    /// Known to have arrived, by a receipt.
    Delivered,
    /// Refused for good.
    Failed,
    /// Not sent, because its code was dead.
    Dropped,
    /// Given up after too many tries.
    Dead,
    /// Sent or not, nobody knows; it is not sent again by itself.
    Unknown,
}

impl From<DeliveryState> for Delivery {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Queued => Self::Queued,
            DeliveryState::Sent => Self::Sent,
            DeliveryState::Delivered => Self::Delivered,
            DeliveryState::Failed => Self::Failed,
            DeliveryState::Dropped => Self::Dropped,
            DeliveryState::Dead => Self::Dead,
            DeliveryState::Unknown => Self::Unknown,
        }
    }
}
