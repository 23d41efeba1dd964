//! What a code confirms, in words: shown in the message, and part of what the code is bound to.

use std::fmt;

/// A line of text such as `12.50 EUR to Blumen GmbH`: 1 to 200 characters, none of them invisible,
/// and no link.
///
/// Its `Debug` is redacted: who pays whom does not belong in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Context(String);

impl Context {
    /// Most characters: an amount and a payee, and a short message still.
    pub const LONGEST: usize = 200;

    /// Takes the text as it is: what is shown is what must be presented again.
    ///
    /// # Errors
    /// [`ContextError`] when it is empty, too long, or holds what a reader does not see.
    pub fn parse(text: &str) -> Result<Self, ContextError> {
        let fits = (1..=Self::LONGEST).contains(&text.chars().count())
            && !text.chars().any(is_invisible)
            && text.trim() == text
            && !text.contains("  ")
            && !is_link(text);
        fits.then(|| Self(text.to_owned())).ok_or(ContextError)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Context(redacted)")
    }
}

/// What mail programs make a link of: a message with a code is the last place for one that a caller chose.
fn is_link(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("://") || text.contains("www.")
}

/// Says whether a reader does not see a character, or sees others differently for it: controls, blanks of no width, and
/// what joins, hides or turns round its neighbours.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
        || matches!(
            c,
            '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
        )
        || matches!(c, '\u{17b4}' | '\u{17b5}' | '\u{fe00}'..='\u{fe0f}' | '\u{1d173}'..='\u{1d17a}')
        || matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// The text is not a context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a context is one line of 1 to {} visible characters, without a link",
    Context::LONGEST
)]
pub struct ContextError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_line_that_shows_all_it_says() {
        let longest = "é".repeat(Context::LONGEST);
        for good in [
            "12.50 EUR to Blumen GmbH",
            "€ 5 → Ömer, 花",
            "<b>&",
            &longest,
        ] {
            assert_eq!(Context::parse(good).as_ref().map(Context::as_str), Ok(good));
        }
        let too_long = "é".repeat(Context::LONGEST + 1);
        for wrong in [
            "",
            " ",
            " 5 EUR",
            "5 EUR ",
            "5 EUR\nto Eve",
            "5 EUR\r",
            "5\0EUR",
            "5\u{202e}EUR",
            "5\u{200b}EUR",
            "5\u{3164}EUR",
            "5\u{fe0f}EUR",
            "5\u{e000}EUR",
            "5 EUR      to Eve",
            "5 EUR, see https://e.test",
            "5 EUR, see WWW.e.test",
            &too_long,
        ] {
            assert_eq!(Context::parse(wrong), Err(ContextError), "{wrong:?}");
        }
        let debug = format!("{:?}", Context::parse("5 EUR"));
        assert_eq!(debug, "Ok(Context(redacted))");
    }
}
