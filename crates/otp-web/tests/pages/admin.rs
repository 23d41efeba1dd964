//! The admin pages: who gets in, for how long, and what everybody else sees.

use chrono::TimeDelta;
use otp_core::Clock as _;
use otp_web::ApiAccess;
use poem::Request;
use poem::http::{Method, header};
use sha2::{Digest as _, Sha256};

use crate::browser::Browser;
use crate::house::{HTTPS, House};

const LOGIN: &str = "/otp/admin/login/";
const ADMIN: &str = "/otp/admin/";
const CONFIGURED: &str = "0123456789abcdef0123456789abcdef";

fn configured(keys: &[&str]) -> ApiAccess {
    ApiAccess::Keys(keys.iter().map(|key| Sha256::digest(key).into()).collect())
}

#[tokio::test]
async fn without_a_login_every_address_leads_to_the_login_page() {
    let house = House::new().await;
    let mut signed_in_customer = Browser::signed_in(&house).await;
    for path in [
        ADMIN,
        "/otp/admin",
        "/otp/admin/logout/",
        "/otp/admin/nothing",
        "/otp/admin/?range=7d",
        "/otp/admin/login",
    ] {
        signed_in_customer.open(path).await.leads_to(LOGIN);
        for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE] {
            let request = Request::builder().method(method).uri(path.parse().unwrap());
            let forged = request.header(header::COOKIE, "otp_admin=AAAA").finish();
            let page = house.send(forged).await;
            page.leads_to(LOGIN);
            assert_eq!(page.text, "", "{path}");
        }
    }
    let page = house.send(Request::builder().uri(LOGIN.parse().unwrap()).finish());
    let page = page.await;
    assert_eq!(page.status, 200);
    assert!(page.tag("name=\"api_key\"").contains("type=\"password\""));
}

#[tokio::test]
async fn an_administrators_key_opens_the_board_until_the_logout() {
    let house = House::with(HTTPS, configured(&[CONFIGURED])).await;
    let stored = house.add_key('a', "admin").await;
    for key in [stored.as_str(), CONFIGURED, &format!(" {stored}\n")] {
        let mut admin = Browser::of_admin(&house, key).await;
        admin.open(LOGIN).await.leads_to(ADMIN);
        assert_eq!(admin.open("/otp/admin/nothing").await.status, 404);
        let cookie = admin.cookies["__Host-otp_admin"].clone();
        admin.open(ADMIN).await;
        admin
            .submit("/otp/admin/logout/", &[])
            .await
            .leads_to(LOGIN);
        assert!(!admin.cookies.contains_key("__Host-otp_admin"));
        admin.cookies.insert("__Host-otp_admin".to_owned(), cookie);
        admin.open(ADMIN).await.leads_to(LOGIN);
    }
}

