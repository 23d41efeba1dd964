//! The headers of every answer.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use otp_storage::Down;
use poem::Request;
use poem::http::{HeaderName, HeaderValue, Method, header};

use crate::browser::Browser;
use crate::house::{HTTPS, House, Page};

fn request(method: Method, path: &str) -> Request {
    Request::builder()
        .method(method)
        .uri(path.parse().unwrap())
        .finish()
}

/// Every route there is; a part in angle brackets stands for something that is there.
const ROUTES: [&str; 29] = [
    "/",
    "/otp/request",
    "/otp/verify",
    "/otp/done",
    "/otp/request/",
    "/otp/verify/",
    "/otp/resend/",
    "/otp/change/",
    "/otp/done/",
    "/otp/logout/",
    "/otp/admin/",
    "/otp/admin/deliveries/",
    "/otp/admin/deliveries/retry/",
    "/otp/admin/login/",
    "/otp/admin/logout/",
    "/static/otp.css",
    "/problems/wrong-code",
    "/api/v1/otps",
    "/api/v1/otps/<id>",
    "/api/v1/otps/<id>/verify",
    "/api/v1/otps/<id>/resend",
    "/api/v1/verify",
    "/api/v1/stats",
    "/openapi.json",
    "/docs",
    "/healthz",
    "/readyz",
    "/metrics",
    "/nothing",
];

/// The headers of answers, by what was asked.
#[derive(Default)]
struct Told(Vec<(String, BTreeSet<String>)>);

impl Told {
    fn add(&mut self, of: impl Into<String>, page: &Page) {
        let headers: BTreeSet<String> = page.headers.iter().map(shown).collect();
        assert_eq!(headers.len(), page.headers.len(), "each stands once");
        self.0
            .push((format!("{} {}", page.status, of.into()), headers));
    }

    /// Returns what most answers have.
    fn usual(&self) -> BTreeSet<String> {
        let is_usual = |header: &String| {
            let with = self
                .0
                .iter()
                .filter(|(_, headers)| headers.contains(header));
            with.count() * 2 > self.0.len()
        };
        let all = self.0.iter().flat_map(|(_, headers)| headers).cloned();
        all.filter(is_usual).collect()
    }
}

/// Writes a header, without what is another in each run or another for each page.
fn shown((name, value): (&HeaderName, &HeaderValue)) -> String {
    let value = value.to_str().unwrap();
    let value = match name.as_str() {
        "x-request-id" => "<16 digits>".to_owned(),
        "content-length" => "<length>".to_owned(),
        "location" if value.contains("/api/v1/otps/") => "<its address>".to_owned(),
        "set-cookie" => {
            let (pair, attributes) = value.split_once(';').unwrap();
            let name = pair.split('=').next().unwrap();
            format!("{name}=<value>;{attributes}")
        }
        // The hashes of what stands inline in /docs, which is the whole description of the API.
        "content-security-policy" => {
            let parts = value
                .split(' ')
                .map(|part| match part.trim_end_matches(';') {
                    hash if hash.starts_with("'sha256-") => part.replace(hash, "<hash>"),
                    _ => part.to_owned(),
                });
            parts.collect::<Vec<_>>().join(" ")
        }
        _ => value.to_owned(),
    };
    format!("{name}: {value}")
}

