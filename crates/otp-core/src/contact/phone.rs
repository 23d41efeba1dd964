//! Phone numbers in E.164, and national formats with a default region.

use std::fmt;

use super::ContactError;

/// One phone number in E.164 form: `+`, then 7 to 15 digits, the first not zero.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Parses a number that is written in E.164 form, with nothing inside it or around it but blanks.
    ///
    /// # Errors
    /// [`ContactError::Empty`] or [`ContactError::NotE164`].
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let text = text.trim_matches([' ', '\t']);
        if text.is_empty() {
            return Err(ContactError::Empty);
        }
        let digits = text.strip_prefix('+').ok_or(ContactError::NotE164)?;
        let is_e164 = (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_e164 {
            return Err(ContactError::NotE164);
        }
        Ok(Self(text.to_owned()))
    }

    /// Parses a number as people write it: E.164 with separators, or the national format of `region`.
    ///
    /// Separators are blanks, `-`, `.`, `/` and parentheses.
    /// A number without `+` must exist in the region's numbering plan; one with `+` must have a known country code.
    ///
    /// # Errors
    /// [`ContactError::Empty`] or [`ContactError::NotAPhoneNumber`].
    #[cfg(feature = "national-numbers")]
    pub fn parse_in(text: &str, region: Region) -> Result<Self, ContactError> {
        const LONGEST: usize = 40;
        let text = text.trim_matches([' ', '\t']);
        if text.is_empty() {
            return Err(ContactError::Empty);
        }
        let digits = text.strip_prefix('+').unwrap_or(text);
        // The parser below takes vanity letters, extensions and full-width digits; people who log in do not need them.
        let is_plain = digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b" -./()".contains(&byte));
        if !is_plain || text.len() > LONGEST {
            return Err(ContactError::NotAPhoneNumber);
        }
        // The region's trunk prefix is no part of a foreign number: the US one would make +44 234… of +44 1234….
        let of_region = (!text.starts_with('+')).then_some(region);
        let number = phonenumber::parse(of_region.map(|region| region.0), text)
            .map_err(|_| ContactError::NotAPhoneNumber)?;
        let canonical = canonical(&number);
        let exists = match of_region {
            Some(region) => region.has(&number),
            // Plans change faster than their copy here: what was typed in full is taken, but nothing made from it.
            None => {
                number.is_valid()
                    || canonical
                        .bytes()
                        .skip(1)
                        .eq(digits.bytes().filter(u8::is_ascii_digit))
            }
        };
        // +7 8… loses its 8 as a trunk prefix each time it is read: what is stored must be read as itself.
        let again = phonenumber::parse(None, &canonical);
        let is_stable = again.is_ok_and(|again| self::canonical(&again) == canonical);
        if !exists || !is_stable {
            return Err(ContactError::NotAPhoneNumber);
        }
        Self::parse(&canonical).map_err(|_| ContactError::NotAPhoneNumber)
    }

    /// Returns the canonical form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn hint(&self) -> String {
        let shown = self.0.len().saturating_sub(4);
        let last = self.0.get(shown..).unwrap_or_default();
        format!("+{}{last}", "*".repeat(shown.saturating_sub(1)))
    }
}

#[cfg(feature = "national-numbers")]
fn canonical(number: &phonenumber::PhoneNumber) -> String {
    format!("+{}{}", number.country().code(), number.national())
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(redacted)")
    }
}

/// A country or territory with its own numbering plan, named by its two letters of ISO 3166.
#[cfg(feature = "national-numbers")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region(phonenumber::country::Id);

