//! The language of the pages and of the message that follows.

use chrono::TimeDelta;
use otp_core::ports::Claim;
use otp_core::{Clock as _, Locale};
use poem::Request;
use poem::http::header;

use crate::browser::Browser;
use crate::house::{House, Page};

const ALL: [&str; 10] = ["en", "de", "fr", "es", "pt", "hi", "ta", "ar", "zh", "ja"];

#[track_caller]
fn is_in(page: &Page, language: &str) {
    let direction = if language == "ar" { "rtl" } else { "ltr" };
    page.says(&format!("<html lang=\"{language}\" dir=\"{direction}\">"));
    assert_eq!(page.header("content-language"), language);
    assert_eq!(page.header("vary"), "Accept-Language");
}

#[tokio::test]
async fn pages_speak_the_best_liked_language_that_is_there_and_english_else() {
    let house = House::new().await;
    for (asked, language, title) in [
        ("de".as_bytes(), "de", "<title>Anmelden"),
        (b"de-CH, fr;q=0.9", "de", "<h1>Anmelden</h1>"),
        (b"tlh, pt-BR;q=0.9, en;q=0.5", "pt", "<h1>Iniciar"),
        (b"en;q=0.1, ar;q=0.2", "ar", "<h1>\u{62a}"),
        (b"zh-Hant-TW", "zh", "<h1>登录</h1>"),
        (b"tlh", "en", "<h1>Sign in</h1>"),
        (b"de;q=x", "en", "<h1>Sign in</h1>"),
        (b"\xff\xfe", "en", "<h1>Sign in</h1>"),
        (b"", "en", "<h1>Sign in</h1>"),
    ] {
        let page = Browser::speaking(&house, asked).open("/otp/request/").await;
        assert_eq!(page.status, 200);
        is_in(&page, language);
        page.says(title);
    }
    let page = Browser::new(&house).open("/otp/request/").await;
    is_in(&page, "en");
}

#[tokio::test]
async fn every_page_and_every_refusal_is_there_in_every_language() {
    for language in ALL {
        let house = House::new().await;
        house.add_test_customer().await;
        let mut browser = Browser::speaking(&house, language.as_bytes());
        let told = |page: Page, status: u16| {
            assert_eq!(page.status, status, "{language}: {}", page.text);
            is_in(&page, language);
        };
        told(browser.open("/otp/nothing").await, 404);
        told(browser.open("/otp/resend/").await, 405);
        told(browser.submit("/otp/request/", &[]).await, 403);
        told(browser.open("/otp/request/").await, 200);
        told(browser.request("", "").await, 422);
        told(browser.request("phone", "12").await, 422);
        told(browser.submit("/otp/request/", &[("x", "y")]).await, 400);
        browser.open("/otp/request/").await;
        let sent = browser.request("email", "test@example.com").await;
        sent.leads_to("/otp/verify/");
        told(browser.open("/otp/verify/").await, 200);
        told(browser.verify("12").await, 422);
        let wrong = house.wrong_code(browser.flow()).await;
        told(browser.verify(&wrong).await, 422);
        told(browser.submit("/otp/resend/", &[]).await, 429);
        house.bench.advance(TimeDelta::seconds(61));
        let resent = browser.submit("/otp/resend/", &[]).await;
        resent.leads_to("/otp/verify/");
        told(browser.open("/otp/verify/").await, 200);
        let code = house.code(browser.flow()).await;
        browser.verify(&code).await.leads_to("/otp/done/");
        told(browser.open("/otp/done/").await, 200);
        told(browser.open("/otp/request/").await, 200);
        browser
            .request("phone", "9876543210")
            .await
            .leads_to("/otp/verify/");
        house.bench.advance(TimeDelta::minutes(5));
        told(browser.open("/otp/verify/").await, 410);
    }
}

#[tokio::test]
async fn the_language_of_the_page_is_kept_with_the_delivery() {
    for (asked, kept) in [
        ("de-AT,de;q=0.9", "de"),
        ("tlh", "en"),
        ("zh-Hant-TW", "zh"),
    ] {
        let house = House::new().await;
        let mut browser = Browser::speaking(&house, asked.as_bytes());
        browser.open("/otp/request/").await;
        let sent = browser.request("email", "test@example.com").await;
        sent.leads_to("/otp/verify/");
        let now = house.bench.clock.now();
        let claim = Claim {
            lease: [7; 16],
            now,
            lease_until: now + TimeDelta::days(1),
            limit: 100,
        };
        let deliveries = house.bench.subject.queue.claim(&claim).await.unwrap();
        let kept_as: Vec<_> = deliveries
            .iter()
            .map(|one| one.delivery.locale.clone())
            .collect();
        assert_eq!(kept_as, [Locale::parse(kept)]);
    }
}

#[tokio::test]
async fn programs_and_administrators_read_english() {
    let house = House::new().await;
    let call = Request::builder().uri_str("/api/v1/otps/x");
    let problem = house
        .send(call.header(header::ACCEPT_LANGUAGE, "de").finish())
        .await;
    assert_eq!(problem.header("content-language"), "");
    problem.says("\"title\":\"");
    let mut browser = Browser::speaking(&house, b"de");
    for path in ["/otp/admin/login/", "/problems/wrong-code"] {
        let page = browser.open(path).await;
        page.says("<html lang=\"en\" dir=\"ltr\">");
        assert_eq!(page.header("content-language"), "en");
    }
}

#[tokio::test]
async fn only_a_page_that_waits_for_an_sms_asks_the_browser_for_its_code() {
    for (contact_type, contact, asks) in [
        ("phone", "9876543210", true),
        ("email", "test@example.com", false),
    ] {
        let house = House::new().await;
        let mut browser = Browser::new(&house);
        browser.open("/otp/request/").await;
        browser
            .request(contact_type, contact)
            .await
            .leads_to("/otp/verify/");
        let page = browser.open("/otp/verify/").await;
        assert_eq!(!page.tag("/static/sms.js?v=").is_empty(), asks);
        assert!(
            page.tag("name=\"otp_code\"")
                .contains("autocomplete=\"one-time-code\"")
        );
    }
}
