//! Wrong codes, dead codes, resend, change, and other browsers.

use chrono::TimeDelta;
use otp_core::OtpState;
use poem::Request;
use poem::http::Method;

use crate::browser::Browser;
use crate::house::House;

#[tokio::test]
async fn a_wrong_code_says_how_many_attempts_are_left_until_none_is() {
    let house = House::new().await;
    let mut browser = Browser::waiting(&house).await;
    let wrong = house.wrong_code(browser.flow()).await;
    for left in ["4 attempts", "3 attempts", "2 attempts", "1 attempt"] {
        let page = browser.verify(&wrong).await;
        assert_eq!(page.status, 422);
        page.says(&format!(
            "id=\"otp_code_error\">That is not the code. {left} left."
        ));
    }
    let page = browser.verify(&wrong).await;
    assert_eq!(page.status, 422);
    page.says("it was the last attempt");
    page.says("href=\"/otp/request/\">Request a new code");
    for page in [
        browser.verify(&wrong).await,
        browser.verify("123").await,
        browser.open("/otp/verify/").await,
    ] {
        assert_eq!(page.status, 410);
        page.says("This code can no longer be used");
        page.says("href=\"/otp/request/\">Request a new code");
    }
}

#[tokio::test]
async fn an_expired_code_is_gone_and_a_new_one_can_be_had() {
    let house = House::new().await;
    let mut browser = Browser::waiting(&house).await;
    let code = house.code(browser.flow()).await;
    house.bench.advance(TimeDelta::minutes(5));
    assert_eq!(browser.verify(&code).await.status, 410);
    assert_eq!(browser.submit("/otp/resend/", &[]).await.status, 410);
    assert_eq!(browser.open("/otp/verify/").await.status, 410);
    browser.open("/otp/request/").await;
    browser
        .request("email", "test@example.com")
        .await
        .leads_to("/otp/verify/");
    let code = house.code(browser.flow()).await;
    browser.verify(&code).await.leads_to("/otp/done/");
}

#[tokio::test]
async fn a_used_code_is_gone() {
    let house = House::new().await;
    let mut browser = Browser::waiting(&house).await;
    let (id, code) = (browser.flow(), house.code(browser.flow()).await);
    let (cookies, token) = (browser.cookies.clone(), browser.form_token.clone());
    browser.verify(&code).await.leads_to("/otp/done/");
    browser.open("/otp/verify/").await.leads_to("/otp/done/");
    let mut replay = Browser::new(&house);
    (replay.cookies, replay.form_token) = (cookies, token);
    assert_eq!(replay.flow(), id);
    assert_eq!(replay.verify(&code).await.status, 410);
    replay.open("/otp/done/").await.leads_to("/otp/request/");
}

#[tokio::test]
async fn a_code_of_one_browser_does_not_open_in_another() {
    let house = House::new().await;
    let mut browser = Browser::waiting(&house).await;
    let code = house.code(browser.flow()).await;
    let mut other = Browser::waiting(&house).await;
    other
        .cookies
        .insert("otp_flow".to_owned(), browser.flow().to_string());
    assert_eq!(other.open("/otp/verify/").await.status, 410);
    assert_eq!(other.verify(&code).await.status, 410);
    // The handle alone is nothing: it neither uses up attempts, nor calls the code back, nor has it sent again.
    for _ in 0..6 {
        let wrong = house.wrong_code(browser.flow()).await;
        assert_eq!(other.verify(&wrong).await.status, 410);
    }
    house.bench.advance(TimeDelta::seconds(60));
    let sent = house.take_messages().await;
    assert_eq!(other.submit("/otp/resend/", &[]).await.status, 410);
    other
        .submit("/otp/change/", &[])
        .await
        .leads_to("/otp/request/");
    assert_eq!((sent, house.take_messages().await), (2, 0));
    other.open("/otp/done/").await.leads_to("/otp/request/");
    browser.verify(&code).await.leads_to("/otp/done/");
}

#[tokio::test]
async fn a_code_of_the_api_does_not_open_a_page_and_the_other_way_round() {
    let house = House::new().await;
    let mut browser = Browser::waiting(&house).await;
    let body = r#"{"contact_type":"email","contact_value":"test@example.com"}"#;
    let call = |path: String, body: String| {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path.parse().unwrap());
        request.content_type("application/json").body(body)
    };
    let issued = house
        .send(call("/api/v1/otps".to_owned(), body.to_owned()))
        .await;
    let id = issued.text.split("\"id\":\"").nth(1).unwrap()[..36].to_owned();
    let of_page = browser.flow();
    let attempt = format!("{{\"otp_code\":\"{}\"}}", house.code(of_page).await);
    assert_eq!(
        house
            .send(call(format!("/api/v1/otps/{of_page}/verify"), attempt))
            .await
            .status,
        410
    );
    browser.cookies.insert("otp_flow".to_owned(), id);
    let code = house.code(browser.flow()).await;
    assert_eq!(browser.verify(&code).await.status, 410);
}

