//! Every page in every state and in every language.

use chrono::TimeDelta;
use otp_core::testing::{Bench, SeededSecrets};
use otp_core::{Clock as _, CodeFormat, Contact, ContactError, Refusal};

use super::super::PageError;
use super::super::refused::{of_contact, of_refusal};
use super::*;

/// Writes a page in every language and returns the English one.
async fn written(view: &(impl View + Sync)) -> String {
    let views = Views::new("<Test>", "/auth");
    let mut english = String::new();
    for language in Language::ALL.into_iter().rev() {
        let response = views.render(language, StatusCode::OK, view);
        assert_eq!(response.status(), StatusCode::OK, "{language}");
        assert_eq!(response.headers()[header::CONTENT_LANGUAGE], language.tag());
        let html = response.into_body().into_string().await.expect("a text");
        let begins = format!(
            "<!doctype html>\n<html lang=\"{language}\" dir=\"{}\">",
            language.direction()
        );
        assert!(
            html.starts_with(&begins) && html.trim_end().ends_with("</html>"),
            "{html}"
        );
        assert!(
            html.contains("&lt;Test&gt;") && !html.contains("<Test>"),
            "{html}"
        );
        english = html;
    }
    english
}

fn token() -> Token {
    Token::draw(&SeededSecrets::default()).expect("random bytes")
}

/// A sentence with a value that must be escaped, and how it looks then.
fn sentence() -> Sentence {
    Sentence::plain("done-welcome").with("name", "\u{2069}<b>&")
}

const SENTENCE: &str = "Welcome, <bdi>&lt;b&gt;&amp;</bdi>";

