//! The templates, and what each of them needs.

use chrono::{DateTime, Utc};
use minijinja::{Environment, UndefinedBehavior};
use otp_core::{Alphabet, Channel, Issued};
use poem::http::{StatusCode, header};
use poem::{IntoResponse as _, Response};
use serde::Serialize;

use super::admin::{BoardPage, DeliveriesPage};
use super::assets;
use crate::session::Token;

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
    pub(super) notice: Option<&'static str>,
    pub(super) signed_in_as: Option<String>,
    contact_type: &'static str,
    contact_value: String,
    warning: Option<String>,
    type_error: Option<String>,
    value_error: Option<String>,
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
    pub(super) fn with_type_error(mut self, sentence: Option<String>) -> Self {
        self.type_error = sentence;
        self
    }

    /// Puts a sentence above everything.
    pub(super) fn with_warning(mut self, sentence: String) -> Self {
        self.warning = Some(sentence);
        self
    }

    /// Puts a sentence beside the contact.
    pub(super) fn with_value_error(mut self, sentence: Option<String>) -> Self {
        self.value_error = sentence;
        self
    }
}

/// The form that takes the code.
#[derive(Serialize)]
pub(super) struct VerifyPage {
    csrf_token: String,
    pub(super) notice: Option<&'static str>,
    warning: Option<String>,
    error: Option<String>,
    contact_hint: String,
    reference: String,
    code_form: String,
    digits_only: bool,
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
            contact_hint: issued.contact_hint.clone(),
            reference: issued.reference.as_str().to_owned(),
            code_form: issued.format.to_string(),
            digits_only: issued.format.alphabet() == Alphabet::Digits,
            seconds_left,
            time_left: format!("{}:{:02}", seconds_left / 60, seconds_left % 60),
            resend_in: seconds_until(issued.resend_at, now),
        }
    }

    /// Puts a sentence beside the code.
    pub(super) fn with_error(mut self, sentence: String) -> Self {
        self.error = Some(sentence);
        self
    }

    /// Puts a sentence above everything.
    pub(super) fn with_warning(mut self, sentence: String) -> Self {
        self.warning = Some(sentence);
        self
    }
}

/// Says when this network may ask again.
pub(super) fn too_many(retry_at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = (seconds_until(retry_at, now) + 59) / 60;
    let wait = match minutes {
        ..=1 => "a minute".to_owned(),
        2..=119 => format!("{minutes} minutes"),
        _ => format!("{} hours", (minutes + 59) / 60),
    };
    format!("Too many requests came from your network. Please try again in {wait}.")
}

/// Returns the whole seconds from `now` until `then`, rounded up; zero when it has passed.
pub(super) fn seconds_until(then: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    ((then - now).num_milliseconds().max(0) + 999) / 1000
}

