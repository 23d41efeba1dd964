//! The flow: issue, look, verify, resend, revoke.

use chrono::TimeDelta;
use poem::http::Method;
use serde_json::{Value, json};

use crate::desk::{self, Answer, Desk, ada, otp, request, resend};

const ISSUE: &str = "/api/v1/otps";
const VERIFY: &str = "/api/v1/verify";

#[tokio::test]
async fn phase_6_create_otp_answers_with_its_handle() {
    let desk = desk::open().await;
    let answer = desk.post(ISSUE, &ada()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let body = answer.json();
    assert_eq!(body["contact_type"], "email");
    assert_eq!(body["contact_hint"], "a***@example.com");
    assert_eq!(body["purpose"], "login");
    assert_eq!(body["expires_at"], "2026-01-01T12:05:00Z");
    assert_eq!(body["resend_at"], "2026-01-01T12:01:00Z");
    assert_eq!(body["attempts_left"], 5);
    assert_eq!(body["delivery"], "queued");
    let address = format!("https://otp.example.com{}", otp(answer.id()));
    assert_eq!(answer.header("location"), address);
    assert_eq!(desk.get(&otp(answer.id())).await.json(), body);
    assert!(!answer.text.contains(&desk.code(answer.id()).await));
    assert_eq!(desk.take_messages().await, 1);
}

#[tokio::test]
async fn phase_6_verify_otp_by_contact_code_and_type() {
    let desk = desk::open().await;
    for (kind, typed, canonical) in [
        ("email", "Ada@Example.com", "ada@example.com"),
        ("phone", "98765 43210", "+919876543210"),
    ] {
        let contact = json!({ "contact_type": kind, "contact_value": typed });
        let _older = desk.issue_as(&contact).await;
        desk.bench.advance(TimeDelta::seconds(1));
        let id = desk.issue_as(&contact).await;
        let mut proof = contact.clone();
        proof["otp_code"] = json!(desk.code(id).await);
        let answer = desk.post(VERIFY, &proof).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.id(), id, "the newest one is meant");
        assert_eq!(answer.json()["verified"], true);
        assert_eq!(answer.json()["contact_type"], kind);
        assert_eq!(answer.json()["contact_value"], canonical);
    }
}

#[tokio::test]
async fn by_contact_a_code_of_another_contact_or_purpose_is_refused() {
    let desk = desk::open().await;
    let id = desk.issue().await;
    let code = desk.code(id).await;
    let mut proof =
        json!({ "contact_type": "email", "contact_value": "eve@example.com", "otp_code": code });
    desk.post(VERIFY, &proof)
        .await
        .is_problem(410, "otp-not-usable");
    proof["contact_value"] = json!("ada@example.com");
    proof["purpose"] = json!("payment");
    desk.post(VERIFY, &proof)
        .await
        .is_problem(410, "otp-not-usable");
    proof["purpose"] = json!("login");
    assert_eq!(desk.post(VERIFY, &proof).await.status, 200);
}

#[tokio::test]
async fn the_right_code_opens_once() {
    let desk = desk::open().await;
    let id = desk.issue().await;
    let code = desk.code(id).await;
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let answer = desk.verify(id, &spaced).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["contact_value"], "ada@example.com");
    assert_eq!(answer.json()["verified_at"], "2026-01-01T12:00:00Z");
    desk.verify(id, &code)
        .await
        .is_problem(410, "otp-not-usable");
    let now = desk.get(&otp(id)).await.json();
    assert_eq!(
        (&now["is_valid"], &now["is_verified"]),
        (&json!(false), &json!(true))
    );
}

#[tokio::test]
async fn wrong_codes_count_down_and_after_the_fifth_the_right_one_is_too_late() {
    let desk = desk::open().await;
    let id = desk.issue().await;
    let (right, wrong) = (desk.code(id).await, desk.wrong_code(id).await);
    for left in [4, 3, 2, 1, 0] {
        let answer = desk.verify(id, &wrong).await;
        answer.is_problem(422, "wrong-code");
        assert_eq!(answer.json()["attempts_left"], left);
        assert_eq!(desk.attempts_left(id).await, left);
    }
    desk.verify(id, &right)
        .await
        .is_problem(410, "otp-not-usable");
    desk.verify(id, &wrong)
        .await
        .is_problem(410, "otp-not-usable");
}

