//! Which refusal and which fault of a contact is told by which sentence: one exhaustive match each.

use chrono::{DateTime, Utc};
use otp_core::{Alphabet, Channel, CodeFormat, ContactError, Refusal};

use super::Sentence;
use super::view::{DOMAIN, EMAIL, PHONE, seconds_until};

/// More attempts than these need no mention: those of a strong code run into thousands.
const FEW: u16 = 100;

pub(super) fn of_contact(error: ContactError) -> Sentence {
    match error {
        ContactError::UnknownChannel => Sentence::plain("contact-choose"),
        ContactError::Empty => Sentence::plain("contact-required"),
        ContactError::TooLong => Sentence::plain("contact-too-long"),
        ContactError::ForbiddenCharacter => Sentence::plain("contact-forbidden"),
        ContactError::NotOneAddress => {
            Sentence::plain("contact-not-an-address").with("email", EMAIL)
        }
        ContactError::LocalPart => Sentence::plain("contact-local-part"),
        ContactError::Domain => Sentence::plain("contact-domain").with("domain", DOMAIN),
        ContactError::MixedScripts => Sentence::plain("contact-mixed"),
        ContactError::NotE164 | ContactError::NotAPhoneNumber | ContactError::UnknownRegion => {
            Sentence::plain("contact-not-a-number").with("phone", PHONE)
        }
    }
}

pub(super) fn of_refusal(refusal: Refusal, now: DateTime<Utc>) -> Sentence {
    match refusal {
        Refusal::Malformed { expected } => {
            of_format(expected, "refused-digits", "refused-characters")
        }
        Refusal::WrongCode { attempts_left } if attempts_left > FEW => {
            Sentence::plain("refused-wrong")
        }
        Refusal::WrongCode { attempts_left } => {
            Sentence::plain("refused-wrong-left").counting(attempts_left.into())
        }
        Refusal::NotUsable => Sentence::plain("refused-closed"),
        Refusal::TooSoon { retry_at } => {
            Sentence::plain("refused-wait").counting(seconds_until(retry_at, now))
        }
        Refusal::TooMany { retry_at } => {
            let minutes = ((seconds_until(retry_at, now) + 59) / 60).max(1);
            if minutes < 120 {
                Sentence::plain("refused-minutes").counting(minutes)
            } else {
                Sentence::plain("refused-hours").counting((minutes + 59) / 60)
            }
        }
        Refusal::ChannelOff { channel } => Sentence::plain(match channel {
            Channel::Email => "refused-email-off",
            Channel::Phone => "refused-phone-off",
        }),
        // A form asks for neither.
        Refusal::Lifetime { .. } | Refusal::IdempotencyMismatch => {
            Sentence::plain("refused-not-here")
        }
    }
}

/// Tells how a code looks.
pub(super) fn of_format(
    format: CodeFormat,
    of_digits: &'static str,
    of_characters: &'static str,
) -> Sentence {
    let key = match format.alphabet() {
        Alphabet::Digits => of_digits,
        Alphabet::Crockford32 => of_characters,
    };
    Sentence::plain(key).counting(format.length().into())
}
