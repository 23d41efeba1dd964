//! A secret, and everything that it may look like where it must not be.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

pub(crate) struct Needle {
    name: String,
    forms: Vec<Vec<u8>>,
}

impl Needle {
    /// Takes the text as it is, in groups, and as base64 and hex, also in the middle of something longer.
    pub(crate) fn text(name: &str, text: &str) -> Self {
        assert!(
            text.len() >= 6,
            "{name} is too short to be told from chance: {text:?}"
        );
        let mut forms = vec![text.as_bytes().to_vec()];
        for (size, between) in [
            (1, " "),
            (2, " "),
            (3, " "),
            (4, " "),
            (3, "-"),
            (4, "-"),
            (3, "\u{a0}"),
        ] {
            let characters: Vec<char> = text.chars().collect();
            let groups: Vec<String> = characters.chunks(size).map(String::from_iter).collect();
            forms.push(groups.join(between).into_bytes());
        }
        forms.push(text.chars().rev().collect::<String>().into_bytes());
        let mut needle = Self {
            name: name.to_owned(),
            forms,
        };
        needle.add_encoded(text.as_bytes());
        needle
    }

    /// Takes a text that stands for bytes in base64url, and those bytes.
    pub(crate) fn token(name: &str, token: &str) -> Self {
        let bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
        let mut needle = Self::text(name, token);
        needle.forms.push(bytes.clone());
        needle.add_encoded(&bytes);
        needle
    }

    fn add_encoded(&mut self, bytes: &[u8]) {
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let hex = hex.concat();
        self.forms.push(hex.to_uppercase().into_bytes());
        self.forms.push(hex.into_bytes());
        let list: Vec<String> = bytes.iter().map(u8::to_string).collect();
        self.forms.push(list.join(", ").into_bytes());
        // Base64 of a longer text: by where the secret begins in it, with what depends on its neighbours cut off.
        for before in 0..3 {
            let padded = [&vec![0; before], bytes].concat();
            let whole = padded.len() / 3 * 3;
            let skipped = if before == 0 { 0 } else { 4 };
            for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                let encoded = engine.encode(&padded[..whole]);
                self.forms.push(encoded.as_bytes()[skipped..].to_vec());
            }
        }
        // Four characters of base64 are no evidence.
        self.forms.retain(|form| form.len() >= 6);
    }

    /// Returns the form in which it stands in `place`, if it does.
    pub(crate) fn find(&self, place: &[u8]) -> Option<String> {
        let stands = |form: &&Vec<u8>| {
            place
                .windows(form.len())
                .any(|window| window == form.as_slice())
        };
        let form = self.forms.iter().find(stands)?;
        Some(format!(
            "{} as {:?}",
            self.name,
            String::from_utf8_lossy(form)
        ))
    }
}

/// The search finds each form in the middle of other bytes: without this, silence would mean nothing.
#[test]
fn a_planted_secret_is_found_in_every_form() {
    let code = "7351928462501";
    let token = URL_SAFE_NO_PAD.encode([7; 32]);
    for needle in [
        Needle::text("a code", code),
        Needle::token("a token", &token),
    ] {
        assert!(needle.forms.len() > 12);
        for form in &needle.forms {
            let place = [b"\0noise ", form.as_slice(), b" noise\xff"].concat();
            assert!(needle.find(&place).is_some());
        }
        assert_eq!(needle.find(b"\0noise 7351928462 5 noise\xff"), None);
    }
    let needle = Needle::text("a code", code);
    for wrapped in [
        code.to_owned(),
        format!("x{code}y"),
        format!("xy{code}z"),
        format!("{{\"code\":\"{code}\"}}"),
    ] {
        for encoded in [
            STANDARD_NO_PAD.encode(&wrapped),
            URL_SAFE_NO_PAD.encode(&wrapped),
        ] {
            assert!(needle.find(encoded.as_bytes()).is_some(), "{wrapped}");
        }
    }
}
