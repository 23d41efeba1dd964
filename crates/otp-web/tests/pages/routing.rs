//! Addresses and methods.

use poem::Request;
use poem::http::Method;

use crate::browser::Browser;
use crate::house::House;

const PAGES: [(&str, &str); 12] = [
    ("/", "GET, HEAD"),
    ("/otp/request", "GET, HEAD"),
    ("/otp/verify", "GET, HEAD"),
    ("/otp/done", "GET, HEAD"),
    ("/otp/request/", "GET, HEAD, POST"),
    ("/otp/verify/", "GET, HEAD, POST"),
    ("/otp/done/", "GET, HEAD"),
    ("/otp/resend/", "POST"),
    ("/otp/change/", "POST"),
    ("/otp/logout/", "POST"),
    ("/static/otp.css", "GET, HEAD"),
    ("/problems/wrong-code", "GET, HEAD"),
];

fn request(method: &str, path: &str) -> Request {
    let method: Method = method.parse().unwrap();
    Request::builder()
        .method(method)
        .uri(path.parse().unwrap())
        .finish()
}

#[tokio::test]
async fn another_method_is_a_page_with_allow() {
    let house = House::new().await;
    for (path, allowed) in PAGES {
        for method in [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
        ] {
            let page = house.send(request(method, path)).await;
            if allowed.split(", ").any(|one| one == method) {
                assert_ne!(page.status, 405, "{method} {path}");
                continue;
            }
            assert_eq!(
                (page.status, page.header("allow")),
                (405, allowed),
                "{method} {path}"
            );
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
            if method != "HEAD" {
                page.says("This address does not take this method.");
            }
        }
    }
}

#[tokio::test]
async fn an_unknown_address_is_a_page() {
    let house = House::new().await;
    for path in [
        "/otp",
        "/otp/",
        "/otp/nothing/",
        "/otp//request/",
        "/static/",
        "/static/main.rs",
        "/static/..%2flib.rs",
        "/favicon.ico",
        "/%00",
        "/otp/request/x",
        "/problems/nothing",
    ] {
        for method in ["GET", "POST"] {
            let page = house.send(request(method, path)).await;
            assert!(
                page.status == 404 || (method == "POST" && page.status == 405),
                "{method} {path}: {}",
                page.status
            );
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        }
    }
    house
        .send(request("GET", "/nothing"))
        .await
        .says("Page not found");
}

#[tokio::test]
async fn without_its_last_slash_an_address_leads_to_the_one_with_it() {
    let house = House::new().await;
    for path in ["/otp/request", "/otp/verify", "/otp/done"] {
        house
            .send(request("GET", path))
            .await
            .leads_to(&format!("{path}/"));
    }
}

#[tokio::test]
async fn under_a_path_every_address_begins_with_it() {
    let house = House::at("https://example.com/auth/").await;
    house
        .send(request("GET", "/"))
        .await
        .leads_to("/auth/otp/request/");
    let page = house.send(request("GET", "/otp/request/")).await;
    page.says("action=\"&#x2f;auth/otp/request/\"");
    for address in ["href=\"", "src=\"", "action=\""]
        .iter()
        .flat_map(|attribute| page.text.split(attribute).skip(1))
    {
        assert!(address.starts_with("&#x2f;auth/"), "{address}");
    }
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let house = House::new().await;
    let browser = Browser::signed_in(&house).await;
    let cookies: Vec<String> = browser
        .cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    for path in [
        "/",
        "/otp/request/",
        "/otp/verify/",
        "/otp/done/",
        "/static/otp.css",
        "/nothing",
        "/healthz",
    ] {
        let ask = |method: Method| {
            let request = Request::builder().method(method).uri(path.parse().unwrap());
            request.header("cookie", cookies.join("; ")).finish()
        };
        let get = house.send(ask(Method::GET)).await;
        let head = house.send(ask(Method::HEAD)).await;
        assert_eq!(
            (head.status, head.text.as_str()),
            (get.status, ""),
            "{path}"
        );
        assert_eq!(
            head.header("content-type"),
            get.header("content-type"),
            "{path}"
        );
        assert_eq!(
            head.header("content-length"),
            get.text.len().to_string(),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_never_changes_is_cached_at_its_own_address_only() {
    let house = House::new().await;
    let page = house.send(request("GET", "/otp/request/")).await;
    for name in ["otp.css", "otp.js", "mark.svg"] {
        let start = page
            .text
            .find(&format!("/static/{name}?v="))
            .expect("a link");
        let address = page.text[start..].split('"').next().unwrap();
        let asset = house.send(request("GET", address)).await;
        assert_eq!(asset.status, 200);
        assert_eq!(
            asset.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
        let other_release = house
            .send(request("GET", &format!("/static/{name}?v=0")))
            .await;
        assert_eq!(
            (other_release.status, other_release.header("cache-control")),
            (200, "no-cache")
        );
    }
}
