//! Attacks with their numbers, played through the service with the default budgets.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use otp_core::ports::Claim;
use otp_core::testing::{Bench, MemoryDevices};
use otp_core::{
    Budgets, Caller, Code, CodeFormat, Contact, Cooldowns, DeviceSecret, Issue, Issued, OtpId,
    OtpService, Purpose, Refusal, Verify,
};

fn email(text: &str) -> Contact {
    Contact::email(text).expect("an address")
}

fn from(client: &str) -> Caller {
    Caller {
        client: Some(client.parse().expect("an address")),
        device: None,
    }
}

fn ask(contact: &Contact, caller: &Caller) -> Issue {
    let mut request = Issue::new(contact.clone());
    request.caller = caller.clone();
    request
}

async fn granted(service: &OtpService, request: Issue) -> Option<Issued> {
    service.issue(request).await.expect("a store").granted()
}

async fn guess(
    service: &OtpService,
    id: OtpId,
    code: &str,
    caller: &Caller,
) -> Result<(), Refusal> {
    let verify = Verify::new(id, Code::parse(code).expect("a code"));
    let answer = service.verify(verify.from_caller(caller.clone())).await;
    match answer.expect("a store").refused() {
        None => Ok(()),
        Some(refusal) => Err(refusal),
    }
}

/// A code of the same form that is not this one.
fn wrong_for(code: &Code) -> String {
    let (first, rest) = code.expose().split_at(1);
    format!("{}{rest}", if first == "0" { "1" } else { "0" })
}

/// Sends what is due, as the dispatcher would, and returns for which OTPs.
async fn send_due(bench: &Bench) -> Vec<OtpId> {
    let now = bench.now();
    let claim = Claim {
        lease: [1; 16],
        now,
        lease_until: now + TimeDelta::days(30),
        limit: 1_000,
    };
    let claimed = bench.subject.queue.claim(&claim).await.expect("a store");
    claimed
        .into_iter()
        .filter(|claimed| claimed.otp.is_valid(now))
        .map(|claimed| claimed.otp.id)
        .collect()
}

/// A3: new codes and resends bring no guesses back. Ten wrong answers in a day, whatever the attacker does.
#[tokio::test]
async fn resends_and_new_codes_reveal_ten_wrong_answers_a_day() {
    let bench = Bench::new();
    let service = bench.guarded_service();
    let (victim, start) = (email("victim@example.com"), bench.now());
    let mut revealed: Vec<DateTime<Utc>> = Vec::new();
    let mut number: u32 = 0;
    while bench.now() < start + TimeDelta::hours(72) {
        number += 1;
        let caller = from(&IpAddr::V4((0x0a00_0000 + number).into()).to_string());
        let issued = granted(&service, ask(&victim, &caller))
            .await
            .expect("a code");
        for round in 0..2 {
            let code = bench.read_code(issued.id).await;
            let wrong = wrong_for(&code);
            for _ in 0..5 {
                let answer = guess(&service, issued.id, &wrong, &caller).await;
                let is_short = code.expose().len() < 13;
                if is_short && matches!(answer, Err(Refusal::WrongCode { .. })) {
                    revealed.push(bench.now());
                }
            }
            if round == 0 {
                bench.advance(TimeDelta::seconds(60));
                let _ = service.resend(issued.id).await.expect("a store");
            }
            if service
                .status(issued.id)
                .await
                .expect("a store")
                .is_none_or(|now| !now.is_valid)
            {
                break;
            }
        }
        bench.advance(TimeDelta::minutes(9));
    }
    for from in &revealed {
        let in_a_day = revealed
            .iter()
            .filter(|at| (*from..*from + TimeDelta::hours(24)).contains(at));
        assert!(in_a_day.count() <= 10);
    }
    assert!((20..=30).contains(&revealed.len()), "{}", revealed.len());
}

/// A4: fifty codes for one contact from fifty addresses, five guesses at each: ten are told. No code opens another.
#[tokio::test]
async fn many_live_codes_are_no_more_guesses() {
    let bench = Bench::new();
    let service = bench.guarded_service();
    let victim = email("victim@example.com");
    let (mut ids, mut revealed) = (Vec::new(), 0);
    for number in 0..50 {
        let caller = from(&format!("192.0.2.{number}"));
        let issued = granted(&service, ask(&victim, &caller))
            .await
            .expect("a code");
        ids.push((issued.id, caller));
    }
    let first = bench.read_code(ids[0].0).await;
    for (id, caller) in &ids[1..] {
        let answer = guess(&service, *id, first.expose(), caller).await;
        revealed += usize::from(matches!(answer, Err(Refusal::WrongCode { .. })));
        assert!(answer.is_err());
        let wrong = wrong_for(&bench.read_code(*id).await);
        for _ in 0..4 {
            let answer = guess(&service, *id, &wrong, caller).await;
            revealed += usize::from(matches!(answer, Err(Refusal::WrongCode { .. })));
        }
    }
    assert_eq!(revealed, 10);
}

