//! Tries to tell customers from strangers by how long the service takes.
//!
//! All classes are asked in turn, in a random order from a fixed seed, by one request after the other on a few kept
//! connections; decoys and the budgets of contacts are on, and the mail server takes two seconds for each message, or
//! is away.

mod class;
mod mail;
mod welch;

use std::collections::BTreeMap;
use std::hint;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use self::class::{CLASSES, Class, MailServer};
use self::mail::SlowMail;
use self::welch::{Comparison, compare};
use crate::bench;
use crate::host::{cargo, free_ports};
use crate::http::{Answer, Connection};
use crate::process::{Running, go_on};
use crate::subject::Subject;
use crate::workspace::target_directory;

/// Connections to each service, used in turn.
const CONNECTIONS: usize = 4;
/// Requests for each contact: as many as its budget has messages, so that only those classes are limited that have
/// spent theirs before, and as many wrong codes as still leave its codes as they are.
const REQUESTS_OF_ONE: u32 = 10;
/// Charged in every class. The tiers are never reached: what all classes guess together is no stranger's guessing.
const BUDGETS: [(&str, &str); 5] = [
    ("OTP_BUDGETS__EMAIL_SENDS", "10/24h"),
    ("OTP_BUDGETS__COOLDOWNS", "1s"),
    ("OTP_BUDGETS__FAILURES", "10/24h"),
    ("OTP_BUDGETS__SHORT_CODES", "1000000/24h"),
    ("OTP_BUDGETS__LONG_CODES", "1000000/24h"),
];
/// The order of the requests comes from this.
const SEED: u64 = 20_261_122;

/// What is asked for, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    Issue,
    /// The first wrong code for a fresh OTP.
    Verify,
}

/// By call and by place in [`CLASSES`].
type Times = BTreeMap<(Call, usize), Vec<f64>>;

