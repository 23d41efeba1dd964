//! Short messages through an SMSC: what arrives, what is refused, and what becomes of a message when it is gone.

mod smsc;

use std::sync::Arc;

use otp_core::PhoneNumber;
use otp_core::ports::{NotifyError, Receipt};
use otp_notify::{ShortMessage, SmppSender, SmppUrl, SmsReceipt, SmsState};
use serde_json::json;
use smsc::Smsc;
use tokio::sync::mpsc;

fn sender_with(port: u16, password: &str) -> SmppSender {
    let url =
        format!("smpp://otp:{password}@localhost:{port}?from=Example&system_type=OTP&tls=none");
    SmppSender::new(SmppUrl::parse(&url).expect("a URL"))
}

fn sender(smsc: &Smsc) -> SmppSender {
    sender_with(smsc.port(), "otptest")
}

async fn send(sender: &SmppSender, text: &str) -> Result<Receipt, NotifyError> {
    let to = PhoneNumber::parse("+919876543210").expect("a number");
    sender.send(&ShortMessage::new(text), &to).await
}

/// Sends a message that the SMSC takes, and returns its id.
async fn sent(sender: &SmppSender, text: &str) -> String {
    let receipt = send(sender, text).await.expect("a receipt");
    assert_eq!(receipt.provider, "smpp");
    receipt.message_id.expect("an id")
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Temporary,
    Permanent,
    Unknown,
}

fn kind(result: Result<Receipt, NotifyError>) -> (Kind, &'static str) {
    match result.expect_err("a refusal") {
        NotifyError::Temporary { reason, .. } => (Kind::Temporary, reason),
        NotifyError::Permanent { reason, .. } => (Kind::Permanent, reason),
        NotifyError::Unknown { reason, .. } => (Kind::Unknown, reason),
    }
}

#[tokio::test]
async fn a_text_arrives_to_the_letter() {
    let mut smsc = Smsc::start(&[]).await;
    let sender = sender(&smsc);
    let long = "Größe @ [x] ".repeat(20);
    let long_elsewhere = "例🔑".repeat(40);
    for (number, (text, coding, is_payload)) in [
        ("012345 is your code.\n@example.com #012345", 0, false),
        ("@£$¥_ΔÄÖÑÜ§¿äöñüàèéùìòÇ\n^{}\\[~]|€", 0, false),
        ("Код 012345 例 🔑", 8, false),
        (long.as_str(), 0, true),
        (long_elsewhere.as_str(), 8, true),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(sent(&sender, text).await, format!("m{}", number + 1));
        let arrived = smsc.event("message").await;
        assert_eq!(
            arrived,
            json!({
                "event": "message", "from": [5, 0, "Example"], "to": [1, 1, "919876543210"],
                "coding": coding, "esm_class": 0, "payload": is_payload, "text": text,
            })
        );
    }
}

#[tokio::test]
async fn messages_share_one_session() {
    let mut smsc = Smsc::start(&[]).await;
    let sender = Arc::new(sender(&smsc));
    let many = (0..30).map(|number| {
        let sender = sender.clone();
        tokio::spawn(async move { sent(&sender, &format!("message {number}")).await })
    });
    let mut ids = Vec::new();
    for sending in many.collect::<Vec<_>>() {
        ids.push(sending.await.expect("a receipt"));
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 30, "each has an answer of its own");
    let bound = smsc.event("bound").await;
    assert_eq!(
        bound,
        json!({ "event": "bound", "version": 0x34, "system_type": "OTP" })
    );
    drop(sender);
    smsc.event("unbound").await;
    assert_eq!(smsc.stop().await, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn what_the_smsc_refuses_is_tried_again_only_where_that_helps() {
    let mut smsc = Smsc::start(&[]).await;
    let sender = sender(&smsc);
    for (status, told) in [
        (0x58, (Kind::Temporary, "the SMSC put the message off")),
        (0x14, (Kind::Temporary, "the SMSC put the message off")),
        (0x0b, (Kind::Permanent, "the SMSC refused the number")),
        (0x0a, (Kind::Permanent, "the SMSC refused the sender")),
        (0x45, (Kind::Permanent, "the SMSC refused the message")),
    ] {
        smsc.order(&format!("answer {status}")).await;
        let refused = send(&sender, "hello").await;
        let said = std::error::Error::source(refused.as_ref().expect_err("a refusal"));
        assert_eq!(
            said.map(ToString::to_string),
            Some(format!("the SMSC answered command_status {status:#010x}"))
        );
        assert_eq!(kind(refused), told, "{status:#x}");
    }
    smsc.order("answer 0").await;
    sent(&sender, "hello").await;
    drop(sender);
    smsc.event("unbound").await;
}

#[tokio::test]
async fn a_wrong_password_is_named() {
    let mut smsc = Smsc::start(&[]).await;
    let refused = kind(send(&sender_with(smsc.port(), "wrong"), "hello").await);
    assert_eq!(refused, (Kind::Temporary, "the SMSC refused the login"));
    smsc.event("refused").await;
}

#[tokio::test]
async fn the_next_message_finds_an_smsc_that_is_back() {
    let smsc = Smsc::start(&[]).await;
    let (sender, port) = (sender(&smsc), smsc.port());
    sent(&sender, "before").await;
    smsc.stop().await;
    let meanwhile = kind(send(&sender, "meanwhile").await);
    assert_eq!(
        meanwhile,
        (Kind::Temporary, "the SMSC could not be reached")
    );
    let mut smsc = Smsc::start(&[&port.to_string()]).await;
    sent(&sender, "after").await;
    assert_eq!(smsc.event("message").await["text"], "after");
}

#[tokio::test]
async fn a_message_without_an_answer_is_not_sent_again() {
    let mut smsc = Smsc::start(&[]).await;
    let sender = sender(&smsc);
    smsc.order("hang up").await;
    let lost = kind(send(&sender, "perhaps").await);
    assert_eq!(
        lost,
        (
            Kind::Unknown,
            "the SMSC did not say whether it took the message"
        )
    );
    assert_eq!(smsc.event("message").await["text"], "perhaps");
    smsc.order("answer 0").await;
    sent(&sender, "surely").await;
    assert_eq!(smsc.event("bound").await["event"], "bound", "a new session");
    assert_eq!(smsc.event("message").await["text"], "surely");
}

#[tokio::test]
async fn receipts_are_asked_for_and_heard_where_somebody_listens() {
    let mut smsc = Smsc::start(&[]).await;
    let (heard, mut receipts) = mpsc::unbounded_channel();
    let listening = sender(&smsc).on_receipt(move |receipt| heard.send(receipt).expect("a test"));
    let message_id = sent(&listening, "hello").await;
    let receipt = receipts.recv().await;
    let delivered = SmsReceipt {
        message_id,
        state: SmsState::Delivered,
        error: None,
    };
    assert_eq!(receipt, Some(delivered));
    assert_eq!(smsc.event("receipt taken").await["status"], 0);

    let deaf = sender(&smsc);
    sent(&deaf, "hello").await;
    drop((listening, deaf));
    smsc.event("unbound").await;
    smsc.event("unbound").await;
    assert_eq!(receipts.recv().await, None, "nobody asked for another");
}

#[tokio::test]
async fn the_smsc_may_ask_whether_we_are_there() {
    let mut smsc = Smsc::start(&[]).await;
    let sender = sender(&smsc);
    sent(&sender, "hello").await;
    smsc.order("ask").await;
    assert_eq!(smsc.event("answered").await["status"], 0);
    sent(&sender, "hello again").await;
}
