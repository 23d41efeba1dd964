//! Traces, as a collector receives them.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};

use crate::collector::Collector;
use crate::process::Manager;

/// The trace and span of somebody else, who asks for it not to be kept: that is ours to decide.
const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
const TRACE: [u8; 16] = [
    0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c,
];

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_becomes_a_span_of_its_callers_trace_without_contact_or_code() {
    let collector = Collector::listen();
    let endpoint = format!("http://{}", collector.address);
    let manager = Manager::new();
    let settings = [
        ("OTP_TRACES__ENDPOINT", endpoint.as_str()),
        // Traces do not get thinner with the log.
        ("OTP_LOG__LEVEL", "error"),
    ];
    let service = tokio::task::block_in_place(|| manager.start(&settings));
    let post = async |path: String, body: Value| {
        let request = Client::new().post(manager.url(&path)).json(&body);
        let answer = request.header("traceparent", CALLER).send().await.unwrap();
        answer.json::<Value>().await.unwrap()
    };
    let contact = json!({ "contact_type": "email", "contact_value": "planted@example.com" });
    let issued = post("/api/v1/otps".to_owned(), contact).await;
    let id = issued["id"].as_str().unwrap().to_owned();
    let wrong = json!({ "otp_code": "918273" });
    let refused = post(format!("/api/v1/otps/{id}/verify"), wrong).await;
    assert_eq!(refused["attempts_left"], 4, "{refused}");
    // What was not sent yet is sent at the end.
    let (printed, logged) = tokio::task::block_in_place(|| service.stop());
    let mut spans = Vec::new();
    while let Ok((first, body)) = collector.received.recv_timeout(Duration::from_secs(5)) {
        assert!(first.starts_with("POST /v1/traces "), "{first}");
        spans.extend(body);
        if contains(&spans, b"POST /api/v1/otps/:param0/verify") {
            break;
        }
    }
    for part in [
        &b"POST /api/v1/otps"[..],
        b"POST /api/v1/otps/:param0/verify",
        b"http.response.status_code",
        b"service.version",
        &TRACE,
    ] {
        let part_as_text = String::from_utf8_lossy(part);
        assert!(
            contains(&spans, part),
            "{part_as_text} is missing: {logged}"
        );
    }
    let code = printed
        .lines()
        .map(str::trim)
        .find(|line| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit()));
    for secret in [
        "planted",
        "918273",
        &id,
        code.expect("a code on the console"),
    ] {
        assert!(
            !contains(&spans, secret.as_bytes()),
            "{secret} is in a span"
        );
    }
}

#[test]
fn a_collector_that_is_away_stops_nothing() {
    // Bound and dropped: nobody listens there.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let endpoint = format!("http://{}", gone.unwrap());
    let manager = Manager::new();
    let service = manager.start(&[("OTP_TRACES__ENDPOINT", endpoint.as_str())]);
    let mut stream = TcpStream::connect(manager.address()).unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (_, logged) = service.stop();
    assert!(logged.contains("WARN"), "the log says so: {logged}");
}
