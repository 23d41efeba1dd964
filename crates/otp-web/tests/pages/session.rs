//! Who is signed in, for how long, and by which cookies.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use otp_core::{Clock as _, Keyring};
use poem::http::header;
use sha2::{Digest as _, Sha256};

use crate::browser::Browser;
use crate::house::{HTTPS, House};

const SESSION: &str = "otp_session";

async fn is_stored(house: &House, cookie: &str) -> bool {
    let id = URL_SAFE_NO_PAD.decode(cookie).unwrap();
    let digests = house.bench.keys.token_digests("session", &id);
    let found = house
        .database
        .sessions()
        .find(&digests, house.bench.clock.now(), TimeDelta::days(1))
        .await;
    found.unwrap().is_some()
}

#[tokio::test]
async fn the_session_id_is_new_at_each_sign_in_and_the_old_one_is_dead() {
    let house = House::new().await;
    let mut browser = Browser::signed_in(&house).await;
    let (first, secret) = (
        browser.cookies[SESSION].clone(),
        browser.cookies["otp_browser"].clone(),
    );
    browser
        .open("/otp/request/")
        .await
        .says("You are signed in as test@example.com.");
    browser
        .request("email", "test@example.com")
        .await
        .leads_to("/otp/verify/");
    browser.open("/otp/verify/").await;
    let code = house.code(browser.flow()).await;
    browser.verify(&code).await.leads_to("/otp/done/");
    assert_ne!(browser.cookies[SESSION], first);
    assert_ne!(
        browser.cookies["otp_browser"], secret,
        "the browser's secret is new as well"
    );
    assert!(is_stored(&house, &browser.cookies[SESSION]).await);
    assert!(!is_stored(&house, &first).await);
    assert!(
        !browser.cookies.contains_key("otp_flow"),
        "the code is used"
    );
}

#[tokio::test]
async fn a_planted_id_is_nobody_before_and_after_a_sign_in() {
    let house = House::new().await;
    let planted = URL_SAFE_NO_PAD.encode([7; 32]);
    let mut browser = Browser::new(&house);
    browser.cookies.insert(SESSION.to_owned(), planted.clone());
    browser.open("/otp/done/").await.leads_to("/otp/request/");
    browser.open("/otp/request/").await;
    browser.request("email", "test@example.com").await;
    let code = house.code(browser.flow()).await;
    browser.verify(&code).await.leads_to("/otp/done/");
    assert_ne!(browser.cookies[SESSION], planted);
    let mut stranger = Browser::new(&house);
    for id in [planted.as_str(), "", "x", "%00"] {
        stranger.cookies.insert(SESSION.to_owned(), id.to_owned());
        stranger.open("/otp/done/").await.leads_to("/otp/request/");
    }
}

#[tokio::test]
async fn logging_out_kills_the_row_and_the_cookies() {
    let house = House::new().await;
    let mut browser = Browser::signed_in(&house).await;
    let stolen = browser.cookies.clone();
    browser
        .submit("/otp/logout/", &[])
        .await
        .leads_to("/otp/request/");
    assert!(!is_stored(&house, &stolen[SESSION]).await);
    // The device stays known: it signs nobody in, it only has budgets of its own.
    assert_eq!(
        browser.cookies.keys().collect::<Vec<_>>(),
        ["otp_device", "otp_notice"]
    );
    browser
        .open("/otp/request/")
        .await
        .says("You are logged out.");
    let mut thief = Browser::new(&house);
    thief.cookies = stolen;
    thief.open("/otp/done/").await.leads_to("/otp/request/");
}

