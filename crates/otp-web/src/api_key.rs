//! The API keys that the service makes: `otpk_<id>_<secret>`.

use otp_core::SecretSource;
use otp_core::ports::SecretError;
use zeroize::Zeroizing;

use crate::keys::letters;
use crate::session::Token;

/// Begins every key, so that people and scanners of secrets know one when they see it.
const PREFIX: &str = "otpk";

/// How many letters an id has.
const ID_LENGTH: usize = 12;

/// An API key in full: what its holder sends. Shown once, when it is made; only its id and digest are stored.
pub(crate) struct ApiToken {
    id: String,
    secret: Token,
}

impl ApiToken {
    /// Draws a new one.
    pub(crate) fn draw(secrets: &dyn SecretSource) -> Result<Self, SecretError> {
        Ok(Self {
            id: letters::<ID_LENGTH>(secrets)?,
            secret: Token::draw(secrets)?,
        })
    }

    /// Reads one; `None` when it cannot be one of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?.strip_prefix('_')?;
        let (id, secret) = rest.split_once('_')?;
        let fits = id.len() == ID_LENGTH && id.bytes().all(|byte| byte.is_ascii_lowercase());
        Some(Self {
            id: fits.then(|| id.to_owned())?,
            secret: Token::decode(secret)?,
        })
    }

    /// Returns the public part.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Returns what is stored of the secret part.
    pub(crate) fn digest(&self) -> [u8; 32] {
        self.secret.digest()
    }

    /// Writes it in full.
    pub(crate) fn expose(&self) -> Zeroizing<String> {
        let secret = self.secret.encode();
        Zeroizing::new(format!("{PREFIX}_{}_{}", self.id, *secret))
    }
}

#[cfg(test)]
mod tests {
    use otp_core::testing::SeededSecrets;

    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        let token = ApiToken::draw(&SeededSecrets::default()).expect("random bytes");
        let text = token.expose();
        let read = ApiToken::parse(&text).expect("the same");
        assert_eq!((read.id(), read.digest()), (token.id(), token.digest()));
        let (id, secret) = (token.id().to_owned(), token.secret.encode());
        for wrong in [
            "",
            "otpk",
            "otpk__",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{}A", *text),
            &format!(" {}", *text),
            &format!("OTPK_{id}_{}", *secret),
            &format!("otpk_{id}x_{}", *secret),
            &format!("otpk_{}_{}", id.to_uppercase(), *secret),
            &format!("otpk_{id}_"),
            &format!("otpk_{id}{}", *secret),
        ] {
            assert!(ApiToken::parse(wrong).is_none(), "{wrong:?}");
        }
    }
}
