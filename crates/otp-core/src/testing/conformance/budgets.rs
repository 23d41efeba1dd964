//! Clauses of budgets: kept in the store, exact under any parallelism, charged with what they guard or not at all.

use std::net::IpAddr;

use futures_util::future::join_all;

use super::*;
use crate::ports::Batch;
use crate::testing::Subject;

const PARALLEL: u32 = 64;

fn contact(name: &str) -> Contact {
    Contact::email(&format!("{name}@example.com")).unwrap()
}

fn client(number: u32) -> Caller {
    Caller {
        client: Some(IpAddr::V4((0x0a00_0000 + number).into())),
        device: None,
    }
}

fn ask(contact: Contact, caller: Caller) -> Issue {
    let mut request = Issue::new(contact);
    request.caller = caller;
    request
}

/// A service without waits between messages.
fn without_waits(bench: &Bench) -> OtpService {
    let budgets = Budgets {
        cooldowns: Cooldowns::default(),
        ..Budgets::default()
    };
    bench.guarded_service().with_budgets(budgets)
}

async fn issued(service: &OtpService, name: &str) -> Issued {
    let answer = service.issue(contact(name)).await.unwrap();
    answer.granted().unwrap()
}

fn wrong_for(right: &Code) -> Code {
    let wrong = if right.expose() == "000000" {
        "000001"
    } else {
        "000000"
    };
    Code::parse(wrong).unwrap()
}

impl Bench {
    /// Counts the messages that are due by `until`, and when each is.
    async fn messages_due(&self, until: TimeDelta) -> Vec<DateTime<Utc>> {
        let start = self.clock.now();
        self.advance(until);
        let due = self.claim(1_000).await;
        self.advance(-until);
        for claimed in &due {
            assert!(claimed.delivery.not_before <= start + until);
        }
        due.into_iter()
            .map(|claimed| claimed.delivery.not_before)
            .collect()
    }
}

/// Sixty-four requests at once for one contact, from as many clients: five messages within the hour, each after its
/// wait, and every request is answered alike.
pub async fn parallel_requests_send_no_more_than_the_budget(subject: Subject) {
    let bench = Bench::on(subject);
    let service = bench.guarded_service();
    let start = bench.clock.now();
    let requests = (0..PARALLEL).map(|number| service.issue(ask(contact("ada"), client(number))));
    for answer in join_all(requests).await {
        let issued = answer.unwrap().granted().unwrap();
        assert_eq!(issued.delivery, DeliveryState::Queued);
        assert_eq!(issued.expires_at, start + TimeDelta::minutes(5));
    }
    let mut due = bench.messages_due(TimeDelta::hours(1)).await;
    due.sort_unstable();
    let waits: Vec<i64> = due.iter().map(|due| (*due - start).num_seconds()).collect();
    // The fifth would go out when its code is dead.
    assert_eq!(waits, [0, 60, 120, 240]);
}

