//! 256 random bits that one browser holds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use otp_core::ports::SecretError;
use otp_core::{DeviceSecret, Digest, Keyring, SecretSource};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// A session id or a browser's own secret; wiped when dropped, never logged.
#[derive(Clone)]
pub(crate) struct Token(Zeroizing<[u8; 32]>);

impl Token {
    /// Draws a new one.
    pub(crate) fn draw(secrets: &dyn SecretSource) -> Result<Self, SecretError> {
        let mut bytes = Zeroizing::new([0; 32]);
        secrets.fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// Reads a cookie's value; `None` when it is not 32 bytes in base64url.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        bytes
            .as_slice()
            .try_into()
            .ok()
            .map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// Writes a cookie's value.
    pub(crate) fn encode(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    /// What is stored of an API key's secret, which outlives epochs and rotations.
    pub(crate) fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_slice()).into()
    }

    /// What is stored of a session id; `label` says of which kind of session.
    pub(crate) fn session_digest(&self, label: &'static str, keys: &Keyring) -> [u8; 32] {
        keys.token_digest(label, self.0.as_slice())
    }

    /// What may be stored of a session id, under each key in force.
    pub(crate) fn session_digests(&self, label: &'static str, keys: &Keyring) -> Vec<[u8; 32]> {
        keys.token_digests(label, self.0.as_slice())
    }

    /// What an OTP of this browser is bound to.
    pub(crate) fn binding(&self) -> Digest {
        Digest::of_secret(self.0.as_slice())
    }

    /// What a device is known by.
    pub(crate) fn device_secret(&self) -> DeviceSecret {
        DeviceSecret::from_bytes(*self.0)
    }

    /// What each form of this browser carries, so that no other site can send one in its name.
    pub(crate) fn form_token(&self) -> String {
        let digest = Sha256::new()
            .chain_update(b"otp/csrf/v1")
            .chain_update(self.0.as_slice())
            .finalize();
        URL_SAFE_NO_PAD.encode(digest)
    }

    /// Says whether a form carries this browser's token, in time that does not depend on where they differ.
    pub(crate) fn made_form_token(&self, sent: &str) -> bool {
        self.form_token().as_bytes().ct_eq(sent.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use otp_core::testing::SeededSecrets;

    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        let token = Token::draw(&SeededSecrets::default()).expect("random bytes");
        let text = token.encode();
        assert_eq!(Token::decode(&text).expect("the same").0, token.0);
        for wrong in [
            "",
            "abc",
            &text[1..],
            &format!("{}A", *text),
            &format!("{}=", *text),
            &text.replace(|_| true, "!"),
        ] {
            assert!(Token::decode(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn a_form_token_is_not_the_secret_and_belongs_to_one_browser() {
        let secrets = SeededSecrets::default();
        let [ours, theirs] = [(); 2].map(|()| Token::draw(&secrets).expect("random bytes"));
        assert!(ours.made_form_token(&ours.form_token()));
        assert!(!ours.made_form_token(&theirs.form_token()));
        assert!(!ours.made_form_token(""));
        assert_ne!(ours.form_token(), *ours.encode());
        assert_ne!(
            ours.form_token(),
            URL_SAFE_NO_PAD.encode(ours.binding().as_bytes())
        );
    }
}
