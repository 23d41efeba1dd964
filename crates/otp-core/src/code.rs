//! The code a person types, its alphabet and its length.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The characters a code is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alphabet {
    /// `0` to `9`.
    Digits,
    /// Crockford's base 32: digits and upper-case letters without I, L, O and U.
    Crockford32,
}

impl Alphabet {
    /// Every alphabet.
    pub const ALL: [Self; 2] = [Self::Digits, Self::Crockford32];

    /// Returns the characters in order of their value.
    pub const fn characters(self) -> &'static str {
        match self {
            Self::Digits => "0123456789",
            Self::Crockford32 => "0123456789ABCDEFGHJKMNPQRSTVWXYZ",
        }
    }

    /// Returns the name used in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Crockford32 => "crockford32",
        }
    }

    /// Reads the name used in tables; `None` when there is no such alphabet.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|alphabet| alphabet.as_str() == name)
    }

    /// Reads one typed character: full-width digits count as digits, and look-alikes as Crockford meant them.
    fn read(self, typed: char) -> Option<char> {
        let plain = match typed {
            '０'..='９' => char::from_u32(u32::from(typed) - u32::from('０') + u32::from('0'))?,
            other => other,
        };
        let meant = match (self, plain.to_ascii_uppercase()) {
            (Self::Crockford32, 'O') => '0',
            (Self::Crockford32, 'I' | 'L') => '1',
            (_, upper) => upper,
        };
        self.characters().contains(meant).then_some(meant)
    }
}

/// How a code looks: its alphabet and its number of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CodeFormat {
    alphabet: Alphabet,
    length: u8,
}

impl CodeFormat {
    /// Fewest characters of a code (NIST SP 800-63B-4 section 3.1.3.2 asks for six digits).
    pub const MIN_LENGTH: u8 = 6;
    /// Most characters of a code: what a person still types, and what 128 bits fill evenly.
    pub const MAX_LENGTH: u8 = 13;

    /// Six digits.
    pub const DEFAULT: Self = Self {
        alphabet: Alphabet::Digits,
        length: Self::MIN_LENGTH,
    };

    /// Eight digits: what a service with many logins, or many guesses, needs.
    pub const LONG: Self = Self {
        alphabet: Alphabet::Digits,
        length: 8,
    };
    /// Thirteen of Crockford's characters, 65 bits: nobody guesses it, so nobody's guesses lock its owner out
    /// (NIST SP 800-63B-4 section 3.1.3.2 asks for no limit from 64 bits on).
    pub const STRONG: Self = Self {
        alphabet: Alphabet::Crockford32,
        length: Self::MAX_LENGTH,
    };

    /// Makes a format of 6 to 13 characters; `None` outside these bounds.
    pub const fn new(alphabet: Alphabet, length: u8) -> Option<Self> {
        if length < Self::MIN_LENGTH || length > Self::MAX_LENGTH {
            return None;
        }
        Some(Self { alphabet, length })
    }

    /// Makes a format of digits; `None` outside 6 to 13.
    pub const fn digits(length: u8) -> Option<Self> {
        Self::new(Alphabet::Digits, length)
    }

    /// Returns the alphabet.
    pub const fn alphabet(self) -> Alphabet {
        self.alphabet
    }

    /// Returns the number of characters.
    pub const fn length(self) -> u8 {
        self.length
    }

    /// Returns how many codes there are.
    pub const fn space(self) -> u128 {
        (self.alphabet.characters().len() as u128).pow(self.length as u32)
    }

    /// Says whether nobody can guess its codes, however often he tries: 64 bits or more.
    pub const fn is_strong(self) -> bool {
        self.space() >= 1 << 64
    }

    /// Makes a format of three digits, so that a test sees guesses succeed.
    #[cfg(feature = "testing")]
    pub const fn easy() -> Self {
        Self {
            alphabet: Alphabet::Digits,
            length: 3,
        }
    }

    /// Draws a code by 16 random bytes: each of [`Self::space`] is equally likely, leading zeros are kept.
    pub fn draw(self, random: [u8; 16]) -> Code {
        self.write(u128::from_be_bytes(random))
    }

    /// Writes `number` modulo [`Self::space`] with leading zeros kept.
    ///
    /// A uniform 128-bit number gives uniform codes: the bias is below 2⁻⁶³ for the longest format.
    pub(crate) fn write(self, number: u128) -> Code {
        let base = self.alphabet.characters().len() as u128;
        // The lowest places alone are the number modulo the space.
        let mut rest = number;
        let mut code = Zeroizing::new(vec![b'0'; usize::from(self.length)]);
        for place in code.iter_mut().rev() {
            let value = usize::try_from(rest % base).unwrap_or_default();
            *place = self
                .alphabet
                .characters()
                .as_bytes()
                .get(value)
                .copied()
                .unwrap_or(b'0');
            rest /= base;
        }
        Code(Zeroizing::new(String::from_utf8_lossy(&code).into_owned()))
    }

    /// Reads `typed` as a code of this format; `None` when it cannot be one.
    pub(crate) fn read(self, typed: &Code) -> Option<Code> {
        let read: Option<String> = typed.0.chars().map(|c| self.alphabet.read(c)).collect();
        let code = Code(Zeroizing::new(read?));
        (code.0.len() == usize::from(self.length)).then_some(code)
    }
}

