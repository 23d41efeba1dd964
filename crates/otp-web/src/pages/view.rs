//! The templates, and what each of them needs.

use chrono::{DateTime, Utc};
use minijinja::{Environment, UndefinedBehavior, Value, context};
use otp_core::{Alphabet, Channel, Issued};
use otp_notify::Language;
use poem::http::{StatusCode, header};
use poem::{IntoResponse as _, Response};
use serde::Serialize;

use super::admin::{BoardPage, DeliveriesPage};
use super::refused::of_format;
use super::{Sentence, assets, words};
use crate::session::Token;

/// An address, a domain and a number that belong to nobody, to show how they are written.
pub(super) const EMAIL: &str = "name@example.com";
pub(super) const DOMAIN: &str = "example.com";
pub(super) const PHONE: &str = "+91 98765 43210";

/// The templates with their names; `.html` switches escaping on.
const TEMPLATES: [(&str, &str); 11] = [
    ("layout.html", include_str!("../templates/layout.html")),
    (
        RequestPage::TEMPLATE,
        include_str!("../templates/request.html"),
    ),
    (
        VerifyPage::TEMPLATE,
        include_str!("../templates/verify.html"),
    ),
    (
        ClosedPage::TEMPLATE,
        include_str!("../templates/closed.html"),
    ),
    (
        LoginPage::TEMPLATE,
        include_str!("../templates/admin_login.html"),
    ),
    (
        "admin_bar.html",
        include_str!("../templates/admin_bar.html"),
    ),
    (BoardPage::TEMPLATE, include_str!("../templates/admin.html")),
    (
        DeliveriesPage::TEMPLATE,
        include_str!("../templates/admin_deliveries.html"),
    ),
    (DonePage::TEMPLATE, include_str!("../templates/done.html")),
    (
        MessagePage::TEMPLATE,
        include_str!("../templates/message.html"),
    ),
    (
        ProblemPage::TEMPLATE,
        include_str!("../templates/problem.html"),
    ),
];

/// What one template needs.
pub(crate) trait View: Serialize {
    /// The template's name.
    const TEMPLATE: &'static str;
}

/// The form that asks for a code.
#[derive(Serialize)]
pub(super) struct RequestPage {
    channels: Vec<&'static str>,
    csrf_token: String,
    pub(super) notice: Option<Sentence>,
    pub(super) signed_in_as: Option<String>,
    contact_type: &'static str,
    contact_value: String,
    warning: Option<Sentence>,
    type_error: Option<Sentence>,
    value_error: Option<Sentence>,
}

impl View for RequestPage {
    const TEMPLATE: &'static str = "request.html";
}

impl RequestPage {
    /// The form as it is first seen.
    pub(super) fn blank(browser_secret: &Token, channels: &[Channel]) -> Self {
        Self {
            channels: channels.iter().map(|channel| channel.as_str()).collect(),
            csrf_token: browser_secret.form_token(),
            notice: None,
            signed_in_as: None,
            contact_type: Channel::Email.as_str(),
            contact_value: String::new(),
            warning: None,
            type_error: None,
            value_error: None,
        }
    }

    /// Keeps what was typed, without what no field can show.
    pub(super) fn keeping(mut self, channel: Option<Channel>, contact_value: &str) -> Self {
        self.contact_type = channel.map_or("", Channel::as_str);
        self.contact_value = contact_value.chars().filter(|c| !c.is_control()).collect();
        self
    }

    /// Puts a sentence beside the radio buttons.
    pub(super) fn with_type_error(mut self, sentence: Option<Sentence>) -> Self {
        self.type_error = sentence;
        self
    }

    /// Puts a sentence above everything.
    pub(super) fn with_warning(mut self, sentence: Sentence) -> Self {
        self.warning = Some(sentence);
        self
    }

    /// Puts a sentence beside the contact.
    pub(super) fn with_value_error(mut self, sentence: Option<Sentence>) -> Self {
        self.value_error = sentence;
        self
    }
}

/// The form that takes the code.
#[derive(Serialize)]
pub(super) struct VerifyPage {
    csrf_token: String,
    pub(super) notice: Option<Sentence>,
    warning: Option<Sentence>,
    error: Option<Sentence>,
    sent: Sentence,
    reference: String,
    digits_only: bool,
    by_phone: bool,
    seconds_left: i64,
    time_left: String,
    resend_in: i64,
}

impl View for VerifyPage {
    const TEMPLATE: &'static str = "verify.html";
}

