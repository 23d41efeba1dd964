//! Gateways that answer as told: what they are sent, and what their answers mean.

mod files;
mod server;

use std::error::Error as _;
use std::fmt::Write as _;
use std::time::Instant;

use otp_core::PhoneNumber;

use super::*;
use crate::message::ShortMessage;
use server::{Answers, Server};

const TEXT: &str = "Your code is 123456 & that's it\n\n@example.com #123456";
const ID: &str = "0197c000-0000-7000-8000-000000000007";
const PHONE: &str = "+919876543210";

/// What the presets take from the configuration.
fn values() -> BTreeMap<String, String> {
    let names = [
        "kannel_user",
        "kannel_password",
        "twilio_account",
        "twilio_token",
        "twilio_from",
        "vonage_key",
        "vonage_secret",
        "vonage_from",
        "msg91_key",
        "msg91_sender",
        "msg91_template",
        "aws_key",
        "aws_from",
    ];
    let values = names.map(|name| (name.to_owned(), format!("{name}-hunter2")));
    values.into()
}

/// Opens a preset whose vendor is `server`.
fn preset(name: &str, server: &Server) -> Gateway {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../otp-web/deploy/sms");
    let text = std::fs::read_to_string(format!("{shipped}/{name}.toml")).expect(name);
    let url = server.url();
    let text = [
        "https://api.twilio.com",
        "https://rest.nexmo.com",
        "https://api.msg91.com",
    ]
    .into_iter()
    .fold(text, |text, vendor| text.replace(vendor, &url));
    let mut values = values();
    values.insert("kannel_url".to_owned(), format!("{url}/cgi-bin/sendsms"));
    values.insert("aws_url".to_owned(), format!("{url}/prod/sms"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(format!("{name}.toml"));
    std::fs::write(&path, text).expect("a file");
    Gateway::open(&path, &values).expect(name)
}

async fn send(gateway: &Gateway, text: &str) -> Result<Receipt, Refused> {
    let message = &ShortMessage::new(text);
    let to = &PhoneNumber::parse(PHONE).expect("a number");
    gateway
        .send(Text {
            message,
            to,
            id: ID,
        })
        .await
}

#[derive(Debug, PartialEq, Eq)]
enum Came {
    Sent(Option<String>),
    /// The next gateway may try, and this one counts it.
    PutOff,
    /// Nobody may try, and the gateway is well.
    Refused,
    /// Nobody may try, and this one counts it.
    Unknown,
}

fn came(outcome: Result<Receipt, Refused>) -> Came {
    match outcome {
        Ok(receipt) => Came::Sent(receipt.message_id),
        Err(Refused::Sender(NotifyError::Temporary { .. })) => Came::PutOff,
        Err(Refused::Message(NotifyError::Permanent { .. })) => Came::Refused,
        Err(Refused::Sender(NotifyError::Unknown { .. })) => Came::Unknown,
        Err(other) => panic!("{other:?}"),
    }
}

fn sent(id: &str) -> Came {
    Came::Sent(Some(id.to_owned()))
}

#[tokio::test]
async fn each_preset_is_understood_by_its_vendor() {
    let credentials = "dHdpbGlvX2FjY291bnQtaHVudGVyMjp0d2lsaW9fdG9rZW4taHVudGVyMg==";
    let text = "Your+code+is+123456+%26+that%27s+it%0A%0A%40example.com+%23123456";
    let quoted = r"Your code is 123456 & that's it\n\n@example.com #123456";
    for (name, head, header, body) in [
        (
            "kannel",
            format!(
                "GET /cgi-bin/sendsms?charset=UTF-8&coding=0&password=kannel_password-hunter2&text={text}\
                 &to=%2B919876543210&username=kannel_user-hunter2 HTTP/1.1"
            ),
            String::new(),
            String::new(),
        ),
        (
            "twilio",
            "POST /2010-04-01/Accounts/twilio_account-hunter2/Messages.json HTTP/1.1".to_owned(),
            format!("authorization: Basic {credentials}"),
            format!("Body={text}&From=twilio_from-hunter2&To=%2B919876543210"),
        ),
        (
            "vonage",
            "POST /sms/json HTTP/1.1".to_owned(),
            "content-type: application/x-www-form-urlencoded".to_owned(),
            format!(
                "api_key=vonage_key-hunter2&api_secret=vonage_secret-hunter2&client-ref={ID}\
                 &from=vonage_from-hunter2&text={text}&to=919876543210&type=text"
            ),
        ),
        (
            "msg91",
            "POST /api/v2/sendsms HTTP/1.1".to_owned(),
            "authkey: msg91_key-hunter2".to_owned(),
            format!(
                r#"{{"DLT_TE_ID":"msg91_template-hunter2","country":"0","route":"4","sender":"msg91_sender-hunter2","sms":[{{"message":"{quoted}","to":["919876543210"]}}],"unicode":"0"}}"#
            ),
        ),
        (
            "aws",
            "POST /prod/sms HTTP/1.1".to_owned(),
            "x-api-key: aws_key-hunter2".to_owned(),
            format!(
                r#"{{"DestinationPhoneNumber":"+919876543210","MessageBody":"{quoted}","MessageType":"TRANSACTIONAL","OriginationIdentity":"aws_from-hunter2"}}"#
            ),
        ),
    ] {
        let server = Server::start(Answers::With(500, "")).await;
        let _ = send(&preset(name, &server), TEXT).await;
        let request = server.request();
        let (said, rest) = request.split_once("\r\n").expect("a head");
        let (headers, said_body) = rest.split_once("\r\n\r\n").expect("an end of the head");
        assert_eq!(said, head, "{name}");
        assert!(headers.contains(&header), "{name}: {headers}");
        assert_eq!(said_body, body, "{name}");
    }
}

#[tokio::test]
async fn other_alphabets_are_announced() {
    for (name, announced) in [
        ("kannel", "coding=2&"),
        ("vonage", "type=unicode"),
        ("msg91", r#""unicode":"1""#),
    ] {
        let server = Server::start(Answers::With(500, "")).await;
        let _ = send(&preset(name, &server), "कोड 123456").await;
        let request = server.request();
        assert!(request.contains(announced), "{name}: {request}");
    }
}

#[expect(clippy::too_many_lines, reason = "a table")]
#[tokio::test]
async fn answers_of_each_vendor_mean_what_they_say() {
    let vonage = |status: &str| {
        format!(
            r#"{{"message-count":"1","messages":[{{"to":"91","message-id":"v7","status":"{status}"}}]}}"#
        )
    };
    for (name, status, body, meaning) in [
        (
            "kannel",
            202,
            "0: Accepted for delivery".to_owned(),
            Came::Sent(None),
        ),
        (
            "kannel",
            202,
            "3: Queued for later delivery".to_owned(),
            Came::Sent(None),
        ),
        (
            "kannel",
            400,
            "Missing receiver number, rejected".to_owned(),
            Came::Refused,
        ),
        (
            "kannel",
            403,
            "Authorization failed for sendsms".to_owned(),
            Came::PutOff,
        ),
        (
            "kannel",
            503,
            "Temporal failure, try again later.".to_owned(),
            Came::PutOff,
        ),
        (
            "twilio",
            201,
            r#"{"sid":"SM7","status":"queued","code":null}"#.to_owned(),
            sent("SM7"),
        ),
        (
            "twilio",
            400,
            r#"{"code":21211,"message":"Invalid 'To'","status":400}"#.to_owned(),
            Came::Refused,
        ),
        (
            "twilio",
            400,
            r#"{"code":21611,"message":"queue","status":400}"#.to_owned(),
            Came::PutOff,
        ),
        (
            "twilio",
            401,
            r#"{"code":20003,"status":401}"#.to_owned(),
            Came::PutOff,
        ),
        (
            "twilio",
            429,
            r#"{"code":20429,"status":429}"#.to_owned(),
            Came::PutOff,
        ),
        ("vonage", 200, vonage("0"), sent("v7")),
        ("vonage", 200, vonage("1"), Came::PutOff),
        ("vonage", 200, vonage("9"), Came::PutOff),
        ("vonage", 200, vonage("7"), Came::Refused),
        ("vonage", 200, "<html>".to_owned(), Came::Unknown),
        (
            "msg91",
            200,
            r#"{"message":"5762846b4f8d","type":"success"}"#.to_owned(),
            sent("5762846b4f8d"),
        ),
        (
            "msg91",
            200,
            r#"{"message":"balance","type":"error","code":"301"}"#.to_owned(),
            Came::PutOff,
        ),
        (
            "msg91",
            200,
            r#"{"message":"mobile","type":"error","code":"202"}"#.to_owned(),
            Came::Refused,
        ),
        ("aws", 200, r#"{"MessageId":"a7"}"#.to_owned(), sent("a7")),
        (
            "aws",
            400,
            r#"{"__type":"ThrottlingException"}"#.to_owned(),
            Came::PutOff,
        ),
        (
            "aws",
            400,
            r#"{"__type":"ValidationException"}"#.to_owned(),
            Came::Refused,
        ),
    ] {
        let server = Server::start(Answers::With(status, &body)).await;
        let outcome = send(&preset(name, &server), TEXT).await;
        assert_eq!(came(outcome), meaning, "{name} {status} {body}");
    }
}

#[tokio::test]
async fn a_status_by_itself_tells_whose_fault_it_is() {
    for (status, meaning) in [
        (200, Came::Refused),
        (302, Came::PutOff),
        (303, Came::Unknown),
        (400, Came::Refused),
        (401, Came::PutOff),
        (402, Came::PutOff),
        (404, Came::PutOff),
        (408, Came::PutOff),
        (410, Came::Refused),
        (422, Came::Refused),
        (429, Came::PutOff),
        (500, Came::Unknown),
        (502, Came::Unknown),
        (501, Came::PutOff),
        (503, Came::PutOff),
        (504, Came::Unknown),
        (524, Came::Unknown),
    ] {
        let server = Server::start(Answers::With(status, "")).await;
        let outcome = send(&preset("kannel", &server), TEXT).await;
        assert_eq!(came(outcome), meaning, "{status}");
    }
}

#[tokio::test]
async fn a_gateway_that_cannot_be_reached_was_sent_nothing() {
    let gone = Server::start(Answers::Nothing).await;
    let gateway = preset("kannel", &gone);
    drop(gone);
    let began = Instant::now();
    assert_eq!(came(send(&gateway, TEXT).await), Came::PutOff);
    assert!(began.elapsed() < CONNECT_WITHIN, "a refusal is no silence");
}

#[tokio::test]
async fn a_request_without_an_answer_may_have_been_taken() {
    for answers in [Answers::HangsUp, Answers::Raw("HTTP/1.1 202 Accep")] {
        let server = Server::start(answers).await;
        let gateway = preset("kannel", &server);
        assert_eq!(
            came(send(&gateway, TEXT).await),
            Came::Unknown,
            "{answers:?}"
        );
        assert_eq!(server.count(), 1, "{answers:?}: it is not sent again");
    }
}

#[tokio::test]
async fn silence_ends_and_the_message_may_have_been_taken() {
    let server = Server::start(Answers::Nothing).await;
    let gateway = preset("kannel", &server);
    let mut sending = std::pin::pin!(send(&gateway, TEXT));
    tokio::select! {
        outcome = &mut sending => panic!("{outcome:?}"),
        () = server.asked() => {}
    }
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    assert_eq!(came(sending.await), Came::Unknown);
    // A timer is exact to a millisecond.
    assert!(began.elapsed() <= DEADLINE + Duration::from_millis(1));
}

#[tokio::test]
async fn whoever_a_redirection_names_gets_no_code() {
    let thief = Server::start(Answers::With(202, "")).await;
    let url = thief.url();
    let answer =
        format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {url}/\r\nContent-Length: 0\r\n\r\n");
    let server = Server::start(Answers::Raw(&answer)).await;
    assert_eq!(
        came(send(&preset("kannel", &server), TEXT).await),
        Came::PutOff
    );
    assert_eq!(thief.count(), 0);
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let head = "HTTP/1.1 201 Created\r\nContent-Length: 999999999999\r\n\r\n";
    let server = Server::start(Answers::Endlessly(head)).await;
    let began = Instant::now();
    assert_eq!(
        came(send(&preset("twilio", &server), TEXT).await),
        Came::Sent(None)
    );
    assert!(began.elapsed() < DEADLINE);
}

#[tokio::test]
async fn no_failure_shows_a_number_a_code_or_a_value() {
    let echo = r#"{"code":21211,"message":"+919876543210 123456 hunter2"}"#;
    let mut shown = String::new();
    for name in ["kannel", "twilio", "vonage", "msg91", "aws"] {
        for answers in [
            Answers::With(400, echo),
            Answers::With(503, echo),
            Answers::HangsUp,
        ] {
            let server = Server::start(answers).await;
            let gateway = preset(name, &server);
            let refused = send(&gateway, TEXT).await.expect_err(name);
            write!(shown, "{gateway:?} {refused:?}").expect("a text");
            let error = refused.into_error();
            let mut cause = Some(&error as &dyn std::error::Error);
            while let Some(error) = cause {
                writeln!(shown, "{error} {error:?}").expect("a text");
                cause = error.source();
            }
        }
        let server = Server::start(Answers::Nothing).await;
        let gateway = preset(name, &server);
        drop(server);
        let error = send(&gateway, TEXT).await.expect_err(name).into_error();
        let cause = error.source().map(ToString::to_string);
        writeln!(shown, "{error} {error:?} {cause:?}").expect("a text");
    }
    for secret in ["hunter2", "123456", "9876543210"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("it answered 400"), "{shown}");
}
