//! Requests for other hosts, and what other hosts' names can do to a message: nothing.

use std::fs;

use otp_notify::{Branding, Console, Dispatcher, FromAddress, MailUrl, Mailer, Messenger};
use poem::Request;
use poem::http::{Method, header};

use crate::browser::{Browser, encode};
use crate::house::{HTTPS, House, Page};

/// One address of each route, and one of none.
const ADDRESSES: [&str; 14] = [
    "/",
    "/otp/request/",
    "/otp/verify/",
    "/otp/resend/",
    "/otp/done/",
    "/otp/admin/",
    "/otp/admin/login/",
    "/static/otp.css",
    "/problems/wrong-code",
    "/api/v1/otps",
    "/api/v1/stats",
    "/openapi.json",
    "/docs",
    "/nothing",
];

async fn ask(house: &House, method: &Method, path: &str, hosts: &[&str]) -> Page {
    let mut request = Request::builder()
        .method(method.clone())
        .uri(path.parse().unwrap());
    for host in hosts {
        request = request.header(header::HOST, *host);
    }
    house.send_as_is(request.finish()).await
}

#[tokio::test]
async fn every_route_refuses_a_host_that_is_not_ours() {
    let house = House::at(HTTPS).await;
    let ours = "otp.example.com";
    for path in ADDRESSES {
        for method in [Method::GET, Method::POST] {
            for hosts in [
                &[][..],
                &["evil.example"],
                &[ours, ours],
                &[ours, "evil.example"],
            ] {
                let page = ask(&house, &method, path, hosts).await;
                assert_eq!(page.status, 421, "{method} {path} {hosts:?}");
                assert!(!page.text.contains("evil.example"), "{}", page.text);
            }
            let page = ask(&house, &method, path, &[ours]).await;
            assert_ne!(page.status, 421, "{method} {path}");
        }
    }
    let told = ask(&house, &Method::GET, "/api/v1/otps", &["evil.example"]).await;
    assert_eq!(told.header("content-type"), "application/problem+json");
    told.says("https://otp.example.com/problems/misdirected-request");
    assert_eq!(house.take_messages().await, 0);
}

#[tokio::test]
async fn probes_are_answered_whatever_host_they_name() {
    let house = House::at(HTTPS).await;
    for path in ["/healthz", "/readyz", "/metrics"] {
        for hosts in [&[][..], &["10.0.0.7:8000"]] {
            let page = ask(&house, &Method::GET, path, hosts).await;
            assert_eq!(page.status, 200, "{path} {hosts:?}");
        }
    }
}

#[tokio::test]
async fn a_message_is_the_same_whatever_the_request_says_of_hosts() {
    let plain = mail_after(HTTPS, &[]).await.expect("a mail");
    assert!(plain.contains("Your Test code"), "{plain}");
    for headers in [
        &[("host", "OTP.example.com:443")][..],
        &[("x-forwarded-host", "evil.example")],
        &[("forwarded", "host=evil.example;proto=http")],
        &[
            ("x-forwarded-server", "evil.example"),
            ("x-forwarded-proto", "http"),
        ],
        &[
            ("x-original-host", "evil.example"),
            ("x-host", "evil.example"),
        ],
        &[
            ("x-original-url", "//evil.example/"),
            ("x-rewrite-url", "/evil"),
        ],
        &[("referer", "https://otp.example.com/evil")],
    ] {
        let mail = mail_after(HTTPS, headers).await;
        assert_eq!(mail.as_deref(), Some(&*plain), "{headers:?}");
    }
    let absolute = mail_after("https://otp.example.com/otp/request/", &[]).await;
    assert_eq!(absolute.as_deref(), Some(&*plain));
    for headers in [
        &[("host", "evil.example")][..],
        &[("host", "otp.example.com"), ("host", "evil.example")],
    ] {
        assert_eq!(mail_after(HTTPS, headers).await, None, "{headers:?}");
    }
    let absolute = mail_after(
        "https://evil.example/otp/request/",
        &[("host", "otp.example.com")],
    );
    assert_eq!(absolute.await, None);
}

/// Asks for a code with these headers, and returns the mail that comes of it, byte for byte.
async fn mail_after(target: &str, headers: &[(&str, &str)]) -> Option<String> {
    let house = House::at(HTTPS).await;
    let mut browser = Browser::new(&house);
    browser.open("/otp/request/").await;
    let fields = [
        ("csrf_token", browser.form_token.as_str()),
        ("contact_type", "email"),
        ("contact_value", "test@example.com"),
    ];
    let body = encode(&fields);
    let target = if target == HTTPS {
        "/otp/request/"
    } else {
        target
    };
    let host = [("host", "otp.example.com")];
    let is_named = headers.iter().any(|(name, _)| *name == "host");
    let own = if is_named { &[][..] } else { &host };
    browser
        .post_as_is(target, &[own, headers].concat(), body)
        .await;

    let folder = tempfile::TempDir::new().unwrap();
    let url = MailUrl::parse(&format!("file:{}", folder.path().display())).unwrap();
    let from = FromAddress::parse("otp@example.com").unwrap();
    let mailer = Mailer::new(&[url], from, &Console::new(std::io::sink())).unwrap();
    let branding = Branding::new("Test", "otp.example.com").unwrap();
    let bench = &house.bench;
    let dispatcher = Dispatcher::new(
        bench.subject.queue.clone(),
        std::sync::Arc::new(Messenger::new(branding).with_mail(mailer)),
        bench.keys.clone(),
        bench.clock.clone(),
        bench.secrets.clone(),
    );
    dispatcher.run_once().await.unwrap();
    let mut files = fs::read_dir(folder.path()).unwrap();
    let mail = files.next()?.unwrap();
    assert!(files.next().is_none(), "one mail");
    Some(fs::read_to_string(mail.path()).unwrap())
}