#[tokio::test]
async fn wrong_revoked_and_lesser_keys_are_answered_alike() {
    let house = House::with("http://localhost:8000", configured(&[CONFIGURED])).await;
    let revoked = house.add_key('r', "admin").await;
    let lesser = house.add_key('l', "issue,verify,stats").await;
    let now = house.bench.clock.now();
    assert!(
        house
            .database
            .api_keys()
            .revoke("rrrrrrrrrrrr", now)
            .await
            .unwrap()
    );
    let mut browser = Browser::new(&house);
    browser.open(LOGIN).await;
    let unknown = lesser.replace("llllllllllll", "xxxxxxxxxxxx");
    let mut answers = Vec::new();
    for wrong in [
        "",
        "nonsense",
        &CONFIGURED[1..],
        &unknown,
        &revoked,
        &lesser,
    ] {
        let page = browser.log_in(wrong).await;
        assert_eq!(page.status, 422, "{wrong}");
        page.says("This is not the key of an administrator.");
        assert!(wrong.is_empty() || !page.text.contains(wrong));
        answers.push(page.text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    browser.open(ADMIN).await.leads_to(LOGIN);
}

#[tokio::test]
async fn a_login_that_was_not_sent_from_our_page_is_refused() {
    let house = House::new().await;
    let key = house.add_key('a', "admin").await;
    let mut browser = Browser::new(&house);
    browser.open(LOGIN).await;
    let own = std::mem::take(&mut browser.form_token);
    assert_eq!(browser.log_in(&key).await.status, 403);
    browser.form_token = own;
    browser.log_in(&key).await.leads_to(ADMIN);
    browser.form_token = String::new();
    assert_eq!(browser.submit("/otp/admin/logout/", &[]).await.status, 403);
    assert_eq!(browser.open(ADMIN).await.status, 200);
}

#[tokio::test]
async fn the_cookie_is_strict_and_sent_to_the_admin_pages_only_where_that_can_be_said() {
    for (url, expected) in [
        (
            "http://localhost:8000",
            "otp_admin={}; HttpOnly; SameSite=Strict; Path=/otp/admin/",
        ),
        (
            "http://localhost:8000/auth/",
            "otp_admin={}; HttpOnly; SameSite=Strict; Path=/auth/otp/admin/",
        ),
        (
            HTTPS,
            "__Host-otp_admin={}; HttpOnly; SameSite=Strict; Secure; Path=/",
        ),
    ] {
        let house = House::at(url).await;
        let key = house.add_key('a', "admin").await;
        let mut browser = Browser::new(&house);
        browser.open(LOGIN).await;
        let token = [
            ("csrf_token", browser.form_token.as_str()),
            ("api_key", &key),
        ];
        let body = crate::browser::encode(&token);
        let page = browser.post(LOGIN, &[], body).await;
        let cookies = page.headers.get_all(header::SET_COOKIE).iter();
        let mut cookies = cookies.map(|cookie| cookie.to_str().unwrap());
        let cookie = cookies
            .find(|cookie| cookie.contains("otp_admin="))
            .unwrap();
        let value = cookie.split_once('=').unwrap().1.split(';').next().unwrap();
        let sorted = |cookie: &str| {
            let mut parts: Vec<String> = cookie.split("; ").map(str::to_owned).collect();
            parts.sort();
            parts
        };
        assert_eq!(sorted(cookie), sorted(&expected.replace("{}", value)));
    }
}

#[tokio::test]
async fn the_session_ends_when_idle_when_old_and_with_its_key() {
    let house = House::new().await;
    let key = house.add_key('a', "admin").await;
    let mut idle = Browser::of_admin(&house, &key).await;
    house
        .bench
        .advance(TimeDelta::minutes(30) - TimeDelta::seconds(1));
    assert_eq!(idle.open(ADMIN).await.status, 200);
    house.bench.advance(TimeDelta::minutes(30));
    idle.open(ADMIN).await.leads_to(LOGIN);

    let mut busy = Browser::of_admin(&house, &key).await;
    for _ in 0..(12 * 60 / 20 - 1) {
        house.bench.advance(TimeDelta::minutes(20));
        assert_eq!(busy.open(ADMIN).await.status, 200);
    }
    house.bench.advance(TimeDelta::minutes(20));
    busy.open(ADMIN).await.leads_to(LOGIN);

    let mut revoked = Browser::of_admin(&house, &key).await;
    let other = house.add_key('b', "admin").await;
    let mut untouched = Browser::of_admin(&house, &other).await;
    let now = house.bench.clock.now();
    // As another node would.
    assert!(
        house
            .database
            .api_keys()
            .revoke("aaaaaaaaaaaa", now)
            .await
            .unwrap()
    );
    revoked.open(ADMIN).await.leads_to(LOGIN);
    assert_eq!(untouched.open(ADMIN).await.status, 200);
}

#[tokio::test]
async fn a_session_ends_when_its_key_leaves_the_configuration() {
    let mut house = House::with(HTTPS, configured(&[CONFIGURED])).await;
    let cookies = Browser::of_admin(&house, CONFIGURED).await.cookies;
    for (keys, status) in [
        (vec![CONFIGURED, "one more key of the configuration"], 200),
        (vec!["another key of the configuration"], 303),
        (vec![], 303),
    ] {
        house.restart_with(configured(&keys));
        let mut browser = Browser::new(&house);
        browser.cookies.clone_from(&cookies);
        assert_eq!(browser.open(ADMIN).await.status, status, "{keys:?}");
    }
}
