//! The routes: no bytes make a server error, and no bytes lead a browser elsewhere.

use std::sync::LazyLock;

use poem::http::{HeaderValue, Method, header};
use poem::{Request, RequestBuilder};
use tokio::runtime::Runtime;

use crate::house::{House, Page};

struct Web {
    runtime: Runtime,
    house: House,
    /// A browser's cookie and what its forms carry.
    cookie: String,
    form_token: String,
}

static WEB: LazyLock<Web> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let house = runtime.block_on(House::new());
    let page = runtime.block_on(house.send(get("/otp/request/").finish()));
    let cookie = page
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let form_token = page.form_token().unwrap();
    Web {
        runtime,
        house,
        cookie,
        form_token,
    }
});

fn get(uri: &str) -> RequestBuilder {
    Request::builder()
        .method(Method::GET)
        .uri(uri.parse().unwrap())
}

fn post(uri: &str, media_type: &str) -> RequestBuilder {
    Request::builder()
        .method(Method::POST)
        .uri(uri.parse().unwrap())
        .content_type(media_type)
}

fn send(request: Request) -> Page {
    let page = WEB.runtime.block_on(WEB.house.send(request));
    assert!(page.status < 500, "{} {}", page.status, page.text);
    // Of us, whether it says so in full or not; what is left must not be read as another host.
    let location = page
        .headers
        .get(header::LOCATION)
        .map(|value| value.to_str().unwrap());
    if let Some(location) = location {
        let path = location
            .strip_prefix(WEB.house.public_url)
            .unwrap_or(location);
        assert!(
            path.starts_with('/') && !path.starts_with("//") && !path.contains('\\'),
            "{location}"
        );
    }
    page
}

pub(crate) fn json(bytes: &[u8]) {
    for path in [
        "/api/v1/otps",
        "/api/v1/verify",
        "/api/v1/otps/0197c000-0000-7000-8000-000000000007/verify",
    ] {
        send(post(path, "application/json").body(bytes.to_vec()));
    }
}

pub(crate) fn form(bytes: &[u8]) {
    for path in [
        "/otp/request/",
        "/otp/verify/",
        "/otp/resend/",
        "/otp/change/",
        "/otp/admin/login/",
    ] {
        let ours = format!("csrf_token={}&", WEB.form_token);
        let request =
            post(path, "application/x-www-form-urlencoded").header(header::COOKIE, &WEB.cookie);
        let request = request.header(header::ORIGIN, WEB.house.public_url);
        send(request.body([ours.as_bytes(), bytes].concat()));
    }
}

pub(crate) fn cookie(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else {
        return;
    };
    for path in ["/otp/request/", "/otp/verify/", "/otp/done/", "/otp/admin/"] {
        send(get(path).header(header::COOKIE, value.clone()).finish());
    }
}

/// The first byte says which header the rest stands in.
pub(crate) fn header(bytes: &[u8]) {
    const NAMES: [&str; 13] = [
        "authorization",
        "content-type",
        "content-length",
        "host",
        "origin",
        "sec-fetch-site",
        "accept",
        "idempotency-key",
        "traceparent",
        "x-forwarded-for",
        "x-request-id",
        "x-http-method-override",
        "accept-language",
    ];
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let Ok(value) = HeaderValue::from_bytes(rest) else {
        return;
    };
    let name = NAMES[usize::from(*first) % NAMES.len()];
    send(get("/otp/request/").header(name, value.clone()).finish());
    send(
        post("/api/v1/otps", "application/json")
            .header(name, value.clone())
            .body("{}"),
    );
    send(
        post("/otp/request/", "application/x-www-form-urlencoded")
            .header(name, value)
            .body("a=b"),
    );
}

pub(crate) fn query(text: &str) {
    let Ok(uri) = format!("/otp/request/?next={text}").parse() else {
        return;
    };
    send(Request::builder().uri(uri).finish());
    if let Ok(uri) = format!("/{}", text.trim_start_matches('/')).parse() {
        send(Request::builder().uri(uri).finish());
    }
}
