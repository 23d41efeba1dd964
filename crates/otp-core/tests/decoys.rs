//! Nobody learns from the service who is a customer.

use std::io;
use std::sync::Arc;

use chrono::TimeDelta;
use otp_core::ports::{
    Claim, Guarded, MockCustomerDirectory, MockOtpRepository, Settlement, StoreError,
};
use otp_core::testing::{Bench, FixedDirectory};
use otp_core::{
    Caller, Contact, DeliveryState, Issue, IssueError, Issued, OtpService, Outcome, Purpose,
    Refusal, Verify, VerifyContact,
};

fn contact(name: &str) -> Contact {
    Contact::email(&format!("{name}@example.com")).expect("an address")
}

/// A service that knows Ada alone.
fn service(bench: &Bench) -> OtpService {
    let directory = FixedDirectory::of([contact("ada")]);
    bench.service().with_customers(Arc::new(directory))
}

async fn issue(service: &OtpService, name: &str) -> Issued {
    let issued = service.issue(contact(name)).await.expect("a store");
    issued.granted().expect("a code")
}

/// What the caller of `issue` and `status` sees, without what is drawn.
fn seen(issued: &Issued) -> String {
    let mut issued = issued.clone();
    issued.id = otp_core::OtpId::from_uuid(uuid::Uuid::nil());
    issued.reference = otp_core::Reference::pick([0; 3]);
    format!("{issued:?}")
}

#[tokio::test]
async fn known_and_unknown_contacts_are_answered_alike() {
    let bench = Bench::new();
    let service = service(&bench);
    let known = issue(&service, "ada").await;
    let unknown = issue(&service, "eve").await;
    let as_ada = seen(&unknown).replace("e***@", "a***@");
    assert_eq!(as_ada, seen(&known));
    for id in [known.id, unknown.id] {
        let status = service.status(id).await.expect("a store");
        assert!(status.expect("an OTP").is_valid);
    }
    let mut answers = Vec::new();
    for issued in [known, unknown] {
        let code = bench.read_code(issued.id).await;
        let wrong = if code.expose() == "000000" {
            "000001"
        } else {
            "000000"
        };
        let wrong = otp_core::Code::parse(wrong).expect("six digits");
        let verified = service.verify(Verify::new(issued.id, wrong)).await;
        answers.push(verified.expect("a store"));
    }
    let wrong = Outcome::Refused(Refusal::WrongCode { attempts_left: 4 });
    assert_eq!(answers, [wrong.clone(), wrong]);
}

#[tokio::test]
async fn nothing_opens_a_decoy() {
    let bench = Bench::new();
    let service = service(&bench);
    let unknown = issue(&service, "eve").await;
    let its_own_code = bench.read_code(unknown.id).await;
    let by_handle = Verify::new(unknown.id, its_own_code.clone());
    let by_contact = VerifyContact {
        contact: contact("eve"),
        code: its_own_code,
        purpose: Purpose::default(),
        caller: Caller::default(),
    };
    let answer = service.verify(by_handle).await.expect("a store");
    assert_eq!(
        answer.refused(),
        Some(Refusal::WrongCode { attempts_left: 4 })
    );
    let answer = service.verify_contact(by_contact).await.expect("a store");
    assert_eq!(
        answer.refused(),
        Some(Refusal::WrongCode { attempts_left: 3 })
    );
}

#[tokio::test]
async fn without_a_directory_everybody_gets_a_code() {
    let bench = Bench::new();
    let service = bench.service();
    let issued = issue(&service, "eve").await;
    let code = bench.read_code(issued.id).await;
    let verified = service.verify(Verify::new(issued.id, code)).await;
    assert!(verified.expect("a store").granted().is_some());
}

#[tokio::test]
async fn nothing_is_issued_while_the_directory_fails() {
    let bench = Bench::new();
    let mut directory = MockCustomerDirectory::new();
    let down = || StoreError::Unavailable(Box::new(io::Error::other("connection refused")));
    directory.expect_knows().returning(move |_| Err(down()));
    let mut otps = MockOtpRepository::new();
    otps.expect_open().never();
    let service = OtpService::new(
        Arc::new(otps),
        bench.keys.clone(),
        bench.clock.clone(),
        bench.secrets.clone(),
    )
    .with_customers(Arc::new(directory));
    let answer = service.issue(Issue::new(contact("ada"))).await;
    assert!(matches!(answer, Err(IssueError::Customers(error)) if error.is_temporary()));
}

#[tokio::test]
async fn what_became_of_a_message_is_not_told_where_it_would_tell_a_customer() {
    let bench = Bench::new();
    let service = service(&bench);
    let known = issue(&service, "ada").await;
    let lease = [1; 16];
    let now = known.expires_at - TimeDelta::minutes(5);
    let claim = Claim {
        lease,
        now,
        lease_until: known.expires_at,
        limit: 1,
    };
    let claimed = bench.subject.queue.claim(&claim).await.expect("a store");
    let refused = Settlement::Failed { reason: "refused" };
    let id = claimed.first().expect("a message").delivery.id;
    let settled = bench.subject.queue.settle(id, lease, &refused).await;
    assert_eq!(settled.expect("a store"), Guarded::Applied);
    let told = async |service: &OtpService| {
        let status = service.status(known.id).await.expect("a store");
        status.expect("an OTP").delivery
    };
    assert_eq!(told(&service).await, DeliveryState::Queued);
    assert_eq!(told(&bench.service()).await, DeliveryState::Failed);
}
