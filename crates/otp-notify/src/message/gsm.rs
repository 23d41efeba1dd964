//! How much fits into a short message (3GPP TS 23.038 sections 6.2.1 and 6.2.3).

/// The basic table: a character's place is its septet. The carriage return and the escape only hold their places.
const BASIC: &str = concat!(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
);
/// The extension table, whose septets follow an escape.
const EXTENDED: [(char, u8); 9] = [
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2f),
    ('[', 0x3c),
    ('~', 0x3d),
    (']', 0x3e),
    ('|', 0x40),
    ('€', 0x65),
];
const ESCAPE: u8 = 0x1b;

/// Septets in one message; longer texts are cut into segments that are billed one by one.
pub(crate) const SEPTETS: usize = 160;
/// Units in one message that is sent as UCS-2. Phones take surrogate pairs too, at two units each.
pub(crate) const UNITS: usize = 70;

/// Says whether `text` is one message.
pub(crate) fn is_one_segment(text: &str) -> bool {
    match septets(text) {
        Some(septets) => septets <= SEPTETS,
        None => text.encode_utf16().count() <= UNITS,
    }
}

/// Returns the septets of `text`, each in an octet of its own; `None` when it does not fit the alphabet and would be
/// sent as UCS-2.
pub(crate) fn octets(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len());
    for character in text.chars() {
        if let Some((_, septet)) = EXTENDED.iter().find(|(known, _)| *known == character) {
            octets.extend([ESCAPE, *septet]);
        } else if matches!(character, '\r' | '\u{1b}') {
            return None;
        } else {
            let place = BASIC.chars().position(|known| known == character)?;
            octets.push(u8::try_from(place).ok()?);
        }
    }
    Some(octets)
}

/// Returns how many septets `text` takes; `None` as [`octets`].
pub(crate) fn septets(text: &str) -> Option<usize> {
    octets(text).map(|octets| octets.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_phones_do() {
        assert_eq!(BASIC.chars().count(), 128);
        for (text, count) in [
            ("", Some(0)),
            ("@example.com #012345\n", Some(21)),
            ("Größe", Some(5)),
            ("[::1]", Some(7)),
            ("5 €", Some(4)),
            ("ç", None),
            ("`", None),
            ("例", None),
            ("“", None),
            ("\r", None),
            ("\u{1b}", None),
        ] {
            assert_eq!(septets(text), count, "{text:?}");
        }
    }

    #[test]
    fn gives_each_character_its_septet() {
        for (text, septets) in [
            ("@£$¥_Δ", &[0, 1, 2, 3, 0x11, 0x10][..]),
            ("\nÅÆ É", &[0x0a, 0x0e, 0x1c, 0x20, 0x1f]),
            ("¤09?¡", &[0x24, 0x30, 0x39, 0x3f, 0x40]),
            (
                "AZÄ§¿azäà",
                &[0x41, 0x5a, 0x5b, 0x5f, 0x60, 0x61, 0x7a, 0x7b, 0x7f],
            ),
            ("€[", &[0x1b, 0x65, 0x1b, 0x3c]),
        ] {
            assert_eq!(octets(text).as_deref(), Some(septets), "{text:?}");
        }
    }

    #[test]
    fn one_character_outside_the_alphabet_leaves_room_for_70() {
        for (text, fits) in [
            ("x".repeat(160), true),
            ("x".repeat(161), false),
            ("€".repeat(80), true),
            ("€".repeat(81), false),
            ("ç".repeat(70), true),
            ("ç".repeat(71), false),
            (format!("ç{}", "x".repeat(69)), true),
            (format!("ç{}", "x".repeat(70)), false),
            ("😀".repeat(35), true),
            ("😀".repeat(36), false),
        ] {
            assert_eq!(is_one_segment(&text), fits, "{text}");
        }
    }
}
