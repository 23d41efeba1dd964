//! What a person reads: the mail and the short message, in that person's language.

mod app_hash;
mod branding;
mod folder;
#[cfg(test)]
mod golden;
pub(crate) mod gsm;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use fluent_bundle::FluentArgs;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use otp_core::ports::Notice;
use otp_core::{Context, Locale, Purpose};

use crate::{Language, Words, WordsError};

pub use app_hash::{AppHash, AppHashError};
pub use branding::{Branding, BrandingError};
pub use folder::FolderError;

/// Begins and ends what may run in another direction than the words around it (Unicode's FSI and PDI).
/// No text of a caller or of the configuration holds one of them.
const ISOLATE: char = '\u{2068}';
const END_OF_ISOLATE: char = '\u{2069}';

fn isolated(text: &str) -> String {
    format!("{ISOLATE}{text}{END_OF_ISOLATE}")
}

/// Plain text has no characters that nobody sees.
fn plain(text: &str) -> String {
    text.replace([ISOLATE, END_OF_ISOLATE], "")
}

/// HTML has an element for it.
fn html(text: &str) -> String {
    text.replace(ISOLATE, "<bdi>")
        .replace(END_OF_ISOLATE, "</bdi>")
}

/// A long code in groups that a person copies without losing the place; blanks do not matter where it is typed.
fn grouped(code: &str) -> String {
    const GROUP: usize = 4;
    const UNGROUPED: usize = 8;
    let mut shown = String::with_capacity(code.len() * 2);
    for (place, character) in code.chars().enumerate() {
        let starts_group = place > 0 && place % GROUP == 0 && code.len() - place >= GROUP;
        if starts_group && code.len() > UNGROUPED {
            shown.push(' ');
        }
        shown.push(character);
    }
    shown
}

const fn catalogue(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("message/words/en.ftl"),
        Language::German => include_str!("message/words/de.ftl"),
        Language::French => include_str!("message/words/fr.ftl"),
        Language::Spanish => include_str!("message/words/es.ftl"),
        Language::Portuguese => include_str!("message/words/pt.ftl"),
        Language::Hindi => include_str!("message/words/hi.ftl"),
        Language::Tamil => include_str!("message/words/ta.ftl"),
        Language::Arabic => include_str!("message/words/ar.ftl"),
        Language::Chinese => include_str!("message/words/zh.ftl"),
        Language::Japanese => include_str!("message/words/ja.ftl"),
    }
}

/// How the sentences stand on the page, without a word of any language.
#[derive(Debug)]
struct Layout {
    /// The file that replaces it. What ends in `.html` is escaped.
    name: &'static str,
    source: Cow<'static, str>,
}

impl Layout {
    const fn new(name: &'static str, source: &'static str) -> Self {
        let source = Cow::Borrowed(source);
        Self { name, source }
    }
}

#[derive(Debug)]
struct Layouts {
    mail_text: Layout,
    mail_html: Layout,
    sms: Layout,
}

impl Layouts {
    const BUILT_IN: Self = Self {
        mail_text: Layout::new("mail.txt", include_str!("message/layouts/mail.txt")),
        mail_html: Layout::new("mail.html", include_str!("message/layouts/mail.html")),
        sms: Layout::new("sms.txt", include_str!("message/layouts/sms.txt")),
    };

    fn with_name(&mut self, name: &str) -> Option<&mut Layout> {
        let all = [&mut self.mail_text, &mut self.mail_html, &mut self.sms];
        all.into_iter().find(|layout| layout.name == name)
    }
}

/// Writes the messages of one installation.
///
/// The same notice gives the same message: times are counted from when the delivery was queued, not from when it is
/// rendered, so that a retry after a crash repeats the first message to the letter.
#[derive(Debug)]
pub struct Messages {
    branding: Branding,
    app_hash: Option<AppHash>,
    words: Words,
    layouts: Layouts,
    environment: Environment<'static>,
}

impl From<Branding> for Messages {
    fn from(branding: Branding) -> Self {
        Self::new(branding)
    }
}

