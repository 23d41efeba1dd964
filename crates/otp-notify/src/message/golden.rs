//! The messages of each language as a person gets them, and what holds for all of them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use fluent_bundle::FluentResource;
use fluent_syntax::ast::Entry;
use insta::assert_snapshot;

use super::*;

const PURPOSES: [&str; 4] = ["login", "confirm-contact", "payment", "reset-password"];

fn messages() -> Messages {
    Messages::new(Branding::new("Example", "login.example.com").expect("a branding"))
}

fn purpose(name: &str) -> Purpose {
    Purpose::parse(name).expect("a purpose")
}

fn in_language(language: Language) -> String {
    let messages = messages();
    let mut all = String::new();
    let mut add = |title: &str, text: &str| {
        writeln!(all, "==== {title}\n{text}").expect("a string");
    };
    for name in PURPOSES {
        let mail = messages
            .sample_email(language, &purpose(name))
            .expect("a mail");
        add(
            &format!("mail, {name}"),
            &format!("{}\n\n{}", mail.subject, mail.text),
        );
        let sms = messages
            .sample_sms(language, &purpose(name))
            .expect("a message");
        add(&format!("SMS, {name}"), sms.as_str());
    }
    let mut payment = Facts::sample(language, "payment");
    payment.context = Some("12.50 EUR, Blumen <Müller>");
    payment.expires_at = payment.queued_at + TimeDelta::hours(24);
    let mail = messages.email_of(&payment).expect("a mail");
    add("mail with details, as HTML", &mail.html);
    add(
        "SMS with details",
        messages.sms_of(&payment).expect("a message").as_str(),
    );
    let test = messages.test_email(language).expect("a mail");
    add("test mail", &format!("{}\n\n{}", test.subject, test.text));
    add(
        "test SMS",
        messages.test_sms(language).expect("a message").as_str(),
    );
    all
}

macro_rules! golden {
    ($($language:ident)*) => {$(
        #[test]
        #[expect(non_snake_case, reason = "named as the language")]
        fn $language() {
            assert_snapshot!(stringify!($language), in_language(Language::$language));
        }
    )*};
}

golden! { English German French Spanish Portuguese Hindi Tamil Arabic Chinese Japanese }

/// The keys of a catalogue, with their attributes and the variables that they are made of.
fn shape(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let source = FluentResource::try_new(catalogue(language).to_owned()).expect("a catalogue");
    let mut shape = BTreeMap::new();
    for entry in source.entries() {
        if let Entry::Message(message) = entry {
            let mut parts: BTreeSet<String> = BTreeSet::new();
            parts.extend(message.attributes.iter().map(|one| one.id.name.to_owned()));
            assert_eq!(
                folder::judge(message),
                Ok(()),
                "{language} {}",
                message.id.name
            );
            let known = shape.insert(message.id.name.to_owned(), parts);
            assert_eq!(
                known, None,
                "{language} {} stands there twice",
                message.id.name
            );
        }
    }
    shape
}

#[test]
fn all_catalogues_have_the_same_keys() {
    let english = shape(Language::English);
    assert!(english.len() > 25, "{english:?}");
    for language in Language::ALL {
        assert_eq!(shape(language), english, "{language}");
    }
}

#[test]
fn every_kind_of_message_can_be_written_at_any_time_left() {
    let messages = messages();
    for language in Language::ALL {
        for seconds in (0..130).chain([7_199, 7_200, 10_800, 39_600, 86_400]) {
            let mut facts = Facts::sample(language, "login");
            facts.expires_at = facts.queued_at + TimeDelta::seconds(seconds);
            let mail = messages.email_of(&facts).expect("a mail");
            assert!(mail.text.contains(" UTC"), "{}", mail.text);
            messages.sms_of(&facts).expect("a message");
        }
    }
}

#[test]
fn an_sms_in_any_language_is_one_segment_and_says_code_use_and_reference() {
    for host in ["a.example", "login.example.com", "anmeldung.example.de"] {
        let branding = Branding::new("Example Bank", host).expect("a branding");
        let messages = Messages::new(branding);
        for language in Language::ALL {
            for name in ["login", "confirm-contact", "payment"] {
                for code in ["012345", "01234567"] {
                    let facts = Facts {
                        code,
                        ..Facts::sample(language, name)
                    };
                    let sms = messages.sms_of(&facts).expect("a message");
                    let (words, last_line) = sms.as_str().rsplit_once("\n\n").expect("two parts");
                    assert_eq!(last_line, format!("@{host} #{code}"));
                    assert!(gsm::is_one_segment(sms.as_str()), "{}", sms.as_str());
                    assert!(words.contains(code), "{words}");
                    assert!(words.contains("ACD"), "{words}");
                }
            }
        }
    }
}

#[test]
fn languages_of_latin_letters_keep_to_the_alphabet_of_160() {
    let messages = messages();
    for language in Language::ALL.into_iter().take(5) {
        for name in PURPOSES {
            let sms = messages
                .sample_sms(language, &purpose(name))
                .expect("a message");
            assert!(gsm::septets(sms.as_str()).is_some(), "{}", sms.as_str());
        }
        let test = messages.test_sms(language).expect("a message");
        assert!(gsm::septets(test.as_str()).is_some(), "{}", test.as_str());
    }
}

#[test]
fn plain_texts_hold_nothing_that_nobody_sees() {
    for language in Language::ALL {
        let mail = messages()
            .sample_email(language, &purpose("payment"))
            .expect("a mail");
        let sms = messages()
            .sample_sms(language, &purpose("payment"))
            .expect("a message");
        for text in [&mail.subject, &mail.text, &mail.html, &sms.0] {
            let hidden = |c: char| otp_core::is_invisible(c) && c != '\n';
            assert!(!text.contains(hidden), "{language}: {text}");
        }
        assert!(mail.text.lines().any(|line| line == "123456"));
        assert!(mail.html.contains(&format!(
            "<html lang=\"{language}\" dir=\"{}\">",
            language.direction()
        )));
        assert!(mail.html.contains("<p dir=\"ltr\" "));
        assert!(!mail.subject.contains("123456"));
    }
}

#[test]
fn an_arabic_sms_begins_with_an_arabic_word() {
    let messages = messages();
    for name in PURPOSES {
        let sms = messages
            .sample_sms(Language::Arabic, &purpose(name))
            .expect("a message");
        let first = sms.as_str().chars().find(|c| c.is_alphabetic());
        assert!(first.is_some_and(|c| ('\u{600}'..='\u{6ff}').contains(&c)));
    }
}

#[test]
fn with_the_hash_of_an_app_it_is_the_last_line() {
    let hash = AppHash::parse("FA+9qCX9VSu").expect("a hash");
    let sms = messages()
        .with_app_hash(hash)
        .sample_sms(Language::English, &purpose("login"))
        .expect("a message");
    assert_snapshot!(sms.as_str(), @r"
    123456 is your Example code to sign in. Ref ACD. Valid 5 min. Not you? Ignore it. We never ask for it.

    FA+9qCX9VSu
    ");
}
