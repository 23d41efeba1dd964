//! The ring: what it parses, what it derives, and what belongs to which key and epoch.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;

use super::*;

fn key(id: &str, first: u8) -> Key {
    let secret: Vec<u8> = (0..32)
        .map(|n: u8| n.wrapping_mul(7).wrapping_add(first))
        .collect();
    Key::new(KeyId(id.to_owned()), Zeroizing::new(secret)).expect("a good key")
}

fn email(text: &str) -> Contact {
    Contact::email(text).expect("an address")
}

#[test]
fn parses_what_it_writes_with_the_current_key_first() {
    let text = format!("{}, {}", *key("new", 1).expose(), *key("old", 2).expose());
    let ring = Keyring::parse(&text).expect("a ring");
    assert_eq!(
        ring.ids().map(KeyId::as_str).collect::<Vec<_>>(),
        ["new", "old"]
    );
    assert_eq!(ring.current().as_str(), "new");
}

#[test]
fn refuses_missing_short_weak_and_doubled_keys() {
    let zeros = format!("a:{}", URL_SAFE_NO_PAD.encode([0; 32]));
    let short = format!("a:{}", URL_SAFE_NO_PAD.encode((0..31).collect::<Vec<u8>>()));
    let good = key("a", 1).expose();
    let many = (0..9)
        .map(|n| key(&format!("k{n}"), n).expose().to_string())
        .collect::<Vec<_>>()
        .join(",");
    for (text, says) in [
        ("", "key 1 is not of the form"),
        ("a", "key 1 is not of the form"),
        ("A B:xx", "key 1 is not of the form"),
        ("a:not base64", "key 1 is not of the form"),
        (&format!("{},", *good), "key 2 is not of the form"),
        (
            &format!("{},b@soon:xx", *good),
            "key 2 must have `next` or a time",
        ),
        (&good.replace(':', "@2026-12-01:"), "so it has no @"),
        (&good.replace(':', "@next:"), "so it has no @"),
        (&short, "shorter than 32 bytes"),
        (&zeros, "is a pattern"),
        (&format!("{},{}", *good, *good), "used twice"),
        (&many, "more than 8 keys"),
    ] {
        let error = Keyring::parse(text).expect_err("a refusal").to_string();
        assert!(error.contains(says), "{text:?}: {error}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let ring = Keyring::new(key("a", 1), Vec::new()).expect("a ring");
    let shown = format!("{ring:?}");
    assert!(shown.contains("Key(a, redacted)"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn every_part_that_a_code_is_bound_to_changes_it() {
    let ring = Keyring::new(key("a", 1), vec![key("b", 2)]).expect("a ring");
    let (a, b) = (KeyId("a".to_owned()), KeyId("b".to_owned()));
    let [id, other_id] = [1, 2].map(|n| OtpId::from_uuid(Uuid::from_u128(n)));
    let [login, payment] =
        ["login", "payment"].map(|name| Purpose::parse(name).expect("a purpose"));
    let [ada, eve] =
        ["ada@example.com", "eve@example.com"].map(|text| ring.contact_key(&email(text)));
    let [seed, other_seed] = [3, 4].map(|byte| Seed::from_bytes([byte; 32]));
    let digest = Digest::from_bytes([5; 32]);
    // Thirteen characters, so that two different inputs do not meet by chance.
    let format = CodeFormat::new(crate::Alphabet::Crockford32, 13).expect("a format");
    let bound = || BoundTo {
        key_id: &a,
        id,
        purpose: &login,
        contact_key: &ada,
        context_digest: None,
        format,
        seed: &seed,
    };
    let code = |bound: &BoundTo<'_>| ring.derive(bound).expect("a code").expose().to_owned();
    let same = code(&bound());
    assert_eq!(same, code(&bound()), "the same parts give the same code");
    for (what, other) in [
        (
            "key",
            BoundTo {
                key_id: &b,
                ..bound()
            },
        ),
        (
            "id",
            BoundTo {
                id: other_id,
                ..bound()
            },
        ),
        (
            "purpose",
            BoundTo {
                purpose: &payment,
                ..bound()
            },
        ),
        (
            "contact",
            BoundTo {
                contact_key: &eve,
                ..bound()
            },
        ),
        (
            "context",
            BoundTo {
                context_digest: Some(&digest),
                ..bound()
            },
        ),
        (
            "seed",
            BoundTo {
                seed: &other_seed,
                ..bound()
            },
        ),
    ] {
        assert_ne!(same, code(&other), "{what}");
    }
    let later = ring.clone().with_epoch(1);
    assert_ne!(
        same,
        later.derive(&bound()).expect("a code").expose(),
        "epoch"
    );
    let retired = KeyId("gone".to_owned());
    assert!(
        ring.derive(&BoundTo {
            key_id: &retired,
            ..bound()
        })
        .is_none()
    );
}

#[test]
fn codes_are_uniform_in_every_place() {
    const DRAWS: u32 = 100_000;
    let ring = Keyring::new(key("a", 1), Vec::new()).expect("a ring");
    let purpose = Purpose::default();
    let contact_key = ring.contact_key(&email("ada@example.com"));
    let format = CodeFormat::digits(6).expect("a format");
    let mut counts = [[0_u32; 10]; 6];
    for n in 0..DRAWS {
        let mut seed = [0; 32];
        seed[..4].copy_from_slice(&n.to_be_bytes());
        let code = ring
            .derive(&BoundTo {
                key_id: ring.current(),
                id: OtpId::from_uuid(Uuid::from_u128(7)),
                purpose: &purpose,
                contact_key: &contact_key,
                context_digest: None,
                format,
                seed: &Seed::from_bytes(seed),
            })
            .expect("a code");
        for (place, digit) in code.expose().bytes().enumerate() {
            counts[place][usize::from(digit - b'0')] += 1;
        }
    }
    // Chi-square with 9 degrees of freedom: above 33.7 once in ten thousand tries; the draws are fixed, so no flake.
    let expected = f64::from(DRAWS) / 10.0;
    for (place, digits) in counts.iter().enumerate() {
        let chi: f64 = digits
            .iter()
            .map(|&seen| (f64::from(seen) - expected).powi(2) / expected)
            .sum();
        assert!(
            chi < 33.7,
            "place {place}: chi-square {chi}, counts {digits:?}"
        );
    }
}

#[test]
fn contact_keys_cover_every_key_of_the_ring() {
    let ring = Keyring::new(key("a", 1), vec![key("b", 2)]).expect("a ring");
    let ada = email("ada@example.com");
    let keys = ring.contact_keys(&ada);
    assert_eq!(keys.len(), 2);
    assert_eq!(keys.first(), Some(&ring.contact_key(&ada)));
    assert_ne!(keys.first(), keys.get(1));
}

#[test]
fn a_tokens_digest_belongs_to_key_epoch_and_label() {
    let ring = Keyring::new(key("new", 1), vec![key("old", 2)]).expect("a ring");
    let before = Keyring::new(key("old", 2), Vec::new()).expect("a ring");
    let now = ring.token_digest("session", b"token");
    assert_eq!(ring.token_digests("session", b"token").first(), Some(&now));
    let old = before.token_digest("session", b"token");
    assert!(ring.token_digests("session", b"token").contains(&old));
    assert!(!before.token_digests("session", b"token").contains(&now));
    assert_ne!(now, ring.token_digest("admin", b"token"));
    assert_ne!(now, ring.token_digest("session", b"nekot"));
    let later = ring.clone().with_epoch(1);
    for digest in later.token_digests("session", b"token") {
        assert!(digest != now && digest != old);
    }
}

#[test]
fn a_bucket_outlives_rotation_and_epoch() {
    let before = Keyring::new(key("old", 2), Vec::new()).expect("a ring");
    let after = Keyring::new(key("new", 1), vec![key("old", 2)]).expect("a ring");
    let parts: [&[u8]; 2] = [b"sends", b"ada"];
    assert_eq!(before.bucket(&parts), after.bucket(&parts));
    assert_eq!(before.bucket(&parts), after.with_epoch(9).bucket(&parts));
    assert_ne!(before.bucket(&parts), before.bucket(&[b"sendsada"]));
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a time").to_utc()
}

#[test]
fn terms_are_read_as_they_are_written() {
    let end = at("2026-12-01T12:30:00Z");
    for (text, term, written) in [
        ("old", Term::Open, "old"),
        ("old@next", Term::Next, "old@next"),
        (
            "old@2026-12-01",
            Term::Until(at("2026-12-01T00:00:00Z")),
            "old@2026-12-01T00:00:00Z",
        ),
        (
            "old@2026-12-01T13:30:00+01:00",
            Term::Until(end),
            "old@2026-12-01T12:30:00Z",
        ),
    ] {
        let old = key("old", 2).expose().replace("old", text);
        let ring = Keyring::parse(&format!("{},{old}", *key("new", 1).expose())).expect("a ring");
        assert_eq!(ring.keys().last().map(Key::term), Some(term), "{text}");
        let shown = ring.expose();
        assert!(shown.contains(&format!(",{written}:")), "{text}");
        assert_eq!(*Keyring::parse(&shown).expect("a ring").expose(), *shown);
    }
}

#[test]
fn a_retired_key_opens_nothing_from_its_end_on() {
    let end = at("2026-12-01T00:00:00Z");
    let before = Keyring::new(key("old", 2), Vec::new()).expect("a ring");
    let old = key("old", 2).with_term(Term::Until(end));
    let ring = Keyring::new(key("new", 1), vec![old]).expect("a ring");
    let ada = email("ada@example.com");
    let code = |ring: &Keyring| {
        let purpose = Purpose::default();
        ring.derive(&BoundTo {
            key_id: before.current(),
            id: OtpId::from_uuid(Uuid::from_u128(1)),
            purpose: &purpose,
            contact_key: &before.contact_key(&ada),
            context_digest: None,
            format: CodeFormat::digits(6).expect("a format"),
            seed: &Seed::from_bytes([3; 32]),
        })
    };
    let last = ring.at(end - TimeDelta::microseconds(1));
    assert!(matches!(last, Cow::Borrowed(_)), "nothing is copied before");
    assert!(code(&last).is_some());
    let over = ring.at(end);
    assert!(code(&over).is_none());
    assert_eq!(over.contact_keys(&ada), [ring.contact_key(&ada)]);
    assert_eq!(over.token_digests("session", b"token").len(), 1);
    assert_eq!(over.handles("scope", "key").1, []);
}

#[test]
fn a_rotation_ends_the_older_keys_and_drops_those_that_ended_but_the_oldest() {
    let (now, end) = (at("2026-12-01T00:00:00Z"), at("2026-12-01T12:00:00Z"));
    let (soon, late) = (now + TimeDelta::hours(1), end + TimeDelta::hours(1));
    let ring = Keyring::new(
        key("a", 1),
        vec![
            key("b", 2),
            key("c", 3).with_term(Term::Until(soon)),
            key("d", 4).with_term(Term::Until(late)),
            key("e", 5).with_term(Term::Until(now)),
            key("f", 7).with_term(Term::Until(now)),
        ],
    );
    let ring = ring.expect("a ring").with_epoch(7);
    let (bucket, device) = (ring.bucket(&[b"sends"]), ring.device(b"token"));
    let rotated = ring.rotated(key("new", 6), now, end).expect("a ring");
    let seen: Vec<_> = rotated
        .keys()
        .map(|key| (key.id().as_str(), key.term()))
        .collect();
    let until = Term::Until;
    let expected = [
        ("new", Term::Open),
        ("a", until(end)),
        ("b", until(end)),
        ("c", until(soon)),
        ("d", until(end)),
        ("f", until(now)),
    ];
    assert_eq!(seen, expected);
    assert_eq!((rotated.epoch, rotated.naming().as_str()), (7, "f"));
    assert_eq!(rotated.bucket(&[b"sends"]), bucket);
    assert_eq!(rotated.device(b"token"), device);
    assert_ne!(rotated.with_epoch(8).device(b"token"), device);
}

#[test]
fn an_announced_key_is_the_next_one_and_changes_no_bucket() {
    let (now, end) = (at("2026-12-01T00:00:00Z"), at("2026-12-01T12:00:00Z"));
    let ring = Keyring::new(key("old", 1), Vec::new())
        .expect("a ring")
        .with_epoch(7);
    let bucket = ring.bucket(&[b"sends"]);
    let announced = ring.announced(key("new", 2)).expect("a ring");
    assert_eq!((announced.current().as_str(), announced.epoch), ("old", 7));
    assert_eq!(announced.bucket(&[b"sends"]), bucket);
    let rotated = announced
        .rotated(key("unused", 3), now, end)
        .expect("a ring");
    let seen: Vec<_> = rotated
        .keys()
        .map(|key| (key.id().as_str(), key.term()))
        .collect();
    assert_eq!(seen, [("new", Term::Open), ("old", Term::Until(end))]);
    assert_eq!(rotated.bucket(&[b"sends"]), bucket);
}

fn hex(bytes: &[u8]) -> String {
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = halves.filter_map(|half| char::from_digit(half.into(), 16));
    digits.collect()
}

/// Computed by another implementation of HMAC-SHA-256: a change here kills every live code, session and limit.
#[test]
fn derivations_stay_as_they_were_released() {
    let ring = Keyring::new(key("a", 1), Vec::new())
        .expect("a ring")
        .with_epoch(5);
    let contact_key = ring.contact_key(&email("ada@example.com"));
    assert_eq!(
        hex(contact_key.as_bytes()),
        "b4addbfe0b8fdfbb97cf3899c302fce23f1bd9fcf6d08ddd051636ff1b37dcde"
    );
    let id = OtpId::from_uuid(Uuid::from_u128(7));
    for (alphabet, length, expected) in [
        (crate::Alphabet::Digits, 6, "645908"),
        (crate::Alphabet::Crockford32, 13, "K8BVMFG2XGVNP"),
    ] {
        let code = ring.derive(&BoundTo {
            key_id: ring.current(),
            id,
            purpose: &Purpose::default(),
            contact_key: &contact_key,
            context_digest: None,
            format: CodeFormat::new(alphabet, length).expect("a format"),
            seed: &Seed::from_bytes([3; 32]),
        });
        assert_eq!(code.expect("a code").expose(), expected);
    }
    assert_eq!(
        hex(&ring.token_digest("session", b"token")),
        "edb57e6c47621d09b32ae07cef62be8080476d4c525c01f38aa5ea1a5553833d"
    );
    assert_eq!(
        hex(&ring.bucket(&[b"sends", b"ada"])),
        "329ec6d233f3f48a8705a202336aa4f5d8727057f345b697c533bf7bc378eb5d"
    );
    let context = ring.context_digest(ring.current(), id, "10 EUR");
    assert_eq!(
        hex(context.expect("a key").as_bytes()),
        "599e4baa11bac7a1912990c4298d0d9cda951eb76dc0cd9bafab53a8e61d111d"
    );
    assert_eq!(
        hex(ring.handles("scope", "key").0.as_bytes()),
        "7cb9d9e8e2f98b108a2eb8a54068764b"
    );
}

#[test]
fn a_keys_name_is_short_and_plain() {
    let is_name = |text: &str| KeyId::parse(text).is_some();
    for name in ["a", "2026-11_b", "sixteen-letters_"] {
        assert!(is_name(name), "{name}");
    }
    for other in ["", "seventeen-letters", "A", "a b", "a.b", "é"] {
        assert!(!is_name(other), "{other}");
    }
}