/// Wrong guesses at several OTPs of one contact at once, right ones among them: no more than ten are told.
pub async fn parallel_guesses_share_the_contacts_budget(subject: Subject) {
    let bench = Bench::on(subject);
    let service = bench.guarded_service();
    for round in 0..10 {
        let name = format!("ada{round}");
        let mut guesses = Vec::new();
        for number in 0..4 {
            let id = issued(&service, &name).await.id;
            let wrong = wrong_for(&bench.read_code(id).await);
            guesses.extend((0..16).map(|_| {
                let verify = Verify::new(id, wrong.clone());
                service.verify(verify.from_caller(client(round * 4 + number)))
            }));
        }
        let mut wrong = 0;
        for answer in join_all(guesses).await {
            match answer.unwrap().refused().unwrap() {
                Refusal::WrongCode { .. } => wrong += 1,
                Refusal::NotUsable => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(wrong, 10, "round {round}");
    }
}

/// When the contact's guesses are used up its short codes open nothing more, its next message has a strong one, which
/// opens; and neither a new code nor a resend brings the guesses back.
pub async fn spent_guesses_make_codes_strong(subject: Subject) {
    let bench = Bench::on(subject);
    let service = bench.guarded_service();
    let owners = issued(&service, "ada").await;
    let right = bench.read_code(owners.id).await;
    for _ in 0..2 {
        let id = issued(&service, "ada").await.id;
        let wrong = wrong_for(&bench.read_code(id).await);
        for _ in 0..5 {
            let answer = service
                .verify(Verify::new(id, wrong.clone()))
                .await
                .unwrap();
            assert!(matches!(answer.refused(), Some(Refusal::WrongCode { .. })));
        }
    }
    let answer = service.verify(Verify::new(owners.id, right)).await.unwrap();
    assert_eq!(answer.refused(), Some(Refusal::NotUsable));

    let strong = issued(&service, "ada").await;
    assert_eq!(strong.format, CodeFormat::STRONG);
    let code = bench.read_code(strong.id).await;
    let answer = service.verify(Verify::new(strong.id, code)).await.unwrap();
    assert!(answer.granted().is_some());

    bench.advance(TimeDelta::seconds(60));
    let again = service.resend(owners.id).await.unwrap().granted().unwrap();
    assert_eq!(again.format, CodeFormat::STRONG);
    let code = bench.read_code(owners.id).await;
    let answer = service.verify(Verify::new(owners.id, code)).await.unwrap();
    assert!(answer.granted().is_some());
    // Another purpose and another contact have guesses of their own.
    let payment = Purpose::parse("payment").unwrap();
    let request = Issue::new(contact("ada")).for_purpose(payment);
    let other = service.issue(request).await.unwrap().granted().unwrap();
    assert_eq!(other.format, CodeFormat::DEFAULT);
    assert_eq!(issued(&service, "eve").await.format, CodeFormat::DEFAULT);
}

/// A right code costs nothing, and a guess that was not charged to its OTP is charged to nobody.
pub async fn only_revealed_failures_are_charged(subject: Subject) {
    let bench = Bench::on(subject);
    let service = bench.guarded_service();
    for _ in 0..15 {
        let id = issued(&service, "ada").await.id;
        let code = bench.read_code(id).await;
        let answer = service.verify(Verify::new(id, code.clone())).await.unwrap();
        assert!(answer.granted().is_some());
        let replayed = service.verify(Verify::new(id, code)).await.unwrap();
        assert_eq!(replayed.refused(), Some(Refusal::NotUsable));
    }
    assert_eq!(issued(&service, "ada").await.format, CodeFormat::DEFAULT);
}

/// A client network that asks for the same contact again waits as long as the contact does between two messages, so that
/// it books none in advance; whoever asks from elsewhere is not concerned.
pub async fn a_client_waits_before_it_asks_for_the_same_contact_again(subject: Subject) {
    let bench = Bench::on(subject);
    let service = bench.guarded_service();
    let start = bench.clock.now();
    let ada = |number| service.issue(ask(contact("ada"), client(number)));
    let first = ada(1).await.unwrap().granted().unwrap();
    let retry_at = start + TimeDelta::seconds(60);
    assert_eq!(
        ada(1).await.unwrap().refused(),
        Some(Refusal::TooMany { retry_at })
    );
    assert!(ada(2).await.unwrap().granted().is_some());
    let eve = service.issue(ask(contact("eve"), client(1))).await.unwrap();
    assert!(eve.granted().is_some());
    bench.advance(TimeDelta::seconds(60));
    let again = Handle {
        caller: client(1),
        ..Handle::from(first.id)
    };
    assert!(service.resend(again).await.unwrap().granted().is_some());
    bench.advance(TimeDelta::seconds(60));
    assert!(ada(1).await.unwrap().granted().is_some());
}

/// A client network that asks too often is refused with the time at which it may ask again, and not a moment longer.
pub async fn clients_are_refused_until_they_may_ask_again(subject: Subject) {
    let bench = Bench::on(subject);
    let service = without_waits(&bench);
    let asks = |name: &str| service.issue(ask(contact(name), client(1)));
    for name in ["a", "b", "c", "d", "e"] {
        for _ in 0..2 {
            assert!(asks(name).await.unwrap().granted().is_some());
        }
    }
    let retry_at = bench.clock.now() + TimeDelta::hours(1);
    let refused = asks("a").await.unwrap().refused();
    assert_eq!(refused, Some(Refusal::TooMany { retry_at }));
    let elsewhere = service.issue(ask(contact("a"), client(2))).await.unwrap();
    assert!(elsewhere.granted().is_some());
    bench.advance(TimeDelta::hours(1) - TimeDelta::milliseconds(1));
    assert!(asks("a").await.unwrap().refused().is_some());
    bench.advance(TimeDelta::milliseconds(1));
    assert!(asks("a").await.unwrap().granted().is_some());
}

/// What was refused is charged to nobody: neither the OTP whose id is taken, nor the client.
pub async fn what_is_refused_costs_nothing(subject: Subject) {
    let bench = Bench::on(subject);
    let service = without_waits(&bench);
    for _ in 0..20 {
        let mut request = ask(contact("ada"), client(1));
        request.idempotency = Some(Idempotency {
            scope: "shop".to_owned(),
            key: "order 1".to_owned(),
        });
        assert!(service.issue(request).await.unwrap().granted().is_some());
    }
    assert_eq!(bench.messages_due(TimeDelta::hours(1)).await.len(), 1);
    // One of ten was charged: nine more, and the repeated request is answered still.
    let names = ["b", "c", "d", "e", "b", "c", "d", "e", "b"];
    for name in names {
        let other = service.issue(ask(contact(name), client(1))).await.unwrap();
        assert!(other.granted().is_some());
    }
    let one_more = service.issue(ask(contact("b"), client(1))).await.unwrap();
    assert!(one_more.granted().is_none());
    let mut repeated = ask(contact("ada"), client(1));
    repeated.idempotency = Some(Idempotency {
        scope: "shop".to_owned(),
        key: "order 1".to_owned(),
    });
    assert!(service.issue(repeated).await.unwrap().granted().is_some());
}

/// Wrong guesses in the whole service are counted together, over contacts and clients: when there were too many, codes
/// grow, and the short ones that are out open nothing.
pub async fn the_whole_service_counts_its_failures(subject: Subject) {
    let bench = Bench::on(subject);
    let mut budgets = Budgets::default();
    let day = TimeDelta::hours(24);
    budgets.short_codes = Limits::all_of(Limit::new(12, day));
    budgets.long_codes = Limits::all_of(Limit::new(4, day));
    let service = bench.guarded_service().with_budgets(budgets);
    let early = issued(&service, "early").await.id;
    let guess = async |name: &str, times: usize| {
        let id = issued(&service, name).await.id;
        let code = bench.read_code(id).await;
        let wrong = match code.expose().strip_prefix('0') {
            Some(rest) => format!("1{rest}"),
            None => format!("0{}", code.expose().get(1..).unwrap_or_default()),
        };
        let wrong = Code::parse(&wrong).unwrap();
        let guesses = (0..times).map(|_| service.verify(Verify::new(id, wrong.clone())));
        let answers = join_all(guesses).await;
        answers
            .into_iter()
            .filter(|answer| matches!(answer, Ok(Outcome::Refused(Refusal::WrongCode { .. }))))
            .count()
    };
    for name in ["a", "b", "c"] {
        assert_eq!(guess(name, 4).await, 4);
    }
    assert_eq!(issued(&service, "d").await.format, CodeFormat::LONG);
    let code = bench.read_code(early).await;
    let answer = service.verify(Verify::new(early, code)).await.unwrap();
    assert_eq!(answer.refused(), Some(Refusal::NotUsable));
    assert_eq!(guess("e", 4).await, 4);
    let strong = issued(&service, "f").await;
    assert_eq!(strong.format, CodeFormat::STRONG);
    let code = bench.read_code(strong.id).await;
    let answer = service.verify(Verify::new(strong.id, code)).await.unwrap();
    assert!(answer.granted().is_some());
    bench.advance(day);
    assert_eq!(issued(&service, "g").await.format, CodeFormat::DEFAULT);
}

/// Ledgers that hold nothing any more are removed in batches, and no other.
pub async fn sweeps_ledgers_that_are_idle(subject: Subject) {
    let bench = Bench::on(subject);
    let budgets = Budgets {
        email_sends: Limits::all_of(Limit::new(2, TimeDelta::hours(24))),
        cooldowns: Cooldowns::default(),
        ..Budgets::default()
    };
    let service = bench.guarded_service().with_budgets(budgets);
    let sweep = async |limit| {
        let now = bench.clock.now();
        bench.subject.otps.sweep(now, limit).await.unwrap()
    };
    for name in ["a", "b", "c"] {
        issued(&service, name).await;
        issued(&service, name).await;
    }
    assert_eq!(bench.claim_and_send().await, 6);
    bench.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    // What was made to be locked and never charged may go; what was charged stays, and is still counted.
    while sweep(2).await.more {}
    issued(&service, "a").await;
    assert_eq!(bench.claim_and_send().await, 0);
    bench.advance(TimeDelta::seconds(1));
    // Each goes at the very moment from which on it holds nothing.
    assert_eq!(sweep(10).await.done, 3);
    issued(&service, "a").await;
    issued(&service, "b").await;
    assert_eq!(bench.claim_and_send().await, 2);
    bench.advance(TimeDelta::hours(25));
    let first = sweep(1).await;
    assert_eq!((first.done, first.more), (1, true));
    while sweep(10).await.more {}
    assert_eq!(sweep(10).await, Batch::default());
}
