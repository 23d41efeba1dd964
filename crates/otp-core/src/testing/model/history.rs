//! Histories, played to the service and to the model.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use super::*;
use crate::ports::{Claim, Guarded, Settlement};
use crate::testing::{Bench, MemoryDevices, Subject};
use crate::{
    Caller, Code, Contact, DeliveryState, DeviceSecret, Handle, Idempotency, Issue,
    KnownDevices as _, OtpId, OtpService, Outcome, Purpose, SecretSource as _, Verify,
};

/// Mostly one mailbox with its alias, so that its budgets are spent; another, and a number.
const ACCOUNTS: [Account; 8] = {
    let ada = account("ada@example.com", "ada", Channel::Email);
    let alias = account("ada+shop@example.com", "ada", Channel::Email);
    let eve = account("eve@example.com", "eve", Channel::Email);
    let phone = account("+919876543210", "a phone", Channel::Phone);
    [ada, ada, ada, ada, alias, alias, eve, phone]
};
const PURPOSES: [&str; 2] = ["login", "payment"];
const CALLERS: [Who; 4] = [Who::Nobody, Who::Client(1), Who::Client(2), Who::Device];
/// Seconds, on both sides of what the rules name.
const WAITED: [i64; 16] = [
    1, 59, 60, 60, 60, 60, 61, 120, 239, 240, 300, 600, 3_540, 3_600, 43_200, 86_399,
];

const fn account(address: &'static str, mailbox: &'static str, channel: Channel) -> Account {
    Account {
        address,
        mailbox,
        channel,
    }
}

/// What is done at one step. Numbers choose among what was issued so far, the newest first.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Issue(Account, &'static str),
    Resend(usize),
    Guess(usize, Typed, u8),
    Revoke(usize),
    Wait(i64),
    /// A new service, over what the old one left.
    Restart,
    /// What is idle is removed, and nobody notices.
    Sweep,
}

#[derive(Debug, Clone, Copy)]
enum Typed {
    Right,
    Wrong,
    Malformed,
    /// The code of another OTP.
    CodeOf(usize),
}

/// Who does what, and whether he hangs up first and then asks again.
#[derive(Debug, Clone, Copy)]
struct Step {
    deed: Deed,
    who: Who,
    hangs_up_after: Option<u8>,
}

impl Step {
    /// Every four bytes are a step, so whatever makes bytes makes histories.
    fn read([what, which, how, who]: [u8; 4]) -> Self {
        let pick = |from: &[Account]| from.get(usize::from(which) % from.len()).copied();
        let newest = usize::from(which % 4 / 2 * (which % 4));
        let typed = match how % 16 {
            0..3 => Typed::Right,
            3 => Typed::Malformed,
            4 | 5 => Typed::CodeOf(usize::from(which / 4 % 4)),
            _ => Typed::Wrong,
        };
        let purpose = PURPOSES.get(usize::from(how % 8 / 7)).copied();
        let deed = match what % 32 {
            0..10 => match (pick(&ACCOUNTS), purpose) {
                (Some(account), Some(purpose)) => Deed::Issue(account, purpose),
                _ => Deed::Restart,
            },
            10..20 => Deed::Guess(newest, typed, 1 + how / 16 % 5),
            20..25 => Deed::Resend(newest),
            25 => Deed::Revoke(newest),
            26..30 => Deed::Wait(WAITED.get(usize::from(which % 16)).copied().unwrap_or(1)),
            30 => Deed::Restart,
            _ => Deed::Sweep,
        };
        Self {
            deed,
            who: CALLERS
                .get(usize::from(who % 4))
                .copied()
                .unwrap_or(Who::Nobody),
            hangs_up_after: (who >= 192).then_some(who / 4 % 16),
        }
    }
}

/// Plays `histories` made-up histories, the same in each run, to a service on the store that `subject` reopens.
///
/// # Panics
/// When the service answers or stores anything else than the rules say.
pub async fn agrees_with_the_model<F>(subject: impl Fn() -> F + Send + Sync, histories: u32)
where
    F: Future<Output = Subject> + Send,
{
    const STEPS: usize = 80;
    let mut player = Player::new(subject().await);
    let seeded = crate::testing::SeededSecrets::default();
    for _ in 0..histories {
        let mut bytes = vec![0; STEPS * 4];
        seeded.fill(&mut bytes).unwrap();
        player.play(bytes.as_chunks().0, &subject).await;
    }
}