/// Measures, prints a table, and fails when any two classes that should look alike do not, or when the planted
/// difference is not found.
pub(crate) fn run(requests: u32, profile: Profile) -> Result<ExitCode> {
    let binary = match profile {
        Profile::Release => bench::release_binary()?,
        Profile::Debug => debug_binary()?,
    };
    let contacts = requests.div_ceil(REQUESTS_OF_ONE);
    let slow = SlowMail::start()?;
    let [nobody] = free_ports()?;
    let services = Services {
        slow: start(&binary, slow.port())?,
        away: start(&binary, nobody)?,
    };
    for class in &CLASSES {
        prepare(&services, &binary, class, contacts)?;
    }
    let times = measure(&services, requests, contacts)?;
    let withheld = withheld(&services.slow)?;
    ensure!(
        // The only place that tells: one for each request for a limited customer; strangers are not counted.
        withheld == requests,
        "{withheld} messages of {requests} were withheld: other contacts were limited than those meant to be"
    );
    let is_as_expected = report(&times);
    println!(
        "\n{requests} requests of each class, seed {SEED}; the slowest twentieth of each pair is left out, as dudect does.\n\
         Alike: |t| of Welch below {}, medians less than {} ms apart.\n\
         Planted: {:?} of our own before each request, which has to be found.",
        welch::LARGEST_T,
        welch::LARGEST_DIFFERENCE,
        class::PLANTED,
    );
    Ok(if is_as_expected {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Which build is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Profile {
    /// What is deployed
    Release,
    /// What is there while one works
    Debug,
}

/// Those that are measured, by their mail server.
#[derive(Debug)]
struct Services {
    slow: Subject,
    away: Subject,
}

impl Services {
    const fn of(&self, class: &Class) -> &Subject {
        match class.mail_server {
            MailServer::Slow => &self.slow,
            MailServer::Away => &self.away,
        }
    }
}

fn debug_binary() -> Result<PathBuf> {
    let mut build = cargo(&["build", "--locked", "--package=otp-web"]);
    if !Running::start(&mut build)?.wait()?.success() {
        bail!("the binary could not be built");
    }
    Ok(target_directory()?.join("debug/otp"))
}

fn start(binary: &Path, mail_port: u16) -> Result<Subject> {
    let mail = format!("smtp://127.0.0.1:{mail_port}?tls=none");
    let own = [
        ("OTP_CUSTOMERS__UNKNOWN", "decoy"),
        ("OTP_MAIL__URL", mail.as_str()),
        ("OTP_LOG__LEVEL", "error"),
    ];
    Subject::start(binary, &[&BUDGETS[..], &own].concat())
}

/// Adds the customers of a class, and spends their messages if it is a limited one.
fn prepare(services: &Services, binary: &Path, class: &Class, contacts: u32) -> Result<()> {
    let service = services.of(class);
    let mut connection = Connection::open(service.port)?;
    for number in 0..contacts {
        go_on()?;
        let address = class.address(number);
        if class.is_customer {
            let add = ["customer", "add", "--name", &address, "--email", &address];
            service.command(binary, &add)?;
        }
        if class.is_limited {
            for _ in 0..REQUESTS_OF_ONE {
                issue(&mut connection, &address)?;
            }
        }
    }
    Ok(())
}

fn measure(services: &Services, requests: u32, contacts: u32) -> Result<Times> {
    let open = |service: &Subject| -> Result<Vec<Connection>> {
        let connections = (0..CONNECTIONS).map(|_| Connection::open(service.port));
        connections.collect()
    };
    let (mut slow, mut away) = (open(&services.slow)?, open(&services.away)?);
    let mut order: Vec<(usize, &Class, u32)> = CLASSES
        .iter()
        .enumerate()
        .flat_map(|(place, class)| (0..requests).map(move |number| (place, class, number)))
        .collect();
    shuffle(&mut order, SEED);
    let mut times = Times::new();
    for (turn, (place, class, number)) in order.into_iter().enumerate() {
        go_on()?;
        let connections = match class.mail_server {
            MailServer::Slow => &mut slow,
            MailServer::Away => &mut away,
        };
        let connection = connections.get_mut(turn % CONNECTIONS);
        let connection = connection.context("no connection")?;
        let address = class.address(number % contacts);
        let (took, answer) = timed(class.delay(), || issue(connection, &address))?;
        times.entry((Call::Issue, place)).or_default().push(took);
        let issued: Value = serde_json::from_str(&answer.body)?;
        let id = issued.get("id").and_then(Value::as_str).context("no id")?;
        let path = format!("/api/v1/otps/{id}/verify");
        let guess = || connection.post(&path, r#"{"otp_code":"000000"}"#);
        let (took, answer) = timed(class.delay(), guess)?;
        ensure!(
            // One code in a million is the right one.
            matches!(answer.status, 200 | 422),
            "{}: {}",
            answer.status,
            answer.body
        );
        times.entry((Call::Verify, place)).or_default().push(took);
    }
    Ok(times)
}

fn issue(connection: &mut Connection, address: &str) -> Result<Answer> {
    let body = format!(r#"{{"contact_type":"email","contact_value":"{address}"}}"#);
    let answer = connection.post("/api/v1/otps", &body)?;
    ensure!(answer.status == 201, "{}: {}", answer.status, answer.body);
    Ok(answer)
}

/// Returns how many messages were withheld because those of their contacts were used up.
fn withheld(service: &Subject) -> Result<u32> {
    let metrics = Connection::open(service.port)?.get("/metrics")?.body;
    let mut counts = metrics
        .lines()
        .filter(|line| line.starts_with("otp_withheld_total{"));
    counts.try_fold(0, |sum, line| {
        let count = line.rsplit(' ').next().unwrap_or_default();
        Ok(sum + count.parse::<u32>()?)
    })
}

/// Returns how long something took, in milliseconds, with a delay of our own before it, and what it gave.
fn timed<T>(delay: Duration, ask: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let start = Instant::now();
    // A sleep would take longer, and differently long.
    while start.elapsed() < delay {
        hint::spin_loop();
    }
    let answer = ask()?;
    Ok((milliseconds(start.elapsed()), answer))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Prints each pair of classes of one service, and says whether those differ that should, and no others.
fn report(times: &Times) -> bool {
    println!(
        "{:7} {:20} {:20} {:>11} {:>11} {:>11} {:>8}",
        "call", "class", "other class", "median [ms]", "other [ms]", "apart [ms]", "t"
    );
    let mut is_as_expected = true;
    for (call, name) in [(Call::Issue, "issue"), (Call::Verify, "verify")] {
        let of_class = CLASSES.iter().enumerate();
        let samples: Vec<_> = of_class
            .filter_map(|(place, class)| Some((class, times.get(&(call, place))?)))
            .collect();
        for (at, (class, ours)) in samples.iter().enumerate() {
            for (other, theirs) in samples.iter().skip(at + 1) {
                let Some(should_be_alike) = class.should_be_like(other) else {
                    continue;
                };
                let comparison = compare(ours, theirs);
                let verdict = match (comparison.is_alike(), should_be_alike) {
                    (true, true) => "",
                    (false, true) => "  DIFFER",
                    (false, false) => "  differ, as planted",
                    (true, false) => "  NOT FOUND",
                };
                is_as_expected &= comparison.is_alike() == should_be_alike;
                let Comparison {
                    medians: [median, other_median],
                    t,
                } = comparison;
                println!(
                    "{name:7} {:20} {:20} {median:11.3} {other_median:11.3} {:11.3} {t:8.2}{verdict}",
                    class.name,
                    other.name,
                    comparison.apart(),
                );
            }
        }
    }
    is_as_expected
}

/// Shuffles as Fisher and Yates do, by the numbers of `SplitMix64`.
fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    for last in (1..items.len()).rev() {
        // The remainder is below the length of a slice.
        let other = next() % (last as u64 + 1);
        items.swap(last, usize::try_from(other).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_random_and_the_same_in_each_run() {
        let shuffled = |seed| {
            let mut items: Vec<u32> = (0..1000).collect();
            shuffle(&mut items, seed);
            items
        };
        let items = shuffled(SEED);
        assert_eq!(items, shuffled(SEED));
        assert_ne!(items, shuffled(SEED + 1));
        let first_half: u32 = items.iter().take(500).sum();
        assert!((200_000..300_000).contains(&first_half), "{first_half}");
        let mut sorted = items;
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..1000));
    }
}
