//! The judge, on its borders.

use chrono::TimeDelta;

use super::*;
use crate::Outcome;
use crate::testing::Bench;

async fn issued(bench: &Bench) -> (Otp, Code) {
    let contact = Contact::email("ada@example.com").expect("an address");
    let issued = bench.service().issue(contact).await.map(Outcome::granted);
    let id = issued.expect("a working store").expect("a code").id;
    let otp = bench
        .subject
        .otps
        .find(id)
        .await
        .expect("a working store")
        .expect("an OTP");
    (otp, bench.read_code(id).await)
}

fn presented(code: &Code) -> Presented {
    Presented {
        code: code.clone(),
        purpose: Purpose::default(),
        context: None,
        binding: None,
    }
}

fn wrong(code: &Code) -> Code {
    let other = if code.expose() == "000000" {
        "000001"
    } else {
        "000000"
    };
    Code::parse(other).expect("six digits")
}

#[tokio::test]
async fn opens_to_the_right_code_until_the_deadline() {
    let bench = Bench::new();
    let (otp, code) = issued(&bench).await;
    let check = |at| otp.check(&presented(&code), &bench.keys, at);
    assert_eq!(check(otp.created_at), Verdict::Opens);
    assert_eq!(
        check(otp.expires_at - TimeDelta::microseconds(1)),
        Verdict::Opens
    );
    assert_eq!(check(otp.expires_at), Verdict::Closed);
    assert!(!otp.is_expired(otp.expires_at - TimeDelta::microseconds(1)));
    assert!(otp.is_expired(otp.expires_at));
    assert!(otp.is_valid(otp.created_at) && !otp.is_valid(otp.expires_at));
}

#[tokio::test]
async fn opens_nothing_that_is_younger_than_clocks_are_apart() {
    let bench = Bench::new();
    let (otp, code) = issued(&bench).await;
    let check = |at| otp.check(&presented(&code), &bench.keys, at);
    let apart = otp.created_at - TimeDelta::minutes(1);
    assert_eq!(check(apart), Verdict::Opens);
    assert_eq!(check(apart - TimeDelta::microseconds(1)), Verdict::Closed);
}

#[tokio::test]
async fn refuses_a_wrong_code_purpose_context_or_browser() {
    let bench = Bench::new();
    let (otp, code) = issued(&bench).await;
    let right = presented(&code);
    for (what, presented) in [
        (
            "code",
            Presented {
                code: wrong(&code),
                ..right.clone()
            },
        ),
        (
            "purpose",
            Presented {
                purpose: Purpose::parse("payment").expect("a purpose"),
                ..right.clone()
            },
        ),
        (
            "context",
            Presented {
                context: Some("12 EUR to Eve".to_owned()),
                ..right.clone()
            },
        ),
        (
            "browser",
            Presented {
                binding: Some(Digest::of_secret(b"another browser")),
                ..right.clone()
            },
        ),
    ] {
        assert_eq!(
            otp.check(&presented, &bench.keys, otp.created_at),
            Verdict::Wrong,
            "{what}"
        );
    }
    let bound = Otp {
        binding: Some(Digest::of_secret(b"this browser")),
        ..otp.clone()
    };
    assert_eq!(
        bound.check(&right, &bench.keys, otp.created_at),
        Verdict::Wrong
    );
    let here = Presented {
        binding: bound.binding,
        ..right
    };
    assert_eq!(
        bound.check(&here, &bench.keys, otp.created_at),
        Verdict::Opens
    );
}

#[tokio::test]
async fn compares_nothing_of_another_form() {
    let bench = Bench::new();
    let (otp, _) = issued(&bench).await;
    for typed in ["1", "12345", "1234567", "12345a"] {
        let code = Code::parse(typed).expect("letters and digits");
        assert_eq!(
            otp.check(&presented(&code), &bench.keys, otp.created_at),
            Verdict::Malformed,
            "{typed}"
        );
    }
}

#[tokio::test]
async fn stays_closed_once_it_is_closed() {
    let bench = Bench::new();
    let (otp, code) = issued(&bench).await;
    let at = otp.created_at;
    for closed in [
        Otp {
            attempts: otp.max_attempts,
            ..otp.clone()
        },
        Otp {
            state: OtpState::Verified { at },
            ..otp.clone()
        },
        Otp {
            state: OtpState::Revoked { at },
            ..otp.clone()
        },
        Otp {
            state: OtpState::Spent,
            ..otp.clone()
        },
        Otp {
            key_id: KeyId::parse("retired").expect("an id"),
            ..otp.clone()
        },
    ] {
        assert_eq!(
            closed.check(&presented(&code), &bench.keys, at),
            Verdict::Closed,
            "{closed:?}"
        );
    }
    let last = Otp {
        attempts: otp.max_attempts - 1,
        ..otp
    };
    assert_eq!(
        last.check(&presented(&code), &bench.keys, at),
        Verdict::Opens
    );
}

#[tokio::test]
async fn debug_shows_no_seed_no_contact_and_no_key() {
    let bench = Bench::new();
    let (otp, code) = issued(&bench).await;
    let shown = format!("{otp:?} {:?}", presented(&code));
    let OtpState::Live(seed) = &otp.state else {
        panic!("a live OTP")
    };
    for secret in [seed.encode().as_str(), code.expose(), "ada", "example.com"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn a_seed_is_read_back_and_nothing_else_is() {
    let seed = Seed::from_bytes([200; 32]);
    assert_eq!(Seed::decode(&seed.encode()), Some(seed));
    for wrong in [
        "",
        "123456",
        &"A".repeat(42),
        &"A".repeat(44),
        &"*".repeat(43),
    ] {
        assert_eq!(Seed::decode(wrong), None, "{wrong:?}");
    }
}

#[test]
fn a_handle_is_written_as_its_uuid() {
    let uuid = Uuid::from_u128(7);
    assert_eq!(OtpId::from_uuid(uuid).to_string(), uuid.to_string());
}

#[test]
fn a_reference_is_three_letters_that_are_not_mixed_up() {
    assert_eq!(Reference::pick([0, 20, 39]).as_str(), "AAY");
    assert_eq!(Reference::parse("AAY"), Some(Reference::pick([0, 0, 19])));
    for wrong in ["", "AA", "AAAA", "aay", "A1Y", "AOY"] {
        assert_eq!(Reference::parse(wrong), None, "{wrong:?}");
    }
}

#[test]
fn a_locale_is_a_plain_language_tag() {
    for good in ["en", "de-CH", "zh-Hant-TW", "es-419"] {
        assert_eq!(Locale::parse(good).as_ref().map(Locale::as_str), Some(good));
    }
    for wrong in [
        "",
        "e",
        "en_US",
        "en-",
        "-en",
        "en us",
        "en\0",
        "é",
        &"a-".repeat(20),
    ] {
        assert_eq!(Locale::parse(wrong), None, "{wrong:?}");
    }
}
