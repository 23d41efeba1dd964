//! Clauses that only hold when the guards are in the write itself: many callers at once, through the service.
//!
//! All callers run in one task, so each has read the row before the first one writes: the worst order there is.
//! On a database their statements then run in parallel on as many connections as the pool gives.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::join_all;

use super::*;
use crate::ports::{Guarded, Opened, Opening};
use crate::testing::Subject;

const PARALLEL: usize = 64;
const LIMIT: usize = 5;

/// The right code among 63 wrong ones: never more than five comparisons are revealed, never two winners, and the
/// right code gets no more than its share of the five places (7.8 %, refused above 15 % of 200 rounds).
pub async fn parallel_guesses_never_exceed_the_limit(subject: Subject) {
    const ROUNDS: usize = 200;
    let bench = Bench::on(subject);
    let service = bench.service();
    let mut wins = 0;
    for round in 0..ROUNDS {
        let (id, right, wrong) = issue(&bench, &service).await;
        // Over 64 rounds the right code stands at each place once.
        let place = round * 37 % PARALLEL;
        let guesses = (0..PARALLEL).map(|guess| {
            let code = if guess == place {
                right.clone()
            } else {
                wrong.clone()
            };
            service.verify(Verify::new(id, code))
        });
        let tally = tally(join_all(guesses).await);
        assert!(tally.revealed() <= LIMIT, "round {round}: {tally:?}");
        assert!(tally.granted <= 1, "round {round}: {tally:?}");
        assert!(
            usize::from(bench.find(id).await.attempts) <= LIMIT,
            "round {round}"
        );
        wins += tally.granted;
    }
    assert!(
        wins * 100 <= ROUNDS * 15,
        "the right code won {wins} of {ROUNDS} rounds"
    );
}

/// Sixty-four right codes at once: exactly one success in each of 100 rounds.
pub async fn parallel_right_codes_succeed_once(subject: Subject) {
    let bench = Bench::on(subject);
    let service = bench.service();
    for round in 0..100 {
        let (id, right, _) = issue(&bench, &service).await;
        let guesses = (0..PARALLEL).map(|_| service.verify(Verify::new(id, right.clone())));
        let tally = tally(join_all(guesses).await);
        assert_eq!(tally.granted, 1, "round {round}: {tally:?}");
        assert_eq!(tally.wrong, 0, "round {round}: {tally:?}");
    }
}

/// One right code among four wrong ones, with five attempts: the owner gets in, in every round.
pub async fn a_neighbours_guesses_never_refuse_the_owner(subject: Subject) {
    let bench = Bench::on(subject);
    let service = bench.service();
    for round in 0..100 {
        let (id, right, wrong) = issue(&bench, &service).await;
        let guesses = (0..LIMIT).map(|guess| {
            let code = if guess == round % LIMIT {
                right.clone()
            } else {
                wrong.clone()
            };
            service.verify(Verify::new(id, code))
        });
        let tally = tally(join_all(guesses).await);
        assert_eq!(tally.granted, 1, "round {round}: {tally:?}");
    }
}

/// A caller that hangs up at any point learns nothing that is not charged, and leaves nothing half-done.
pub async fn a_dropped_caller_reveals_nothing_uncharged(subject: Subject) {
    let bench = Bench::on(subject);
    let service = bench.service();
    for right_is_dropped in [false, true] {
        for polls in 0..40 {
            let (id, right, wrong) = issue(&bench, &service).await;
            let code = if right_is_dropped { &right } else { &wrong };
            let caller = Box::pin(service.verify(Verify::new(id, code.clone())));
            let first = Abandon { caller, polls }.await;
            let mut revealed = tally(first.into_iter().collect());
            let charged = usize::from(bench.find(id).await.attempts);
            assert!(
                revealed.revealed() <= charged,
                "{polls} polls: {revealed:?}, {charged} charged"
            );
            // Whatever happened to the dropped one, the rest of the budget is what is left of five.
            for _ in 0..=LIMIT {
                revealed.count(service.verify(Verify::new(id, wrong.clone())).await);
            }
            assert!(revealed.revealed() <= LIMIT, "{polls} polls: {revealed:?}");
            assert!(
                usize::from(bench.find(id).await.attempts) <= LIMIT,
                "{polls} polls"
            );
        }
    }
}