#[cfg(feature = "national-numbers")]
impl Region {
    /// Parses two upper-case letters, like `IN`.
    ///
    /// # Errors
    /// [`ContactError::UnknownRegion`] when no numbering plan has that name.
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        text.parse()
            .map(Self)
            .map_err(|_| ContactError::UnknownRegion)
    }

    /// Returns the calling code, like 91, of the region that it is named after; regions that share another's have none.
    pub fn calling_code(self) -> Option<u16> {
        let plans = &phonenumber::metadata::DATABASE;
        let code = plans.by_id(self.0.as_ref())?.country_code();
        let sharers = plans.region(&code)?;
        (sharers.first() == Some(&self.0.as_ref())).then_some(code)
    }

    fn has(self, number: &phonenumber::PhoneNumber) -> bool {
        let plan = phonenumber::metadata::DATABASE.by_id(self.0.as_ref());
        let code = plan.map(phonenumber::Metadata::country_code);
        code == Some(number.country().code()) && number.is_valid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_strict_e164_only() {
        assert_eq!(
            PhoneNumber::parse(" +919876543210 ").map(|n| n.0),
            Ok("+919876543210".to_owned())
        );
        for wrong in [
            "9876543210",
            "+0123456789",
            "+123456",
            "+1234567890123456",
            "+91 98765 43210",
            "+91-9876543210",
            "＋919876543210",
            "+٩١٩٨٧٦٥٤٣٢١٠",
            "+9198765\u{0}43210",
            "+91987654321O",
            "++919876543210",
            "tel:+919876543210",
        ] {
            assert_eq!(
                PhoneNumber::parse(wrong),
                Err(ContactError::NotE164),
                "{wrong:?}"
            );
        }
        assert_eq!(PhoneNumber::parse("  "), Err(ContactError::Empty));
    }

    #[test]
    fn hint_keeps_the_last_four_digits() {
        assert_eq!(
            PhoneNumber::parse("+919876543210").map(|n| n.hint()),
            Ok("+********3210".to_owned())
        );
    }

    #[cfg(feature = "national-numbers")]
    #[test]
    fn a_calling_code_belongs_to_the_region_it_is_named_after() {
        for (region, code) in [
            ("IN", Some(91)),
            ("DE", Some(49)),
            ("GB", Some(44)),
            ("IM", None),
            ("US", Some(1)),
            ("CA", None),
            ("KZ", None),
        ] {
            let region = Region::parse(region).expect("a region");
            assert_eq!(region.calling_code(), code, "{region:?}");
        }
    }

    #[cfg(feature = "national-numbers")]
    #[test]
    fn takes_national_formats_of_the_default_region() -> Result<(), ContactError> {
        let india = Region::parse("IN")?;
        for typed in [
            "9876543210",
            "09876543210",
            "98765 43210",
            "+91 98765-43210",
            "+919876543210",
        ] {
            assert_eq!(
                PhoneNumber::parse_in(typed, india).map(|n| n.0),
                Ok("+919876543210".to_owned()),
                "{typed:?}"
            );
        }
        for (blanks, is_taken) in [(30, true), (31, false), (32, false)] {
            let typed = format!("98765{}43210", " ".repeat(blanks));
            let taken = PhoneNumber::parse_in(&typed, india);
            assert_eq!(taken.is_ok(), is_taken, "{} characters", typed.len());
        }
        // A number that exists is taken also where it was typed with what does not belong to it.
        assert_eq!(
            PhoneNumber::parse_in("+44 (0)20 7946 0018", india).map(|n| n.0),
            Ok("+442079460018".to_owned())
        );
        assert_eq!(
            PhoneNumber::parse_in("(415) 555-0132", Region::parse("US")?).map(|n| n.0),
            Ok("+14155550132".to_owned())
        );
        for wrong in [
            "12345",
            "987654321",
            "98765432101",
            "98765x43210",
            "9876543210 ext 5",
            "９８７６５４３２１０",
            "٩٨٧٦٥٤٣٢١٠",
            "+999123456789",
            "98765\n43210",
            "++919876543210",
            "+",
        ] {
            assert_eq!(
                PhoneNumber::parse_in(wrong, india),
                Err(ContactError::NotAPhoneNumber),
                "{wrong:?}"
            );
        }
        assert_eq!(
            PhoneNumber::parse_in(&"9".repeat(1_000_000), india),
            Err(ContactError::NotAPhoneNumber)
        );
        assert_eq!(Region::parse("in"), Err(ContactError::UnknownRegion));
        assert_eq!(Region::parse("XX"), Err(ContactError::UnknownRegion));
        Ok(())
    }
}
