//! What attackers type: SQL, markup and templates in every field, header, cookie and address.

use otp_storage::Down;
use poem::Request;
use poem::http::Method;

use crate::attacker::{everywhere, types_sql};
use crate::browser::Browser;
use crate::house::House;
use crate::markup::MARKUP;

#[tokio::test]
async fn nothing_that_is_typed_becomes_sql_on_sqlite() {
    types_sql(&House::new().await).await;
}

#[tokio::test]
async fn nothing_that_is_typed_becomes_markup() {
    let house = House::new().await;
    let mut browser = Browser::waiting(&house).await;
    let mut shown = 0;
    for attack in MARKUP {
        for page in everywhere(&house, &mut browser, attack).await {
            assert!(page.status < 500, "{attack}: {} {}", page.status, page.text);
            if !page.header("content-type").starts_with("text/html") {
                continue;
            }
            assert!(
                !page.text.contains("1337"),
                "{attack} was computed: {}",
                page.text
            );
            if attack.contains(['<', '"']) {
                assert!(
                    !page.text.contains(attack),
                    "{attack} stands in {}",
                    page.text
                );
                shown += usize::from(page.text.contains("alert(1)"));
            }
        }
    }
    assert!(
        shown > MARKUP.len(),
        "forms show what was typed, as text: {shown}"
    );
}

#[tokio::test]
async fn a_failure_names_no_table_no_file_and_no_version() {
    let house = House::new().await;
    let mut browser = Browser::waiting(&house).await;
    let id = browser.flow().as_uuid().to_string();
    house
        .database
        .migrations()
        .down(Down::To("zero".to_owned()))
        .await
        .unwrap();
    let mut pages = vec![
        browser.open("/otp/verify/").await,
        browser.verify("000000").await,
        browser.submit("/otp/resend/", &[]).await,
        browser.request("email", "test@example.com").await,
    ];
    for (method, path) in [
        (Method::GET, format!("/api/v1/otps/{id}")),
        (Method::DELETE, format!("/api/v1/otps/{id}")),
        (Method::POST, format!("/api/v1/otps/{id}/resend")),
        (Method::GET, "/api/v1/stats".to_owned()),
    ] {
        let call = Request::builder().method(method).uri_str(path);
        pages.push(house.send(call.finish()).await);
    }
    for page in pages {
        assert_eq!(page.status, 500, "{}", page.text);
        let text = page.text.to_lowercase();
        for inner in [
            "core_",
            "select",
            "sqlite",
            "no such",
            "panicked",
            ".rs",
            env!("CARGO_PKG_VERSION"),
        ] {
            assert!(!text.contains(inner), "{inner} in {text}");
        }
    }
}
