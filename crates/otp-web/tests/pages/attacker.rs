//! Somebody who sends the same attack in everything that can be sent.

use std::time::{Duration, Instant};

use poem::Request;
use poem::http::{HeaderValue, header};
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
    "AND hex(randomblob(499999999))<hex(randomblob(499999999))",
    "AND 1=(SELECT 1 FROM pg_sleep(5))",
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

/// Sends `attack` in everything that can be sent; returns what was answered.
pub(crate) async fn everywhere(
    house: &House,
    browser: &mut Browser<'_>,
    attack: &str,
) -> Vec<Page> {
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
        pages.push(house.call(path, body.to_string()).await);
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

/// A32: 300 injections everywhere. Nothing fails, nothing is stored, and nothing sleeps its five seconds or works as
/// long.
pub(crate) async fn types_sql(house: &House) {
    house.add_test_customer().await;
    let mut owner = Browser::signed_in(house).await;
    let mut attacker = Browser::waiting(house).await;
    let (issued, flow) = (house.issued().await, attacker.flow());
    house.take_messages().await;
    let before = house.bench.subject.otps.find(flow).await.unwrap();
    for left_by in LEFT_BY {
        for sql in SQL {
            let attack = format!("{left_by}{sql}");
            let started = Instant::now();
            for page in everywhere(house, &mut attacker, &attack).await {
                assert!(page.status < 500, "{attack}: {} {}", page.status, page.text);
            }
            let took = started.elapsed();
            assert!(took < Duration::from_secs(4), "{attack} took {took:?}");
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
