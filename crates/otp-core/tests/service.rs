//! The use cases, through the service, on the in-memory store.

use chrono::TimeDelta;
use otp_core::ports::Guarded;
use otp_core::testing::Bench;
use otp_core::{
    Budgets, Caller, Channel, Code, Contact, Context, Digest, Handle, Idempotency, Issue, Issued,
    OtpId, OtpService, OtpState, Outcome, Policies, Policy, Purpose, Refusal, Verified, Verify,
    VerifyContact,
};

fn ada() -> Contact {
    Contact::email("ada@example.com").expect("an address")
}

fn payment() -> Purpose {
    Purpose::parse("payment").expect("a purpose")
}

fn wrong(code: &Code) -> Code {
    let other = if code.expose() == "000000" {
        "000001"
    } else {
        "000000"
    };
    Code::parse(other).expect("six digits")
}

async fn issue(service: &OtpService, request: impl Into<Issue> + Send) -> Issued {
    service
        .issue(request)
        .await
        .expect("a working store")
        .granted()
        .expect("a code")
}

async fn verify(service: &OtpService, request: Verify) -> Outcome<Verified> {
    service.verify(request).await.expect("a working store")
}

#[tokio::test]
async fn phase_5_an_otp_is_created_valid_expires_and_verifies() {
    let bench = Bench::new();
    let service = bench.service();
    let issued = issue(&service, ada()).await;
    let otp = bench
        .subject
        .otps
        .find(issued.id)
        .await
        .expect("a working store")
        .expect("an OTP");
    let now = otp.created_at;
    assert!(otp.is_valid(now) && !otp.is_expired(now) && !otp.is_verified());
    assert_eq!(otp.expires_at - now, TimeDelta::minutes(5));
    assert!(otp.is_expired(otp.expires_at) && !otp.is_valid(otp.expires_at));
    let code = bench.read_code(issued.id).await;
    let verified = verify(&service, Verify::new(issued.id, code))
        .await
        .granted()
        .expect("the right code");
    assert_eq!(
        (verified.contact, verified.purpose, verified.verified_at),
        (ada(), Purpose::default(), now)
    );
    let otp = bench
        .subject
        .otps
        .find(issued.id)
        .await
        .expect("a working store")
        .expect("an OTP");
    assert!(otp.is_verified() && !otp.is_valid(now));
}

#[tokio::test]
async fn phase_6_a_code_is_verified_by_contact_code_and_type() {
    let bench = Bench::new();
    let service = bench.service();
    let older = issue(&service, ada()).await;
    bench.advance(TimeDelta::seconds(1));
    let newer = issue(&service, ada()).await;
    let [old_code, new_code] = [
        bench.read_code(older.id).await,
        bench.read_code(newer.id).await,
    ];
    let ask = async |contact, code: &Code, purpose| {
        let request = VerifyContact {
            contact,
            code: code.clone(),
            purpose,
            caller: Caller::default(),
        };
        service
            .verify_contact(request)
            .await
            .expect("a working store")
    };
    let stranger = Contact::email("eve@example.com").expect("an address");
    assert_eq!(
        ask(stranger, &new_code, Purpose::default()).await.refused(),
        Some(Refusal::NotUsable)
    );
    assert_eq!(
        ask(ada(), &new_code, payment()).await.refused(),
        Some(Refusal::NotUsable)
    );
    assert_eq!(
        ask(ada(), &old_code, Purpose::default()).await.refused(),
        Some(Refusal::WrongCode { attempts_left: 4 }),
        "the newest is meant"
    );
    let verified = ask(ada(), &new_code, Purpose::default())
        .await
        .granted()
        .expect("the right code");
    assert_eq!((verified.id, verified.contact), (newer.id, ada()));
}

