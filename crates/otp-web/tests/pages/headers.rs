//! The headers of every answer.

use poem::Request;
use poem::http::Method;

use crate::browser::Browser;
use crate::house::{HTTPS, House, Page};

const ALWAYS: [(&str, &str); 8] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    ("cache-control", "no-store"),
];

fn request(method: Method, path: &str) -> Request {
    Request::builder()
        .method(method)
        .uri(path.parse().unwrap())
        .finish()
}

/// One answer of each kind, by its status.
async fn one_of_each(house: &House) -> Vec<Page> {
    let mut browser = Browser::new(house);
    let mut pages = vec![browser.open("/otp/request/").await];
    pages.push(browser.request("email", "nobody").await);
    pages.push(browser.request("email", "test@example.com").await);
    pages.push(browser.submit("/otp/resend/", &[]).await);
    pages.push(browser.submit("/otp/verify/", &[("unknown", "")]).await);
    pages.push(
        browser
            .post("/otp/verify/", &[("origin", "null")], "")
            .await,
    );
    pages.push(browser.post_as("/otp/verify/", "text/plain", "").await);
    pages.push(browser.post("/otp/verify/", &[], "x".repeat(9000)).await);
    pages.push(house.send(request(Method::GET, "/nothing")).await);
    pages.push(house.send(request(Method::DELETE, "/otp/verify/")).await);
    pages.push(house.send(request(Method::GET, "/static/otp.css")).await);
    pages.push(house.send(request(Method::GET, "/healthz")).await);
    pages.push(house.send(request(Method::GET, "/openapi.json")).await);
    pages.push(house.send(request(Method::GET, "/api/v1/nothing")).await);
    pages.push(
        house
            .send(request(Method::GET, "/problems/wrong-code"))
            .await,
    );
    house.database.clone().close().await;
    pages.push(browser.open("/otp/verify/").await);
    pages
}

#[tokio::test]
async fn every_answer_has_every_header() {
    for (url, transport) in [("http://localhost:8000", ""), (HTTPS, "max-age=31536000")] {
        let house = House::at(url).await;
        let pages = one_of_each(&house).await;
        let statuses: Vec<u16> = pages.iter().map(|page| page.status).collect();
        assert_eq!(
            statuses,
            [
                200, 422, 303, 429, 400, 403, 415, 413, 404, 405, 200, 200, 200, 404, 200, 503
            ]
        );
        for page in pages {
            for (name, value) in ALWAYS {
                let is_asset =
                    page.header("content-type").starts_with("text/css") && name == "cache-control";
                let expected = if is_asset { "no-cache" } else { value };
                assert_eq!(page.header(name), expected, "{name} of {}", page.status);
                assert_eq!(
                    page.headers.get_all(name).iter().count(),
                    1,
                    "{name} of {}",
                    page.status
                );
            }
            assert_eq!(page.header("strict-transport-security"), transport);
            assert_eq!(page.header("x-request-id").len(), 16);
            assert!(!page.headers.contains_key("server"));
        }
    }
}

#[tokio::test]
async fn each_request_has_its_own_id_which_no_client_chooses() {
    let house = House::new().await;
    let ask = || {
        Request::builder()
            .uri("/otp/request/".parse().unwrap())
            .header("x-request-id", "chosen")
            .finish()
    };
    let first = house.send(ask()).await.header("x-request-id").to_owned();
    let second = house.send(ask()).await.header("x-request-id").to_owned();
    assert_ne!(first, second);
    assert!(first != "chosen" && second != "chosen");
}

#[tokio::test]
async fn nothing_stands_inline_so_that_the_policy_can_forbid_it() {
    let house = House::new().await;
    let mut browser = Browser::signed_in(&house).await;
    browser.open("/otp/request/").await;
    browser.request("email", "test@example.com").await;
    for path in ["/otp/request/", "/otp/verify/", "/otp/done/", "/nothing"] {
        let text = browser.open(path).await.text;
        for inline in [
            "<style",
            " style=",
            "javascript:",
            " onclick=",
            " onload=",
            "<script>",
        ] {
            assert!(!text.contains(inline), "{inline} on {path}");
        }
    }
}
