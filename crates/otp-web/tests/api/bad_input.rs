//! Every field of every call with everything that does not belong there.

use otp_core::OtpId;
use poem::http::{HeaderValue, Method};
use serde_json::{Value, json};

use crate::desk::{self, Desk, ada, request};

/// Wrong for any field.
fn never_fit() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(123_456),
        json!(-1.5),
        json!([]),
        json!(["email"]),
        json!({}),
        json!({ "a": 1 }),
        json!(""),
        json!("ab\0c"),
        json!("ab\u{7}c"),
        json!("ab\nc"),
        json!("ab\u{7f}c"),
        json!("ab\u{9b}c"),
        json!("ab\u{200f}c"),
        json!("ab\u{202e}c"),
        json!("ab\u{2067}c"),
        json!("x".repeat(1001)),
    ]
}

/// Wrong for this field too.
fn do_not_fit(field: &str) -> Vec<Value> {
    let texts: &[&str] = match field {
        "contact_type" => &[
            "sms",
            "Email",
            "email ",
            " phone",
            "ｅｍａｉｌ",
            "١٢٣",
            "１２３",
        ],
        "contact_value" => &[
            " ",
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "ada@@example.com",
            "a@b.com,c@d.com",
            "ada@exa mple.com",
            "\u{feff}ada@example.com",
            "ada@[127.0.0.1]",
            "\"ada\"@example.com",
            "ada@examp\u{430}le.com",
            "１２３４５６７８９０",
            "٩٨٧٦٥٤٣٢١٠",
        ],
        "otp_code" => &[
            "   ",
            "---",
            "12345",
            "1234567",
            "12345a",
            "+12345",
            "1.2e5",
            "٠١٢٣٤٥",
            "१२३४५६",
            "12\u{200b}3456",
        ],
        "purpose" => &[
            "Login",
            "2fa",
            "-a",
            "a b",
            "a_b",
            "é",
            "ｌｏｇｉｎ",
            "١",
            "１",
            "a23456789012345678901234567890123",
        ],
        "locale" => &[
            "e",
            "en_GB",
            "en-",
            "-en",
            "é",
            "en--GB",
            "ｅｎ",
            "١٢",
            "１２",
            "toolongsubtag",
        ],
        "context" => &[],
        other => panic!("no such field: {other}"),
    };
    texts.iter().map(|text| json!(text)).collect()
}

/// A call, a body that it takes, and the fields that it may also take.
struct Call {
    path: String,
    body: Value,
    optional: &'static [&'static str],
}

impl Call {
    fn fields(&self) -> Vec<String> {
        let required = self.body.as_object().unwrap().keys().cloned();
        let optional = self.optional.iter().map(|name| (*name).to_owned());
        required.chain(optional).collect()
    }
}

/// A desk with one OTP, and every call that takes a body.
struct Table {
    desk: Desk,
    id: OtpId,
    calls: Vec<Call>,
}

impl Table {
    async fn laid() -> Self {
        let desk = desk::open().await;
        let id = desk.issue().await;
        assert_eq!(desk.take_messages().await, 1);
        let code = desk.wrong_code(id).await;
        let calls = vec![
            Call {
                path: "/api/v1/otps".to_owned(),
                body: ada(),
                optional: &["purpose", "locale", "context"],
            },
            Call {
                path: desk::verify(id),
                body: json!({ "otp_code": code }),
                optional: &["purpose", "context"],
            },
            Call {
                path: "/api/v1/verify".to_owned(),
                body: json!({
                    "contact_type": "email",
                    "contact_value": "ada@example.com",
                    "otp_code": code,
                }),
                optional: &["purpose"],
            },
        ];
        Self { desk, id, calls }
    }

    /// Nothing was stored, and no attempt was charged.
    async fn is_untouched(&self) {
        assert_eq!(self.desk.take_messages().await, 0);
        assert_eq!(self.desk.attempts_left(self.id).await, 5);
    }
}

#[tokio::test]
async fn what_does_not_belong_in_a_field_is_refused_by_its_name() {
    let table = Table::laid().await;
    for call in &table.calls {
        for field in call.fields() {
            for wrong in never_fit().into_iter().chain(do_not_fit(&field)) {
                let mut body = call.body.clone();
                body[&field] = wrong.clone();
                let answer = table.desk.post(&call.path, &body).await;
                let is_text = wrong.as_str().is_some_and(|text| !text.contains(is_hidden));
                if is_text && field == "contact_value" {
                    answer.names(422, "invalid-contact", &field);
                } else {
                    answer.names(400, "invalid-request", &field);
                }
            }
        }
    }
    table.is_untouched().await;
}

#[tokio::test]
async fn a_number_that_is_none_is_refused_by_its_name() {
    let table = Table::laid().await;
    for wrong in [
        "12345",
        "98765432101",
        "+999123456789",
        "９８７６５４３２１０",
        "٩٨٧٦٥٤٣٢١٠",
        "9876543210 ext 5",
    ] {
        let body = json!({ "contact_type": "phone", "contact_value": wrong });
        let answer = table.desk.post("/api/v1/otps", &body).await;
        answer.names(422, "invalid-contact", "contact_value");
    }
    table.is_untouched().await;
}

