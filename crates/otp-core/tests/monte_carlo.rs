//! A million blind guesses at three-digit codes, over contacts, addresses and two nodes: as many succeed as the budgets
//! promise, and no more.

use std::net::IpAddr;

use chrono::TimeDelta;
use otp_core::ports::Purge;
use otp_core::testing::{Bench, MemoryStore};
use otp_core::{
    Budgets, Caller, Code, CodeFormat, Contact, Issue, Issued, OtpHistory as _, OtpRepository as _,
    OtpService, Policies, Policy, Purpose, Verify,
};
use std::sync::Arc;

const DAYS: u32 = 25;
const CONTACTS_A_DAY: u32 = 4_000;
const GUESSES_A_CODE: u32 = 5;
const CODES_A_CONTACT: u32 = 2;

/// An attacker who guesses all day, through two nodes of the same service.
struct Attack {
    bench: Bench,
    nodes: [OtpService; 2],
    store: Arc<MemoryStore>,
    guesses: u64,
    successes: u32,
}

impl Attack {
    fn on(budgets: &Budgets) -> Self {
        let store = Arc::new(MemoryStore::default());
        let bench = Bench::on(store.clone().into());
        let node = || {
            bench
                .guarded_service()
                .with_policies(policies())
                .with_budgets(budgets.clone())
        };
        Self {
            nodes: [node(), node()],
            store,
            guesses: 0,
            successes: 0,
            bench,
        }
    }

    async fn day(&mut self, day: u32, contacts: u32) {
        for contact in 0..contacts {
            let number = day * contacts + contact;
            let address = Contact::email(&format!("victim{contact}@example.com"));
            for code in 0..CODES_A_CONTACT {
                // A network of its own for each code of two contacts: within every budget of a client.
                let network = 0x0b00_0000 + 0x0100_0000 * code + number / 2;
                let caller = Caller {
                    client: Some(IpAddr::V4(network.into())),
                    device: None,
                };
                let mut request = Issue::new(address.clone().expect("an address"));
                request.caller = caller.clone();
                let issued = self.nodes[(code % 2) as usize].issue(request).await;
                if let Some(issued) = issued.expect("a store").granted() {
                    self.guess(&issued, &caller, number).await;
                }
            }
        }
        self.bench.advance(TimeDelta::hours(24));
        let now = self.bench.now();
        let purge = Purge {
            issued_until: now - TimeDelta::hours(1),
            now,
            limit: u16::MAX,
        };
        while self.store.purge(&purge).await.expect("a store").more {}
        while self.store.sweep(now, u16::MAX).await.expect("a store").more {}
    }

    async fn guess(&mut self, issued: &Issued, caller: &Caller, number: u32) {
        for guess in 0..GUESSES_A_CODE {
            let blind = (u64::from(number) * 7_919 + u64::from(guess) * 131) % 100_000_000;
            let length = usize::from(issued.format.length());
            let typed = format!("{blind:013}");
            let code = Code::parse(&typed[13 - length..]).expect("a code");
            let verify = Verify::new(issued.id, code).from_caller(caller.clone());
            let node = &self.nodes[(guess % 2) as usize];
            self.guesses += 1;
            let answer = node.verify(verify).await.expect("a store");
            self.successes += u32::from(answer.granted().is_some());
        }
    }
}

fn policies() -> Policies {
    let easy = Policy::new(
        &Purpose::default(),
        CodeFormat::easy(),
        TimeDelta::minutes(10),
        5,
        TimeDelta::seconds(60),
    );
    Policies::new(easy.expect("a policy"))
}

#[tokio::test]
async fn as_many_blind_guesses_succeed_as_the_budgets_promise() {
    let budgets = Budgets::default();
    let a_year = budgets.blind_successes_a_year(&policies());
    let bound = a_year.expect("a bound") * f64::from(DAYS) / 365.0;
    let mut attack = Attack::on(&budgets);
    for day in 0..DAYS {
        attack.day(day, CONTACTS_A_DAY).await;
    }
    assert_eq!(attack.guesses, 1_000_000);
    let successes = f64::from(attack.successes);
    let sigma = bound.sqrt();
    assert!(successes <= bound + 3.0 * sigma, "{successes} of {bound}");
    // The attacker was let go as far as longer codes are issued, so the bound was tried and not only kept.
    assert!(
        successes >= 0.75 * bound - 3.0 * sigma,
        "{successes} of {bound}"
    );
}

/// The same attack on a service that counts by contact and client only: the bound is broken many times over.
#[tokio::test]
async fn without_the_limits_of_the_service_the_bound_is_broken() {
    let mut budgets = Budgets::default();
    let a_year = budgets.blind_successes_a_year(&policies());
    let a_day = a_year.expect("a bound") / 365.0;
    budgets.short_codes = otp_core::Limits::off();
    let mut attack = Attack::on(&budgets);
    attack.day(0, CONTACTS_A_DAY).await;
    assert!(
        f64::from(attack.successes) > 10.0 * a_day,
        "{}",
        attack.successes
    );
}
