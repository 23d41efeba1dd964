//! The bodies to the letter, with scripted secrets.

use chrono::TimeDelta;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::desk::{self, ada, otp, resend};

/// Writes JSON with its members in order, whatever order `serde_json` was built to keep.
pub(crate) fn sorted(value: &Value) -> String {
    fn sort(value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                let mut names: Vec<&String> = members.keys().collect();
                names.sort();
                let each = names
                    .into_iter()
                    .map(|name| (name.clone(), sort(&members[name])));
                Value::Object(each.collect())
            }
            Value::Array(items) => items.iter().map(sort).collect(),
            other => other.clone(),
        }
    }
    serde_json::to_string_pretty(&sort(value)).unwrap()
}

#[tokio::test]
async fn the_answers() {
    let desk = desk::open().await;
    let issued = desk.post("/api/v1/otps", &ada()).await;
    let id = issued.id();
    assert_snapshot!("issued", sorted(&issued.json()));
    desk.bench.advance(TimeDelta::seconds(60));
    assert_snapshot!(
        "sent_again",
        sorted(&desk.post_nothing(&resend(id)).await.json())
    );
    let verified = desk.verify(id, &desk.code(id).await).await;
    assert_snapshot!("verified", sorted(&verified.json()));
    assert_snapshot!(
        "looked_at_afterwards",
        sorted(&desk.get(&otp(id)).await.json())
    );
}

#[tokio::test]
async fn the_problems() {
    let desk = desk::open().await;
    let id = desk.issue().await;
    let wrong_code = desk.verify(id, &desk.wrong_code(id).await).await;
    assert_snapshot!("wrong_code", sorted(&wrong_code.json()));
    assert_snapshot!(
        "malformed_code",
        sorted(&desk.verify(id, "12345").await.json())
    );
    assert_snapshot!(
        "too_many_requests",
        sorted(&desk.post_nothing(&resend(id)).await.json())
    );
    desk.delete(&otp(id)).await;
    assert_snapshot!(
        "otp_not_usable",
        sorted(&desk.verify(id, "123456").await.json())
    );
    let body = json!({ "contact_type": "email", "contact_value": "ada@example" });
    let invalid_contact = desk.post("/api/v1/otps", &body).await;
    assert_snapshot!("invalid_contact", sorted(&invalid_contact.json()));
}
