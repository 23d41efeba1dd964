//! The whole way: the real binary on PostgreSQL, mail through a real mail server over STARTTLS with a login, a real
//! browser. `cargo xtask ci` starts the servers and sets the variables read here.

mod browser;
mod mailbox;
#[path = "../pages/markup.rs"]
mod markup;
mod scripts;
mod service;

use browser::{Browser, Look};
use mailbox::Mailbox;
use serde_json::{Value, json};
use service::Service;

#[tokio::test]
async fn a_person_signs_in_with_a_code_from_the_mailbox() {
    let service = Service::start().await;
    let mailbox = Mailbox::new("person");
    let browser = Browser::open().await;

    browser.go(&service.url("/otp/request/")).await;
    browser.screens("request").await;
    browser.choose("contact_type", "email").await;
    browser.fill("contact_value", mailbox.address()).await;
    browser.press("Request OTP").await;
    browser.until_path("/otp/verify/").await;
    let mail = mailbox.mail().await;
    assert!(
        browser.text().await.contains(mail.reference()),
        "the page shows the reference of the mail"
    );
    browser.screens("verify").await;

    // People copy the code with a blank in the middle.
    let (front, back) = mail.code().split_at(3);
    browser.fill("otp_code", &format!("{front} {back}")).await;
    browser.press("Verify & Login").await;
    browser.until_path("/otp/done/").await;
    assert!(browser.text().await.contains(mailbox.address()));
    browser.screens("done").await;

    browser.reload().await;
    assert!(
        browser.text().await.contains(mailbox.address()),
        "still signed in after a reload"
    );
    browser.press("Log out").await;
    browser.until_path("/otp/request/").await;
    browser.go(&service.url("/otp/done/")).await;
    browser.until_path("/otp/request/").await;

    browser.close().await;
    service.stop().await;
}

#[tokio::test]
async fn an_administrator_looks_at_the_statistics() {
    let service = Service::start().await;
    let browser = Browser::open().await;
    browser.go(&service.url("/otp/admin/")).await;
    browser.until_path("/otp/admin/login/").await;
    browser.screens("admin-login").await;
    browser.fill("api_key", "not a key").await;
    browser.press("Log in").await;
    assert!(
        browser
            .text()
            .await
            .contains("not the key of an administrator")
    );
    browser.screens("admin-login-wrong").await;
    browser.fill("api_key", service.api_key()).await;
    browser.press("Log in").await;
    browser.until_path("/otp/admin/").await;
    browser.screens("admin-empty").await;
    service.issue(12).await;
    browser.reload().await;
    browser.screens("admin").await;
    browser.go(&service.url("/otp/admin/deliveries/")).await;
    assert!(browser.text().await.contains("Queued, UTC"));
    browser.screens("admin-messages").await;
    browser.press("Log out").await;
    browser.until_path("/otp/admin/login/").await;
    browser.go(&service.url("/otp/nothing")).await;
    browser.screens("error").await;
    browser.close().await;
    service.stop().await;
}

#[tokio::test]
async fn the_check_for_barriers_finds_one() {
    let service = Service::start().await;
    let browser = Browser::open().await;
    browser.go(&service.url("/otp/request/")).await;
    browser
        .script("document.querySelector('label[for=contact_value]').remove()")
        .await;
    let found = browser.barriers().await;
    assert!(
        found.iter().any(|barrier| barrier.starts_with("label: ")),
        "{found:?}"
    );
    browser.close().await;
    service.stop().await;
}

#[tokio::test]
async fn a_wrong_code_is_refused_beside_the_field() {
    let service = Service::start().await;
    let mailbox = Mailbox::new("typo");
    let browser = Browser::open().await;
    browser.go(&service.url("/otp/request/")).await;
    browser.choose("contact_type", "email").await;
    browser.fill("contact_value", mailbox.address()).await;
    browser.press("Request OTP").await;
    browser.until_path("/otp/verify/").await;
    let mail = mailbox.mail().await;
    let wrong = if mail.code() == "000000" {
        "000001"
    } else {
        "000000"
    };
    browser.fill("otp_code", wrong).await;
    browser.press("Verify & Login").await;
    assert!(
        browser.text().await.contains("4 attempts left"),
        "{}",
        browser.text().await
    );
    assert_eq!(browser.focused_field().await, "otp_code");
    browser.look(Look::Light).await;
    browser.screenshot("verify-wrong").await;
    browser.fill("otp_code", mail.code()).await;
    browser.press("Verify & Login").await;
    browser.until_path("/otp/done/").await;
    browser.close().await;
    service.stop().await;
}