impl Messages {
    /// Takes the words and layouts that are part of the program.
    pub fn new(branding: Branding) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // Else an error would carry the values of the layout, the code among them.
        environment.set_debug(false);
        Self {
            branding,
            app_hash: None,
            words: Words::new(catalogue),
            layouts: Layouts::BUILT_IN,
            environment,
        }
    }

    /// Ends short messages with the hash of an Android app, which finds its code by it, instead of the origin-bound
    /// code, by which browsers do: both must be the last line.
    #[must_use]
    pub fn with_app_hash(mut self, hash: AppHash) -> Self {
        self.app_hash = Some(hash);
        self
    }

    /// Writes the mail that carries the code; its subject does not, since it shows on locked screens.
    pub(crate) fn email(&self, notice: &Notice) -> Result<Email, MessageError> {
        self.email_of(&Facts::of(notice))
    }

    /// Writes the short message that carries the code.
    pub(crate) fn sms(&self, notice: &Notice) -> Result<ShortMessage, MessageError> {
        self.sms_of(&Facts::of(notice))
    }

    /// Writes the mail that somebody would get, with a code that opens nothing.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn sample_email(
        &self,
        language: Language,
        purpose: &Purpose,
    ) -> Result<Email, MessageError> {
        self.email_of(&Facts::sample(language, purpose.as_str()))
    }

    /// Writes the short message that somebody would get, with a code that opens nothing.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn sample_sms(
        &self,
        language: Language,
        purpose: &Purpose,
    ) -> Result<ShortMessage, MessageError> {
        self.sms_of(&Facts::sample(language, purpose.as_str()))
    }

    /// Writes a mail without a code, for `otp send-test`.
    pub(crate) fn test_email(&self, language: Language) -> Result<Email, MessageError> {
        let mut args = FluentArgs::new();
        args.set("app", isolated(self.branding.app_name()));
        let say = |key| self.words.say(language, key, &args);
        let paragraphs = vec![say("mail-test-arrives")?, say("mail-test-nothing-to-do")?];
        let (subject, heading) = (say("mail-test-subject")?, say("mail-test-heading")?);
        self.lay_out(language, &subject, &heading, None, &paragraphs)
    }

    /// Writes a short message without a code, for `otp send-test`.
    pub(crate) fn test_sms(&self, language: Language) -> Result<ShortMessage, MessageError> {
        let mut args = FluentArgs::new();
        args.set("app", self.branding.app_name());
        let (text, _) = self.with_and_without_name(language, "sms-test", &args)?;
        Ok(ShortMessage(text))
    }

    fn email_of(&self, facts: &Facts<'_>) -> Result<Email, MessageError> {
        let args = self.args(facts, isolated);
        let say = |key: &str| self.words.say(facts.language, key, &args);
        let mut what_for = vec![say(&self.use_key(facts, "mail-use"))?];
        if facts.context.is_some() {
            what_for.push(say("mail-details")?);
        }
        what_for.push(say(&format!("mail-{}", facts.left().0))?);
        let paragraphs = [
            what_for.join("\n"),
            say("mail-reference")?,
            [say("mail-not-you")?, say("mail-never-asked")?].join("\n"),
        ];
        let (subject, heading) = (say("mail-subject")?, say("mail-heading")?);
        let code = grouped(facts.code);
        self.lay_out(facts.language, &subject, &heading, Some(&code), &paragraphs)
    }

    /// Leaves out sentences, the least important first, until the message is one segment.
    fn sms_of(&self, facts: &Facts<'_>) -> Result<ShortMessage, MessageError> {
        let args = self.args(facts, str::to_owned);
        let say = |key: &str| self.words.say(facts.language, key, &args);
        let key = self.use_key(facts, "sms-use");
        let (named, unnamed) = self.with_and_without_name(facts.language, &key, &args)?;
        let reference = say("sms-reference")?;
        let lifetime = say(&format!("sms-{}", facts.left().0))?;
        let advice = say("sms-advice")?;
        let details = facts.context.map(|_| say("sms-details")).transpose()?;
        let needed = |code| -> Vec<&String> {
            let parts = [Some(code), details.as_ref(), Some(&reference)];
            parts.into_iter().flatten().collect()
        };
        let shortest = needed(&unnamed);
        let mut sentences = needed(&named);
        sentences.extend([&lifetime, &advice]);
        loop {
            let text = self.lay_out_sms(facts, &sentences)?;
            if gsm::is_one_segment(&text) {
                return Ok(ShortMessage(text));
            }
            if sentences.len() == shortest.len() {
                return Ok(ShortMessage(self.lay_out_sms(facts, &shortest)?));
            }
            sentences.pop();
        }
    }

    /// Writes a sentence with the name, unless that costs too much, and without it.
    fn with_and_without_name(
        &self,
        language: Language,
        key: &str,
        args: &FluentArgs<'_>,
    ) -> Result<(String, String), WordsError> {
        let unnamed = self.words.say(language, &format!("{key}.unnamed"), args)?;
        let named = self.words.say(language, key, args)?;
        // One letter that GSM-7 lacks takes more than half of the room from all others.
        let costs_too_much = gsm::septets(&named).is_none() && gsm::septets(&unnamed).is_some();
        let named = if costs_too_much {
            unnamed.clone()
        } else {
            named
        };
        Ok((named, unnamed))
    }

    /// Finds the sentence for a purpose, or the one for all that have none.
    fn use_key(&self, facts: &Facts<'_>, prefix: &str) -> String {
        let key = format!("{prefix}-{}", facts.purpose);
        if self.words.has(facts.language, &key) {
            key
        } else {
            format!("{prefix}-other")
        }
    }

    fn args<'a>(&'a self, facts: &Facts<'a>, text: fn(&str) -> String) -> FluentArgs<'a> {
        let until = clock_time(facts.expires_at, facts.queued_at);
        let mut args = FluentArgs::new();
        args.set("app", text(self.branding.app_name()));
        args.set("code", text(facts.code));
        args.set("purpose", text(facts.purpose));
        args.set("reference", text(facts.reference));
        args.set("until", text(&until));
        args.set("count", facts.left().1);
        args.set("context", text(facts.context.unwrap_or_default()));
        args
    }

    fn lay_out(
        &self,
        language: Language,
        subject: &str,
        heading: &str,
        code: Option<&str>,
        paragraphs: &[String],
    ) -> Result<Email, MessageError> {
        let subject = plain(subject);
        let contents = context! {
            language => language.tag(),
            direction => language.direction(),
            subject, heading, code, paragraphs,
        };
        Ok(Email {
            text: plain(&self.render(&self.layouts.mail_text, contents.clone())?),
            html: html(&self.render(&self.layouts.mail_html, contents)?),
            subject,
        })
    }

    fn lay_out_sms(
        &self,
        facts: &Facts<'_>,
        sentences: &[&String],
    ) -> Result<String, MessageError> {
        let sentences: Vec<&str> = sentences.iter().map(|text| text.as_str()).collect();
        let sentences = sentences.join(facts.language.blank());
        let last_line = match &self.app_hash {
            Some(hash) => hash.as_str().to_owned(),
            // <https://wicg.github.io/sms-one-time-codes/>
            None => format!("@{} #{}", self.branding.host(), facts.code),
        };
        self.render(&self.layouts.sms, context! { sentences, last_line })
    }

    fn render(&self, layout: &Layout, contents: Value) -> Result<String, MessageError> {
        let (name, source) = (layout.name, layout.source.as_ref());
        Ok(self.environment.render_named_str(name, source, contents)?)
    }
}

