//! How codes look, as tables name it and as people are told.

use otp_core::{Alphabet, Code, CodeFormat};

#[test]
fn alphabets_are_read_by_the_names_that_tables_hold() {
    for (alphabet, name) in [
        (Alphabet::Digits, "digits"),
        (Alphabet::Crockford32, "crockford32"),
    ] {
        assert_eq!(alphabet.as_str(), name);
        assert_eq!(Alphabet::parse(name), Some(alphabet));
    }
    for other in ["", "Digits", "crockford", "crockford32 "] {
        assert_eq!(Alphabet::parse(other), None, "{other:?}");
    }
}

#[test]
fn a_format_is_told_in_words() {
    let told =
        |alphabet, length| CodeFormat::new(alphabet, length).map(|format| format.to_string());
    assert_eq!(told(Alphabet::Digits, 6).as_deref(), Some("6 digits"));
    let letters = told(Alphabet::Crockford32, 13);
    assert_eq!(letters.as_deref(), Some("13 letters and digits"));
}

#[test]
fn what_is_typed_has_at_most_64_bytes() {
    assert!(Code::parse(&"1".repeat(64)).is_ok());
    assert!(Code::parse(&"1".repeat(65)).is_err());
}