/// Plays histories to a service and to the model, and sees that they agree.
#[derive(Debug)]
pub struct Player {
    bench: Bench,
    devices: Arc<MemoryDevices>,
    played: u32,
}

impl Player {
    /// Begins on an empty store.
    pub fn new(subject: Subject) -> Self {
        Self {
            bench: Bench::on(subject),
            devices: Arc::default(),
            played: 0,
        }
    }

    /// Plays one history: each four bytes are a step. What earlier ones left behind is too old to count.
    ///
    /// # Panics
    /// When the service answers or stores anything else than the rules say.
    pub async fn play<F>(&mut self, steps: &[[u8; 4]], reopen: &(impl Fn() -> F + Send + Sync))
    where
        F: Future<Output = Subject> + Send,
    {
        self.played += 1;
        self.bench.advance(DAY * 2);
        let mut history = History {
            service: service(&self.bench, &self.devices),
            model: Model::new(self.bench.now()),
            player: self,
            handles: Vec::new(),
            asked: 0,
        };
        history.know_the_device().await;
        for (number, bytes) in steps.iter().enumerate() {
            let step = Step::read(*bytes);
            let place = format!("history {}, step {number}: {step:?}", history.player.played);
            if matches!(step.deed, Deed::Restart) {
                history.player.bench.subject = reopen().await;
                history.service = service(&history.player.bench, &history.player.devices);
            }
            history.take(step, &place).await;
            history.model.keeps_its_promises(&place);
        }
        history.sends_what_it_owes().await;
    }
}

fn service(bench: &Bench, devices: &Arc<MemoryDevices>) -> OtpService {
    bench
        .guarded_service()
        .with_budgets(budgets())
        .with_devices(devices.clone())
}

/// An issued OTP as its owner knows it.
struct Held {
    id: OtpId,
    code: Code,
}

/// A history under way.
struct History<'a> {
    player: &'a mut Player,
    service: OtpService,
    model: Model,
    handles: Vec<Held>,
    asked: u32,
}

