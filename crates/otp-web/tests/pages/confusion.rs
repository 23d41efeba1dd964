//! What resembles the right code in some language, database or alphabet opens nothing and costs no attempt.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::house::House;

/// JSON that other programs take for a text: each was, somewhere, a way past a comparison (CVE-2023-7028 and others).
fn no_texts(code: &str) -> Vec<Value> {
    let number: u32 = code.parse().unwrap();
    vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(number),
        json!(f64::from(number)),
        json!(-1),
        json!([]),
        json!([code]),
        json!([[code]]),
        json!([null]),
        json!([code, code]),
        json!({}),
        json!({ "otp_code": code }),
        json!({ "$ne": null }),
        json!({ "$gt": "" }),
        json!({ "length": 6 }),
        json!({ "0": code }),
    ]
}

/// Texts that are not six digits, or are the right code with something more.
fn no_codes(code: &str) -> Vec<String> {
    let number: u32 = code.parse().unwrap();
    let arabic = code.chars().map(|digit| shifted(digit, '٠')).collect();
    let nagari = code.chars().map(|digit| shifted(digit, '०')).collect();
    let bold = code.chars().map(|digit| shifted(digit, '𝟎')).collect();
    let mut texts: Vec<String> = vec![
        arabic,
        nagari,
        bold,
        format!("0{code}"),
        code[1..].to_owned(),
    ];
    texts.extend([
        format!("{number:#x}"),
        format!("{number:#o}"),
        format!("{number:e}"),
        "9".repeat(1000),
    ]);
    for wrapped in [
        "+CODE",
        "CODE.0",
        "CODE,",
        "CODE;",
        "CODE'",
        "'CODE'",
        "\"CODE\"",
        "[CODE]",
        "{CODE}",
        "(CODE)",
        "CODE\0",
        "\0CODE",
        "CODE\n",
        "CODE\r\n",
        "CODE%00",
        "CODE\u{200b}",
        "\u{feff}CODE",
        "\u{202e}CODE",
        "CODE#",
        "CODE' OR '1'='1",
        "CODE OR 1=1",
        "CODE/*",
        "%",
        "_",
        "______",
        "%%%%%%",
        "*",
        "null",
        "undefined",
        "true",
        "NaN",
        "0",
        "000000000000",
        "1e5",
        "1.2e5",
        "abcdef",
        "${CODE}",
        "{{CODE}}",
        "<b>CODE</b>",
        "CODEé",
        "①②③④⑤⑥",
    ] {
        texts.push(wrapped.replace("CODE", code));
    }
    texts
}

fn shifted(digit: char, zero: char) -> char {
    char::from_u32(u32::from(zero) + digit.to_digit(10).unwrap()).unwrap()
}

#[tokio::test]
async fn what_resembles_a_code_opens_nothing_and_costs_no_attempt() {
    let house = House::new().await;
    let mut browser = Browser::waiting(&house).await;
    let id = browser.flow();
    let code = house.code(id).await;
    let path = format!("/api/v1/otps/{id}/verify");
    let (others, texts) = (no_texts(&code), no_codes(&code));
    assert!(others.len() + texts.len() >= 60);
    let as_json = texts.iter().map(|text| json!(text)).chain(others);
    let mut bodies: Vec<String> = as_json
        .map(|value| json!({ "otp_code": value }).to_string())
        .collect();
    bodies.extend([
        format!("{{\"otp_code\":\"{code}\",\"otp_code\":\"{code}\"}}"),
        format!("{{\"otp_code\":\"000000\",\"otp_code\":\"{code}\"}}"),
        format!("[{{\"otp_code\":\"{code}\"}}]"),
        format!("{{\"otp_code[]\":\"{code}\"}}"),
        format!("{{\"otp_code\":{code}}}"),
        format!("{{\"otp_code\":\"{}\"}}", "1".repeat(1 << 20)),
    ]);
    for body in bodies {
        let status = house.call(&path, body.clone()).await.status;
        assert!(matches!(status, 400 | 413), "{status} for {body:.100}");
    }
    for text in &texts {
        let page = browser.verify(text).await;
        assert_eq!(page.status, 422, "{text:?}");
        for field in ["otp_code[]", "otp_code[0]", "otp_code.$ne", "OTP_CODE"] {
            let page = browser.submit("/otp/verify/", &[(field, &code)]).await;
            assert_eq!(page.status, 400, "{field:?}");
        }
    }
    let otp = house.bench.subject.otps.find(id).await.unwrap().unwrap();
    assert_eq!((otp.attempts, otp.is_verified()), (0, false));
    browser.verify(&code).await.leads_to("/otp/done/");
}
