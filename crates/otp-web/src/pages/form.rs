//! Forms, read strictly: each field once, no field that the form does not have, and only from this browser.

use poem::http::{HeaderMap, header};
use poem::{Body, Request};
use url::form_urlencoded;

use super::{PageError, Pages};
use crate::session::{Browser, Token};

/// The field that every form carries.
pub(super) const FORM_TOKEN: &str = "csrf_token";

/// The fields of a form that this browser got from us. No `Debug`: what people type stays out of logs.
pub(super) struct Form {
    /// The browser's own secret.
    pub(super) browser_secret: Token,
    fields: Vec<(&'static str, String)>,
}

impl Form {
    /// Reads a form with exactly the fields `names`; a missing one is left to whoever reads it.
    ///
    /// # Errors
    /// [`PageError::Forged`], [`PageError::NotAForm`], [`PageError::UnknownField`], [`PageError::RepeatedField`].
    pub(super) async fn read(
        pages: &Pages,
        browser: &Browser<'_>,
        request: &Request,
        body: Body,
        names: &[&'static str],
    ) -> poem::Result<Self> {
        if !pages.origins.sent(request.headers()) {
            return Err(PageError::Forged.into());
        }
        if !is_form(request.headers()) {
            return Err(PageError::NotAForm.into());
        }
        let fields = parse(&body.into_bytes().await?, names)?;
        let browser_secret = browser.secret().ok_or(PageError::Forged)?;
        let form = Self {
            browser_secret,
            fields,
        };
        if !form.browser_secret.made_form_token(form.get(FORM_TOKEN)) {
            return Err(PageError::Forged.into());
        }
        Ok(form)
    }

    /// Returns what was typed; nothing where the field is missing.
    pub(super) fn get(&self, name: &str) -> &str {
        let field = self.fields.iter().find(|(known, _)| *known == name);
        field.map_or("", |(_, value)| value)
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = media_type
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    essence
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn parse(body: &[u8], names: &[&'static str]) -> Result<Vec<(&'static str, String)>, PageError> {
    let mut fields: Vec<(&'static str, String)> = Vec::new();
    for (field, value) in form_urlencoded::parse(body) {
        let Some(name) = names
            .iter()
            .chain(&[FORM_TOKEN])
            .find(|name| **name == field)
        else {
            return Err(unknown(&field, names));
        };
        if fields.iter().any(|(known, _)| known == name) {
            return Err(PageError::RepeatedField(name));
        }
        fields.push((name, value.into_owned()));
    }
    Ok(fields)
}

fn unknown(field: &str, names: &[&'static str]) -> PageError {
    const SHOWN: usize = 40;
    let field: String = field
        .chars()
        .filter(|c| !c.is_control())
        .take(SHOWN)
        .collect();
    let expected = names
        .iter()
        .chain(&[FORM_TOKEN])
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    PageError::UnknownField { field, expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 2] = ["contact_type", "contact_value"];

    #[test]
    fn takes_each_field_once_in_any_order() {
        let fields = parse(
            b"contact_value=a%2Bb%40example.com&csrf_token=x&contact_type=email",
            &NAMES,
        )
        .expect("a form");
        let expected = [
            ("contact_value", "a+b@example.com"),
            ("csrf_token", "x"),
            ("contact_type", "email"),
        ];
        assert!(
            fields
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .eq(expected)
        );
        assert!(parse(b"", &NAMES).expect("an empty form").is_empty());
    }

    #[test]
    fn names_the_field_that_is_unknown_or_repeated() {
        for (body, says) in [
            (
                "contact_type=email&colour=red",
                "no field “colour”, but contact_type, contact_value, csrf_token",
            ),
            ("contact_value[]=a", "no field “contact_value[]”"),
            ("Contact_Type=email", "no field “Contact_Type”"),
            ("=x", "no field “”"),
            ("contact_type%00=email", "no field “contact_type”"),
            (&"x".repeat(8000), &format!("no field “{}”", "x".repeat(40))),
            (
                "contact_type=email&contact_type=email",
                "“contact_type” was sent more than once",
            ),
            (
                "csrf_token=a&csrf_token=b",
                "“csrf_token” was sent more than once",
            ),
        ] {
            let Err(error) = parse(body.as_bytes(), &NAMES) else {
                panic!("{body} passes")
            };
            assert!(error.to_string().contains(says), "{body}: {error}");
        }
    }

    #[test]
    fn only_a_form_is_a_form() {
        for (media_type, passes) in [
            ("application/x-www-form-urlencoded", true),
            ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", true),
            ("multipart/form-data; boundary=x", false),
            ("text/plain", false),
            ("application/json", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, media_type.parse().expect("a value"));
            assert_eq!(is_form(&headers), passes, "{media_type:?}");
        }
        assert!(!is_form(&HeaderMap::new()));
    }
}
