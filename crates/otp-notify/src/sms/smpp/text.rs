//! The octets of a text: the default alphabet of phones where it fits, UCS-2 where not.

use crate::message::gsm;

/// Longest text in octets: thirty segments.
const LONGEST: usize = 4_000;

/// `data_coding` (SMPP 3.4, section 5.2.19).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Coding {
    /// The SMSC's default alphabet: that of GSM, a septet in each octet. Where an SMSC is set to another one, `@` and
    /// `_` arrive as something else.
    Default = 0,
    /// UTF-16, the higher octet first.
    Ucs2 = 8,
}

/// A text as octets. It has no `Debug`: it holds the code.
pub(super) struct Encoded {
    pub(super) coding: Coding,
    pub(super) octets: Vec<u8>,
    length: u16,
}

impl Encoded {
    /// `None` for a text that is far too long.
    pub(super) fn of(text: &str) -> Option<Self> {
        let (coding, octets) = if let Some(octets) = gsm::octets(text) {
            (Coding::Default, octets)
        } else {
            let units = text.encode_utf16();
            (Coding::Ucs2, units.flat_map(u16::to_be_bytes).collect())
        };
        let length = u16::try_from(octets.len()).ok()?;
        (octets.len() <= LONGEST).then_some(Self {
            coding,
            octets,
            length,
        })
    }

    pub(super) const fn length(&self) -> u16 {
        self.length
    }

    /// Says whether it is sent, and billed, as one message.
    pub(super) const fn is_one_segment(&self) -> bool {
        let most = match self.coding {
            Coding::Default => gsm::SEPTETS,
            Coding::Ucs2 => gsm::UNITS * 2,
        };
        self.octets.len() <= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_default_alphabet_where_it_fits() {
        for (text, coding, octets) in [
            ("Ü€", Coding::Default, &[0x5e, 0x1b, 0x65][..]),
            ("ç", Coding::Ucs2, &[0x00, 0xe7]),
            ("A例", Coding::Ucs2, &[0x00, 0x41, 0x4f, 0x8b]),
            ("🔑", Coding::Ucs2, &[0xd8, 0x3d, 0xdd, 0x11]),
        ] {
            let encoded = Encoded::of(text).expect("a text");
            assert_eq!((encoded.coding, &encoded.octets[..]), (coding, octets));
        }
    }

    #[test]
    fn knows_the_border_of_a_segment() {
        for (character, most) in [("a", 160), ("€", 80), ("例", 70), ("🔑", 35)] {
            let is_one = |count| {
                let encoded = Encoded::of(&character.repeat(count)).expect("a text");
                encoded.is_one_segment()
            };
            assert_eq!(
                (is_one(most), is_one(most + 1)),
                (true, false),
                "{character}"
            );
        }
    }

    #[test]
    fn refuses_what_no_phone_would_get() {
        assert!(Encoded::of(&"a".repeat(LONGEST)).is_some());
        assert!(Encoded::of(&"a".repeat(LONGEST + 1)).is_none());
        assert!(Encoded::of(&"例".repeat(LONGEST / 2 + 1)).is_none());
    }
}