#[tokio::test]
async fn the_last_second_is_in_time_and_the_deadline_is_not() {
    let desk = desk::open().await;
    let (in_time, too_late) = (desk.issue().await, desk.issue().await);
    let (first, second) = (desk.code(in_time).await, desk.code(too_late).await);
    desk.bench.advance(TimeDelta::seconds(299));
    assert_eq!(desk.verify(in_time, &first).await.status, 200);
    desk.bench.advance(TimeDelta::seconds(1));
    desk.verify(too_late, &second)
        .await
        .is_problem(410, "otp-not-usable");
    assert_eq!(desk.get(&otp(too_late)).await.json()["is_valid"], false);
}

#[tokio::test]
async fn a_resend_waits_for_its_time_and_changes_nothing_but_the_next_one() {
    let desk = desk::open().await;
    let id = desk.issue().await;
    let code = desk.code(id).await;
    desk.verify(id, &desk.wrong_code(id).await)
        .await
        .is_problem(422, "wrong-code");
    let before = desk.get(&otp(id)).await.json();
    assert_eq!(desk.take_messages().await, 1);

    desk.bench.advance(TimeDelta::milliseconds(59_500));
    let early = desk.post_nothing(&resend(id)).await;
    early.is_problem(429, "too-many-requests");
    assert_eq!(early.header("retry-after"), "1");
    assert_eq!(early.json()["retry_at"], before["resend_at"]);
    assert_eq!(desk.take_messages().await, 0);

    desk.bench.advance(TimeDelta::milliseconds(500));
    let again = desk.post_nothing(&resend(id)).await;
    assert_eq!(again.status, 202, "{again:?}");
    assert_eq!(desk.take_messages().await, 1);
    let mut expected = before;
    expected["resend_at"] = json!("2026-01-01T12:02:00Z");
    assert_eq!(again.json(), expected);
    assert_eq!(desk.code(id).await, code);
    assert_eq!(desk.verify(id, &code).await.status, 200);
    desk.post_nothing(&resend(id))
        .await
        .is_problem(410, "otp-not-usable");
}

#[tokio::test]
async fn a_revoked_code_never_opens_and_revoking_is_always_answered_alike() {
    let desk = desk::open().await;
    let id = desk.issue().await;
    let code = desk.code(id).await;
    for handle in [otp(id), otp(id), unknown(), "/api/v1/otps/x".to_owned()] {
        let answer = desk.delete(&handle).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{handle}");
    }
    desk.verify(id, &code)
        .await
        .is_problem(410, "otp-not-usable");
    desk.post_nothing(&resend(id))
        .await
        .is_problem(410, "otp-not-usable");
    assert_eq!(desk.get(&otp(id)).await.json()["is_valid"], false);
}

#[tokio::test]
async fn unknown_malformed_expired_used_revoked_and_spent_are_one_answer() {
    let desk = desk::open().await;
    let ids = [
        desk.issue().await,
        desk.issue().await,
        desk.issue().await,
        desk.issue().await,
    ];
    let [expired, used, revoked, spent] = ids;
    let code = desk.code(used).await;
    assert_eq!(desk.verify(used, &code).await.status, 200);
    desk.delete(&otp(revoked)).await;
    for _ in 0..5 {
        desk.verify(spent, &desk.wrong_code(expired).await).await;
    }
    desk.bench.advance(TimeDelta::minutes(6));
    let mut handles: Vec<String> = ids.map(otp).into();
    handles.push(unknown());
    for odd in [
        "x",
        "%00",
        "..%2F",
        "019b796dd6007f55b0f5a1810b7af78c0",
        "{id}",
    ] {
        handles.push(format!("{ISSUE}/{odd}"));
    }
    let first = desk.verify(expired, "123456").await;
    first.is_problem(410, "otp-not-usable");
    for handle in &handles {
        let answer = desk
            .post(
                &format!("{handle}/verify"),
                &json!({ "otp_code": "123456" }),
            )
            .await;
        assert_eq!(
            (answer.status, &answer.text),
            (410, &first.text),
            "{handle}"
        );
        let answer = desk.post_nothing(&format!("{handle}/resend")).await;
        assert_eq!(
            (answer.status, &answer.text),
            (410, &first.text),
            "{handle}"
        );
    }
    for handle in handles.iter().skip(4) {
        let answer = desk.get(handle).await;
        assert_eq!(
            (answer.status, &answer.text),
            (410, &first.text),
            "{handle}"
        );
    }
}