#[tokio::test]
async fn refuses_after_the_last_attempt_even_the_right_code() {
    let bench = Bench::new();
    let service = bench.service();
    let issued = issue(&service, ada()).await;
    let code = bench.read_code(issued.id).await;
    for attempts_left in (0..5).rev() {
        let refused = verify(&service, Verify::new(issued.id, wrong(&code)))
            .await
            .refused();
        assert_eq!(refused, Some(Refusal::WrongCode { attempts_left }));
    }
    assert_eq!(
        verify(&service, Verify::new(issued.id, code))
            .await
            .refused(),
        Some(Refusal::NotUsable)
    );
}

#[tokio::test]
async fn answers_alike_for_unknown_expired_used_revoked_and_spent() {
    let bench = Bench::new();
    let service = bench.service();
    let [expired, used, revoked, spent] = [
        issue(&service, ada()).await.id,
        issue(&service, ada()).await.id,
        issue(&service, ada()).await.id,
        issue(&service, ada()).await.id,
    ];
    let code = bench.read_code(used).await;
    assert!(
        verify(&service, Verify::new(used, code.clone()))
            .await
            .granted()
            .is_some()
    );
    assert_eq!(
        service.revoke(revoked).await.expect("a working store"),
        Guarded::Applied
    );
    let spent_code = bench.read_code(spent).await;
    for _ in 0..5 {
        assert!(
            verify(&service, Verify::new(spent, wrong(&spent_code)))
                .await
                .refused()
                .is_some()
        );
    }
    bench.advance(TimeDelta::minutes(5));
    let unknown = OtpId::from_uuid(uuid::Uuid::from_u128(404));
    for id in [unknown, expired, used, revoked, spent] {
        assert_eq!(
            verify(&service, Verify::new(id, code.clone()))
                .await
                .refused(),
            Some(Refusal::NotUsable)
        );
        assert_eq!(
            service.resend(id).await.expect("a working store").refused(),
            Some(Refusal::NotUsable)
        );
    }
}

#[tokio::test]
async fn charges_nothing_for_what_cannot_be_a_code() {
    let bench = Bench::new();
    let service = bench.service();
    let issued = issue(&service, ada()).await;
    for typed in ["1", "12345", "1234567", "12345a"] {
        let code = Code::parse(typed).expect("letters and digits");
        let refused = verify(&service, Verify::new(issued.id, code))
            .await
            .refused();
        assert!(
            matches!(refused, Some(Refusal::Malformed { .. })),
            "{typed}: {refused:?}"
        );
    }
    assert_eq!(
        service
            .status(issued.id)
            .await
            .expect("a working store")
            .map(|now| now.attempts_left),
        Some(5)
    );
}

fn bound(id: OtpId, browser: Digest) -> Handle {
    let mut handle = Handle::from(id);
    handle.binding = Some(browser);
    handle
}

#[tokio::test]
async fn a_code_opens_its_own_otp_purpose_context_and_browser_only() {
    let bench = Bench::new();
    let service = bench.service();
    let [here, there] = [Digest::of_secret(b"here"), Digest::of_secret(b"there")];
    let mut request = Issue::new(ada()).for_purpose(payment());
    request.context = Context::parse("12 EUR to Bob").ok();
    request.binding = Some(here);
    let issued = issue(&service, request).await;
    let other = issue(&service, ada()).await;
    let code = bench.read_code(issued.id).await;
    let present = || {
        Verify::new(issued.id, code.clone())
            .for_purpose(payment())
            .in_context("12 EUR to Bob")
            .from_browser(here)
    };
    for (what, request) in [
        (
            "OTP",
            Verify {
                id: other.id,
                ..Verify::new(other.id, code.clone())
            },
        ),
        (
            "purpose",
            Verify {
                id: issued.id,
                ..present().for_purpose(Purpose::default())
            },
        ),
        ("context", present().in_context("1200 EUR to Bob")),
    ] {
        assert!(
            matches!(
                verify(&service, request).await.refused(),
                Some(Refusal::WrongCode { .. })
            ),
            "{what}"
        );
    }
    // In another browser it is not there at all: nothing is charged, nothing is told, nothing is called back.
    let left = service
        .status(bound(issued.id, here))
        .await
        .expect("a store");
    for browser in [Some(there), None] {
        let mut elsewhere = present();
        elsewhere.presented.binding = browser;
        let answer = verify(&service, elsewhere).await;
        assert_eq!(answer.refused(), Some(Refusal::NotUsable));
        let mut handle = Handle::from(issued.id);
        handle.binding = browser;
        assert_eq!(service.status(handle.clone()).await.expect("a store"), None);
        let revoked = service.revoke(handle.clone()).await.expect("a store");
        assert_eq!(revoked, Guarded::Refused);
        bench.advance(TimeDelta::seconds(60));
        let resent = service.resend(handle).await.expect("a store");
        assert_eq!(resent.refused(), Some(Refusal::NotUsable));
    }
    assert_eq!(
        service
            .status(bound(issued.id, here))
            .await
            .expect("a store"),
        left
    );
    assert!(verify(&service, present()).await.granted().is_some());
}

