//! The events of each use case: told after the commit, once, and without a secret.

use std::io;
use std::sync::Arc;

use chrono::TimeDelta;
use otp_core::ports::{MockOtpRepository, Opened, StoreError};
use otp_core::testing::{Bench, FixedDirectory, RecordingEvents};
use otp_core::{
    Channel, Code, Contact, Event, Happening, Idempotency, Issue, OtpId, OtpService, Purpose,
    Refusal, UseCase, Verify,
};

/// A service whose events are kept.
struct Desk {
    bench: Bench,
    events: Arc<RecordingEvents>,
    service: OtpService,
}

impl Desk {
    fn new() -> Self {
        let (bench, events) = (Bench::new(), Arc::<RecordingEvents>::default());
        let service = bench.service().with_events(events.clone());
        Self {
            bench,
            events,
            service,
        }
    }

    /// Issues a payment code and forgets the event.
    async fn issue(&self) -> OtpId {
        let issued = self.service.issue(request()).await.expect("a store");
        self.events.take();
        issued.granted().expect("a code").id
    }

    async fn verify(&self, id: OtpId, code: Code) {
        let request = Verify::new(id, code).for_purpose(payment());
        drop(self.service.verify(request).await.expect("a store"));
    }

    /// Says that this happened to a payment code by mail, and nothing else.
    #[track_caller]
    fn told(&self, what: Happening) {
        assert_eq!(self.events.take(), [of_payment(what)]);
    }
}

fn payment() -> Purpose {
    Purpose::parse("payment").expect("a purpose")
}

fn ada() -> Contact {
    Contact::email("ada@example.com").expect("an address")
}

fn request() -> Issue {
    Issue::new(ada()).for_purpose(payment())
}

fn of_payment(what: Happening) -> Event {
    Event {
        purpose: Some(payment()),
        channel: Some(Channel::Email),
        what,
    }
}

fn refused(use_case: UseCase, refusal: Refusal) -> Happening {
    Happening::Refused { use_case, refusal }
}

fn unknown() -> OtpId {
    OtpId::from_uuid(uuid::Uuid::from_u128(7))
}

fn typed(code: &str) -> Code {
    Code::parse(code).expect("a code")
}

#[tokio::test]
async fn an_issued_code_is_told_and_its_repetition_is_not() {
    let desk = Desk::new();
    let mut repeatable = request();
    repeatable.idempotency = Some(Idempotency {
        scope: "shop".to_owned(),
        key: "order-1".to_owned(),
    });
    for _ in 0..2 {
        let issued = desk.service.issue(repeatable.clone()).await;
        assert!(issued.expect("a store").granted().is_some());
    }
    desk.told(Happening::Issued);
}

#[tokio::test]
async fn a_refused_issue_is_told_with_its_reason() {
    let desk = Desk::new();
    let mut request = request();
    request.lifetime = Some(TimeDelta::hours(1));
    drop(desk.service.issue(request).await.expect("a store"));
    let longest = TimeDelta::minutes(5);
    desk.told(refused(UseCase::Issue, Refusal::Lifetime { longest }));
}

#[tokio::test]
async fn a_resend_is_told_and_a_refused_one_too() {
    let desk = Desk::new();
    let id = desk.issue().await;
    let retry_at = desk.bench.subject.otps.find(id).await;
    let retry_at = retry_at.expect("a store").expect("an OTP").resend_at;
    drop(desk.service.resend(id).await.expect("a store"));
    desk.told(refused(UseCase::Resend, Refusal::TooSoon { retry_at }));
    desk.bench.advance(TimeDelta::seconds(60));
    drop(desk.service.resend(id).await.expect("a store"));
    desk.told(Happening::Resent);
    drop(desk.service.resend(unknown()).await.expect("a store"));
    let nothing_known = Event {
        purpose: None,
        channel: None,
        what: refused(UseCase::Resend, Refusal::NotUsable),
    };
    assert_eq!(desk.events.take(), [nothing_known]);
}

#[tokio::test]
async fn a_decoy_is_told_once_and_as_what_it_is() {
    let desk = Desk::new();
    let nobody = Arc::new(FixedDirectory::default());
    let service = desk.service.clone().with_customers(nobody);
    let issued = service.issue(request()).await.expect("a store");
    let id = issued.granted().expect("an answer like any other").id;
    desk.bench.advance(TimeDelta::seconds(60));
    drop(service.resend(id).await.expect("a store"));
    let _ = service.revoke(id).await.expect("a store");
    desk.told(Happening::Decoyed);
}

#[tokio::test]
async fn a_revoked_code_is_told_once() {
    let desk = Desk::new();
    let id = desk.issue().await;
    let _ = desk.service.revoke(id).await.expect("a store");
    desk.told(Happening::Revoked);
    for id in [id, unknown()] {
        let _ = desk.service.revoke(id).await.expect("a store");
    }
    assert_eq!(desk.events.take(), []);
}