#[tokio::test]
async fn resend_waits_and_then_sends_the_same_code() {
    let house = House::new().await;
    let mut browser = Browser::waiting(&house).await;
    let code = house.code(browser.flow()).await;
    assert_eq!(house.take_messages().await, 1);
    house.bench.advance(TimeDelta::milliseconds(18_500));
    let page = browser.submit("/otp/resend/", &[]).await;
    assert_eq!((page.status, page.header("retry-after")), (429, "42"));
    page.says("Please wait 42 seconds");
    assert_eq!(house.take_messages().await, 0);
    house.bench.advance(TimeDelta::milliseconds(41_500));
    browser
        .submit("/otp/resend/", &[])
        .await
        .leads_to("/otp/verify/");
    assert_eq!(house.take_messages().await, 1);
    browser
        .open("/otp/verify/")
        .await
        .says("We sent the same code again");
    let page = browser.open("/otp/verify/").await;
    assert!(
        !page.text.contains("We sent the same code again"),
        "said once"
    );
    browser.verify(&code).await.leads_to("/otp/done/");
}

#[tokio::test]
async fn change_calls_the_code_back() {
    let house = House::new().await;
    let mut browser = Browser::waiting(&house).await;
    let id = browser.flow();
    browser
        .submit("/otp/change/", &[])
        .await
        .leads_to("/otp/request/");
    assert!(!browser.cookies.contains_key("otp_flow"));
    let otp = house.bench.subject.otps.find(id).await.unwrap().unwrap();
    assert!(matches!(otp.state, OtpState::Revoked { .. }));
    browser
        .submit("/otp/change/", &[])
        .await
        .leads_to("/otp/request/");
}

#[tokio::test]
async fn without_a_running_code_one_is_sent_to_the_request_page_with_a_word() {
    let house = House::new().await;
    let mut browser = Browser::new(&house);
    browser.open("/otp/verify/").await.leads_to("/otp/request/");
    browser
        .open("/otp/request/")
        .await
        .says("This browser is not waiting for a code.");
    for path in ["/otp/verify/", "/otp/resend/"] {
        browser.submit(path, &[]).await.leads_to("/otp/request/");
    }
    browser
        .cookies
        .insert("otp_flow".to_owned(), "not-an-id".to_owned());
    browser.open("/otp/verify/").await.leads_to("/otp/request/");
    browser.cookies.insert(
        "otp_flow".to_owned(),
        "019b796d-d600-7f55-b0f5-a1810b7af78c".to_owned(),
    );
    assert_eq!(browser.open("/otp/verify/").await.status, 410);
    assert_eq!(browser.verify("123456").await.status, 410);
}

#[tokio::test]
async fn the_handle_and_the_code_are_in_no_address() {
    let house = House::new().await;
    let mut browser = Browser::new(&house);
    browser.open("/otp/request/").await;
    let mut pages = vec![browser.request("email", "test@example.com").await];
    let (id, code) = (browser.flow().to_string(), house.code(browser.flow()).await);
    pages.push(browser.open("/otp/verify/").await);
    pages.push(
        browser
            .verify(&house.wrong_code(browser.flow()).await)
            .await,
    );
    pages.push(browser.verify(&code).await);
    pages.push(browser.open("/otp/done/").await);
    for page in pages {
        assert!(!page.header("location").contains(&id) && !page.text.contains(&id));
        assert!(!page.header("location").contains(&code) && !page.text.contains(&code));
    }
}

#[tokio::test]
async fn a_store_that_is_gone_is_a_page_that_asks_to_try_again() {
    let house = House::new().await;
    let mut browser = Browser::waiting(&house).await;
    house.database.clone().close().await;
    for page in [
        browser.open("/otp/verify/").await,
        browser.verify("123456").await,
        browser.submit("/otp/resend/", &[]).await,
        browser.submit("/otp/change/", &[]).await,
        browser.request("email", "test@example.com").await,
    ] {
        assert_eq!(
            (page.status, page.header("retry-after")),
            (503, "5"),
            "{}",
            page.text
        );
        page.says("Please try again in a moment.");
        page.says(&format!("Request {}", page.header("x-request-id")));
    }
    assert_eq!(
        browser.open("/otp/request/").await.status,
        200,
        "who is not signed in needs no store for the form"
    );
}