/// Eight resends at once queue one message.
pub async fn parallel_resends_queue_one_message(subject: Subject) {
    let bench = Bench::on(subject);
    let service = bench.service();
    for round in 0..20 {
        let (id, ..) = issue(&bench, &service).await;
        bench.claim_and_send().await;
        bench.advance(TimeDelta::seconds(60));
        let resends = join_all((0..8).map(|_| service.resend(id))).await;
        let granted = resends
            .into_iter()
            .filter(|outcome| matches!(outcome, Ok(Outcome::Granted(_))))
            .count();
        assert_eq!(
            (granted, bench.claim_and_send().await),
            (1, 1),
            "round {round}"
        );
        assert_eq!(bench.find(id).await.sends, 2, "round {round}");
    }
}

/// Eight openings of one id at once store one OTP and one delivery.
pub async fn parallel_opens_of_one_id_store_one(subject: Subject) {
    let bench = Bench::on(subject);
    for round in 0..20 {
        let samples: Vec<_> = (0..8)
            .map(|worker| {
                let (otp, mut delivery) = sample(&bench, 100 + round);
                delivery.id = DeliveryId::from_uuid(Uuid::from_u128(1000 * (round + 1) + worker));
                Opening::unlimited(otp, delivery)
            })
            .collect();
        let opens = join_all(
            samples
                .iter()
                .map(|opening| bench.subject.otps.open(opening)),
        )
        .await;
        let new = opens
            .into_iter()
            .filter(|opened| matches!(opened, Ok(Opened::New(_))))
            .count();
        assert_eq!((new, bench.claim_and_send().await), (1, 1), "round {round}");
        let now = bench.clock.now();
        assert_eq!(
            bench
                .subject
                .otps
                .revoke(OtpId::from_uuid(Uuid::from_u128(100 + round)), now)
                .await
                .unwrap(),
            Guarded::Applied
        );
    }
}

/// What a number of answers revealed.
#[derive(Debug, Default, Clone)]
struct Tally {
    granted: usize,
    wrong: usize,
}

impl Tally {
    const fn revealed(&self) -> usize {
        self.granted + self.wrong
    }

    fn count(&mut self, answer: Answer) {
        match answer.unwrap() {
            Outcome::Granted(_) => self.granted += 1,
            Outcome::Refused(Refusal::WrongCode { .. }) => self.wrong += 1,
            Outcome::Refused(Refusal::NotUsable) => {}
            Outcome::Refused(other) => panic!("unexpected refusal: {other:?}"),
        }
    }
}

type Answer = Result<Outcome<Verified>, VerifyError>;

fn tally(answers: Vec<Answer>) -> Tally {
    let mut tally = Tally::default();
    for answer in answers {
        tally.count(answer);
    }
    tally
}

/// Issues an OTP; returns its handle, its code and a wrong one.
async fn issue(bench: &Bench, service: &OtpService) -> (OtpId, Code, Code) {
    let contact = Contact::email("ada@example.com").unwrap();
    let issued = service.issue(contact).await.unwrap().granted().unwrap();
    let right = bench.read_code(issued.id).await;
    let other = if right.expose() == "000000" {
        "000001"
    } else {
        "000000"
    };
    (issued.id, right, Code::parse(other).unwrap())
}

/// Polls a caller a number of times, each when it is woken, and then drops it.
struct Abandon<F> {
    caller: Pin<Box<F>>,
    polls: usize,
}

impl<F: Future> Future for Abandon<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        match self.caller.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.polls == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