/// The end of a code that no longer opens.
#[derive(Serialize)]
pub(super) struct ClosedPage {
    pub(super) reason: &'static str,
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
    pub(crate) title: &'static str,
    pub(crate) text: String,
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
        for (name, source) in TEMPLATES {
            #[expect(
                clippy::expect_used,
                reason = "embedded text, which every test of a page reads"
            )]
            templates.add_template(name, source).expect("a template");
        }
        Self(templates)
    }

    pub(super) fn render<V: View>(&self, status: StatusCode, view: &V) -> Response {
        let written = self
            .0
            .get_template(V::TEMPLATE)
            .and_then(|template| template.render(view));
        match written {
            Ok(html) => status
                .with_header(header::CONTENT_TYPE, "text/html; charset=utf-8")
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
mod tests {
    use otp_core::testing::{Bench, SeededSecrets};
    use otp_core::{Clock as _, CodeFormat, Contact};

    use super::*;

    async fn written(view: &(impl View + Sync)) -> String {
        let views = Views::new("<Test>", "/auth");
        let response = views.render(StatusCode::OK, view);
        assert_eq!(response.status(), StatusCode::OK);
        let html = response.into_body().into_string().await.expect("a text");
        assert!(
            html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"),
            "{html}"
        );
        assert!(
            html.contains("&lt;Test&gt;") && !html.contains("<Test>"),
            "{html}"
        );
        html
    }

    fn token() -> Token {
        Token::draw(&SeededSecrets::default()).expect("random bytes")
    }

    fn sentence() -> String {
        "A <sentence>.".to_owned()
    }

    #[tokio::test]
    async fn the_request_page_can_be_written_in_every_state() {
        for bits in 0..16_u8 {
            let on = |bit: u8| bits & (1 << bit) != 0;
            let mut page = RequestPage::blank(&token(), &Channel::ALL);
            page.notice = on(0).then_some("A <sentence>.");
            page.signed_in_as = on(1).then(sentence);
            let page = page
                .with_type_error(on(2).then(sentence))
                .with_value_error(on(3).then(sentence));
            let html = written(&page.keeping(None, "\0<typed>")).await;
            assert_eq!(
                html.matches("A &lt;sentence&gt;.").count(),
                bits.count_ones() as usize
            );
            assert_eq!(html.matches("autofocus").count(), 1);
            assert!(html.contains("value=\"&lt;typed&gt;\""));
        }
        for channel in Channel::ALL {
            let html =
                written(&RequestPage::blank(&token(), &Channel::ALL).keeping(Some(channel), ""))
                    .await;
            assert!(html.contains(&format!("id=\"contact_type_{channel}\" checked")));
        }
    }

    #[tokio::test]
    async fn the_verify_page_can_be_written_in_every_state() {
        let bench = Bench::new();
        let contact = Contact::email("ada@example.com").expect("an address");
        let issued = bench
            .service()
            .issue(contact)
            .await
            .expect("a store")
            .granted();
        let mut issued = issued.expect("a code");
        for (format, mode) in [
            (CodeFormat::DEFAULT, "inputmode=\"numeric\""),
            (
                CodeFormat::new(Alphabet::Crockford32, 13).expect("a format"),
                "inputmode=\"text\"",
            ),
        ] {
            issued.format = format;
            for bits in 0..8_u8 {
                let mut page = VerifyPage::of(&issued, &token(), bench.clock.now());
                page.notice = (bits & 1 != 0).then_some("A <sentence>.");
                page.warning = (bits & 2 != 0).then(sentence);
                page.error = (bits & 4 != 0).then(sentence);
                let html = written(&page).await;
                assert_eq!(
                    html.matches("A &lt;sentence&gt;.").count(),
                    bits.count_ones() as usize
                );
                assert!(html.contains(mode));
            }
        }
    }

    #[tokio::test]
    async fn the_other_pages_can_be_written_in_every_state() {
        written(&ClosedPage {
            reason: "It is over.",
        })
        .await;
        for name in [None, Some(sentence())] {
            let page = DonePage {
                csrf_token: token().form_token(),
                name,
                contact: "ada@example.com".to_owned(),
            };
            assert!(written(&page).await.contains("Log out"));
        }
        let page = MessagePage {
            status: 404,
            title: "Not found",
            text: "A <sentence>.".to_owned(),
            request_id: "0123".to_owned(),
        };
        assert!(written(&page).await.contains("Request 0123"));
        let page = ProblemPage {
            status: 422,
            title: "Wrong code",
            article: "<h1>Wrong code</h1>".to_owned(),
        };
        assert!(written(&page).await.contains("<h1>Wrong code</h1>"));
    }

    #[test]
    fn seconds_are_rounded_up_and_never_negative() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        for (millis, seconds) in [
            (-5000, 0),
            (0, 0),
            (1, 1),
            (1000, 1),
            (1001, 2),
            (59_999, 60),
        ] {
            assert_eq!(
                seconds_until(now + chrono::TimeDelta::milliseconds(millis), now),
                seconds
            );
        }
    }
}
