//! Words and layouts from a folder, judged before any of them is used.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use fluent_bundle::FluentResource;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Message, Pattern, PatternElement};
use otp_core::Purpose;

use super::{Facts, MessageError, Messages};
use crate::Language;

/// What the sentences of mails and of short messages may be made of.
const IN_MAIL: [&str; 6] = ["app", "purpose", "context", "reference", "until", "count"];
const IN_SMS: [&str; 6] = ["app", "purpose", "context", "reference", "code", "count"];

/// The purposes whose messages are tried, beside those that the folder has sentences for.
const PURPOSES: [&str; 4] = ["login", "confirm-contact", "payment", "other"];

/// What no layout may let through as it is.
const MARKUP: &str = "<otp-lint>";

impl Messages {
    /// Takes words and layouts from a folder, over those of the program: sentences of `LANGUAGE.ftl` replace those with
    /// the same key, and `mail.txt`, `mail.html` and `sms.txt` replace the layouts.
    ///
    /// A purpose gets sentences of its own as `mail-use-PURPOSE` and `sms-use-PURPOSE`.
    ///
    /// # Errors
    /// [`FolderError`] names the file and what is wrong with it: all files are read, and messages of all kinds are
    /// written in all languages, before this returns.
    pub fn with_folder(mut self, folder: &Path) -> Result<Self, FolderError> {
        let mut purposes = PURPOSES.map(str::to_owned).to_vec();
        for (file, text) in read(folder)? {
            let bad = |problem: String| bad(&file, problem);
            let language = file.strip_suffix(".ftl").and_then(Language::with_tag);
            if let Some(language) = language {
                let sentences = parse(&text).map_err(bad)?;
                purposes.extend(self.judge(language, &sentences).map_err(bad)?);
                self.words.add(language, sentences);
            } else if let Some(layout) = self.layouts.with_name(&file) {
                layout.source = Cow::Owned(text);
            } else {
                return Err(bad(expected()));
            }
        }
        for purpose in purposes {
            for language in Language::ALL {
                self.try_out(&Facts::sample(language, &purpose))?;
            }
        }
        Ok(self)
    }

    /// Sees that each sentence has a place and is made of what there is; returns the purposes that have their own.
    fn judge(&self, language: Language, sentences: &FluentResource) -> Result<Vec<String>, String> {
        let mut purposes = Vec::new();
        for entry in sentences.entries() {
            let Entry::Message(message) = entry else {
                continue;
            };
            let key = message.id.name;
            let purpose = ["mail-use-", "sms-use-"]
                .into_iter()
                .find_map(|prefix| key.strip_prefix(prefix))
                .filter(|purpose| Purpose::parse(purpose).is_ok());
            if purpose.is_none() && !self.words.has(language, key) {
                return Err(format!("there is no message {key}"));
            }
            judge(message).map_err(|problem| format!("{key} {problem}"))?;
            purposes.extend(purpose.map(str::to_owned));
        }
        Ok(purposes)
    }

    /// Writes a mail and a short message, and sees that the code is in each and markup in none.
    fn try_out(&self, facts: &Facts<'_>) -> Result<(), FolderError> {
        let facts = Facts {
            context: Some(MARKUP),
            ..*facts
        };
        let mail = self.email_of(&facts)?;
        let sms = self.sms_of(&facts)?;
        let has_code = |text: &str| text.contains(facts.code);
        if !mail.text.lines().any(|line| line == facts.code) {
            return Err(bad("mail.txt", "the code must stand alone on its line"));
        }
        if !has_code(&mail.html) {
            return Err(bad("mail.html", "the code must be there"));
        }
        if mail.html.contains(MARKUP) {
            return Err(bad("mail.html", "what callers write must be escaped"));
        }
        if !has_code(sms.as_str()) {
            return Err(bad("sms.txt", "the code must be there"));
        }
        Ok(())
    }
}

/// Reads the files of a folder by their names, but for hidden ones.
fn read(folder: &Path) -> Result<BTreeMap<String, String>, FolderError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| FolderError::Unreadable { path, source }
    };
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with('.') {
            let text = fs::read_to_string(&path).map_err(unreadable(&path))?;
            files.insert(name.into_owned(), text);
        }
    }
    Ok(files)
}

fn parse(text: &str) -> Result<FluentResource, String> {
    FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| {
        let first = errors.first().map(|error| {
            let before = text.get(..error.pos.start).unwrap_or_default();
            format!("line {}: {error}", before.matches('\n').count() + 1)
        });
        first.unwrap_or_default()
    })
}

/// Sees what a message is made of.
pub(super) fn judge(message: &Message<&str>) -> Result<(), String> {
    let key = message.id.name;
    let has_use = key.starts_with("sms-use-");
    let has_unnamed = has_use || key == "sms-test";
    let value = message.value.as_ref().ok_or("has no text")?;
    let mut patterns = vec![value];
    for attribute in &message.attributes {
        if !has_unnamed || attribute.id.name != "unnamed" {
            return Err(format!("takes no attribute .{}", attribute.id.name));
        }
        patterns.push(&attribute.value);
    }
    if has_unnamed && patterns.len() == 1 {
        return Err("needs an attribute .unnamed, for where the name does not fit".to_owned());
    }
    let known = if key.starts_with("sms-") {
        IN_SMS
    } else {
        IN_MAIL
    };
    for pattern in patterns {
        let mut variables = Vec::new();
        list_variables(pattern, &mut variables)?;
        if let Some(unknown) = variables.iter().find(|name| !known.contains(name)) {
            return Err(format!("has ${unknown}, but takes ${}", known.join(", $")));
        }
        if has_use && !variables.contains(&"code") {
            return Err("does not show $code".to_owned());
        }
    }
    Ok(())
}

/// Lists the variables of a text, those of all its variants among them.
fn list_variables<'a>(
    pattern: &Pattern<&'a str>,
    variables: &mut Vec<&'a str>,
) -> Result<(), String> {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else {
            continue;
        };
        let inline = match expression {
            Expression::Inline(inline) => inline,
            Expression::Select { selector, variants } => {
                for variant in variants {
                    list_variables(&variant.value, variables)?;
                }
                selector
            }
        };
        match inline {
            InlineExpression::VariableReference { id } => variables.push(id.name),
            InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
            _ => return Err("is made of more than texts and variables".to_owned()),
        }
    }
    Ok(())
}

fn expected() -> String {
    let catalogues = Language::ALL.map(|language| format!("{language}.ftl"));
    format!(
        "the files of this folder are {}, mail.txt, mail.html and sms.txt",
        catalogues.join(", ")
    )
}

fn bad(file: &str, problem: impl Into<String>) -> FolderError {
    FolderError::Bad {
        file: file.to_owned(),
        problem: problem.into(),
    }
}

/// Why a folder of words and layouts was refused.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It or one of its files cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// What cannot be read.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not what it must be.
    #[error("{file}: {problem}")]
    Bad {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A message cannot be written.
    #[error(transparent)]
    Message(#[from] MessageError),
}
