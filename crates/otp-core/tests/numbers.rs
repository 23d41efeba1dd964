//! Hostile spellings of phone numbers, row by row: what each becomes, strictly and as people write it, or why not.

use otp_core::{ContactError, PhoneNumber, Region};
use proptest::prelude::*;

/// As typed; by [`PhoneNumber::parse`]; by [`PhoneNumber::parse_in`] for India. `""` is a refusal.
type Row = (&'static str, &'static str, &'static str);

const ROWS: &[Row] = &[
    ("+919876543210", "+919876543210", "+919876543210"),
    (" +919876543210\t", "+919876543210", "+919876543210"),
    ("9876543210", "", "+919876543210"),
    ("09876543210", "", "+919876543210"),
    ("919876543210", "", "+919876543210"),
    ("00919876543210", "", "+919876543210"),
    ("98765 43210", "", "+919876543210"),
    ("98765-43210", "", "+919876543210"),
    ("(98765) 43210", "", "+919876543210"),
    ("98.76.54.32.10", "", "+919876543210"),
    ("98765/43210", "", "+919876543210"),
    ("+91 98765 43210", "", "+919876543210"),
    ("+91-98765-43210", "", "+919876543210"),
    ("+91 (0) 98765 43210", "", "+919876543210"),
    ("+14155550132", "+14155550132", "+14155550132"),
    ("+1 (415) 555-0132", "", "+14155550132"),
    ("+390612345678", "+390612345678", "+390612345678"),
    ("+442079460000", "+442079460000", "+442079460000"),
    ("+441234567890", "+441234567890", "+441234567890"),
    ("+44 (0)20 7946 0000", "", "+442079460000"),
    ("+81 3 1234 5678", "", "+81312345678"),
    ("0014155550132", "", ""),
    ("+788800000", "+788800000", ""),
    ("+7888098357100", "+7888098357100", ""),
    ("+78809835710", "+78809835710", ""),
    // Too short, too long, no such country, no such number.
    ("", "", ""),
    (" \t ", "", ""),
    ("+", "", ""),
    ("0", "", ""),
    ("+0123456789", "", ""),
    ("+123456", "", ""),
    ("12345", "", ""),
    ("987654321", "", ""),
    ("98765432101", "", ""),
    ("0000000000", "", ""),
    ("+1234567890123456", "", ""),
    ("+999123456789", "+999123456789", ""),
    ("112", "", ""),
    ("*100#", "", ""),
    // Other digits, other plus signs, and characters that are not seen.
    ("＋919876543210", "", ""),
    ("９８７６５４３２１０", "", ""),
    ("+91９８７６５43210", "", ""),
    ("٩٨٧٦٥٤٣٢١٠", "", ""),
    ("९८७६५४३२१०", "", ""),
    ("+91987654321O", "", ""),
    ("+9l9876543210", "", ""),
    ("+91①②③④⑤⑥⑦⑧⑨⓪", "", ""),
    ("+91987654321²", "", ""),
    ("\u{202a}+919876543210\u{202c}", "", ""),
    ("+91\u{200b}9876543210", "", ""),
    ("+91\u{a0}98765\u{a0}43210", "", ""),
    ("+91\u{2011}9876543210", "", ""),
    ("+91\u{ad}9876543210", "", ""),
    ("\u{feff}+919876543210", "", ""),
    // Controls: a header or a command more for whoever speaks to the gateway.
    ("+919876543210\r\nBcc: x", "", ""),
    ("+919876543210\n", "", ""),
    ("+91987\n6543210", "", ""),
    ("+9198765\u{0}43210", "", ""),
    ("+919876543210\u{1a}", "", ""),
    ("+919876543210\u{1b}", "", ""),
    ("98765\t43210", "", ""),
    // Several numbers, extensions, letters and other formats that number parsers take.
    ("+919876543210,+919876543211", "", ""),
    ("+919876543210;+919876543211", "", ""),
    ("+919876543210 +919876543211", "", ""),
    ("+919876543210/+14155550132", "", ""),
    ("+919876543210;ext=5", "", ""),
    ("+919876543210 ext 5", "", ""),
    ("+919876543210x5", "", ""),
    ("+919876543210#5", "", ""),
    ("+919876543210,,5", "", ""),
    ("+919876543210p5", "", ""),
    ("tel:+919876543210", "", ""),
    ("sms:+919876543210", "", ""),
    ("tel:9876543210;phone-context=+91", "", ""),
    ("+91-1800-FLOWERS", "", ""),
    ("++919876543210", "", ""),
    ("+ 919876543210", "", "+919876543210"),
    ("-919876543210", "", "+919876543210"),
    ("9.876543210e9", "", ""),
    ("0x24CB016EA", "", ""),
    ("+91 98765 43210 ' or 1=1 --", "", ""),
    ("<b>+919876543210</b>", "", ""),
    ("$(id)", "", ""),
    ("((((((((((", "", ""),
    ("..........", "", ""),
    ("- - - - -", "", ""),
    ("+()", "", ""),
    ("+-./ ()+91", "", ""),
];

#[test]
fn every_row_becomes_what_it_should() {
    let india = Region::parse("IN").unwrap();
    assert!(ROWS.len() >= 60);
    let mut wrong = Vec::new();
    for &(typed, strict, usual) in ROWS {
        for (how, parsed, expected) in [
            ("strict", PhoneNumber::parse(typed), strict),
            ("usual", PhoneNumber::parse_in(typed, india), usual),
        ] {
            let became = parsed.as_ref().map_or("", PhoneNumber::as_str);
            if became != expected {
                wrong.push(format!(
                    "{how}: {typed:?} became {became:?}, not {expected:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_million_characters_are_refused_at_once() {
    let india = Region::parse("IN").unwrap();
    for piece in ["9", "+", "(", "-", " ", "+91", "９"] {
        let text = piece.repeat(1_000_000);
        assert!(PhoneNumber::parse(&text).is_err());
        assert!(PhoneNumber::parse_in(&text, india).is_err(), "{piece:?}");
    }
}

/// A foreign number loses no digit to the trunk prefix of the region: that would be somebody else's number.
#[test]
fn a_number_with_its_country_code_is_one_contact_whatever_the_region() -> Result<(), ContactError> {
    for region in ["IN", "US", "GB", "DE", "IT", "BR", "JP", "RU", "HU"] {
        let region = Region::parse(region)?;
        for (typed, number) in [
            ("+91 98765 43210", "+919876543210"),
            ("+39 06 1234 5678", "+390612345678"),
            ("+44 1234 567890", "+441234567890"),
            ("+86 800 810 1234", "+868008101234"),
            ("+36 1 234 5678", "+3612345678"),
        ] {
            let parsed = PhoneNumber::parse_in(typed, region)?;
            assert_eq!(parsed.as_str(), number, "{typed} {region:?}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_was_accepted_is_e164_and_stays_the_same(
        text in "\\+?[0-9 ()./-]{0,24}|\\PC{0,20}|\\+?[0-9]{6,16}",
        region in prop::sample::select(vec!["IN", "US", "IT", "AR", "RU"]),
    ) {
        let region = Region::parse(region).unwrap();
        for parsed in [PhoneNumber::parse(&text), PhoneNumber::parse_in(&text, region)] {
            let Ok(number) = parsed else { continue };
            let canonical = number.as_str();
            prop_assert!(canonical.starts_with('+') && canonical.len() <= 16);
            prop_assert!(canonical.bytes().skip(1).all(|byte| byte.is_ascii_digit()));
            prop_assert_eq!(PhoneNumber::parse(canonical), Ok(number.clone()));
        }
        if let Ok(number) = PhoneNumber::parse_in(&text, region) {
            prop_assert_eq!(PhoneNumber::parse_in(number.as_str(), region), Ok(number));
        }
    }
}