#[tokio::test]
async fn the_request_page_can_be_written_in_every_state() {
    for bits in 0..16_u8 {
        let on = |bit: u8| bits & (1 << bit) != 0;
        let mut page = RequestPage::blank(&token(), &Channel::ALL);
        page.notice = on(0).then(sentence);
        page.signed_in_as = on(1).then(|| "<ada>".to_owned());
        let page = page
            .with_type_error(on(2).then(sentence))
            .with_value_error(on(3).then(sentence));
        let html = written(&page.keeping(None, "\0<typed>")).await;
        let told = html.matches(SENTENCE).count() + html.matches("<bdi>&lt;ada&gt;</bdi>").count();
        assert_eq!(told, bits.count_ones() as usize);
        assert_eq!(html.matches("autofocus").count(), 1);
        assert!(html.contains("value=\"&lt;typed&gt;\""));
    }
    for channel in Channel::ALL {
        let html =
            written(&RequestPage::blank(&token(), &Channel::ALL).keeping(Some(channel), "")).await;
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
    for (format, mode, channel) in [
        (CodeFormat::DEFAULT, "inputmode=\"numeric\"", Channel::Email),
        (
            CodeFormat::new(Alphabet::Crockford32, 13).expect("a format"),
            "inputmode=\"text\"",
            Channel::Phone,
        ),
    ] {
        (issued.format, issued.channel) = (format, channel);
        for bits in 0..8_u8 {
            let mut page = VerifyPage::of(&issued, &token(), bench.clock.now());
            page.notice = (bits & 1 != 0).then(sentence);
            page.warning = (bits & 2 != 0).then(sentence);
            page.error = (bits & 4 != 0).then(sentence);
            let html = written(&page).await;
            assert_eq!(html.matches(SENTENCE).count(), bits.count_ones() as usize);
            assert!(html.contains(mode));
            // Only where an SMS is awaited.
            assert_eq!(html.contains("/sms.js?"), channel == Channel::Phone);
        }
    }
}

#[tokio::test]
async fn the_other_pages_can_be_written_in_every_state() {
    let reason = sentence();
    assert!(written(&ClosedPage { reason }).await.contains(SENTENCE));
    for name in [None, Some("<Ada>".to_owned())] {
        let page = DonePage {
            csrf_token: token().form_token(),
            name,
            contact: "ada@example.com".to_owned(),
        };
        assert!(written(&page).await.contains("Log out"));
    }
    let page = MessagePage {
        status: 404,
        title: Sentence::plain("message-not-found"),
        lead: sentence(),
        request_id: "0123".to_owned(),
    };
    assert!(written(&page).await.contains("Request <bdi>0123</bdi>"));
    let page = ProblemPage {
        status: 422,
        title: "Wrong code",
        article: "<h1>Wrong code</h1>".to_owned(),
    };
    assert!(written(&page).await.contains("<h1>Wrong code</h1>"));
}

/// Puts a sentence on a page of every language, and returns the English one.
async fn told(lead: Sentence) -> String {
    let page = MessagePage {
        status: 422,
        title: Sentence::plain("message-forbidden"),
        lead,
        request_id: String::new(),
    };
    let html = written(&page).await;
    let told = html.split("<p class=\"lead\">").nth(1);
    let told = told.and_then(|rest| rest.split("</p>").next());
    told.expect("a sentence").to_owned()
}

#[tokio::test]
async fn every_refusal_is_told_in_every_language() {
    let now = DateTime::<Utc>::UNIX_EPOCH;
    let too_many = |seconds| Refusal::TooMany {
        retry_at: now + TimeDelta::seconds(seconds),
    };
    let strong = CodeFormat::new(Alphabet::Crockford32, 13).expect("a format");
    for (refusal, says) in [
        (
            Refusal::Malformed {
                expected: CodeFormat::DEFAULT,
            },
            "message: 6 digits.",
        ),
        (
            Refusal::Malformed { expected: strong },
            "message: 13 letters and digits.",
        ),
        (
            Refusal::WrongCode {
                attempts_left: 5000,
            },
            "That is not the code.",
        ),
        (
            Refusal::WrongCode { attempts_left: 2 },
            "the code. 2 attempts left.",
        ),
        (
            Refusal::WrongCode { attempts_left: 1 },
            "the code. 1 attempt left.",
        ),
        (Refusal::NotUsable, "no longer be used; request a new one."),
        (
            Refusal::TooSoon { retry_at: now },
            "Please wait 0 seconds before",
        ),
        (too_many(-9), "again in a minute."),
        (too_many(60), "again in a minute."),
        (too_many(61), "again in 2 minutes."),
        (too_many(7_140), "again in 119 minutes."),
        (too_many(7_141), "again in 2 hours."),
        (too_many(86_400), "again in 24 hours."),
        (
            Refusal::Lifetime {
                longest: TimeDelta::zero(),
            },
            "cannot be asked for here.",
        ),
        (
            Refusal::ChannelOff {
                channel: Channel::Email,
            },
            "not sent by email here.",
        ),
        (
            Refusal::ChannelOff {
                channel: Channel::Phone,
            },
            "not sent by phone here.",
        ),
        (Refusal::IdempotencyMismatch, "cannot be asked for here."),
    ] {
        let told = told(of_refusal(refusal, now)).await;
        assert!(told.contains(says), "{told}");
    }
}

#[tokio::test]
async fn every_fault_of_a_contact_and_of_a_request_is_told_in_every_language() {
    for (error, says) in [
        (ContactError::UnknownChannel, "Choose email or phone."),
        (ContactError::Empty, "This is required."),
        (ContactError::TooLong, "at most 254 characters"),
        (ContactError::ForbiddenCharacter, "blanks inside"),
        (
            ContactError::NotOneAddress,
            "like <bdi>name@example.com</bdi>.",
        ),
        (ContactError::LocalPart, "The part before the @"),
        (ContactError::Domain, "like <bdi>example.com</bdi>."),
        (ContactError::MixedScripts, "different alphabets"),
        (ContactError::NotE164, "like <bdi>+91 98765 43210</bdi>."),
        (ContactError::NotAPhoneNumber, "a valid phone number"),
        (ContactError::UnknownRegion, "a valid phone number"),
    ] {
        let told = told(of_contact(error)).await;
        assert!(told.contains(says), "{told}");
    }
    let (field, expected) = ("<b>".to_owned(), "x".to_owned());
    for (error, says) in [
        (PageError::Forged, "not sent from our page, or"),
        (
            PageError::NotAForm,
            "application&#x2f;x-www-form-urlencoded",
        ),
        (
            PageError::UnknownField { field, expected },
            "no field “<bdi>&lt;b&gt;</bdi>”",
        ),
        (
            PageError::RepeatedField("x"),
            "“<bdi>x</bdi>” was sent more than once",
        ),
        (PageError::Unavailable("x".into()), "not do that just now"),
        (PageError::Broken("x".into()), "on our side"),
    ] {
        let told = told(error.sentence()).await;
        assert!(told.contains(says), "{told}");
    }
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
            seconds_until(now + TimeDelta::milliseconds(millis), now),
            seconds
        );
    }
}
