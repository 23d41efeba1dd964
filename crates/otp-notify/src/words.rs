//! Catalogues: each sentence by its key, in every language.

use std::collections::BTreeMap;
use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource};
use unic_langid::LanguageIdentifier;

use crate::Language;

/// The sentences of all languages, written in Fluent.
pub struct Words(BTreeMap<Language, FluentBundle<FluentResource>>);

impl Words {
    /// Takes the catalogues that are part of the program.
    ///
    /// # Panics
    /// When one of them is malformed.
    pub fn new(catalogue: impl Fn(Language) -> &'static str) -> Self {
        let mut bundles = BTreeMap::new();
        for language in Language::ALL {
            #[expect(
                clippy::expect_used,
                reason = "embedded text, which a test reads in every language"
            )]
            let (tag, resource) = (
                language.tag().parse::<LanguageIdentifier>().expect("a tag"),
                FluentResource::try_new(catalogue(language).to_owned()).expect("a catalogue"),
            );
            let mut bundle = FluentBundle::new_concurrent(vec![tag]);
            // Whoever shows a sentence knows how to keep its parts apart; a short message has no room for it.
            bundle.set_use_isolating(false);
            bundle.add_resource_overriding(resource);
            bundles.insert(language, bundle);
        }
        Self(bundles)
    }

    /// Takes further sentences in a language; they win over those with the same key.
    pub(crate) fn add(&mut self, language: Language, sentences: FluentResource) {
        if let Some(bundle) = self.0.get_mut(&language) {
            bundle.add_resource_overriding(sentences);
        }
    }

    /// Says whether there is such a sentence.
    pub(crate) fn has(&self, language: Language, key: &str) -> bool {
        let bundle = self.0.get(&language);
        bundle.is_some_and(|bundle| bundle.has_message(key))
    }

    /// Writes a sentence, whose key is `name` or `name.attribute`.
    ///
    /// # Errors
    /// [`WordsError`] names the key and what is missing, and no value of `args`.
    pub fn say(
        &self,
        language: Language,
        key: &str,
        args: &FluentArgs<'_>,
    ) -> Result<String, WordsError> {
        let failed = |why| WordsError {
            language,
            key: key.to_owned(),
            why,
        };
        let (name, attribute) = match key.split_once('.') {
            Some((name, attribute)) => (name, Some(attribute)),
            None => (key, None),
        };
        let bundle = self.0.get(&language).ok_or_else(|| failed(None))?;
        let message = bundle.get_message(name);
        let pattern = match attribute {
            None => message.and_then(|message| message.value()),
            Some(attribute) => message
                .and_then(|message| message.get_attribute(attribute))
                .map(|attribute| attribute.value()),
        };
        let mut errors = Vec::new();
        let sentence = bundle.format_pattern(
            pattern.ok_or_else(|| failed(None))?,
            Some(args),
            &mut errors,
        );
        match errors.pop() {
            None => Ok(sentence.into_owned()),
            why => Err(failed(why)),
        }
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A sentence is not there, or lacks what it is made of.
#[derive(Debug, thiserror::Error)]
#[error("the sentence {key} ({language}) cannot be written")]
pub struct WordsError {
    language: Language,
    key: String,
    #[source]
    why: Option<FluentError>,
}
