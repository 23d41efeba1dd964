//! The alphabet of short messages (3GPP TS 23.038 section 6.2.1).

/// Characters of the basic table, one septet each; carriage return is left out on purpose.
const BASIC: &str = concat!(
    "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
);
/// Characters of the extension table, two septets each.
const EXTENDED: &str = "^{}\\[~]|€";

/// Septets in one message; longer texts are cut into segments that are billed one by one.
pub(crate) const SEGMENT: usize = 160;

/// Returns how many septets `text` takes; `None` when it does not fit the alphabet and would be sent as UCS-2.
pub(crate) fn septets(text: &str) -> Option<usize> {
    text.chars()
        .map(|c| {
            if BASIC.contains(c) {
                Some(1)
            } else {
                EXTENDED.contains(c).then_some(2)
            }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_phones_do() {
        // 128 places, less the escape and the carriage return.
        assert_eq!(BASIC.chars().count(), 126);
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
        ] {
            assert_eq!(septets(text), count, "{text:?}");
        }
    }
}