#[tokio::test]
async fn a_session_ends_after_half_an_hour_without_a_request() {
    let house = House::new().await;
    let mut browser = Browser::signed_in(&house).await;
    house.bench.advance(TimeDelta::seconds(30 * 60 - 1));
    assert_eq!(browser.open("/otp/done/").await.status, 200);
    house.bench.advance(TimeDelta::seconds(30 * 60 - 1));
    assert_eq!(
        browser.open("/otp/done/").await.status,
        200,
        "each request begins the half hour anew"
    );
    house.bench.advance(TimeDelta::seconds(30 * 60));
    browser.open("/otp/done/").await.leads_to("/otp/request/");
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_whatever_happens() {
    let house = House::new().await;
    let mut browser = Browser::signed_in(&house).await;
    for _quarter in 0..(12 * 4 - 1) {
        house.bench.advance(TimeDelta::minutes(15));
        assert_eq!(browser.open("/otp/done/").await.status, 200);
    }
    house.bench.advance(TimeDelta::minutes(15));
    browser.open("/otp/done/").await.leads_to("/otp/request/");
}

#[tokio::test]
async fn a_session_outlives_a_rotation_until_its_key_ends() {
    let mut house = House::new().await;
    let cookies = Browser::signed_in(&house).await.cookies;
    let fresh = format!(
        "fresh:{}",
        URL_SAFE_NO_PAD.encode((1..33).collect::<Vec<u8>>())
    );
    let fresh = Keyring::parse(&fresh).unwrap();
    let (now, end) = (
        house.bench.clock.now(),
        house.bench.clock.now() + TimeDelta::minutes(20),
    );
    let before = Keyring::clone(&house.bench.keys);
    let after = before
        .clone()
        .rotated(fresh.keys().next().unwrap().clone(), now, end);
    let is_signed_in = async |house: &House| {
        let mut browser = Browser::new(house);
        browser.cookies.clone_from(&cookies);
        browser.open("/otp/done/").await.status == 200
    };
    house.restart_with_ring(fresh);
    assert!(!is_signed_in(&house).await, "the key is gone");
    house.restart_with_ring(after.unwrap());
    house
        .bench
        .advance(TimeDelta::minutes(20) - TimeDelta::microseconds(1));
    assert!(is_signed_in(&house).await);
    house.bench.advance(TimeDelta::microseconds(1));
    assert!(!is_signed_in(&house).await, "the key has ended");
}

#[tokio::test]
async fn no_cookie_is_stored_as_it_is() {
    let house = House::new().await;
    let browser = Browser::signed_in(&house).await;
    let rows = house.database.sessions();
    let id = URL_SAFE_NO_PAD.decode(&browser.cookies[SESSION]).unwrap();
    let as_it_is: [u8; 32] = id.as_slice().try_into().unwrap();
    let without_a_key: [u8; 32] = Sha256::digest(&id).into();
    let found = rows
        .find(
            &[as_it_is, without_a_key],
            house.bench.clock.now(),
            TimeDelta::days(1),
        )
        .await
        .unwrap();
    assert!(found.is_none(), "only a keyed digest is known to the store");
}

#[tokio::test]
async fn cookies_have_every_attribute_and_under_https_the_host_prefix() {
    for (url, prefix, secure) in [
        ("http://localhost:8000", "", false),
        (HTTPS, "__Host-", true),
    ] {
        let house = House::at(url).await;
        let mut browser = Browser::new(&house);
        let mut set = Vec::new();
        let mut keep = |page: crate::house::Page| {
            let cookies = page.headers.get_all(header::SET_COOKIE).iter();
            set.extend(cookies.map(|cookie| cookie.to_str().unwrap().to_owned()));
        };
        keep(browser.open("/otp/request/").await);
        keep(browser.request("email", "test@example.com").await);
        browser.open("/otp/verify/").await;
        let code = house.code(browser.flow()).await;
        keep(browser.verify(&code).await);
        browser.open("/otp/done/").await;
        keep(browser.submit("/otp/logout/", &[]).await);
        for name in ["otp_browser", "otp_flow", "otp_session", "otp_notice"] {
            let of_name: Vec<&String> = set
                .iter()
                .filter(|cookie| cookie.starts_with(&format!("{prefix}{name}=")))
                .collect();
            assert!(!of_name.is_empty(), "{name} in {set:?}");
            for cookie in of_name {
                for attribute in ["; HttpOnly", "; SameSite=Lax", "; Path=/"] {
                    assert!(cookie.contains(attribute), "{attribute}: {cookie}");
                }
                assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
                assert!(!cookie.contains("Domain"), "{cookie}");
            }
        }
    }
}

#[tokio::test]
async fn the_flow_cookie_outlives_its_code_by_ten_minutes_only() {
    let house = House::new().await;
    let mut browser = Browser::new(&house);
    browser.open("/otp/request/").await;
    let page = browser.request("email", "test@example.com").await;
    let cookies: Vec<_> = page.headers.get_all(header::SET_COOKIE).iter().collect();
    assert!(
        cookies[0].to_str().unwrap().contains("Max-Age=900"),
        "{cookies:?}"
    );
}