/// A5: one guess at each of many contacts, each from a network of its own: the short codes end at the limit.
#[tokio::test]
async fn a_spray_ends_at_the_limit_of_the_service() {
    let bench = Bench::new();
    let service = bench.guarded_service();
    let (mut short, mut long) = (0, 0);
    for number in 0..10_000_u32 {
        let caller = from(&format!("2001:db8:{:x}:{:x}::1", number / 4, number));
        let contact = email(&format!("victim{number}@example.com"));
        let issued = granted(&service, ask(&contact, &caller))
            .await
            .expect("a code");
        let wrong = wrong_for(&bench.read_code(issued.id).await);
        let answer = guess(&service, issued.id, &wrong, &caller).await;
        assert!(matches!(answer, Err(Refusal::WrongCode { .. })));
        match issued.format {
            CodeFormat::DEFAULT => short += 1,
            CodeFormat::LONG => long += 1,
            other => panic!("{other}"),
        }
    }
    // The last quarter is for the short codes that are still out.
    assert_eq!((short, long), (1_500, 8_500));
}

/// A13: ten thousand addresses of one /64 are one client, and a /48 is granted four times as much.
#[tokio::test]
async fn addresses_of_one_network_share_its_budget() {
    for (networks, allowed) in [(1, 10), (100, 40)] {
        let bench = Bench::new();
        let budgets = Budgets {
            cooldowns: Cooldowns::default(),
            ..Budgets::default()
        };
        let service = bench.guarded_service().with_budgets(budgets);
        let mut answered = 0;
        for number in 0..10_000_u32 {
            let network = number % networks;
            let caller = from(&format!("2001:db8:1:{network:x}::{number:x}"));
            let contact = email(&format!("a{}@example.com", number % 20));
            let granted = granted(&service, ask(&contact, &caller)).await;
            answered += usize::from(granted.is_some());
        }
        assert_eq!(answered, allowed, "{networks} networks");
    }
}

/// A16: five hundred tagged forms of one mailbox have one budget, and stay different contacts.
#[tokio::test]
async fn tags_are_one_mailbox_to_the_budgets() {
    let bench = Bench::new();
    let service = bench.guarded_service();
    let mut keys = std::collections::BTreeSet::new();
    for number in 0..500 {
        let contact = email(&format!("a+{number}@example.com"));
        keys.insert(bench.keys.contact_key(&contact));
        let caller = from(&IpAddr::V4((0x0a00_0000 + number).into()).to_string());
        assert!(granted(&service, ask(&contact, &caller)).await.is_some());
    }
    assert_eq!(keys.len(), 500);
    bench.advance(TimeDelta::hours(1));
    assert!(send_all(&bench).await <= 5);
}

async fn send_all(bench: &Bench) -> usize {
    let now = bench.now();
    let claim = Claim {
        lease: [1; 16],
        now,
        lease_until: now + TimeDelta::days(30),
        limit: 10_000,
    };
    let claimed = bench.subject.queue.claim(&claim).await;
    claimed.expect("a store").len()
}

/// A23: five thousand requests from a thousand addresses to one contact within an hour send at most five messages, and
/// within a day at most ten; by SMS three and six.
#[tokio::test]
async fn nobody_can_be_buried_in_messages() {
    let phone = Contact::phone("+919876543210").expect("a number");
    for (victim, an_hour, a_day) in [(email("victim@example.com"), 5, 10), (phone, 3, 6)] {
        let bench = Bench::new();
        let service = bench.guarded_service();
        let (mut sent, mut number): (Vec<DateTime<Utc>>, u32) = (Vec::new(), 0);
        for _minute in 0..26 * 60 {
            for _ in 0..84 / 12 {
                number += 1;
                let caller = from(&format!("10.{}.{}.1", number % 4, number % 250));
                let _ = granted(&service, ask(&victim, &caller)).await;
            }
            let due = send_due(&bench).await;
            sent.extend(due.iter().map(|_| bench.now()));
            bench.advance(TimeDelta::minutes(1));
        }
        for first in &sent {
            let within = |period| {
                let end = *first + period;
                sent.iter()
                    .filter(|at| **at >= *first && **at < end)
                    .count()
            };
            assert!(within(TimeDelta::hours(1)) <= an_hour);
            assert!(within(TimeDelta::hours(24)) <= a_day);
        }
        assert!(sent.len() >= a_day, "{}", sent.len());
    }
}