#[tokio::test]
async fn a_code_opens_its_own_purpose_and_context_only() {
    let desk = desk::open().await;
    let mut asked = ada();
    asked["purpose"] = json!("payment");
    asked["context"] = json!("12.50 EUR to Bob");
    let id = desk.issue_as(&asked).await;
    let code = desk.code(id).await;
    for (left, other) in [
        (4, json!({ "otp_code": code })),
        (3, json!({ "otp_code": code, "purpose": "payment" })),
        (
            2,
            json!({ "otp_code": code, "purpose": "payment", "context": "1250 EUR to Eve" }),
        ),
        (
            1,
            json!({ "otp_code": code, "context": "12.50 EUR to Bob" }),
        ),
    ] {
        let answer = desk.post(&desk::verify(id), &other).await;
        answer.is_problem(422, "wrong-code");
        assert_eq!(answer.json()["attempts_left"], left, "{other}");
    }
    let right = json!({ "otp_code": code, "purpose": "payment", "context": "12.50 EUR to Bob" });
    let answer = desk.post(&desk::verify(id), &right).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["purpose"], "payment");
}

#[tokio::test]
async fn a_repeated_request_with_an_idempotency_key_sends_one_message() {
    let desk = desk::open().await;
    let first = repeatable(&desk, "order-1", &ada()).await;
    let again = repeatable(&desk, "order-1", &ada()).await;
    assert_eq!((first.status, again.status), (201, 201), "{again:?}");
    assert_eq!(first.text, again.text);
    assert_eq!(desk.take_messages().await, 1);

    let mut other_contact = ada();
    other_contact["contact_value"] = json!("eve@example.com");
    let mut other_purpose = ada();
    other_purpose["purpose"] = json!("payment");
    let mut other_context = ada();
    other_context["context"] = json!("1 EUR");
    for other in [other_contact, other_purpose, other_context] {
        let answer = repeatable(&desk, "order-1", &other).await;
        answer.names(400, "invalid-request", "Idempotency-Key");
    }
    assert_eq!(desk.take_messages().await, 0);
    assert_ne!(repeatable(&desk, "order-2", &ada()).await.id(), first.id());
    assert_eq!(desk.take_messages().await, 1);
}

#[tokio::test]
async fn a_store_that_is_gone_is_a_problem_without_its_words() {
    let desk = desk::open().await;
    let id = desk.issue().await;
    let code = desk.code(id).await;
    desk.database.clone().close().await;
    let answers = [
        desk.post(ISSUE, &ada()).await,
        desk.get(&otp(id)).await,
        desk.verify(id, &code).await,
        desk.post_nothing(&resend(id)).await,
        desk.delete(&otp(id)).await,
    ];
    for answer in answers {
        answer.is_problem(503, "unavailable");
        assert_eq!(answer.header("retry-after"), "5");
        assert_eq!(answer.json()["detail"], "try again in a few seconds");
    }
}

async fn repeatable(desk: &Desk, key: &str, body: &Value) -> Answer {
    let request = request(Method::POST, ISSUE)
        .content_type("application/json")
        .header("Idempotency-Key", key);
    desk.send(request.body(body.to_string())).await
}

fn unknown() -> String {
    "/api/v1/otps/019b796d-d600-7f55-b0f5-a1810b7af78c".to_owned()
}
