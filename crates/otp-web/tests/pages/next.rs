//! The way back to where somebody came from: always a path of our own.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::browser::{Browser, encode};
use crate::house::{HTTPS, House};

/// Signs in after opening the request page with these values of `next`, and returns where that led.
async fn signed_in_with(next: &[&str]) -> String {
    let house = House::at(HTTPS).await;
    let mut browser = Browser::new(&house);
    let pairs: Vec<_> = next.iter().map(|next| ("next", *next)).collect();
    let page = browser
        .open(&format!("/otp/request/?{}", encode(&pairs)))
        .await;
    assert_eq!(page.status, 200);
    sign_in(&house, &mut browser).await
}

async fn sign_in(house: &House, browser: &mut Browser<'_>) -> String {
    browser
        .request("email", "test@example.com")
        .await
        .leads_to("/otp/verify/");
    let code = house.code(browser.flow()).await;
    browser.open("/otp/verify/").await;
    let page = browser.verify(&code).await;
    assert_eq!(page.status, 303, "{}", page.text);
    page.header("location").to_owned()
}

#[tokio::test]
async fn whoever_signs_in_comes_back_to_a_path_of_ours() {
    for (next, place) in [
        (
            &["/shop/cart?item=1;x=\"y\"&b=2#top"][..],
            "/shop/cart?item=1;x=%22y%22&b=2#top",
        ),
        (&["/caf\u{e9}"], "/caf%C3%A9"),
        (&[], "/otp/done/"),
    ] {
        assert_eq!(signed_in_with(next).await, place, "{next:?}");
    }
}

#[tokio::test]
async fn nobody_is_led_elsewhere() {
    for next in [
        &["https://evil.example/"][..],
        &["//evil.example"],
        &["/\\evil.example"],
        &["/\t/evil.example"],
        &["/%2f%2fevil.example"],
        &["javascript:alert(1)"],
        &["/a\r\nSet-Cookie: a=b"],
        &["/.//evil.example"],
        &[""],
        &["/a", "//evil.example"],
        &["//evil.example", "/a"],
        &["/a", "/a"],
    ] {
        assert_eq!(signed_in_with(next).await, "/otp/done/", "{next:?}");
    }
}

#[tokio::test]
async fn a_planted_cookie_is_checked_like_any_other_word() {
    for planted in [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/a\r\nb: c",
    ] {
        for value in [URL_SAFE_NO_PAD.encode(planted), planted.replace("\r\n", "")] {
            let house = House::at(HTTPS).await;
            let mut browser = Browser::new(&house);
            browser.open("/otp/request/").await;
            browser.cookies.insert("__Host-otp_next".to_owned(), value);
            assert_eq!(
                sign_in(&house, &mut browser).await,
                "/otp/done/",
                "{planted:?}"
            );
            assert!(
                !browser.cookies.contains_key("__Host-otp_next"),
                "taken once"
            );
        }
    }
}

#[tokio::test]
async fn the_way_back_is_taken_once_and_a_bad_one_forgets_the_one_before() {
    let house = House::new().await;
    let mut browser = Browser::new(&house);
    browser.open("/otp/request/?next=/first").await;
    // A reload, and the way round by another contact, keep it.
    browser.open("/otp/request/").await;
    assert_eq!(sign_in(&house, &mut browser).await, "/first");
    browser.open("/otp/request/").await;
    assert_eq!(sign_in(&house, &mut browser).await, "/otp/done/");
    browser.open("/otp/request/?next=/first").await;
    browser.open("/otp/request/?next=//evil.example").await;
    assert_eq!(sign_in(&house, &mut browser).await, "/otp/done/");
}

#[tokio::test]
async fn the_cookie_of_the_way_back_is_bound_to_the_host() {
    let house = House::at(HTTPS).await;
    let page = Browser::new(&house).open("/otp/request/?next=/a").await;
    let cookies: Vec<&str> = page
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|cookie| cookie.to_str().unwrap())
        .filter(|cookie| cookie.starts_with("__Host-otp_next="))
        .collect();
    let [cookie] = cookies[..] else {
        panic!("{cookies:?}")
    };
    for attribute in [
        "HttpOnly",
        "Secure",
        "SameSite=Lax",
        "Path=/",
        "Max-Age=1200",
    ] {
        assert!(cookie.contains(attribute), "{attribute}: {cookie}");
    }
}