impl VerifyPage {
    /// The form for this code.
    pub(super) fn of(issued: &Issued, browser_secret: &Token, now: DateTime<Utc>) -> Self {
        let seconds_left = seconds_until(issued.expires_at, now);
        Self {
            csrf_token: browser_secret.form_token(),
            notice: None,
            warning: None,
            error: None,
            sent: of_format(
                issued.format,
                "verify-sent-digits",
                "verify-sent-characters",
            )
            .with("contact", &issued.contact_hint),
            reference: issued.reference.as_str().to_owned(),
            by_phone: issued.channel == Channel::Phone,
            digits_only: issued.format.alphabet() == Alphabet::Digits,
            seconds_left,
            time_left: format!("{}:{:02}", seconds_left / 60, seconds_left % 60),
            resend_in: seconds_until(issued.resend_at, now),
        }
    }

    /// Puts a sentence beside the code.
    pub(super) fn with_error(mut self, sentence: Sentence) -> Self {
        self.error = Some(sentence);
        self
    }

    /// Puts a sentence above everything.
    pub(super) fn with_warning(mut self, sentence: Sentence) -> Self {
        self.warning = Some(sentence);
        self
    }
}

/// Returns the whole seconds from `now` until `then`, rounded up; zero when it has passed.
pub(super) fn seconds_until(then: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    ((then - now).num_milliseconds().max(0) + 999) / 1000
}

/// The end of a code that no longer opens.
#[derive(Serialize)]
pub(super) struct ClosedPage {
    pub(super) reason: Sentence,
}

impl View for ClosedPage {
    const TEMPLATE: &'static str = "closed.html";
}

/// The page of who is signed in.
#[derive(Serialize)]
pub(super) struct DonePage {
    pub(super) csrf_token: String,
    pub(super) name: Option<String>,
    pub(super) contact: String,
}

impl View for DonePage {
    const TEMPLATE: &'static str = "done.html";
}

/// The form that takes an administrator's key.
#[derive(Serialize)]
pub(super) struct LoginPage {
    csrf_token: String,
    error: Option<&'static str>,
}

impl View for LoginPage {
    const TEMPLATE: &'static str = "admin_login.html";
}

impl LoginPage {
    /// The form as it is first seen.
    pub(super) fn blank(browser_secret: &Token) -> Self {
        Self {
            csrf_token: browser_secret.form_token(),
            error: None,
        }
    }

    /// Puts a sentence beside the key.
    pub(super) fn with_error(mut self, sentence: &'static str) -> Self {
        self.error = Some(sentence);
        self
    }
}

/// A page that only says something: what was not found, refused or failed.
#[derive(Serialize)]
pub(crate) struct MessagePage {
    pub(crate) status: u16,
    pub(crate) title: Sentence,
    pub(crate) lead: Sentence,
    pub(crate) request_id: String,
}

impl View for MessagePage {
    const TEMPLATE: &'static str = "message.html";
}

/// The page that explains one kind of the API's problems.
#[derive(Serialize)]
pub(crate) struct ProblemPage {
    pub(crate) status: u16,
    pub(crate) title: &'static str,
    /// HTML, made of our own text only.
    pub(crate) article: String,
}

impl View for ProblemPage {
    const TEMPLATE: &'static str = "problem.html";
}

/// The templates, ready to be filled in.
pub(crate) struct Views(Environment<'static>);

impl Views {
    /// # Panics
    /// When an embedded template is malformed.
    pub(super) fn new(app_name: &str, base_path: &str) -> Self {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.add_global("app_name", app_name);
        templates.add_global("base", base_path);
        templates.add_global("version", assets::VERSION.as_str());
        templates.add_global("examples", context! { email => EMAIL, phone => PHONE });
        words::teach(&mut templates);
        for (name, source) in TEMPLATES {
            #[expect(
                clippy::expect_used,
                reason = "embedded text, which every test of a page reads"
            )]
            templates.add_template(name, source).expect("a template");
        }
        Self(templates)
    }

    pub(super) fn render<V: View>(
        &self,
        language: Language,
        status: StatusCode,
        view: &V,
    ) -> Response {
        let contents = context! {
            language => language.tag(),
            direction => language.direction(),
            ..Value::from_serialize(view)
        };
        let written = self
            .0
            .get_template(V::TEMPLATE)
            .and_then(|template| template.render(contents));
        match written {
            Ok(html) => status
                .with_header(header::CONTENT_TYPE, "text/html; charset=utf-8")
                .with_header(header::CONTENT_LANGUAGE, language.tag())
                .with_body(html)
                .into_response(),
            Err(error) => {
                tracing::error!(template = V::TEMPLATE, %error, "a page could not be written");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests;
