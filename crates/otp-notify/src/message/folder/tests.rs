//! What a folder may change, and what it is refused for.

use super::*;
use crate::{Branding, Email};

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a written file");
    }
    folder
}

fn with(files: &[(&str, &str)]) -> Result<Messages, FolderError> {
    let branding = Branding::new("Example", "example.com").expect("a branding");
    Messages::new(branding).with_folder(folder(files).path())
}

fn email(messages: &Messages, language: Language, purpose: &str) -> Email {
    let purpose = Purpose::parse(purpose).expect("a purpose");
    let written = messages.sample_email(language, &purpose);
    written.expect("a mail")
}

#[test]
fn a_folder_replaces_single_sentences_of_one_language() {
    let messages = with(&[
        ("de.ftl", "mail-subject = { $app }: Ihr Code\n"),
        (".hidden", "not read"),
    ]);
    let messages = messages.expect("words");
    let german = email(&messages, Language::German, "login");
    assert_eq!(german.subject, "Example: Ihr Code");
    assert!(german.text.contains("Damit melden Sie sich an."));
    let english = email(&messages, Language::English, "login");
    assert_eq!(english.subject, "Your Example code, reference ACD");
}

#[test]
fn a_purpose_gets_sentences_of_its_own_and_only_in_the_languages_that_have_them() {
    let messages = with(&[(
        "fr.ftl",
        "mail-use-vote = Il vous permet de voter.\n\
         sms-use-vote = { $code } est votre code { $app } pour voter.\n    .unnamed = { $code } pour voter.\n",
    )]);
    let messages = messages.expect("words");
    let french = email(&messages, Language::French, "vote").text;
    assert!(french.contains("Il vous permet de voter."), "{french}");
    let english = email(&messages, Language::English, "vote").text;
    assert!(english.contains("Use it for “vote”."), "{english}");
}

#[test]
fn a_folder_replaces_layouts() {
    let messages = with(&[
        (
            "mail.txt",
            "{{ heading }}\n\n{{ code }}\n\n-- \nExample Ltd",
        ),
        (
            "mail.html",
            "<p lang={{ language }} dir={{ direction }}>{{ code }}",
        ),
        ("sms.txt", "{{ sentences }}\n{{ last_line }}"),
    ]);
    let messages = messages.expect("layouts");
    let mail = email(&messages, Language::Arabic, "login");
    assert!(mail.text.ends_with("\n\n123456\n\n-- \nExample Ltd"));
    assert_eq!(mail.html, "<p lang=ar dir=rtl>123456");
}

/// Why a folder with this file is refused, down to the last cause.
fn fault(file: &str, text: &str) -> String {
    let error = with(&[(file, text)]).expect_err(text);
    let mut told = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        told = format!("{told}: {error}");
        cause = error.source();
    }
    told
}

#[test]
fn a_catalogue_with_a_fault_is_named_with_it() {
    for (text, says) in [
        ("mail-subject = ok\n\nmail-heading\n", "line 3: "),
        ("mail-subjcet = x\n", "there is no message mail-subjcet"),
        ("mail-use-A = x\n", "there is no message mail-use-A"),
        ("mail-subject =\n    .x = y\n", "mail-subject has no text"),
        (
            "mail-subject = x\n    .y = z\n",
            "mail-subject takes no attribute .y",
        ),
        (
            "mail-subject = { $nmae }\n",
            "mail-subject has $nmae, but takes $app, ",
        ),
        // It shows on locked screens.
        (
            "mail-subject = { $code }\n",
            "mail-subject has $code, but takes $app, ",
        ),
        (
            "mail-minutes = { $count ->\n    [one] { $x }\n   *[other] x\n  }\n",
            "mail-minutes has $x, but takes ",
        ),
        (
            "mail-subject = { NUMBER($count) }\n",
            "mail-subject is made of more than",
        ),
        (
            "mail-subject = { mail-heading }\n",
            "mail-subject is made of more than",
        ),
        (
            "sms-use-login = { $code }\n",
            "sms-use-login needs an attribute .unnamed",
        ),
        (
            "sms-use-vote = { $code }\n    .unnamed = { $app }\n",
            "sms-use-vote does not show $code",
        ),
    ] {
        let told = fault("de.ftl", text);
        assert!(
            told.starts_with(&format!("de.ftl: {says}")),
            "{text:?}: {told}"
        );
    }
}

#[test]
fn a_layout_with_a_fault_is_named_with_it() {
    let markup = "{{ code }}{{ paragraphs|join|safe }}";
    for (file, text, says) in [
        (
            "xx.ftl",
            "",
            "xx.ftl: the files of this folder are en.ftl, de.ftl, ",
        ),
        ("mail.htm", "", "mail.htm: the files of this folder are "),
        (
            "mail.txt",
            "{{ heading }} {{ code }}",
            "mail.txt: the code must stand alone",
        ),
        (
            "mail.html",
            "{{ heading }}",
            "mail.html: the code must be there",
        ),
        (
            "mail.html",
            markup,
            "mail.html: what callers write must be escaped",
        ),
        (
            "mail.html",
            "{{ headign }}",
            "the layout cannot be filled in: undefined value",
        ),
        (
            "sms.txt",
            "{{ last_line ",
            "the layout cannot be filled in: syntax error",
        ),
        ("sms.txt", "x", "sms.txt: the code must be there"),
    ] {
        let told = fault(file, text);
        assert!(told.contains(says), "{text:?}: {told}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let branding = Branding::new("Example", "example.com").expect("a branding");
    let error = Messages::new(branding).with_folder(Path::new("no/such"));
    let error = error.expect_err("an error").to_string();
    assert_eq!(error, "cannot read no/such");
}
