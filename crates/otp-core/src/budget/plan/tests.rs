//! What is granted, on the borders of the limits.

use chrono::TimeDelta;

use super::*;
use crate::testing::Bench;
use crate::{Contact, Cooldowns, Outcome};

const LIFETIME: TimeDelta = TimeDelta::minutes(5);
const NOBODY: Asker<'static> = Asker {
    client: None,
    device: None,
};
const CLIENT: Asker<'static> = Asker {
    client: Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7))),
    device: None,
};

fn limits(count: u32, period: TimeDelta) -> Limits {
    Limits::all_of(Limit::new(count, period))
}

fn waits(seconds: i64) -> Cooldowns {
    Cooldowns::new([TimeDelta::seconds(seconds)])
}

/// One contact under some budgets, and the ledgers of what was asked so far.
struct Case {
    limiter: Limiter,
    otp: Otp,
    ledgers: Ledgers,
}

impl Case {
    async fn under(budgets: Budgets) -> Self {
        let bench = Bench::new();
        let contact = Contact::email("ada@example.com").expect("an address");
        let issued = bench.service().issue(contact).await.map(Outcome::granted);
        let id = issued.expect("a store").expect("a code").id;
        let otp = bench.subject.otps.find(id).await.expect("a store");
        Self {
            limiter: Limiter::new(budgets, &bench.keys),
            otp: otp.expect("an OTP"),
            ledgers: Ledgers::default(),
        }
    }

    fn at(&self, seconds: i64) -> DateTime<Utc> {
        self.otp.created_at + TimeDelta::seconds(seconds)
    }

    /// When a message goes out that is asked for at `seconds`.
    fn send_at(&mut self, asker: Asker<'_>, seconds: i64) -> Result<Option<i64>, TooMany> {
        let now = self.at(seconds);
        let asking = Asking::new(&self.limiter, &self.otp, asker, now);
        let room = asking.decide(self.otp.format, now + LIFETIME, &mut self.ledgers)?;
        let after = |send_at: DateTime<Utc>| (send_at - self.otp.created_at).num_seconds();
        Ok(room.send_at.map(after))
    }

    fn format(&mut self, wanted: CodeFormat) -> CodeFormat {
        let asking = Asking::new(&self.limiter, &self.otp, NOBODY, self.at(0));
        let room = asking.decide(wanted, self.at(0) + LIFETIME, &mut self.ledgers);
        room.expect("nobody is refused").format
    }

    fn guessing(&self, format: CodeFormat) -> Guessing {
        let mut otp = self.otp.clone();
        otp.format = format;
        Guessing::new(&self.limiter, &otp, NOBODY, self.at(0))
    }

    fn guess_wrong(&mut self, format: CodeFormat, times: usize) {
        let guessing = self.guessing(format);
        for _ in 0..times {
            guessing.charge(&mut self.ledgers);
        }
    }

    fn is_told(&self, format: CodeFormat) -> bool {
        self.guessing(format).admit(&self.ledgers).is_ok()
    }
}

#[tokio::test]
async fn a_message_goes_out_while_its_code_lives_or_not_at_all() {
    for (wait, second) in [(299, Some(299)), (300, None), (301, None)] {
        let cooldowns = waits(wait);
        let mut case = Case::under(Budgets {
            cooldowns,
            ..Budgets::off()
        })
        .await;
        assert_eq!(case.send_at(NOBODY, 0), Ok(Some(0)));
        assert_eq!(case.send_at(NOBODY, 0), Ok(second), "{wait} seconds");
    }
}

#[tokio::test]
async fn a_network_may_ask_again_when_its_wait_is_over_and_have_a_code_resent_at_once() {
    let mut case = Case::under(Budgets {
        cooldowns: waits(60),
        ..Budgets::off()
    })
    .await;
    let retry_at = case.at(60);
    assert_eq!(case.send_at(CLIENT, 0), Ok(Some(0)));
    assert_eq!(case.send_at(CLIENT, 59), Err(TooMany { retry_at }));
    let again = Asking::new(&case.limiter, &case.otp, CLIENT, case.at(59)).again();
    let resent = again.decide(
        case.otp.format,
        case.otp.expires_at,
        &mut case.ledgers.clone(),
    );
    assert_eq!(resent.map(|room| room.send_at), Ok(Some(retry_at)));
    assert_eq!(case.send_at(CLIENT, 60), Ok(Some(60)));
}

#[tokio::test]
async fn the_requests_of_a_network_are_remembered_for_the_longest_of_its_limits() {
    let day = TimeDelta::hours(24);
    for budgets in [
        Budgets {
            client_requests: limits(2, day),
            ..Budgets::off()
        },
        // It may have half of them.
        Budgets {
            email_sends: limits(4, day),
            ..Budgets::off()
        },
    ] {
        let mut case = Case::under(budgets).await;
        let retry_at = case.at(0) + day;
        assert!(case.send_at(CLIENT, 0).is_ok());
        assert!(case.send_at(CLIENT, 7_200).is_ok());
        assert_eq!(case.send_at(CLIENT, 14_400), Err(TooMany { retry_at }));
        assert!(case.send_at(CLIENT, 86_400).is_ok());
    }
}

#[tokio::test]
async fn a_tier_grows_its_codes_at_three_quarters_and_closes_at_its_limit() {
    let day = TimeDelta::hours(24);
    for (short, longer) in [
        (CodeFormat::DEFAULT, CodeFormat::LONG),
        (CodeFormat::LONG, CodeFormat::STRONG),
    ] {
        let mut case = Case::under(Budgets {
            short_codes: limits(8, day),
            long_codes: limits(8, day),
            ..Budgets::off()
        })
        .await;
        case.guess_wrong(short, 5);
        assert_eq!(case.format(short), short);
        case.guess_wrong(short, 1);
        assert_eq!(case.format(short), longer);
        assert_eq!(case.format(CodeFormat::STRONG), CodeFormat::STRONG);
        case.guess_wrong(short, 1);
        assert!(case.is_told(short));
        case.guess_wrong(short, 1);
        assert!(!case.is_told(short));
        assert!(case.is_told(longer), "the other tier is open");
    }
}

#[tokio::test]
async fn spent_guesses_at_a_contact_close_its_codes_by_themselves() {
    let mut case = Case::under(Budgets {
        failures: limits(2, TimeDelta::hours(24)),
        ..Budgets::off()
    })
    .await;
    let usual = CodeFormat::DEFAULT;
    case.guess_wrong(usual, 1);
    assert!(case.is_told(usual));
    assert_eq!(case.format(usual), usual);
    case.guess_wrong(usual, 1);
    assert!(!case.is_told(usual));
    assert!(case.is_told(CodeFormat::STRONG));
    assert_eq!(case.format(usual), CodeFormat::STRONG);
}