impl History<'_> {
    fn device() -> DeviceSecret {
        DeviceSecret::from_bytes([9; 32])
    }

    fn caller(who: Who) -> Caller {
        Caller {
            client: match who {
                Who::Nobody => None,
                Who::Client(number) => Some([10, 0, 0, number].into()),
                Who::Device => Some([10, 0, 0, 1].into()),
            },
            device: (who == Who::Device).then(Self::device),
        }
    }

    fn newest(&self, number: usize) -> usize {
        let issued = self.handles.len();
        issued - 1 - number % issued
    }

    async fn know_the_device(&self) {
        for account in ACCOUNTS {
            let id = Self::device().id(&contact(account), &self.player.bench.keys);
            let until = self.model.now + DAY * 30;
            self.player.devices.remember(&id, until).await.unwrap();
        }
    }

    async fn take(&mut self, step: Step, place: &str) {
        match step.deed {
            Deed::Issue(account, purpose) => self.issue(account, purpose, step, place).await,
            Deed::Wait(seconds) => {
                self.player.bench.advance(TimeDelta::seconds(seconds));
                self.model.now = self.player.bench.now();
            }
            Deed::Sweep => {
                let otps = &self.player.bench.subject.otps;
                let _ = otps.sweep(self.model.now, 500).await.unwrap();
            }
            Deed::Restart => {}
            _ if self.handles.is_empty() => {}
            Deed::Resend(number) => self.resend(self.newest(number), step, place).await,
            Deed::Revoke(number) => self.revoke(self.newest(number), step, place).await,
            Deed::Guess(number, typed, times) => {
                for _ in 0..times {
                    self.guess(self.newest(number), typed, step, place).await;
                }
            }
        }
        for at in self.handles.len().saturating_sub(4)..self.handles.len() {
            self.is_stored(at, place).await;
        }
    }

    async fn issue(&mut self, account: Account, purpose: &'static str, step: Step, place: &str) {
        let mut request =
            Issue::new(contact(account)).for_purpose(Purpose::parse(purpose).unwrap());
        request.caller = Self::caller(step.who);
        if let Some(polls) = step.hangs_up_after {
            // Who asks again under the same name gets what the first request left, and pays once.
            self.asked += 1;
            request.idempotency = Some(Idempotency {
                scope: "a shop".to_owned(),
                key: format!("{} {}", self.player.played, self.asked),
            });
            hang_up(self.service.issue(request.clone()), polls).await;
        }
        let answer = self.service.issue(request).await.unwrap();
        let expected = self.model.issue(account, purpose, step.who);
        match answer {
            Outcome::Granted(issued) => {
                assert_eq!(expected, Ok(()), "{place}");
                assert_eq!(issued.delivery, DeliveryState::Queued, "{place}");
                let code = self.player.bench.read_code(issued.id).await;
                self.handles.push(Held {
                    id: issued.id,
                    code,
                });
            }
            Outcome::Refused(refusal) => assert_eq!(expected, Err(refusal), "{place}"),
        }
    }

    async fn resend(&mut self, at: usize, step: Step, place: &str) {
        let handle = || Handle {
            caller: Self::caller(step.who),
            ..Handle::from(self.handles[at].id)
        };
        if let Some(polls) = step.hangs_up_after {
            hang_up(self.service.resend(handle()), polls).await;
        }
        let answer = self.service.resend(handle()).await.unwrap();
        let expected = self.model.resend(at, step.who);
        let first_may_have_come = step.hangs_up_after.is_some() && expected.is_ok();
        match answer {
            Outcome::Granted(_) => assert_eq!(expected, Ok(()), "{place}"),
            Outcome::Refused(Refusal::TooSoon { .. } | Refusal::TooMany { .. })
                if first_may_have_come => {}
            Outcome::Refused(refusal) => assert_eq!(expected, Err(refusal), "{place}"),
        }
        if expected.is_ok() {
            self.handles[at].code = self.player.bench.read_code(self.handles[at].id).await;
        }
    }

    async fn guess(&mut self, at: usize, typed: Typed, step: Step, place: &str) {
        let right = self.handles[at].code.expose();
        let code = match typed {
            Typed::Right => self.handles[at].code.clone(),
            Typed::CodeOf(number) => self.handles[self.newest(number)].code.clone(),
            Typed::Wrong => wrong_for(&self.handles[at].code),
            Typed::Malformed => Code::parse("12345").unwrap(),
        };
        let (is_right, is_malformed) = (code.expose() == right, code.expose().len() != right.len());
        let id = self.handles[at].id;
        let purpose = Purpose::parse(self.model.otps[at].purpose).unwrap();
        let request = Verify::new(id, code)
            .for_purpose(purpose)
            .from_caller(Self::caller(step.who));
        // A strong code is charged without a lock on any budget; nothing says when what was begun has come to its end.
        let is_settled =
            self.model.otps[at].format != CodeFormat::STRONG || matches!(step.who, Who::Client(_));
        let polls = step.hangs_up_after.filter(|_| is_settled);
        if let Some(polls) = polls {
            hang_up(self.service.verify(request.clone()), polls).await;
        }
        let answer = told(&self.service.verify(request).await.unwrap());
        if is_malformed {
            assert!(
                matches!(answer, Err(Refusal::Malformed { .. })),
                "{place}: {answer:?}"
            );
            return;
        }
        let mut expected = self.model.guess(at, is_right, step.who);
        if polls.is_some() {
            let stored = self
                .player
                .bench
                .subject
                .otps
                .find(id)
                .await
                .unwrap()
                .unwrap();
            let first_came = stored.attempts > self.model.otps[at].attempts;
            if first_came || without_count(expected) != without_count(answer) {
                expected = self.model.guess(at, is_right, step.who);
            }
            assert_eq!(without_count(answer), without_count(expected), "{place}");
        } else {
            assert_eq!(answer, expected, "{place}");
        }
    }

    async fn revoke(&mut self, at: usize, step: Step, place: &str) {
        let id = self.handles[at].id;
        if let Some(polls) = step.hangs_up_after {
            hang_up(self.service.revoke(id), polls).await;
        }
        let answer = self.service.revoke(id).await.unwrap();
        let was_there = self.model.revoke(at);
        if step.hangs_up_after.is_none() || !was_there {
            assert_eq!(answer == Guarded::Applied, was_there, "{place}");
        }
    }

    /// Sees that the store holds of one OTP what the rules say.
    async fn is_stored(&self, at: usize, place: &str) {
        let stored = self
            .player
            .bench
            .subject
            .otps
            .find(self.handles[at].id)
            .await;
        let (stored, now) = (stored.unwrap().unwrap(), self.model.now);
        let model = &self.model.otps[at];
        assert_eq!(stored.attempts, model.attempts, "{place}");
        assert_eq!(stored.max_attempts, model.max_attempts, "{place}");
        assert_eq!(stored.sends, model.sends, "{place}");
        assert_eq!(stored.format, model.format, "{place}");
        assert_eq!(stored.resend_at, model.resend_at, "{place}");
        assert_eq!(stored.expires_at, model.expires_at, "{place}");
        assert_eq!(stored.is_valid(now), model.is_valid(now), "{place}");
    }

    /// Empties the queue: each message that the rules allow, when they allow it, and no other.
    async fn sends_what_it_owes(self) {
        let bench = &self.player.bench;
        bench.advance(HOUR);
        let mut sent = Vec::new();
        loop {
            let claim = Claim {
                lease: [1; 16],
                now: bench.now(),
                lease_until: bench.now() + HOUR,
                limit: 100,
            };
            let claimed = bench.subject.queue.claim(&claim).await.unwrap();
            if claimed.is_empty() {
                break;
            }
            for each in claimed {
                sent.push((
                    each.delivery.not_before,
                    each.otp.contact.as_str().to_owned(),
                ));
                let dropped = Settlement::Dropped { reason: "a test" };
                let settled = bench
                    .subject
                    .queue
                    .settle(each.delivery.id, claim.lease, &dropped);
                assert_eq!(settled.await.unwrap(), Guarded::Applied);
            }
        }
        let messages = self.model.messages.into_iter();
        let mut owed: Vec<_> = messages.map(|one| (one.at, one.to.to_owned())).collect();
        owed.sort_unstable();
        sent.sort_unstable();
        assert_eq!(sent, owed, "history {}", self.player.played);
    }
}