/// Answers of every route to GET, HEAD, a POST of nothing and a method that nobody takes, and one of each refusal.
async fn everything(house: &House) -> Told {
    let mut told = Told::default();
    let mut browser = Browser::new(house);
    told.add(
        "GET /otp/request/ of a new browser",
        &browser.open("/otp/request/").await,
    );
    told.add(
        "POST /otp/request/ that is wrong",
        &browser.request("email", "nobody").await,
    );
    told.add(
        "POST /otp/request/",
        &browser.request("email", "test@example.com").await,
    );
    told.add("GET /otp/verify/", &browser.open("/otp/verify/").await);
    told.add(
        "POST /otp/resend/ too early",
        &browser.submit("/otp/resend/", &[]).await,
    );
    told.add(
        "POST with another field",
        &browser.submit("/otp/verify/", &[("unknown", "")]).await,
    );
    let forged = browser
        .post("/otp/verify/", &[("origin", "null")], "")
        .await;
    told.add("POST of another origin", &forged);
    told.add(
        "POST of no form",
        &browser.post_as("/otp/verify/", "text/plain", "").await,
    );
    told.add(
        "POST of too much",
        &browser.post("/otp/verify/", &[], "x".repeat(9000)).await,
    );
    let id = house
        .issue_by_api("email", "ada@example.com", "login")
        .await
        .as_uuid()
        .to_string();
    for route in ROUTES {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::PATCH] {
            let path = route.replace("<id>", &id);
            let page = house.send(request(method.clone(), &path)).await;
            told.add(format!("{method} {route}"), &page);
        }
    }
    let code = house.code(browser.flow()).await;
    told.add("POST /otp/verify/", &browser.verify(&code).await);
    told.add("GET /otp/done/", &browser.open("/otp/done/").await);
    told.add(
        "POST /otp/logout/",
        &browser.submit("/otp/logout/", &[]).await,
    );
    for (body, of) in [
        (
            r#"{"contact_type":"email","contact_value":"ada@example.com"}"#,
            "POST /api/v1/otps",
        ),
        (
            r#"{"contact_type":"email","contact_value":"nobody"}"#,
            "POST /api/v1/otps that is wrong",
        ),
    ] {
        let call = Request::builder()
            .method(Method::POST)
            .uri_str("/api/v1/otps");
        let page = house
            .send(call.content_type("application/json").body(body))
            .await;
        told.add(of, &page);
    }
    for path in ["/otp/request/", "/api/v1/otps"] {
        let elsewhere = Request::builder()
            .uri_str(path)
            .header(header::HOST, "evil.example");
        told.add(
            format!("GET {path} of another host"),
            &house.send(elsewhere.finish()).await,
        );
    }
    failures(house, &id, &mut told).await;
    told
}

/// Answers of a service whose tables are gone, which no waiting mends, and then its database.
async fn failures(house: &House, id: &str, told: &mut Told) {
    house
        .database
        .migrations()
        .down(Down::To("zero".to_owned()))
        .await
        .unwrap();
    for path in ["/otp/verify/", &format!("/api/v1/otps/{id}")] {
        let cookies = format!(
            "__Host-otp_flow={id}; __Host-otp_browser={}",
            "A".repeat(43)
        );
        let call = Request::builder()
            .uri_str(path)
            .header(header::COOKIE, cookies);
        let page = house.send(call.finish()).await;
        told.add(
            format!("GET {} without tables", path.replace(id, "<id>")),
            &page,
        );
    }
    house.database.clone().close().await;
    for path in ["/readyz", &format!("/api/v1/otps/{id}")] {
        let page = house.send(request(Method::GET, path)).await;
        told.add(
            format!("GET {} without a database", path.replace(id, "<id>")),
            &page,
        );
    }
}

#[tokio::test]
async fn every_answer_has_every_header() {
    let told = everything(&House::at(HTTPS).await).await;
    let usual = told.usual();
    let mut text = String::from("usual\n");
    for header in &usual {
        writeln!(text, "    {header}").unwrap();
    }
    for (of, headers) in &told.0 {
        writeln!(text, "{of}").unwrap();
        for lacking in usual.difference(headers) {
            writeln!(text, "  - {lacking}").unwrap();
        }
        for further in headers.difference(&usual) {
            writeln!(text, "  + {further}").unwrap();
        }
    }
    insta::assert_snapshot!("headers", text);
    for (of, headers) in &told.0 {
        let said: Vec<&str> = headers
            .iter()
            .filter_map(|header| header.split(':').next())
            .collect();
        for name in ["content-security-policy", "cache-control"] {
            assert!(said.contains(&name), "{name} of {of}");
        }
        assert!(
            !said.contains(&"server")
                && !said.iter().any(|name| name.starts_with("access-control-"))
        );
    }
}

#[tokio::test]
async fn a_service_without_tls_asks_nobody_to_insist_on_it() {
    let house = House::new().await;
    for path in ["/otp/request/", "/api/v1/otps", "/nothing", "/healthz"] {
        let page = house.send(request(Method::GET, path)).await;
        assert_eq!(page.header("strict-transport-security"), "", "{path}");
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
