//! E-mail addresses by rules stricter than RFC 5321, so that one person is one address.

use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_security::MixedScript;

use super::ContactError;

/// Longest address a mail system has to take, in octets (RFC 5321 section 4.5.3.1.3).
const MAX_ADDRESS: usize = 254;
/// Octets of what may be typed: a canonical domain has a letter where a script may take four octets.
const LONGEST_TYPED: usize = 4 * MAX_ADDRESS;
/// Longest part before the `@`, in octets (RFC 5321 section 4.5.3.1.1).
const MAX_LOCAL: usize = 64;

/// One e-mail address in canonical form: lower-case ASCII dot-atom, `@`, lower-case A-labels.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Parses exactly one address and brings it to its canonical form.
    ///
    /// Blanks around it are dropped and ASCII letters lower-cased (a deliberate deviation from RFC 5321 section 2.4).
    /// Refused are quoted parts, comments, routing (`%`, `!`), encoded words, controls, IP literals, dotless hosts,
    /// labels that mix scripts, and domains not written in their normal form: full-width letters or ideographic dots
    /// would make two spellings one contact.
    ///
    /// # Errors
    /// The first [`ContactError`] met, from left to right.
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let text = text.trim_matches([' ', '\t']);
        match text.len() {
            0 => return Err(ContactError::Empty),
            1..=LONGEST_TYPED => {}
            _ => return Err(ContactError::TooLong),
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(ContactError::ForbiddenCharacter);
        }
        let (local, domain) = text.split_once('@').ok_or(ContactError::NotOneAddress)?;
        if domain.contains('@') {
            return Err(ContactError::NotOneAddress);
        }
        let address = format!("{}@{}", parse_local(local)?, parse_domain(domain)?);
        if address.len() > MAX_ADDRESS {
            return Err(ContactError::TooLong);
        }
        Ok(Self(address))
    }

    /// An address of the reserved domain (RFC 2606) that nobody has.
    pub(super) fn absent() -> Self {
        Self("absent@otp.invalid".to_owned())
    }

    /// Returns the canonical form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn hint(&self) -> String {
        let (local, domain) = self.0.split_once('@').unwrap_or((&self.0, ""));
        let first = local.chars().next().unwrap_or('*');
        format!("{first}***@{domain}")
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(redacted)")
    }
}

fn parse_local(local: &str) -> Result<String, ContactError> {
    if local.len() > MAX_LOCAL {
        return Err(ContactError::TooLong);
    }
    let atoms_are_whole = local
        .split('.')
        .all(|atom| !atom.is_empty() && atom.bytes().all(is_atom_text));
    // Mail programs have read a leading `-` as an option, `|` as a command, `/` as a file; `=?` opens an encoded word,
    // and `${` was run as a command by Exim (CVE-2019-10149).
    let is_read_otherwise =
        local.starts_with(['-', '|', '/']) || ["=?", "${"].iter().any(|odd| local.contains(odd));
    if !atoms_are_whole || is_read_otherwise {
        return Err(ContactError::LocalPart);
    }
    Ok(local.to_ascii_lowercase())
}

/// `atext` of RFC 5322 section 3.2.3 without `%` and `!`, which route mail.
fn is_atom_text(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"#$&'*+-/=?^_`{|}~".contains(&byte)
}