impl Model {
    /// What is promised whatever the history: counted again, without the rules.
    fn keeps_its_promises(&self, place: &str) {
        for otp in &self.otps {
            assert!(otp.attempts <= otp.max_attempts, "{place}");
        }
        let mut by_name: BTreeMap<&str, Vec<Time>> = BTreeMap::new();
        for each in &self.charged {
            by_name.entry(&each.to).or_default().push(each.at);
        }
        for (name, times) in by_name {
            let most = |most: usize, period: TimeDelta| {
                for begin in &times {
                    let within = times
                        .iter()
                        .filter(|at| (*begin..*begin + period).contains(*at));
                    assert!(within.count() <= most, "{place}: {name}");
                }
            };
            if name.starts_with("sends") {
                most(5, HOUR);
                most(10, DAY);
            } else if name.starts_with("failures") {
                most(10, DAY);
            }
        }
    }
}

fn contact(account: Account) -> Contact {
    match account.channel {
        Channel::Email => Contact::email(account.address).unwrap(),
        Channel::Phone => Contact::phone(account.address).unwrap(),
    }
}

/// A code of the same form that is not this one.
fn wrong_for(code: &Code) -> Code {
    let (first, rest) = code.expose().split_at(1);
    let other = if first == "0" { "1" } else { "0" };
    Code::parse(&format!("{other}{rest}")).unwrap()
}

fn told<T>(answer: &Outcome<T>) -> Result<(), Refusal> {
    match answer {
        Outcome::Granted(_) => Ok(()),
        Outcome::Refused(refusal) => Err(*refusal),
    }
}

/// How many attempts are left depends on what the caller saw before he hung up.
fn without_count(answer: Result<(), Refusal>) -> Result<(), Refusal> {
    answer.map_err(|refusal| match refusal {
        Refusal::WrongCode { .. } => Refusal::WrongCode { attempts_left: 0 },
        other => other,
    })
}

/// Polls a call a number of times, each when it is woken, and drops it.
async fn hang_up<F: Future>(call: F, polls: u8) {
    let (mut call, mut left) = (pin!(call), polls);
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        match call.as_mut().poll(context) {
            Poll::Pending if left > 0 => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}
