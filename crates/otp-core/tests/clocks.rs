//! Clocks that are set back or forward, and nodes whose clocks differ.

use std::sync::Arc;

use chrono::TimeDelta;
use otp_core::testing::{Bench, ManualClock};
use otp_core::{Clock as _, Code, CodeFormat, Contact, Issued, OtpId, OtpService, Refusal, Verify};

const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::hours(24);

async fn issued(service: &OtpService, address: &str) -> Issued {
    let contact = Contact::email(address).expect("an address");
    let answer = service.issue(contact).await.expect("a store");
    answer.granted().expect("a code")
}

async fn guess(service: &OtpService, id: OtpId, code: &Code) -> Result<(), Refusal> {
    let answer = service.verify(Verify::new(id, code.clone())).await;
    match answer.expect("a store").refused() {
        None => Ok(()),
        Some(refusal) => Err(refusal),
    }
}

fn wrong_for(code: &Code) -> Code {
    let (first, rest) = code.expose().split_at(1);
    let other = if first == "0" { "1" } else { "0" };
    Code::parse(&format!("{other}{rest}")).expect("a code")
}

/// Uses up what may be guessed at one contact.
async fn fail_ten_times(bench: &Bench, service: &OtpService, address: &str) {
    for _ in 0..2 {
        let id = issued(service, address).await.id;
        let wrong = wrong_for(&bench.read_code(id).await);
        for _ in 0..5 {
            let answer = guess(service, id, &wrong).await;
            assert!(matches!(answer, Err(Refusal::WrongCode { .. })));
        }
    }
}

/// A35: what was used, called back or spent stays so, whatever the time is said to be.
#[tokio::test]
async fn no_clock_revives_what_is_over() {
    let bench = Bench::new();
    let service = bench.guarded_service();
    let mut codes = Vec::new();
    for address in [
        "used@example.com",
        "revoked@example.com",
        "spent@example.com",
    ] {
        let id = issued(&service, address).await.id;
        codes.push((id, bench.read_code(id).await));
    }
    assert_eq!(guess(&service, codes[0].0, &codes[0].1).await, Ok(()));
    let _ = service.revoke(codes[1].0).await.expect("a store");
    let wrong = wrong_for(&codes[2].1);
    for _ in 0..5 {
        assert!(guess(&service, codes[2].0, &wrong).await.is_err());
    }
    for step in [-HOUR, -DAY, DAY + HOUR, HOUR, -HOUR] {
        bench.advance(step);
        for (id, code) in &codes {
            let answer = guess(&service, *id, code).await;
            assert_eq!(answer, Err(Refusal::NotUsable), "{step}");
            let resent = service.resend(*id).await.expect("a store");
            assert_eq!(resent.refused(), Some(Refusal::NotUsable), "{step}");
        }
    }
}

/// A35: a clock that is set back lets a code live on for the difference, and not a moment longer.
#[tokio::test]
async fn a_code_lives_for_its_lifetime_and_the_difference_at_most() {
    let bench = Bench::new();
    let service = bench.guarded_service();
    let otp = issued(&service, "ada@example.com").await;
    let code = bench.read_code(otp.id).await;
    bench.advance(TimeDelta::minutes(4));
    bench.advance(-HOUR);
    // Five minutes and an hour after it was issued.
    bench.advance(HOUR + TimeDelta::minutes(1));
    assert_eq!(bench.now(), otp.expires_at);
    assert_eq!(
        guess(&service, otp.id, &code).await,
        Err(Refusal::NotUsable)
    );
}

/// A35: budgets that are spent stay spent when the clock is set back or forward and back again, also when they are
/// charged and swept meanwhile, and have room again when they would have had it.
#[tokio::test]
async fn no_clock_empties_a_budget_or_keeps_it_spent() {
    let bench = Bench::new();
    let service = bench.guarded_service();
    let address = "ada@example.com";
    fail_ten_times(&bench, &service, address).await;
    let spent_until = bench.now() + DAY;
    for step in [-HOUR, HOUR, HOUR, -HOUR] {
        bench.advance(step);
        let strong = issued(&service, address).await;
        assert_eq!(strong.format, CodeFormat::STRONG, "{step}");
        let wrong = wrong_for(&bench.read_code(strong.id).await);
        assert!(guess(&service, strong.id, &wrong).await.is_err());
        let otps = &bench.subject.otps;
        let _ = otps.sweep(bench.now(), 100).await.expect("a store");
    }
    bench.advance(spent_until - bench.now() - TimeDelta::milliseconds(1));
    assert_eq!(issued(&service, address).await.format, CodeFormat::STRONG);
    bench.advance(TimeDelta::milliseconds(1));
    assert_eq!(issued(&service, address).await.format, CodeFormat::DEFAULT);
}

/// A35: two nodes whose clocks are half a minute apart take each other's codes and share one budget.
#[tokio::test]
async fn nodes_half_a_minute_apart_share_codes_and_budgets() {
    let bench = Bench::new();
    let ahead = Arc::new(ManualClock::default());
    ahead.advance(TimeDelta::seconds(30));
    let nodes = [
        bench.guarded_service(),
        OtpService::new(
            bench.subject.otps.clone(),
            bench.keys.clone(),
            ahead.clone(),
            bench.secrets.clone(),
        ),
    ];
    for (issuer, judge) in [(0, 1), (1, 0)] {
        let id = issued(&nodes[issuer], "eve@example.com").await.id;
        let code = bench.read_code(id).await;
        assert_eq!(guess(&nodes[judge], id, &code).await, Ok(()));
    }
    let mut revealed = Vec::new();
    for round in 0..300 {
        let otp = issued(&nodes[round % 2], "ada@example.com").await;
        let wrong = wrong_for(&bench.read_code(otp.id).await);
        for guesses in 0..6 {
            let answer = guess(&nodes[(round + guesses) % 2], otp.id, &wrong).await;
            if otp.format != CodeFormat::STRONG && matches!(answer, Err(Refusal::WrongCode { .. }))
            {
                revealed.push(bench.now());
            }
        }
        for clock in [&bench.clock, &ahead] {
            clock.advance(TimeDelta::minutes(20));
        }
    }
    for from in &revealed {
        let until = *from + DAY - TimeDelta::seconds(30);
        let within = revealed.iter().filter(|at| (*from..until).contains(*at));
        assert!(within.count() <= 10);
    }
    // Ten on each of the five days: a difference keeps nobody's budget spent.
    assert!((40..=50).contains(&revealed.len()), "{}", revealed.len());
    assert!(ahead.now() > bench.now());
}
