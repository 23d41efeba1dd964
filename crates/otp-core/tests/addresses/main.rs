//! Hostile spellings of addresses, row by row: what each becomes, or why it is refused.
//!
//! Two spellings that look alike are two contacts or a refusal, never one contact (CVE-2019-19844, GHSA-7rqj-j65f-68wh).

mod rows;

use otp_core::ContactError::{Domain, TooLong};
use otp_core::{Contact, EmailAddress};
use proptest::prelude::*;

use crate::rows::rows;

#[test]
fn every_row_becomes_what_it_should() {
    assert!(rows().count() >= 200);
    let wrong: Vec<String> = rows()
        .map(|(typed, expected)| (typed, expected, EmailAddress::parse(typed)))
        .filter(|(_, expected, parsed)| {
            parsed.as_ref().map(EmailAddress::as_str) != expected.as_ref().map(|x| *x)
        })
        .map(|(typed, expected, parsed)| {
            let became = parsed.as_ref().map(EmailAddress::as_str);
            format!("{typed:?} became {became:?}, not {expected:?}")
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each pair was one person to some mail system, framework or database.
#[test]
fn look_alikes_are_two_contacts_or_a_refusal() {
    for (one, other) in [
        ("mike@example.org", "mıke@example.org"),
        ("ada@github.com", "ada@gıthub.com"),
        ("ada@github.com", "ada@gİthub.com"),
        ("ada@apple.com", "ada@аррӏе.com"),
        ("ada@example.com", "ada@exаmple.com"),
        ("ada@example.com", "ada@ｅxample.com"),
        ("ada@example.com", "ada@example。com"),
        ("ada@example.com", "ada＠example.com"),
        ("ada@example.com", "ada@example.com."),
        ("ada@example.com", "ada@xn--example-.com"),
        ("ada@example.com", "ada@exam\u{ad}ple.com"),
        ("ada@example.com", "ada\u{200b}@example.com"),
        ("ada@example.com", "\u{feff}ada@example.com"),
        ("ada@example.com", "\"ada\"@example.com"),
        ("ada@example.com", "ada(x)@example.com"),
        ("ada@example.com", "ada@example.com\0"),
        ("ada@example.com", "ada@example.com\n"),
        ("ada@example.com", "ádà@example.com"),
        ("ada@example.com", "ada@éxample.com"),
        ("ada@straße.de", "ada@strasse.de"),
        ("ada@bücher.de", "ada@bucher.de"),
        ("ada@bücher.de", "ada@bu\u{308}cher.de"),
        ("ada@kim.example", "ada@\u{212a}im.example"),
        ("ada@file.example", "ada@ﬁle.example"),
        ("ada@test.example", "ada@teſt.example"),
        ("ada@σ.example", "ada@ς.example"),
        ("a.da@example.com", "ada@example.com"),
        ("ada+1@example.com", "ada@example.com"),
        ("ada@gmail.com", "ada@googlemail.com"),
        ("ada_@example.com", "ada-@example.com"),
        ("012345@example.com", "12345@example.com"),
    ] {
        let one_contact = EmailAddress::parse(one).unwrap();
        assert_ne!(
            EmailAddress::parse(other),
            Ok(one_contact),
            "{one:?} {other:?}"
        );
    }
}

#[test]
fn the_borders_of_length_are_those_of_the_mail_system() {
    let at = |local: usize, labels: usize, last: usize| {
        let labels = vec!["b".repeat(63); labels].join(".");
        format!("{}@{labels}.{}.com", "a".repeat(local), "c".repeat(last))
    };
    let length = |text: &str| EmailAddress::parse(text).map(|address| address.as_str().len());
    assert_eq!(length(&at(64, 2, 57)), Ok(254));
    assert_eq!(length(&at(64, 2, 58)), Err(TooLong));
    assert_eq!(length(&at(65, 1, 5)), Err(TooLong));
    assert_eq!(length(&format!("a@{}.com", "b".repeat(63))), Ok(69));
    assert_eq!(length(&format!("a@{}.com", "b".repeat(64))), Err(Domain));
    assert_eq!(length(&format!("a@{}.com", "ü".repeat(60))), Err(Domain));
    for longer in ["a", "@", "a@", "a.", "ü", "\u{300}"] {
        assert_eq!(
            length(&longer.repeat(1_000_000)),
            Err(TooLong),
            "{longer:?}"
        );
    }
}

/// Pieces of the rows above, in any order: finds what a table does not think of.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(rows().map(|(typed, _)| typed).collect::<Vec<_>>()).prop_flat_map(
            |row| {
                let ends: Vec<usize> = row
                    .char_indices()
                    .map(|(at, _)| at)
                    .chain([row.len()])
                    .collect();
                (
                    prop::sample::select(ends.clone()),
                    prop::sample::select(ends),
                )
                    .prop_map(move |(a, b)| row[a.min(b)..a.max(b)].to_owned())
            }
        ),
        prop::sample::select(vec!["@", ".", "a", "xn--", "example.com", "-", "\u{200d}"])
            .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn what_was_accepted_is_one_plain_address_and_stays_the_same(text in pieces()) {
        if let Ok(address) = EmailAddress::parse(&text) {
            let canonical = address.as_str();
            prop_assert_eq!(canonical.matches('@').count(), 1);
            prop_assert!(canonical.len() <= 254);
            prop_assert!(canonical.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase()));
            prop_assert!(!canonical.contains([',', ';', ':', '<', '>', '(', ')', '[', ']', '"', '\\', '%', '!']));
            prop_assert_eq!(EmailAddress::parse(canonical), Ok(address.clone()));
            prop_assert!(!Contact::from(address).abuse_form().is_empty());
        }
    }
}
