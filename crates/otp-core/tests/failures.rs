//! What a store that fails must not lead to: mocks, since the fakes never fail.

use std::io;
use std::iter;
use std::sync::Arc;

use otp_core::ports::{Charged, MockOtpRepository, Opened, StoreError};
use otp_core::testing::Bench;
use otp_core::{
    Budgets, Contact, DeliveryState, IssueError, Ledgers, OtpId, OtpService, Verify, VerifyError,
};

fn down() -> StoreError {
    StoreError::Unavailable(Box::new(io::Error::other("connection refused")))
}

fn service(bench: &Bench, otps: MockOtpRepository) -> OtpService {
    OtpService::new(
        Arc::new(otps),
        bench.keys.clone(),
        bench.clock.clone(),
        bench.secrets.clone(),
    )
}

#[tokio::test]
async fn a_right_code_whose_charge_fails_is_not_granted() {
    let bench = Bench::new();
    let contact = Contact::email("ada@example.com").expect("an address");
    let id = bench
        .service()
        .issue(contact)
        .await
        .expect("a store")
        .granted()
        .expect("a code")
        .id;
    let otp = bench.subject.otps.find(id).await.expect("a store");
    let code = bench.read_code(id).await;
    let mut otps = MockOtpRepository::new();
    otps.expect_find().returning(move |_| Ok(otp.clone()));
    otps.expect_charge().times(1).returning(|_| Err(down()));
    let answer = service(&bench, otps).verify(Verify::new(id, code)).await;
    assert!(matches!(answer, Err(VerifyError::Store(error)) if error.is_temporary()));
}

#[tokio::test]
async fn an_unreadable_store_is_a_failure_and_charges_nothing() {
    let bench = Bench::new();
    let mut otps = MockOtpRepository::new();
    otps.expect_find().returning(|_| Err(down()));
    otps.expect_charge().never();
    let code = otp_core::Code::parse("123456").expect("six digits");
    let id = OtpId::from_uuid(uuid::Uuid::from_u128(1));
    assert!(
        service(&bench, otps)
            .verify(Verify::new(id, code))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn an_unknown_handle_costs_the_same_statements_as_a_known_one() {
    let bench = Bench::new();
    let mut otps = MockOtpRepository::new();
    otps.expect_find().times(1).returning(|_| Ok(None));
    otps.expect_charge()
        .times(1)
        .returning(|_| Ok(Charged::Refused));
    let code = otp_core::Code::parse("123456").expect("six digits");
    let id = OtpId::from_uuid(uuid::Uuid::from_u128(1));
    let answer = service(&bench, otps).verify(Verify::new(id, code)).await;
    assert!(answer.is_ok_and(|outcome| outcome.refused() == Some(otp_core::Refusal::NotUsable)));
}

#[tokio::test]
async fn a_withheld_message_costs_the_same_writes_as_one_that_is_sent() {
    let bench = Bench::new();
    let mut otps = MockOtpRepository::new();
    otps.expect_open().times(1).returning(|opening| {
        let mut spent = Ledgers::default();
        let writes = iter::repeat_with(|| {
            let accepted = opening.decide(&mut spent).expect("no client to refuse");
            let changed = spent.changed();
            let names: Vec<_> = changed.iter().map(|each| each.bucket).collect();
            spent = Ledgers::new(changed.into_iter().map(|each| (each.bucket, each.ledger)));
            (accepted.delivery.state, names)
        });
        let writes: Vec<_> = writes.take(20).collect();
        let [(first, usual), .., (last, written)] = writes.as_slice() else {
            unreachable!("twenty were taken");
        };
        assert_eq!(*first, DeliveryState::Queued);
        assert_eq!(*last, DeliveryState::Dropped);
        assert_eq!(written, usual);
        assert_eq!(usual.len(), 1, "the contact's messages");
        Ok(Opened::Exists)
    });
    otps.expect_find().returning(|_| Ok(None));
    let service = service(&bench, otps).with_budgets(Budgets::default());
    let contact = Contact::email("ada@example.com").expect("an address");
    assert!(service.issue(contact).await.is_ok());
}

#[tokio::test]
async fn nothing_is_issued_and_nobody_woken_when_the_store_fails() {
    let bench = Bench::new();
    let mut otps = MockOtpRepository::new();
    otps.expect_open().returning(|_| Err(down()));
    let service = service(&bench, otps).on_queued(Arc::new(|| panic!("nothing was queued")));
    let contact = Contact::email("ada@example.com").expect("an address");
    let error = service.issue(contact).await.expect_err("a failure");
    assert!(matches!(error, IssueError::Store(_)));
    assert!(
        !error.to_string().contains("connection refused"),
        "the store's words stay in the source"
    );
}
