//! What the pages say, in the language of whoever reads them.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use fluent_bundle::{FluentArgs, FluentValue};
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, HtmlEscape, State, Value};
use otp_notify::{Language, Words};
use serde::Serialize;

/// Begins and ends what may run in another direction than the words around it (Unicode's FSI and PDI).
const ISOLATE: char = '\u{2068}';
const END_OF_ISOLATE: char = '\u{2069}';

pub(super) const fn catalogue(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("words/en.ftl"),
        Language::German => include_str!("words/de.ftl"),
        Language::French => include_str!("words/fr.ftl"),
        Language::Spanish => include_str!("words/es.ftl"),
        Language::Portuguese => include_str!("words/pt.ftl"),
        Language::Hindi => include_str!("words/hi.ftl"),
        Language::Tamil => include_str!("words/ta.ftl"),
        Language::Arabic => include_str!("words/ar.ftl"),
        Language::Chinese => include_str!("words/zh.ftl"),
        Language::Japanese => include_str!("words/ja.ftl"),
    }
}

/// A sentence of the catalogues that is to be said: its key, and the values in it.
#[derive(Clone, Serialize)]
pub(crate) struct Sentence {
    key: &'static str,
    values: BTreeMap<&'static str, Value>,
}

impl Sentence {
    /// A sentence without values.
    pub(crate) const fn plain(key: &'static str) -> Self {
        Self {
            key,
            values: BTreeMap::new(),
        }
    }

    /// Puts a text into it.
    pub(crate) fn with(mut self, name: &'static str, text: impl Display) -> Self {
        self.values.insert(name, text.to_string().into());
        self
    }

    /// Puts a number into it, which also chooses between singular and plural.
    pub(crate) fn counting(mut self, count: i64) -> Self {
        self.values.insert("count", count.into());
        self
    }
}

/// Gives templates `say`, which writes a sentence as HTML, and `text`, which writes it for an attribute or a title.
/// Both take a key with values, or a [`Sentence`]; the language is the page's.
pub(super) fn teach(templates: &mut Environment<'static>) {
    let words = Arc::new(Words::new(catalogue));
    let own = words.clone();
    templates.add_function("say", move |state: &State, what: Value, values: Kwargs| {
        let html = HtmlEscape(&written(&own, state, &what, &values)?).to_string();
        let html = html
            .replace(ISOLATE, "<bdi>")
            .replace(END_OF_ISOLATE, "</bdi>");
        Ok::<_, Error>(Value::from_safe_string(html))
    });
    templates.add_function("text", move |state: &State, what: Value, values: Kwargs| {
        written(&words, state, &what, &values)
    });
}

fn written(words: &Words, state: &State, what: &Value, values: &Kwargs) -> Result<String, Error> {
    let tag = state.lookup("language").unwrap_or_default();
    let language = tag
        .as_str()
        .and_then(Language::with_tag)
        .unwrap_or_default();
    let mut args = FluentArgs::new();
    for name in values.args() {
        args.set(name.to_owned(), value(&values.get::<Value>(name)?)?);
    }
    let key = if let Some(key) = what.as_str() {
        key.to_owned()
    } else {
        let values = what.get_attr("values")?;
        for name in values.try_iter()? {
            args.set(name.to_string(), value(&values.get_item(&name)?)?);
        }
        what.get_attr("key")?.to_string()
    };
    words.say(language, &key, &args).map_err(|error| {
        Error::new(ErrorKind::InvalidOperation, "a sentence is not there").with_source(error)
    })
}

/// A number as it is; a text kept apart from the words around it.
fn value(value: &Value) -> Result<FluentValue<'static>, Error> {
    if value.is_number() {
        return Ok(i64::try_from(value.clone())?.into());
    }
    let text = value.to_string().replace([ISOLATE, END_OF_ISOLATE], "");
    Ok(format!("{ISOLATE}{text}{END_OF_ISOLATE}").into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The sentences of a catalogue by their keys.
    fn sentences(language: Language) -> BTreeMap<&'static str, String> {
        let mut sentences = BTreeMap::new();
        let mut last = None;
        for line in catalogue(language).lines() {
            let key = line
                .split_once(" = ")
                .filter(|(key, _)| key.starts_with(|c: char| c.is_ascii_lowercase()));
            if let Some((key, text)) = key {
                let known = sentences.insert(key, text.to_owned());
                assert_eq!(known, None, "{language}: {key} stands there twice");
                last = Some(key);
            } else if let Some(sentence) = last.and_then(|key| sentences.get_mut(key)) {
                sentence.push_str(line);
            }
        }
        sentences
    }

    fn variables(sentence: &str) -> BTreeSet<&str> {
        let begun = sentence.split('$').skip(1);
        begun
            .filter_map(|rest| rest.split(|c: char| !c.is_ascii_lowercase()).next())
            .collect()
    }

    #[test]
    fn all_catalogues_have_the_same_sentences_made_of_the_same_values() {
        let english = sentences(Language::English);
        assert!(english.len() > 80, "{}", english.len());
        for language in Language::ALL {
            let sentences = sentences(language);
            assert!(sentences.keys().eq(english.keys()), "{language}");
            for (key, sentence) in &sentences {
                assert_eq!(
                    variables(sentence),
                    variables(&english[key]),
                    "{language} {key}"
                );
            }
            let same = sentences
                .iter()
                .filter(|(key, text)| english[*key] == **text);
            let same: Vec<_> = same.map(|(key, _)| *key).collect();
            // `Code` and `Error:` are the same words in some of them.
            let is_english = language == Language::English;
            assert!(
                is_english || same.len() <= 2,
                "{language} is English in {same:?}"
            );
        }
    }

    #[test]
    fn a_sentence_that_is_not_there_is_an_error_that_tells_no_value() {
        let mut templates = Environment::new();
        teach(&mut templates);
        let written = |source: &str| {
            let context = minijinja::context! { language => "de" };
            templates.render_str(source, context)
        };
        let good = written("{{ text('done-welcome', name='Ada') }}");
        assert_eq!(good.expect("a text"), "Willkommen, \u{2068}Ada\u{2069}");
        for bad in [
            "{{ text('done-wellcome', name='secret') }}",
            "{{ say('done-welcome', nmae='secret') }}",
            "{{ say(1) }}",
        ] {
            let error = written(bad).expect_err(bad);
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