fn parse_domain(domain: &str) -> Result<String, ContactError> {
    let typed = domain.to_ascii_lowercase();
    let ascii = Uts46::new()
        .to_ascii(
            typed.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::Check,
            DnsLength::Verify,
        )
        .map_err(|_| ContactError::Domain)?;
    let (unicode, valid) =
        Uts46::new().to_unicode(ascii.as_bytes(), AsciiDenyList::STD3, Hyphens::Check);
    valid.map_err(|_| ContactError::Domain)?;
    // Only the normal form itself is taken, as A-labels or as U-labels: no two spellings may meet in one contact.
    if typed != *ascii && typed != *unicode {
        return Err(ContactError::Domain);
    }
    let top = ascii.rsplit('.').next().unwrap_or_default();
    let is_dotless = !ascii.contains('.');
    // No top-level domain begins with a digit (RFC 1123 section 2.1), but numbers do: resolvers take `127.0.0.0x1` too.
    if is_dotless || top.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(ContactError::Domain);
    }
    if !unicode.split('.').all(MixedScript::is_single_script) {
        return Err(ContactError::MixedScripts);
    }
    Ok(ascii.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accepts_and_canonicalises() {
        for (typed, canonical) in [
            ("test@example.com", "test@example.com"),
            (
                "  Ada.Lovelace+otp@Example.COM\t",
                "ada.lovelace+otp@example.com",
            ),
            ("a@b.co", "a@b.co"),
            ("o'brien@example.ie", "o'brien@example.ie"),
            ("user@bücher.de", "user@xn--bcher-kva.de"),
            ("user@XN--BCHER-KVA.de", "user@xn--bcher-kva.de"),
            ("user@straße.de", "user@xn--strae-oqa.de"),
            ("user@例え.jp", "user@xn--r8jz45g.jp"),
            ("user@mail.example.museum", "user@mail.example.museum"),
        ] {
            assert_eq!(
                EmailAddress::parse(typed).map(|a| a.0),
                Ok(canonical.to_owned()),
                "{typed:?}"
            );
        }
    }

    #[test]
    fn takes_the_longest_and_nothing_longer() {
        let domain = |octets: usize| -> String {
            let ends_label = |at| at % 50 == 49 && at + 1 < octets;
            let letter = |at| if ends_label(at) { '.' } else { 'd' };
            (0..octets).map(letter).collect()
        };
        for (local, whole, is_taken) in [
            (64, 254, true),
            (65, 254, false),
            (1, 254, true),
            (1, 255, false),
        ] {
            let address = format!("{}@{}", "l".repeat(local), domain(whole - local - 1));
            assert_eq!(address.len(), whole);
            let taken = EmailAddress::parse(&address);
            let expected = if is_taken {
                Ok(EmailAddress(address))
            } else {
                Err(ContactError::TooLong)
            };
            assert_eq!(taken, expected, "{local} of {whole}");
        }
        // 360 octets as they are typed, and less than half of that in the alphabet of hosts.
        let label = "例".repeat(40);
        let typed = format!("a@{label}.{label}.{label}.jp");
        assert!(EmailAddress::parse(&typed).is_ok());
    }

    #[test]
    fn refuses_what_is_not_exactly_one_plain_address() {
        use ContactError::*;
        for (typed, error) in [
            ("", Empty),
            (" \t ", Empty),
            ("plain", NotOneAddress),
            ("a@b@c.com", NotOneAddress),
            ("a@example.com,b@example.com", NotOneAddress),
            ("a＠example.com", NotOneAddress),
            ("Ada <ada@example.com>", ForbiddenCharacter),
            ("<ada@example.com>", LocalPart),
            ("a b@example.com", ForbiddenCharacter),
            ("a@example.com\r\nBcc: b@example.com", ForbiddenCharacter),
            ("a@exa\0mple.com", ForbiddenCharacter),
            ("@example.com", LocalPart),
            (".a@example.com", LocalPart),
            ("a.@example.com", LocalPart),
            ("a..b@example.com", LocalPart),
            ("\"a\"@example.com", LocalPart),
            ("(comment)a@example.com", LocalPart),
            ("-oq@example.com", LocalPart),
            ("a%b@example.com", LocalPart),
            ("host!a@example.com", LocalPart),
            ("=?utf-8?q?x?=@example.com", LocalPart),
            ("jürgen@example.com", LocalPart),
            ("\u{202e}moc@example.com", LocalPart),
            ("a@", Domain),
            ("a@localhost", Domain),
            ("a@127.0.0.1", Domain),
            ("a@[127.0.0.1]", Domain),
            ("a@example.com.", Domain),
            ("a@.example.com", Domain),
            ("a@example..com", Domain),
            ("a@-example.com", Domain),
            ("a@exa_mple.com", Domain),
            ("a@example。com", Domain),
            ("a@ｅxample.com", Domain),
            ("a@example.\u{212a}om", Domain),
            ("a@exam\u{200d}ple.com", Domain),
            ("a@exam\u{ad}ple.com", Domain),
            ("a@xn--a.com", Domain),
            ("a@exаmple.com", MixedScripts),
        ] {
            assert_eq!(EmailAddress::parse(typed), Err(error), "{typed:?}");
        }
        let long_local = format!("{}@example.com", "a".repeat(65));
        assert_eq!(EmailAddress::parse(&long_local), Err(TooLong));
        let long_domain = format!("a@{}.com", vec!["b".repeat(60); 4].join("."));
        assert_eq!(
            EmailAddress::parse(&long_domain).map(|a| a.0.len()),
            Ok(249)
        );
        assert_eq!(
            EmailAddress::parse(&format!("aaaaaa{long_domain}")),
            Err(TooLong)
        );
        assert_eq!(EmailAddress::parse(&"a".repeat(1_000_000)), Err(TooLong));
    }

    #[test]
    fn hint_keeps_the_first_letter_and_the_domain() {
        assert_eq!(
            EmailAddress::parse("ada@example.com").map(|a| a.hint()),
            Ok("a***@example.com".to_owned())
        );
    }

    proptest! {
        #[test]
        fn parsing_is_idempotent_and_never_panics(text in "\\PC{0,20}@?\\PC{0,30}") {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert!(address.as_str().is_ascii());
                prop_assert_eq!(EmailAddress::parse(address.as_str()), Ok(address));
            }
        }

        #[test]
        fn plausible_addresses_parse(local in "[a-z][a-z0-9]{0,20}", domain in "[a-z][a-z0-9]{0,20}\\.[a-z]{2,6}") {
            let address = format!("{local}@{domain}");
            prop_assert_eq!(EmailAddress::parse(&address).map(|a| a.0), Ok(address));
        }
    }
}