#[tokio::test]
async fn a_person_reads_the_pages_in_their_language() {
    let service = Service::start().await;
    for (language, button, says) in [
        ("ar", "طلب الرمز", "المرجع"),
        ("de", "Code anfordern", "Referenz"),
    ] {
        let mailbox = Mailbox::new(language);
        let browser = Browser::open().await;
        browser.asks_for(language).await;
        browser.go(&service.url("/otp/request/")).await;
        browser.screens(&format!("request-{language}")).await;
        browser.choose("contact_type", "phone").await;
        browser.screens(&format!("request-phone-{language}")).await;
        browser.choose("contact_type", "email").await;
        browser.fill("contact_value", mailbox.address()).await;
        browser.press(button).await;
        browser.until_path("/otp/verify/").await;
        assert!(browser.text().await.contains(says));
        browser.fill("otp_code", "12").await;
        browser.screens(&format!("verify-{language}")).await;
        browser.close().await;
    }
    service.stop().await;
}

#[tokio::test]
async fn the_browser_fills_in_the_code_of_an_sms_and_sends_it() {
    let service = Service::start().await;
    let browser = Browser::open().await;
    // A browser that finds an SMS once.
    let found = "window.OTPCredential = class {}; \
                 navigator.credentials.get = async ({ otp, signal }) => { \
                 if (otp.transport[0] !== 'sms' || signal.aborted || sessionStorage.found) throw new Error(); \
                 sessionStorage.found = 'yes'; return { code: 'ZZZZZZ' }; }";
    browser.before_each_page(found).await;
    browser.go(&service.url("/otp/request/")).await;
    browser.choose("contact_type", "phone").await;
    browser.fill("contact_value", "+919876543210").await;
    browser.press("Request OTP").await;
    browser
        .until_text("Enter the code from the message: 6 digits.")
        .await;
    browser.close().await;
    service.stop().await;
}

#[tokio::test]
async fn a_program_verifies_through_the_api() {
    let service = Service::start().await;
    let mailbox = Mailbox::new("program");
    let client = reqwest::Client::new();
    let post = async |path: &str, body: Value| {
        let request = client
            .post(service.url(path))
            .bearer_auth(service.api_key())
            .json(&body);
        let answer = request.send().await.expect("an answer");
        (
            answer.status().as_u16(),
            answer.json::<Value>().await.expect("a JSON body"),
        )
    };
    let wanted = json!({ "contact_type": "email", "contact_value": mailbox.address() });
    let (status, issued) = post("/api/v1/otps", wanted).await;
    assert_eq!(status, 201, "{issued}");
    let id = issued["id"].as_str().expect("a handle");
    let mail = mailbox.mail().await;
    assert_eq!(issued["reference"], mail.reference());
    let wrong = if mail.code() == "000000" {
        "000001"
    } else {
        "000000"
    };
    let (status, refused) = post(
        &format!("/api/v1/otps/{id}/verify"),
        json!({ "otp_code": wrong }),
    )
    .await;
    assert_eq!(
        (status, &refused["attempts_left"]),
        (422, &json!(4)),
        "{refused}"
    );
    let (status, verified) = post(
        &format!("/api/v1/otps/{id}/verify"),
        json!({ "otp_code": mail.code() }),
    )
    .await;
    assert_eq!(status, 200, "{verified}");
    assert_eq!(verified["verified"], true);
    assert_eq!(verified["contact_value"], mailbox.address());
    let (status, again) = post(
        &format!("/api/v1/otps/{id}/verify"),
        json!({ "otp_code": mail.code() }),
    )
    .await;
    assert_eq!(status, 410, "{again}");
    service.stop().await;
}