#[tokio::test]
async fn a_missing_a_doubled_and_an_unknown_field_are_named() {
    let table = Table::laid().await;
    for call in &table.calls {
        for field in call.body.as_object().unwrap().keys() {
            let mut without = call.body.clone();
            without.as_object_mut().unwrap().remove(field);
            let answer = table.desk.post(&call.path, &without).await;
            answer.names(400, "invalid-request", field);
        }
        for field in call.fields() {
            let mut whole = call.body.clone();
            whole[&field] = call
                .body
                .get(&field)
                .cloned()
                .unwrap_or_else(|| json!("en"));
            let doubled = whole
                .to_string()
                .replacen('{', &format!("{{{}:\"x\",", json!(field)), 1);
            let answer = table.desk.post_raw(&call.path, doubled).await;
            answer.names(400, "invalid-request", &field);
        }
        for unknown in [
            "contact",
            "OTP_CODE",
            "otp_code ",
            "",
            "__proto__",
            "attempts",
            "is_verified",
            "ｐｕｒｐｏｓｅ",
        ] {
            let mut more = call.body.clone();
            more[unknown] = json!("x");
            let answer = table.desk.post(&call.path, &more).await;
            answer.names(400, "invalid-request", unknown);
        }
        let mut long = call.body.clone();
        long["\u{202e}\0".to_owned() + &"n".repeat(5000)] = json!("x");
        let answer = table.desk.post(&call.path, &long).await;
        answer.names(400, "invalid-request", &"n".repeat(64));
    }
    table.is_untouched().await;
}

#[tokio::test]
async fn what_is_not_one_json_object_is_refused() {
    let table = Table::laid().await;
    let nested = |open: &str| format!("{{\"otp_code\":{}", open.repeat(8000 / open.len()));
    for call in &table.calls {
        let good = call.body.to_string();
        let texts = [
            String::new(),
            " ".to_owned(),
            "null".to_owned(),
            "1".to_owned(),
            "\"email\"".to_owned(),
            "[]".to_owned(),
            "[\"email\",\"ada@example.com\"]".to_owned(),
            "{".to_owned(),
            format!("{good}x"),
            format!("{good}{good}"),
            format!("[{good}]"),
            format!("\u{feff}{good}"),
            good.replace('}', ",}"),
            good.replace('"', "'"),
            good.replace(':', "="),
            format!("/**/{good}"),
            "[".repeat(8000),
            nested("["),
            nested("{\"otp_code\":"),
            "{\"otp_code\":\"\\ud800\"}".to_owned(),
            "{\"otp_code\":NaN}".to_owned(),
            "{\"otp_code\":1e999}".to_owned(),
            "{\"otp_code\":\"1\t2\"}".to_owned(),
        ];
        for text in texts {
            let answer = table.desk.post_raw(&call.path, text.clone()).await;
            assert_eq!(answer.status, 400, "{text:.80} {answer:?}");
            answer.is_problem(400, "invalid-request");
        }
        for bytes in [
            &b"{\"otp_code\":\"\xff\xfe\"}"[..],
            b"\x1f\x8b\x08\x00",
            b"\xff\xfe{\0}\0",
            b"\0",
        ] {
            let answer = table.desk.post_raw(&call.path, bytes.to_vec()).await;
            answer.is_problem(400, "invalid-request");
        }
    }
    table.is_untouched().await;
}

#[tokio::test]
async fn an_idempotency_key_is_visible_ascii_once() {
    let table = Table::laid().await;
    let send = async |keys: &[&[u8]]| {
        let mut builder = request(Method::POST, "/api/v1/otps").content_type("application/json");
        for key in keys {
            builder = builder.header("Idempotency-Key", HeaderValue::from_bytes(key).unwrap());
        }
        table.desk.send(builder.body(ada().to_string())).await
    };
    let (longest, too_long) = ([b'k'; 128], [b'k'; 129]);
    let wrong: [&[&[u8]]; 7] = [
        &[b""],
        &[b"a b"],
        &[b"a\tb"],
        &["ключ".as_bytes()],
        &[b"\xff"],
        &[&too_long],
        &[b"a", b"a"],
    ];
    for keys in wrong {
        send(keys)
            .await
            .names(400, "invalid-request", "Idempotency-Key");
    }
    table.is_untouched().await;
    assert_eq!(send(&[&longest]).await.status, 201);
}

#[tokio::test]
async fn a_code_of_another_length_costs_no_attempt_and_a_full_width_one_is_read() {
    let table = Table::laid().await;
    let answer = table.desk.verify(table.id, "1234567").await;
    answer.names(400, "invalid-request", "otp_code");
    assert!(answer.json()["detail"].to_string().contains("6 digits"));
    table.is_untouched().await;
    let code = table.desk.code(table.id).await;
    let widened = |digit: char| char::from_u32(u32::from('０') + digit.to_digit(10).unwrap());
    let wide: Option<String> = code.chars().map(widened).collect();
    let answer = table.desk.verify(table.id, &wide.unwrap()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn is_hidden(c: char) -> bool {
    c.is_control() || "\u{200f}\u{202e}\u{2067}".contains(c)
}