#[tokio::test]
async fn a_resend_keeps_code_deadline_and_attempts() {
    let bench = Bench::new();
    let service = bench.service();
    let issued = issue(&service, ada()).await;
    let code = bench.read_code(issued.id).await;
    assert!(
        verify(&service, Verify::new(issued.id, wrong(&code)))
            .await
            .refused()
            .is_some()
    );
    bench.advance(TimeDelta::seconds(60) - TimeDelta::microseconds(1));
    let early = service.resend(issued.id).await.expect("a working store");
    assert_eq!(
        early.refused(),
        Some(Refusal::TooSoon {
            retry_at: issued.resend_at
        })
    );
    bench.advance(TimeDelta::microseconds(1));
    let resent = service
        .resend(issued.id)
        .await
        .expect("a working store")
        .granted()
        .expect("a resend");
    assert_eq!(
        (resent.expires_at, resent.attempts_left),
        (issued.expires_at, 4)
    );
    assert_eq!(resent.reference, issued.reference);
    assert_eq!(bench.read_code(issued.id).await.expose(), code.expose());
    assert!(
        verify(&service, Verify::new(issued.id, code))
            .await
            .granted()
            .is_some()
    );
}

#[tokio::test]
async fn a_new_code_leaves_the_old_one_alive() {
    let bench = Bench::new();
    let service = bench.service();
    let first = issue(&service, ada()).await;
    let code = bench.read_code(first.id).await;
    issue(&service, ada()).await;
    assert!(
        verify(&service, Verify::new(first.id, code))
            .await
            .granted()
            .is_some()
    );
}

#[tokio::test]
async fn a_repeated_request_answers_with_the_first_otp() {
    let bench = Bench::new();
    let service = bench.service();
    let request = |scope: &str, key: &str| {
        let mut request = Issue::new(ada());
        request.idempotency = Some(Idempotency {
            scope: scope.to_owned(),
            key: key.to_owned(),
        });
        request
    };
    let first = issue(&service, request("app", "1")).await;
    bench.advance(TimeDelta::seconds(1));
    assert_eq!(issue(&service, request("app", "1")).await, first);
    assert_ne!(issue(&service, request("app", "2")).await.id, first.id);
    assert_ne!(issue(&service, request("other", "1")).await.id, first.id);
    let [mut purpose, mut contact, mut context] = [(); 3].map(|()| request("app", "1"));
    purpose.purpose = payment();
    contact.contact = Contact::email("eve@example.com").expect("an address");
    context.context = Context::parse("12 EUR to Eve").ok();
    for changed in [purpose, contact, context] {
        let refused = service
            .issue(changed)
            .await
            .expect("a working store")
            .refused();
        assert_eq!(refused, Some(Refusal::IdempotencyMismatch));
    }
}