/// A31: one bad guess a second for a day, with a new code whenever one is to be had. The owner signs in at any time: on
/// a device that did before at the first try, on a new one within two messages.
#[tokio::test]
async fn nobody_is_locked_out() {
    let bench = Bench::new();
    let service = bench
        .guarded_service()
        .with_devices(Arc::new(MemoryDevices::default()));
    let victim = email("victim@example.com");
    let device = DeviceSecret::from_bytes([7; 32]);
    let known = Caller {
        client: Some("198.51.100.1".parse().expect("an address")),
        device: Some(device.clone()),
    };
    let issued = granted(&service, ask(&victim, &known))
        .await
        .expect("a code");
    let code = bench.read_code(issued.id).await;
    let verify = Verify::new(issued.id, code);
    let verified = service.verify(verify).await.expect("a store").granted();
    let verified = verified.expect("the right code");
    service
        .remember_device(&device, &verified)
        .await
        .expect("a store");
    send_all(&bench).await;

    let attacker = from("203.0.113.9");
    let mut target: Option<Issued> = None;
    for second in 0..24 * 3600_u32 {
        let is_over = match &target {
            Some(issued) => service
                .status(issued.id)
                .await
                .expect("a store")
                .is_none_or(|now| !now.is_valid),
            None => true,
        };
        if is_over && let Some(issued) = granted(&service, ask(&victim, &attacker)).await {
            target = Some(issued);
        }
        if let Some(issued) = &target {
            let wrong = if issued.format == CodeFormat::STRONG {
                "0000000000000"
            } else {
                "000000"
            };
            let _ = guess(&service, issued.id, wrong, &attacker).await;
        }
        bench.advance(TimeDelta::seconds(1));
        if second % 10_800 != 3_600 {
            continue;
        }
        // A device that signed in before: the first message, six digits, at once.
        let issued = granted(&service, ask(&victim, &known))
            .await
            .expect("a code");
        assert_eq!(issued.format, CodeFormat::DEFAULT);
        assert!(send_due(&bench).await.contains(&issued.id));
        let code = bench.read_code(issued.id).await;
        assert_eq!(
            guess(&service, issued.id, code.expose(), &known).await,
            Ok(())
        );
        // A new one, three times a day: a strong code within two messages and ten minutes.
        if second % 32_400 == 3_600 {
            let newcomer = from(&format!("192.0.2.{}", second / 3_600));
            let mut messages = 0;
            let mut issued = granted(&service, ask(&victim, &newcomer))
                .await
                .expect("a code");
            let signed_in = loop {
                let mut waited = 0;
                while !send_due(&bench).await.contains(&issued.id) && waited < 300 {
                    bench.advance(TimeDelta::seconds(10));
                    waited += 10;
                }
                messages += 1;
                let code = bench.read_code(issued.id).await;
                if guess(&service, issued.id, code.expose(), &newcomer)
                    .await
                    .is_ok()
                {
                    break true;
                }
                if messages == 2 {
                    break false;
                }
                issued = granted(&service, ask(&victim, &newcomer))
                    .await
                    .expect("a code");
            };
            assert!(signed_in, "second {second}");
        }
    }
}

/// A7: contacts × purposes × channels × browsers: a code opens its own OTP for its own purpose, and nothing else.
#[tokio::test]
async fn codes_open_on_the_diagonal_only() {
    let bench = Bench::new();
    let service = bench.service();
    let contacts = ["a@example.com", "b@example.com", "a+1@example.com"].map(email);
    let phones =
        ["+919876543210", "+919876543211"].map(|text| Contact::phone(text).expect("a number"));
    let purposes = ["login", "payment", "confirm-contact"]
        .map(|name| Purpose::parse(name).expect("a purpose"));
    let mut issued = Vec::new();
    for contact in contacts.iter().chain(&phones) {
        for purpose in &purposes {
            let request = Issue::new(contact.clone()).for_purpose(purpose.clone());
            let id = granted(&service, request).await.expect("a code").id;
            issued.push((id, purpose, bench.read_code(id).await));
        }
    }
    let mut opened = Vec::new();
    for (place, (id, ..)) in issued.iter().enumerate() {
        for (from, (_, _, code)) in issued.iter().enumerate() {
            for purpose in &purposes {
                let verify = Verify::new(*id, code.clone()).for_purpose((*purpose).clone());
                // Each pair meets a fresh copy, so that no attempt is spent by another pair.
                let otp = bench
                    .subject
                    .otps
                    .find(*id)
                    .await
                    .expect("a store")
                    .expect("an OTP");
                let verdict = otp.check(&verify.presented, &bench.keys, bench.now());
                if verdict == otp_core::Verdict::Opens {
                    opened.push((place, from, purpose == issued[place].1));
                }
            }
        }
    }
    let diagonal: Vec<_> = (0..issued.len())
        .map(|place| (place, place, true))
        .collect();
    assert_eq!(opened, diagonal);
}
