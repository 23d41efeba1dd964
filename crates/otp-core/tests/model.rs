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
    attempts: u16,
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

/// A history under way: the service, and what the model holds of what it issued.
struct History {
    bench: Bench,
    service: OtpService,
    issued: Vec<Model>,
    now: i64,
}

impl History {
    fn new() -> Self {
        let bench = Bench::new();
        let service = bench.service();
        Self {
            bench,
            service,
            issued: Vec::new(),
            now: 0,
        }
    }

    async fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Issue => self.issue().await,
            Step::Wait(seconds) => {
                self.now += seconds;
                self.bench.advance(TimeDelta::seconds(seconds));
            }
            Step::Right(number) => self.present(number, number).await?,
            Step::Cross(from, to) => self.present(from, to).await?,
            Step::Wrong(number) => self.mistype(number).await?,
            Step::Malformed(number) => self.garble(number).await?,
            Step::Resend(number) => self.resend(number).await?,
            Step::Revoke(number) => self.revoke(number).await?,
        }
        Ok(())
    }

    /// Which of the issued OTPs a number means; none before the first one.
    fn pick(&self, number: usize) -> Option<usize> {
        (!self.issued.is_empty()).then(|| number % self.issued.len())
    }

    async fn issue(&mut self) {
        let contact = Contact::email("ada@example.com").expect("an address");
        let issued = self.service.issue(contact).await.expect("a working store");
        let id = issued.granted().expect("a code").id;
        let code = self.bench.read_code(id).await;
        let (expires, resend) = (self.now + 300, self.now + 60);
        self.issued.push(Model {
            id,
            code,
            expires,
            resend,
            attempts: 0,
            open: true,
        });
    }

    /// Presents the code of one OTP for another, or for itself.
    async fn present(&mut self, from: usize, to: usize) -> Result<(), TestCaseError> {
        let (Some(from), Some(to)) = (self.pick(from), self.pick(to)) else {
            return Ok(());
        };
        let code = self.issued[from].code.clone();
        let model = &mut self.issued[to];
        let is_right = model.code.expose() == code.expose();
        let answer = guess(&self.service, model.id, code).await;
        prop_assert_eq!(answer, model.guess(is_right, self.now));
        Ok(())
    }

    async fn mistype(&mut self, number: usize) -> Result<(), TestCaseError> {
        let Some(at) = self.pick(number) else {
            return Ok(());
        };
        let model = &mut self.issued[at];
        let other = if model.code.expose() == "000000" {
            "000001"
        } else {
            "000000"
        };
        let answer = guess(
            &self.service,
            model.id,
            Code::parse(other).expect("six digits"),
        )
        .await;
        prop_assert_eq!(answer, model.guess(false, self.now));
        Ok(())
    }

    async fn garble(&mut self, number: usize) -> Result<(), TestCaseError> {
        let Some(at) = self.pick(number) else {
            return Ok(());
        };
        let short = Code::parse("12345").expect("digits");
        let answer = guess(&self.service, self.issued[at].id, short).await;
        let is_malformed = matches!(answer, Err(Refusal::Malformed { .. }));
        prop_assert!(is_malformed, "{:?}", answer);
        Ok(())
    }

    async fn resend(&mut self, number: usize) -> Result<(), TestCaseError> {
        let Some(at) = self.pick(number) else {
            return Ok(());
        };
        let model = &mut self.issued[at];
        let answer = self
            .service
            .resend(model.id)
            .await
            .expect("a working store");
        if !model.is_valid(self.now) {
            prop_assert_eq!(answer.refused(), Some(Refusal::NotUsable));
        } else if self.now < model.resend {
            let is_too_soon = matches!(answer.refused(), Some(Refusal::TooSoon { .. }));
            prop_assert!(is_too_soon);
        } else {
            prop_assert!(answer.granted().is_some());
            model.resend = self.now + 60;
            let resent = self.bench.read_code(model.id).await;
            prop_assert_eq!(resent.expose(), model.code.expose());
        }
        Ok(())
    }

    async fn revoke(&mut self, number: usize) -> Result<(), TestCaseError> {
        let Some(at) = self.pick(number) else {
            return Ok(());
        };
        let model = &mut self.issued[at];
        let answer = self
            .service
            .revoke(model.id)
            .await
            .expect("a working store");
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
        Ok(())
    }
}

async fn run(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut history = History::new();
    for step in steps {
        history.take(step).await?;
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