#[tokio::test]
async fn a_lifetime_may_be_shorter_than_the_policys_and_not_longer() {
    let bench = Bench::new();
    let service = bench.service();
    let mut request = Issue::new(ada());
    request.lifetime = Some(TimeDelta::minutes(1));
    let issued = issue(&service, request.clone()).await;
    assert_eq!(
        issued.resend_at, issued.expires_at,
        "no resend before the usual wait, which is the whole life here"
    );
    request.lifetime = Some(TimeDelta::seconds(1));
    issue(&service, request.clone()).await;
    for out_of_bounds in [
        TimeDelta::minutes(5) + TimeDelta::seconds(1),
        TimeDelta::zero(),
        TimeDelta::seconds(-1),
    ] {
        request.lifetime = Some(out_of_bounds);
        let refused = service
            .issue(request.clone())
            .await
            .expect("a working store")
            .refused();
        assert_eq!(
            refused,
            Some(Refusal::Lifetime {
                longest: TimeDelta::minutes(5)
            })
        );
    }
}

#[tokio::test]
async fn each_purpose_follows_its_own_policy() {
    let bench = Bench::new();
    let eight = otp_core::CodeFormat::digits(8).expect("a format");
    let policy = Policy::new(
        &payment(),
        eight,
        TimeDelta::minutes(2),
        3,
        TimeDelta::seconds(30),
    )
    .expect("a policy");
    let service = bench
        .service()
        .with_policies(Policies::default().with(payment(), policy));
    assert_eq!(service.policies().of(&payment()).max_attempts(), 3);
    assert_eq!(*service.budgets(), Budgets::off());
    let issued = issue(&service, Issue::new(ada()).for_purpose(payment())).await;
    assert_eq!(bench.read_code(issued.id).await.expose().len(), 8);
    assert_eq!(issued.attempts_left, 3);
    assert_eq!((issued.expires_at - issued.resend_at).num_seconds(), 90);
    assert_eq!(
        bench
            .read_code(issue(&service, ada()).await.id)
            .await
            .expose()
            .len(),
        6
    );
}

#[tokio::test]
async fn a_committed_message_wakes_the_worker_and_nothing_else_does() {
    let bench = Bench::new();
    let woken = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = woken.clone();
    let service = bench.service().on_queued(std::sync::Arc::new(move || {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }));
    let wakes = || woken.load(std::sync::atomic::Ordering::Relaxed);
    let issued = issue(&service, ada()).await;
    assert_eq!(wakes(), 1);
    assert!(
        service
            .resend(issued.id)
            .await
            .expect("a working store")
            .refused()
            .is_some()
    );
    assert_eq!(wakes(), 1);
    bench.advance(TimeDelta::seconds(60));
    assert!(
        service
            .resend(issued.id)
            .await
            .expect("a working store")
            .granted()
            .is_some()
    );
    assert_eq!(wakes(), 2);
}

#[tokio::test]
async fn the_store_holds_no_code() {
    let bench = Bench::new();
    let issued = issue(&bench.service(), ada()).await;
    let code = bench.read_code(issued.id).await;
    let otp = bench
        .subject
        .otps
        .find(issued.id)
        .await
        .expect("a working store")
        .expect("an OTP");
    let OtpState::Live(seed) = &otp.state else {
        panic!("a live OTP")
    };
    assert!(!seed.encode().contains(code.expose()));
    assert!(!format!("{otp:?}").contains(code.expose()));
}

#[tokio::test]
async fn a_channel_that_is_off_gets_no_codes() {
    let bench = Bench::new();
    let service = bench.service().with_channels(&[Channel::Email]);
    assert_eq!(service.channels(), [Channel::Email]);
    let phone = Contact::phone("+919876543210").expect("a number");
    let refused = service
        .issue(phone)
        .await
        .expect("a working store")
        .refused();
    assert_eq!(
        refused,
        Some(Refusal::ChannelOff {
            channel: Channel::Phone
        })
    );
    issue(&service, ada()).await;
}
