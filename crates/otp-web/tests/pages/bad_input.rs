//! Every field of every form with everything that does not belong there.

use crate::browser::{Browser, encode};
use crate::house::House;

/// Each form, its field, and a value of it that is fine.
const FIELDS: [(&str, &str, &str); 3] = [
    ("/otp/request/", "contact_type", "email"),
    ("/otp/request/", "contact_value", "test@example.com"),
    ("/otp/verify/", "otp_code", "123456"),
];

const WRONG_FOR_ANY: [&str; 15] = [
    "",
    " ",
    "\0",
    "12\x003456",
    "\x07",
    "a\r\nBcc: eve@example.com",
    "\u{7f}",
    "\u{9b}",
    "\u{200f}123456",
    "123\u{202e}456",
    "\u{2067}email",
    "١٢٣٤٥٦",
    "[\"123456\"]",
    "{\"$gt\":\"\"}",
    "\u{feff}email",
];

fn fields<'a>(path: &str, name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let others = FIELDS
        .iter()
        .filter(|(of, other, _)| *of == path && *other != name);
    others
        .map(|(_, other, fine)| (*other, *fine))
        .chain([(name, value)])
        .collect()
}

/// Sees that nothing came of what a waiting browser sent.
async fn nothing_came_of_it(house: &House, browser: &mut Browser<'_>, what: &str) {
    let otp = house
        .bench
        .subject
        .otps
        .find(browser.flow())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((otp.attempts, otp.sends), (0, 1), "{what}");
    assert_eq!(house.take_messages().await, 0, "{what}");
}

async fn waiting(house: &House) -> Browser<'_> {
    let browser = Browser::waiting(house).await;
    house.take_messages().await;
    browser
}

#[tokio::test]
async fn a_wrong_value_is_named_beside_its_field() {
    let house = House::new().await;
    let mut browser = waiting(&house).await;
    let long = "1".repeat(5000);
    for (path, name, _) in FIELDS {
        for value in WRONG_FOR_ANY.iter().chain(&[long.as_str()]) {
            let page = browser.submit(path, &fields(path, name, value)).await;
            assert_eq!(page.status, 422, "{name}={value:?}");
            page.says(&format!("id=\"{name}_error\">"));
            assert!(
                !page.text.contains(|c: char| c.is_control() && c != '\n'),
                "{name}={value:?}"
            );
            nothing_came_of_it(&house, &mut browser, value).await;
        }
    }
}

#[tokio::test]
async fn a_missing_field_is_named_beside_its_place() {
    let house = House::new().await;
    let mut browser = waiting(&house).await;
    for (path, name, _) in FIELDS {
        let mut rest = fields(path, name, "");
        rest.retain(|(field, _)| *field != name);
        let page = browser.submit(path, &rest).await;
        assert_eq!(page.status, 422, "{name}");
        page.says(&format!("id=\"{name}_error\">"));
        nothing_came_of_it(&house, &mut browser, name).await;
    }
}

#[tokio::test]
async fn a_field_that_comes_twice_or_is_unknown_is_named() {
    let house = House::new().await;
    let mut browser = waiting(&house).await;
    for (path, name, fine) in FIELDS {
        let array = format!("{name}[]");
        let shouted = name.to_uppercase();
        for (field, says) in [
            (name, format!("The field “{name}” was sent more than once.")),
            (
                "csrf_token",
                "The field “csrf_token” was sent more than once.".to_owned(),
            ),
            (
                &array,
                format!("The form has no field “{array}”. Its fields are"),
            ),
            (
                &shouted,
                format!("The form has no field “{shouted}”. Its fields are"),
            ),
            ("", "The form has no field “”.".to_owned()),
            ("<b>", "The form has no field “&lt;b&gt;”.".to_owned()),
            ("\0", "The form has no field “”.".to_owned()),
            (
                "is_verified",
                "The form has no field “is_verified”.".to_owned(),
            ),
        ] {
            let mut sent = fields(path, name, fine);
            sent.push((field, fine));
            let page = browser.submit(path, &sent).await;
            assert_eq!(page.status, 400, "{field:?}");
            page.says(&says);
            nothing_came_of_it(&house, &mut browser, field).await;
        }
    }
    for path in ["/otp/resend/", "/otp/change/", "/otp/logout/"] {
        let page = browser.submit(path, &[("otp_code", "123456")]).await;
        assert_eq!(page.status, 400, "{path}");
        page.says("The form has no field “otp_code”. Its fields are csrf_token.");
        nothing_came_of_it(&house, &mut browser, path).await;
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_a_wrong_value() {
    let house = House::new().await;
    let mut browser = waiting(&house).await;
    for (path, name, fine) in FIELDS {
        let mut others = fields(path, name, fine);
        others.retain(|(field, _)| *field != name);
        let token = browser.form_token.clone();
        let ours = encode([("csrf_token", token.as_str())].iter().chain(&others));
        for bytes in ["%FF", "%C0%AF", "%ED%A0%80", "%E2%80", "12345%FF"] {
            let page = browser
                .post(path, &[], format!("{ours}&{name}={bytes}"))
                .await;
            assert_eq!(page.status, 422, "{name}={bytes}");
            page.says(&format!("id=\"{name}_error\">"));
            nothing_came_of_it(&house, &mut browser, bytes).await;
        }
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused_as_such() {
    let house = House::new().await;
    let mut browser = waiting(&house).await;
    let paths = [
        "/otp/request/",
        "/otp/verify/",
        "/otp/resend/",
        "/otp/change/",
        "/otp/logout/",
    ];
    for path in paths {
        for media_type in [
            "application/json",
            "text/plain",
            "multipart/form-data; boundary=x",
            "",
        ] {
            let page = browser.post_as(path, media_type, "{}").await;
            assert_eq!(page.status, 415, "{path} {media_type:?}");
            page.says("application&#x2f;x-www-form-urlencoded");
            nothing_came_of_it(&house, &mut browser, path).await;
        }
    }
}

#[tokio::test]
async fn a_body_above_eight_kibibytes_is_refused_whether_it_says_so_or_not() {
    let house = House::new().await;
    let mut browser = waiting(&house).await;
    for size in [8193, 1 << 20] {
        for (path, name, _) in FIELDS {
            let body = format!("{name}={}", "1".repeat(size - name.len() - 1));
            assert_eq!(body.len(), size);
            let announced = [("content-length", &*size.to_string())];
            for headers in [&[][..], &announced[..]] {
                let page = browser.post(path, headers, body.clone()).await;
                assert_eq!(page.status, 413, "{path} {size}");
                page.says("at most 8 KiB");
                nothing_came_of_it(&house, &mut browser, path).await;
            }
        }
    }
    let page = browser
        .post(
            "/otp/verify/",
            &[("content-length", "1048576")],
            poem::Body::empty(),
        )
        .await;
    assert_eq!(page.status, 413, "refused by its announcement");
    let fits = format!("otp_code={}", "1".repeat(8192 - "otp_code=".len()));
    assert_eq!(
        browser.post("/otp/verify/", &[], fits).await.status,
        403,
        "read, and then missing its token"
    );
}