/// What a message tells.
struct Facts<'a> {
    language: Language,
    code: &'a str,
    purpose: &'a str,
    context: Option<&'a str>,
    reference: &'a str,
    queued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl<'a> Facts<'a> {
    fn of(notice: &'a Notice) -> Self {
        let (otp, delivery) = (&notice.otp, &notice.delivery);
        let tag = delivery.locale.as_ref().map(Locale::as_str);
        Self {
            language: tag.and_then(Language::of).unwrap_or_default(),
            code: notice.code.expose(),
            purpose: otp.purpose.as_str(),
            context: otp.context.as_ref().map(Context::as_str),
            reference: otp.reference.as_str(),
            queued_at: delivery.created_at,
            expires_at: otp.expires_at,
        }
    }

    /// Made up, and always the same.
    fn sample(language: Language, purpose: &'a str) -> Self {
        const NOON: TimeDelta = TimeDelta::hours(12);
        let queued_at = DateTime::UNIX_EPOCH + NOON;
        Self {
            language,
            code: "123456",
            purpose,
            context: None,
            reference: "ACD",
            queued_at,
            expires_at: queued_at + TimeDelta::minutes(5),
        }
    }

    /// The time left, rounded down: the end of the key of its sentence, and how many of that unit.
    fn left(&self) -> (&'static str, i64) {
        match (self.expires_at - self.queued_at).num_seconds().max(0) {
            seconds @ ..60 => ("seconds", seconds),
            seconds @ 60..7200 => ("minutes", seconds / 60),
            seconds => ("hours", seconds / 3600),
        }
    }
}

/// The clock time, with the date when it may not be today's.
fn clock_time(until: DateTime<Utc>, from: DateTime<Utc>) -> String {
    let form = if until.date_naive() == from.date_naive() {
        "%H:%M UTC"
    } else {
        "%Y-%m-%d %H:%M UTC"
    };
    until.format(form).to_string()
}

/// A message cannot be written; neither cause holds what it says.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// By a catalogue.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// By a layout.
    #[error("the layout cannot be filled in")]
    Layout(#[from] minijinja::Error),
}

/// A mail as its reader sees it. `Debug` is redacted: it holds the code.
pub struct Email {
    /// The subject, without the code.
    pub subject: String,
    /// The part for programs that show no HTML.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(redacted)")
    }
}

/// A short message. `Debug` is redacted: it holds the code.
pub struct ShortMessage(String);

impl ShortMessage {
    /// Takes what the phone will show.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Says whether it fits the alphabet of short messages, and goes out as UCS-2 otherwise.
    pub(crate) fn is_gsm(&self) -> bool {
        gsm::septets(&self.0).is_some()
    }

    /// Returns its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ShortMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShortMessage(redacted)")
    }
}
