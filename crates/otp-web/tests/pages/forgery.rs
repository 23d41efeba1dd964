//! Forms that are not ours: nothing happens, whoever sends them.

use crate::browser::{Browser, encode};
use crate::house::House;

const OURS: &str = "http://localhost:8000";

/// Every form, with fields that it would take.
const FORMS: [(&str, &[(&str, &str)]); 5] = [
    (
        "/otp/request/",
        &[
            ("contact_type", "email"),
            ("contact_value", "eve@example.com"),
        ],
    ),
    ("/otp/verify/", &[("otp_code", "000000")]),
    ("/otp/resend/", &[]),
    ("/otp/change/", &[]),
    ("/otp/logout/", &[]),
];

/// The token that a form carries.
enum Token {
    Own,
    None,
    Other(String),
}

impl Token {
    fn sent(&self, own: &str) -> Option<String> {
        match self {
            Self::Own => Some(own.to_owned()),
            Self::None => None,
            Self::Other(other) => {
                assert_ne!(own, other);
                Some(other.clone())
            }
        }
    }
}

/// Sends each form of a signed-in browser that also waits for a code, and sees that nothing came of it.
async fn each_is_refused(headers: &[(&str, &str)], token: &Token, with_cookies: bool) {
    let house = House::new().await;
    let mut browser = Browser::signed_in(&house).await;
    browser.open("/otp/request/").await;
    browser
        .request("email", "test@example.com")
        .await
        .leads_to("/otp/verify/");
    house.take_messages().await;
    let issued = house.issued().await;
    house.bench.advance(chrono::TimeDelta::seconds(61));
    let id = browser.flow();
    let before = house.bench.subject.otps.find(id).await.unwrap();
    let cookies = browser.cookies.clone();
    if !with_cookies {
        browser.cookies.clear();
    }
    for (path, fields) in FORMS {
        let token = token.sent(&browser.form_token);
        let token = token.as_ref().map(|token| ("csrf_token", token.as_str()));
        let page = browser
            .post(path, headers, encode(token.iter().chain(fields)))
            .await;
        assert_eq!(page.status, 403, "{path} {headers:?}");
        page.says("This form was not sent from our page");
        assert!(!page.headers.contains_key("set-cookie"), "{path}");
    }
    browser.cookies = cookies;
    assert_eq!(
        house.bench.subject.otps.find(id).await.unwrap(),
        before,
        "no attempt, no resend, no revocation"
    );
    assert_eq!(house.take_messages().await, 0);
    assert_eq!(house.issued().await, issued);
    assert_eq!(
        browser.open("/otp/done/").await.status,
        200,
        "still signed in"
    );
}

#[tokio::test]
async fn a_form_without_its_token_is_refused() {
    each_is_refused(&[("origin", OURS)], &Token::None, true).await;
}

#[tokio::test]
async fn a_form_with_a_wrong_token_is_refused() {
    for wrong in ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        each_is_refused(&[("origin", OURS)], &Token::Other(wrong.to_owned()), true).await;
    }
}

#[tokio::test]
async fn a_form_with_the_token_of_another_browser_is_refused() {
    let house = House::new().await;
    let mut eve = Browser::new(&house);
    // Secrets are the same in each run, so that Eve must not be the first browser of her house.
    for _ in 0..3 {
        eve.cookies.clear();
        eve.open("/otp/request/").await;
    }

    each_is_refused(&[("origin", OURS)], &Token::Other(eve.form_token), true).await;
}

#[tokio::test]
async fn a_form_from_another_site_is_refused_even_with_the_token() {
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "http://localhost:8001")],
        &[("origin", "https://localhost:8000")],
        &[("origin", "null")],
        &[("origin", OURS), ("sec-fetch-site", "cross-site")],
        &[("origin", OURS), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
    ] {
        each_is_refused(headers, &Token::Own, true).await;
    }
}

#[tokio::test]
async fn a_body_that_needs_no_question_beforehand_is_no_form_from_elsewhere() {
    let house = House::new().await;
    let browser = Browser::waiting(&house).await;
    let issued = house.issued().await;
    house.take_messages().await;
    for media_type in ["text/plain", "application/json", "multipart/form-data", ""] {
        for (path, fields) in FORMS {
            for (origin, status) in [("https://evil.example", 403), ("null", 403), (OURS, 415)] {
                let token = ("csrf_token", browser.form_token.as_str());
                let body = encode([token].iter().chain(fields));
                let page = browser.post_from(path, origin, media_type, body).await;
                assert_eq!(page.status, status, "{path} {media_type} {origin}");
            }
        }
    }
    assert_eq!(
        (house.issued().await, house.take_messages().await),
        (issued, 0)
    );
}

#[tokio::test]
async fn a_form_without_cookies_is_refused() {
    each_is_refused(&[("origin", OURS)], &Token::Own, false).await;
}

#[tokio::test]
async fn the_same_forms_pass_when_they_are_ours() {
    for headers in [
        &[("origin", OURS), ("sec-fetch-site", "same-origin")][..],
        &[("origin", "http://127.0.0.1:8000")],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
        &[],
    ] {
        for (path, fields) in FORMS {
            let house = House::new().await;
            let mut browser = Browser::waiting(&house).await;
            let token = ("csrf_token", browser.form_token.clone());
            let body = encode([(token.0, token.1.as_str())].iter().chain(fields));
            let page = browser.post(path, headers, body).await;
            assert_ne!(page.status, 403, "{path} {headers:?}");
        }
    }
}

#[tokio::test]
async fn looking_changes_nothing() {
    let house = House::new().await;
    let mut browser = Browser::signed_in(&house).await;
    for path in ["/otp/logout/", "/otp/resend/", "/otp/change/"] {
        assert_eq!(browser.open(path).await.status, 405);
    }
    assert_eq!(
        browser
            .open("/otp/request/?contact_type=email&contact_value=eve@example.com")
            .await
            .status,
        200
    );
    house.take_messages().await;
    assert_eq!(browser.open("/otp/done/").await.status, 200);
}