#[tokio::test]
async fn the_right_code_is_told_with_the_time_since_its_issue() {
    let desk = Desk::new();
    let id = desk.issue().await;
    let code = desk.bench.read_code(id).await;
    desk.bench.advance(TimeDelta::seconds(40));
    desk.verify(id, code).await;
    desk.told(Happening::Verified {
        since_issue: TimeDelta::seconds(40),
    });
}

#[tokio::test]
async fn a_refused_code_is_told_with_its_reason_and_without_itself() {
    let desk = Desk::new();
    let id = desk.issue().await;
    let code = desk.bench.read_code(id).await;
    let wrong = if code.expose() == "000000" {
        "000001"
    } else {
        "000000"
    };
    desk.verify(id, typed(wrong)).await;
    let [event] = &desk.events.take()[..] else {
        panic!("one event")
    };
    let refusal = Refusal::WrongCode { attempts_left: 4 };
    assert_eq!(*event, of_payment(refused(UseCase::Verify, refusal)));
    let shown = format!("{event:?}");
    for secret in [wrong, code.expose(), "ada", &id.to_string()] {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
    desk.verify(id, typed("1234")).await;
    let [event] = &desk.events.take()[..] else {
        panic!("one event")
    };
    assert!(
        matches!(event.what, Happening::Refused { use_case: UseCase::Verify, refusal } if refusal.as_str() == "malformed"),
        "{event:?}"
    );
}

#[tokio::test]
async fn an_unknown_handle_is_told_without_a_channel() {
    let desk = Desk::new();
    desk.verify(unknown(), typed("123456")).await;
    let event = Event {
        channel: None,
        ..of_payment(refused(UseCase::Verify, Refusal::NotUsable))
    };
    assert_eq!(desk.events.take(), [event]);
}

#[tokio::test]
async fn what_was_not_committed_is_not_told() {
    let down = || StoreError::Unavailable(Box::new(io::Error::other("connection refused")));
    let bench = Bench::new();
    let issued = bench.service().issue(ada()).await.expect("a store");
    let id = issued.granted().expect("a code").id;
    let otp = bench.subject.otps.find(id).await.expect("a store");
    let code = bench.read_code(id).await;
    let mut otps = MockOtpRepository::new();
    otps.expect_open()
        .returning(move |_| Err::<Opened, _>(down()));
    otps.expect_find().returning(move |_| Ok(otp.clone()));
    otps.expect_charge().returning(move |_| Err(down()));
    otps.expect_resend().returning(move |_| Err(down()));
    otps.expect_revoke().returning(move |_, _| Err(down()));
    let events = Arc::<RecordingEvents>::default();
    let Bench {
        keys,
        clock,
        secrets,
        ..
    } = &bench;
    let service = OtpService::new(Arc::new(otps), keys.clone(), clock.clone(), secrets.clone())
        .with_events(events.clone());
    bench.advance(TimeDelta::seconds(60));
    assert!(service.issue(ada()).await.is_err());
    assert!(service.resend(id).await.is_err());
    assert!(service.revoke(id).await.is_err());
    assert!(service.verify(Verify::new(id, code)).await.is_err());
    assert_eq!(events.take(), []);
}

#[tokio::test]
async fn a_message_that_waits_or_is_held_back_is_told() {
    let bench = Bench::new();
    let events = Arc::new(RecordingEvents::default());
    let service = bench.guarded_service().with_events(events.clone());
    let mut told = Vec::new();
    for _ in 0..5 {
        let contact = Contact::email("ada@example.com").expect("an address");
        let _ = service.issue(contact).await.expect("a store");
        let happened = events.take().into_iter().map(|event| event.what);
        told.push(happened.collect::<Vec<_>>());
    }
    let waits = |seconds| {
        let wait = TimeDelta::seconds(seconds);
        vec![Happening::Issued, Happening::Deferred { wait }]
    };
    assert_eq!(
        told,
        [
            vec![Happening::Issued],
            waits(60),
            waits(120),
            waits(240),
            vec![Happening::Issued, Happening::Withheld],
        ]
    );
}

#[test]
fn refusals_have_names_that_tell_them_apart() {
    let now = Bench::new().now();
    let lifetime = TimeDelta::minutes(5);
    let refusals = [
        Refusal::NotUsable,
        Refusal::TooSoon { retry_at: now },
        Refusal::TooMany { retry_at: now },
        Refusal::Lifetime { longest: lifetime },
        Refusal::IdempotencyMismatch,
    ];
    assert_eq!(
        refusals.map(|refusal| refusal.as_str()),
        [
            "not-usable",
            "too-soon",
            "too-many",
            "lifetime",
            "idempotency-mismatch"
        ]
    );
}
