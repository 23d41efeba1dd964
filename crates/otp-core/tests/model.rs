//! The service against a model that fits on a page, over random histories.

use chrono::TimeDelta;
use otp_core::ports::Guarded;
use otp_core::testing::Bench;
use otp_core::{Code, Contact, OtpId, OtpService, Outcome, Refusal, Verify};
use proptest::prelude::*;

/// One step of a history. Numbers choose among what was issued so far.
#[derive(Debug, Clone)]
enum Step {
    Issue,
    Right(usize),
    Wrong(usize),
    Malformed(usize),
    Resend(usize),
    Revoke(usize),
    /// The code of one OTP presented for another.
    Cross(usize, usize),
    Wait(i64),
}

/// What the rules say of one OTP, in seconds since the start.
#[derive(Debug, Clone)]
struct Model {
    id: OtpId,
    code: Code,
    expires: i64,
    resend: i64,
    attempts: u8,
    open: bool,
}

impl Model {
    fn is_valid(&self, now: i64) -> bool {
        self.open && now < self.expires && self.attempts < 5
    }

    /// What a well-formed code must be answered with.
    fn guess(&mut self, right: bool, now: i64) -> Result<(), Refusal> {
        if !self.is_valid(now) {
            return Err(Refusal::NotUsable);
        }
        self.attempts += 1;
        if right {
            self.open = false;
            return Ok(());
        }
        Err(Refusal::WrongCode {
            attempts_left: 5 - self.attempts,
        })
    }
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..4_usize;
    prop_oneof![
        3 => Just(Step::Issue),
        3 => which.clone().prop_map(Step::Right),
        6 => which.clone().prop_map(Step::Wrong),
        1 => which.clone().prop_map(Step::Malformed),
        3 => which.clone().prop_map(Step::Resend),
        1 => which.clone().prop_map(Step::Revoke),
        2 => (which.clone(), which).prop_map(|(from, to)| Step::Cross(from, to)),
        4 => prop_oneof![Just(1), Just(59), Just(60), Just(239), Just(240), Just(300), 0..400_i64].prop_map(Step::Wait),
    ]
}

async fn guess(service: &OtpService, id: OtpId, code: Code) -> Result<(), Refusal> {
    match service
        .verify(Verify::new(id, code))
        .await
        .expect("a working store")
    {
        Outcome::Granted(_) => Ok(()),
        Outcome::Refused(refusal) => Err(refusal),
    }
}

async fn run(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let bench = Bench::new();
    let service = bench.service();
    let contact = Contact::email("ada@example.com").expect("an address");
    let mut issued: Vec<Model> = Vec::new();
    let mut now = 0;
    for step in steps {
        let pick = |number: usize| (!issued.is_empty()).then(|| number % issued.len());
        match step {
            Step::Issue => {
                let id = service
                    .issue(contact.clone())
                    .await
                    .expect("a store")
                    .granted()
                    .expect("a code")
                    .id;
                let code = bench.read_code(id).await;
                issued.push(Model {
                    id,
                    code,
                    expires: now + 300,
                    resend: now + 60,
                    attempts: 0,
                    open: true,
                });
            }
            Step::Wait(seconds) => {
                now += seconds;
                bench.advance(TimeDelta::seconds(seconds));
            }
            Step::Right(number) => {
                let Some(at) = pick(number) else { continue };
                let model = &mut issued[at];
                let answer = guess(&service, model.id, model.code.clone()).await;
                prop_assert_eq!(answer, model.guess(true, now));
            }
            Step::Wrong(number) => {
                let Some(at) = pick(number) else { continue };
                let model = &mut issued[at];
                let other = if model.code.expose() == "000000" {
                    "000001"
                } else {
                    "000000"
                };
                let answer =
                    guess(&service, model.id, Code::parse(other).expect("six digits")).await;
                prop_assert_eq!(answer, model.guess(false, now));
            }
            Step::Cross(from, to) => {
                let (Some(from), Some(to)) = (pick(from), pick(to)) else {
                    continue;
                };
                let code = issued[from].code.clone();
                let same = issued[to].code.expose() == code.expose();
                let answer = guess(&service, issued[to].id, code).await;
                prop_assert_eq!(answer, issued[to].guess(same, now));
            }
            Step::Malformed(number) => {
                let Some(at) = pick(number) else { continue };
                let answer = guess(
                    &service,
                    issued[at].id,
                    Code::parse("12345").expect("digits"),
                )
                .await;
                prop_assert!(
                    matches!(answer, Err(Refusal::Malformed { .. })),
                    "{:?}",
                    answer
                );
            }
            Step::Resend(number) => {
                let Some(at) = pick(number) else { continue };
                let model = &mut issued[at];
                let answer = service.resend(model.id).await.expect("a working store");
                if !model.is_valid(now) {
                    prop_assert_eq!(answer.refused(), Some(Refusal::NotUsable));
                } else if now < model.resend {
                    let too_soon = matches!(answer.refused(), Some(Refusal::TooSoon { .. }));
                    prop_assert!(too_soon);
                } else {
                    prop_assert!(answer.granted().is_some());
                    model.resend = now + 60;
                    let resent = bench.read_code(model.id).await;
                    prop_assert_eq!(resent.expose(), model.code.expose());
                }
            }
            Step::Revoke(number) => {
                let Some(at) = pick(number) else { continue };
                let model = &mut issued[at];
                let answer = service.revoke(model.id).await.expect("a working store");
                let was_live = model.open && model.attempts < 5;
                prop_assert_eq!(
                    answer,
                    if was_live {
                        Guarded::Applied
                    } else {
                        Guarded::Refused
                    }
                );
                model.open = false;
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn the_service_agrees_with_the_model(steps in prop::collection::vec(step(), 1..50)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(run(steps))?;
    }
}
