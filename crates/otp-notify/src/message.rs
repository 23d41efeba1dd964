//! What a person reads: the mail and the short message, from templates in the binary.

mod branding;
pub(crate) mod gsm;
#[cfg(test)]
mod tests;

use std::fmt;

use chrono::{DateTime, Utc};
use minijinja::{Environment, Error, Value, context};
use otp_core::Context;
use otp_core::ports::Notice;

pub use branding::{Branding, BrandingError};

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

/// A template: its name and its source.
type Template = (&'static str, &'static str);

/// The words of messages with a code, and of those that `otp send-test` sends.
const WORDS: Template = ("en.jinja", include_str!("message/templates/en.jinja"));
const TEST_WORDS: Template = (
    "en_test.jinja",
    include_str!("message/templates/en_test.jinja"),
);
/// The layouts, without a word of any language. Names that end in `.html` are escaped.
const MAIL_TEXT: Template = ("mail.txt", include_str!("message/templates/mail.txt"));
const MAIL_HTML: Template = ("mail.html", include_str!("message/templates/mail.html"));
const SMS: Template = ("sms.txt", include_str!("message/templates/sms.txt"));

/// Renders messages for one installation.
///
/// The same notice gives the same message: times are counted from when the delivery was queued, not from when it is
/// rendered, so that a retry after a crash repeats the first message to the letter.
#[derive(Debug)]
pub(crate) struct Messages {
    branding: Branding,
    environment: Environment<'static>,
}

impl Messages {
    pub(crate) fn new(branding: Branding) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        // Else an error would carry the values of the template, the code among them.
        environment.set_debug(false);
        Self {
            branding,
            environment,
        }
    }

    /// Renders the mail that carries the code; its subject does not, since it shows on locked screens.
    pub(crate) fn email(&self, notice: &Notice) -> Result<Email, Error> {
        let code = grouped(notice.code.expose());
        let [subject, heading, paragraphs] = self.words(
            WORDS,
            ["subject", "heading", "paragraphs"],
            self.about(notice, Detail::Full),
        )?;
        self.lay_out(subject, &heading, Some(&code), &paragraphs)
    }

    /// Renders the short message: one segment, with the origin-bound code on its last line
    /// (<https://wicg.github.io/sms-one-time-codes/>).
    pub(crate) fn sms(&self, notice: &Notice) -> Result<ShortMessage, Error> {
        let mut text = String::new();
        for detail in Detail::ALL {
            let [sentence] = self.words(WORDS, ["sms"], self.about(notice, detail))?;
            let host = self.branding.host();
            text = self.render(
                SMS,
                context! { sentence, host, code => notice.code.expose() },
            )?;
            if gsm::septets(&text).is_some_and(|septets| septets <= gsm::SEGMENT) {
                break;
            }
        }
        Ok(ShortMessage(text))
    }

    /// Renders a mail without a code, for `otp send-test`.
    pub(crate) fn test_email(&self) -> Result<Email, Error> {
        let [subject, heading, paragraphs] = self.words(
            TEST_WORDS,
            ["subject", "heading", "paragraphs"],
            self.about_nothing(),
        )?;
        self.lay_out(subject, &heading, None, &paragraphs)
    }

    /// Renders a short message without a code, for `otp send-test`.
    pub(crate) fn test_sms(&self) -> Result<ShortMessage, Error> {
        let [sentence] = self.words(TEST_WORDS, ["sms"], self.about_nothing())?;
        Ok(ShortMessage(sentence))
    }

    fn about(&self, notice: &Notice, detail: Detail) -> Value {
        let (otp, delivery) = (&notice.otp, &notice.delivery);
        let left = (otp.expires_at - delivery.created_at).num_seconds().max(0);
        context! {
            code => notice.code.expose(),
            purpose => otp.purpose.as_str(),
            confirms => otp.context.as_ref().map(Context::as_str),
            channel => otp.contact.channel().as_str(),
            reference => otp.reference.as_str(),
            seconds => left,
            until => clock_time(otp.expires_at, delivery.created_at),
            detail => detail as u8,
            ..self.about_nothing()
        }
    }

    fn about_nothing(&self) -> Value {
        let app = self.branding.app_name();
        context! { app, app_in_sms => gsm::septets(app).is_some() }
    }

    /// Renders blocks of a file of words, each without the blanks around it.
    fn words<const N: usize>(
        &self,
        (name, source): Template,
        blocks: [&str; N],
        about: Value,
    ) -> Result<[String; N], Error> {
        let template = self.environment.template_from_named_str(name, source)?;
        let mut words = template.render_captured(about)?;
        let mut rendered = [const { String::new() }; N];
        for (slot, block) in rendered.iter_mut().zip(blocks) {
            let text = words.with_state_mut(|state| state.render_block(block))?;
            text.trim().clone_into(slot);
        }
        Ok(rendered)
    }

    fn lay_out(
        &self,
        subject: String,
        heading: &str,
        code: Option<&str>,
        paragraphs: &str,
    ) -> Result<Email, Error> {
        let paragraphs: Vec<&str> = paragraphs.split("\n\n").collect();
        let contents = context! { language => "en", subject, heading, code, paragraphs };
        Ok(Email {
            text: self.render(MAIL_TEXT, contents.clone())?,
            html: self.render(MAIL_HTML, contents)?,
            subject,
        })
    }

    fn render(&self, (name, source): Template, contents: Value) -> Result<String, Error> {
        self.environment.render_named_str(name, source, contents)
    }
}

/// How much a short message says; the least important sentence is left out first.
#[derive(Debug, Clone, Copy)]
enum Detail {
    Code,
    Name,
    Lifetime,
    Full,
}

impl Detail {
    const ALL: [Self; 4] = [Self::Full, Self::Lifetime, Self::Name, Self::Code];
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

/// A mail as its reader sees it. `Debug` is redacted: it holds the code.
pub(crate) struct Email {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
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

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ShortMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShortMessage(redacted)")
    }
}
