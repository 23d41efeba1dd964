//! With decoys, nobody tells a customer from a stranger by what is answered.

use std::sync::Arc;

use chrono::TimeDelta;
use otp_core::testing::RecordingNotifier;
use otp_notify::Dispatcher;
use serde_json::{Value, json};

use crate::desk::{Answer, Desk, otp, resend};

/// What an answer tells, without what is drawn for each OTP.
fn told(answer: &Answer) -> (u16, Vec<String>, Value) {
    let mut body = answer.json();
    for drawn in ["id", "reference", "contact_hint"] {
        if let Some(value) = body.get_mut(drawn) {
            *value = json!("drawn");
        }
    }
    let names = answer.headers.keys().map(ToString::to_string).collect();
    (answer.status, names, body)
}

async fn send(desk: &Desk, notifier: &Arc<RecordingNotifier>) {
    let bench = &desk.bench;
    let dispatcher = Dispatcher::new(
        bench.subject.queue.clone(),
        notifier.clone(),
        bench.keys.clone(),
        bench.clock.clone(),
        bench.secrets.clone(),
    );
    dispatcher.run_once().await.unwrap();
}

#[tokio::test]
async fn a_stranger_is_answered_like_a_customer_at_each_call() {
    let desk = Desk::for_customers().await;
    let notifier = Arc::new(RecordingNotifier::default());
    let contacts = ["ada@example.com", "eve@example.com"];
    let body = |contact| json!({ "contact_type": "email", "contact_value": contact });
    let mut ids = Vec::new();
    let mut answers = [Vec::new(), Vec::new()];
    for (contact, answers) in contacts.into_iter().zip(&mut answers) {
        let issued = desk.post("/api/v1/otps", &body(contact)).await;
        ids.push(issued.id());
        answers.push(told(&issued));
    }
    send(&desk, &notifier).await;
    for (id, answers) in ids.iter().zip(&mut answers) {
        answers.push(told(&desk.get(&otp(*id)).await));
        answers.push(told(&desk.post_nothing(&resend(*id)).await));
        let wrong = desk.wrong_code(*id).await;
        answers.push(told(&desk.verify(*id, &wrong).await));
    }
    for (contact, answers) in contacts.into_iter().zip(&mut answers) {
        let mut by_contact = body(contact);
        by_contact["otp_code"] = json!("000000");
        answers.push(told(&desk.post("/api/v1/verify", &by_contact).await));
    }
    desk.bench.advance(TimeDelta::minutes(1));
    for (id, answers) in ids.iter().zip(&mut answers) {
        answers.push(told(&desk.post_nothing(&resend(*id)).await));
    }
    send(&desk, &notifier).await;
    for (id, answers) in ids.iter().zip(&mut answers) {
        answers.push(told(&desk.get(&otp(*id)).await));
    }
    let [known, unknown] = answers;
    assert_eq!(unknown, known);
    let states: Vec<u16> = known.iter().map(|(status, ..)| *status).collect();
    assert_eq!(states, [201, 200, 429, 422, 422, 202, 200]);
    assert_eq!(known[1].2["delivery"], "queued");

    let sent = notifier.sent();
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|notice| notice.otp.id == ids[0]));
}

#[tokio::test]
async fn a_strangers_code_is_refused_even_when_it_is_the_right_one() {
    let desk = Desk::for_customers().await;
    let eve = json!({ "contact_type": "email", "contact_value": "eve@example.com" });
    let id = desk.issue_as(&eve).await;
    let its_own_code = desk.code(id).await;
    let answer = desk.verify(id, &its_own_code).await;
    answer.is_problem(422, "wrong-code");
}
