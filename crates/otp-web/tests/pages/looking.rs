//! GET and HEAD: scanners of mail follow links, and browsers fetch ahead. Nothing comes of it.

use chrono::TimeDelta;
use otp_core::OtpId;
use poem::Request;
use poem::http::{Method, header};

use crate::browser::Browser;
use crate::house::House;

/// Every address there is, with the fields of its form as a link would carry them.
fn addresses(handles: &[OtpId], code: &str) -> Vec<String> {
    let pages = [
        "/",
        "/otp/request",
        "/otp/verify",
        "/otp/done",
        "/otp/request/?contact_type=email&contact_value=eve%40example.com",
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
        "/api/v1/verify",
        "/api/v1/stats",
        "/openapi.json",
        "/docs",
        "/healthz",
        "/readyz",
        "/metrics",
    ];
    let mut all: Vec<String> = pages.map(str::to_owned).to_vec();
    all.push(format!("/otp/verify/?otp_code={code}"));
    for handle in handles {
        for call in ["", "/verify", "/resend"] {
            let handle = handle.as_uuid();
            all.push(format!("/api/v1/otps/{handle}{call}?otp_code={code}"));
        }
    }
    all
}

#[tokio::test]
async fn looking_at_every_address_three_times_uses_up_nothing() {
    let house = House::new().await;
    let mut signed_in = Browser::signed_in(&house).await;
    let mut waiting = Browser::waiting(&house).await;
    let of_program = house
        .issue_by_api("email", "ada@example.com", "login")
        .await;
    house.take_messages().await;
    // From now on a resend would be granted.
    house.bench.advance(TimeDelta::seconds(61));
    let id = waiting.flow();
    let code = house.code(id).await;
    let otps = &house.bench.subject.otps;
    let found = async || {
        [
            otps.find(id).await.unwrap(),
            otps.find(of_program).await.unwrap(),
        ]
    };
    let before = found().await;
    let issued = house.issued().await;
    let cookies = |browser: &Browser<'_>| {
        let pairs = browser.cookies.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    };
    for cookies in [cookies(&signed_in), cookies(&waiting), String::new()] {
        for address in addresses(&[id, of_program], &code) {
            for method in ["GET", "HEAD"].repeat(3) {
                let request = Request::builder()
                    .method(method.parse::<Method>().unwrap())
                    .uri(address.parse().unwrap())
                    .header(header::COOKIE, &cookies);
                let page = house.send(request.finish()).await;
                assert!(page.status < 500, "{method} {address}: {}", page.status);
            }
        }
    }
    assert_eq!(found().await, before);
    assert_eq!(
        (house.issued().await, house.take_messages().await),
        (issued, 0)
    );
    waiting.verify(&code).await.leads_to("/otp/done/");
    assert_eq!(signed_in.open("/otp/done/").await.status, 200);
}