impl fmt::Display for CodeFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.alphabet {
            Alphabet::Digits => "digits",
            Alphabet::Crockford32 => "letters and digits",
        };
        write!(f, "{} {what}", self.length)
    }
}

/// The characters a person types.
///
/// It has no `Display` and no serialisation, its `Debug` is redacted, and its memory is wiped when it is dropped.
/// [`expose`](Self::expose) is the only way to its text.
///
/// ```compile_fail,E0277
/// let code = otp_core::Code::parse("012345").unwrap();
/// println!("your code is {code}");
/// ```
#[derive(Clone)]
pub struct Code(Zeroizing<String>);

impl Code {
    /// Reads what a person typed: blanks and dashes are dropped, full-width digits become digits.
    ///
    /// Whether the length and the alphabet are right is judged against the OTP that it is meant for.
    ///
    /// # Errors
    /// [`CodeError`] when it holds anything but letters, digits, blanks and dashes, or is empty or over-long.
    pub fn parse(typed: &str) -> Result<Self, CodeError> {
        const LONGEST_TYPED: usize = 64;
        if typed.len() > LONGEST_TYPED {
            return Err(CodeError);
        }
        let mut code = Zeroizing::new(String::with_capacity(LONGEST_TYPED));
        for c in typed.chars() {
            match c {
                ' '
                | '\t'
                | '\u{a0}'
                | '\u{2007}'
                | '\u{202f}'
                | '\u{3000}'
                | '-'
                | '\u{2010}'..='\u{2015}'
                | '\u{2212}' => {}
                '0'..='9' | 'A'..='Z' | 'a'..='z' | '０'..='９' => code.push(c),
                _ => return Err(CodeError),
            }
        }
        if code.is_empty() {
            Err(CodeError)
        } else {
            Ok(Self(code))
        }
    }

    /// Returns the characters: for the message, and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in time that depends on the lengths only.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(redacted)")
    }
}

/// The text cannot be a code of any format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("enter the code as it stands in the message: letters and digits only")]
pub struct CodeError;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIX: CodeFormat = CodeFormat {
        alphabet: Alphabet::Digits,
        length: 6,
    };
    const STRONG: CodeFormat = CodeFormat {
        alphabet: Alphabet::Crockford32,
        length: 13,
    };

    fn typed(text: &str, format: CodeFormat) -> Option<String> {
        let code = Code::parse(text).ok()?;
        format.read(&code).map(|code| code.expose().to_owned())
    }

    #[test]
    fn alphabets_are_read_by_their_names_and_formats_told_in_words() {
        for alphabet in Alphabet::ALL {
            assert_eq!(Alphabet::parse(alphabet.as_str()), Some(alphabet));
        }
        for wrong in ["", "Digits", "digits ", "hex"] {
            assert_eq!(Alphabet::parse(wrong), None, "{wrong:?}");
        }
        assert_eq!(SIX.to_string(), "6 digits");
        assert_eq!(STRONG.to_string(), "13 letters and digits");
    }

    #[test]
    fn takes_so_much_and_no_more() {
        for (blanks, is_taken) in [(58, true), (59, false), (60, false)] {
            let text = format!("123456{}", " ".repeat(blanks));
            assert_eq!(Code::parse(&text).is_ok(), is_taken, "{blanks}");
        }
    }

    #[test]
    fn takes_the_ways_people_type_a_code() {
        for text in [
            "123456",
            " 123 456 ",
            "123-456",
            "1 2 3 4 5 6",
            "１２３４５６",
            "123\u{a0}456",
            "123–456",
        ] {
            assert_eq!(typed(text, SIX).as_deref(), Some("123456"), "{text:?}");
        }
        assert_eq!(typed("012345", SIX).as_deref(), Some("012345"));
        assert_eq!(
            typed("ol1i-23456-789a", STRONG).as_deref(),
            Some("0111234567 89A".replace(' ', "").as_str())
        );
    }

    #[test]
    fn refuses_what_cannot_be_a_code() {
        let long = "1".repeat(1_000_000);
        for text in [
            "",
            "   ",
            "---",
            "12345",
            "1234567",
            "12345a",
            "+12345",
            "1.2e5",
            "12345\0",
            "٠١٢٣٤٥",
            "12\u{202e}3456",
            "123\n456",
            &long,
        ] {
            assert_eq!(
                typed(text, SIX),
                None,
                "{:?}",
                text.chars().take(20).collect::<String>()
            );
        }
    }

    #[test]
    fn keeps_leading_zeros_and_wraps_at_the_space() {
        assert_eq!(SIX.write(42).expose(), "000042");
        assert_eq!(SIX.write(1_000_042).expose(), "000042");
        assert_eq!(SIX.write(999_999).expose(), "999999");
        assert_eq!(STRONG.write(31).expose(), "000000000000Z");
        assert_eq!(STRONG.space(), 1 << 65);
    }

    #[test]
    fn has_no_format_below_six_or_above_thirteen() {
        assert_eq!(CodeFormat::digits(5), None);
        assert!(CodeFormat::digits(6).is_some());
        assert!(CodeFormat::digits(13).is_some());
        assert_eq!(CodeFormat::digits(14), None);
    }

    #[test]
    fn debug_is_redacted() {
        assert_eq!(format!("{:?}", SIX.write(123_456)), "Code(redacted)");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(number: u128) {
            for format in [SIX, STRONG] {
                let code = format.write(number);
                prop_assert!(format.read(&code).is_some_and(|read| read.equals(&code)));
            }
        }
    }
}
