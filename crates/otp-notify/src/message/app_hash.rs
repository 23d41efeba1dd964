//! The mark by which a phone hands a short message to an Android app.

/// The eleven characters by which Google's SMS Retriever finds the app that waits for a message.
///
/// They belong to the app and the key it is signed with, and are no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppHash(String);

impl AppHash {
    const LENGTH: usize = 11;

    /// Parses the characters, which are those of base64.
    ///
    /// # Errors
    /// [`AppHashError`] when they have another form.
    pub fn parse(text: &str) -> Result<Self, AppHashError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        if text.len() == Self::LENGTH && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(AppHashError)
        }
    }

    /// Returns the characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is not the hash of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hash of an app has 11 characters of base64, like FA+9qCX9VSu")]
pub struct AppHashError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_eleven_characters_of_base64() {
        let good = AppHash::parse("FA+9qCX9VSu");
        assert_eq!(good.as_ref().map(AppHash::as_str), Ok("FA+9qCX9VSu"));
        for wrong in [
            "",
            "FA+9qCX9VS",
            "FA+9qCX9VSu=",
            "FA+9qCX9VS\n",
            "FA-9qCX9VSu",
        ] {
            assert_eq!(AppHash::parse(wrong), Err(AppHashError), "{wrong:?}");
        }
    }
}
