//! Tries to tell customers from strangers by how long the service takes.
//!
//! All classes are asked in turn, in a random order from a fixed seed, by one request after the other on a few kept
//! connections; decoys are on, and the mail server takes two seconds for each message, or is away.

mod mail;
mod welch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use self::mail::SlowMail;
use self::welch::{Comparison, compare};
use crate::bench;
use crate::host::{cargo, free_ports};
use crate::http::Connection;
use crate::process::{Running, go_on};
use crate::subject::Subject;
use crate::workspace::target_directory;

/// Connections to each service, used in turn.
const CONNECTIONS: usize = 4;
/// Contacts of each class, used in turn: what a process remembers of them is remembered of all classes alike.
const CONTACTS: u32 = 50;
/// The order of the requests comes from this.
const SEED: u64 = 20_261_122;

/// Whom a code is asked for, and of which service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Known,
    Unknown,
    /// A customer whose address the mail server refuses.
    Undeliverable,
    KnownWhileMailIsDown,
    UnknownWhileMailIsDown,
}

impl Class {
    const ALL: [Self; 5] = [
        Self::Known,
        Self::Unknown,
        Self::Undeliverable,
        Self::KnownWhileMailIsDown,
        Self::UnknownWhileMailIsDown,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Unknown => "unknown",
            Self::Undeliverable => "undeliverable",
            Self::KnownWhileMailIsDown => "known, mail down",
            Self::UnknownWhileMailIsDown => "unknown, mail down",
        }
    }

    const fn mailbox(self) -> &'static str {
        match self {
            Self::Known | Self::KnownWhileMailIsDown => "known",
            Self::Unknown | Self::UnknownWhileMailIsDown => "unknown",
            Self::Undeliverable => mail::REFUSED,
        }
    }

    const fn is_customer(self) -> bool {
        !matches!(self, Self::Unknown | Self::UnknownWhileMailIsDown)
    }

    const fn has_mail(self) -> bool {
        !matches!(
            self,
            Self::KnownWhileMailIsDown | Self::UnknownWhileMailIsDown
        )
    }

    fn address(self, number: u32) -> String {
        format!("{}-{}@example.com", self.mailbox(), number % CONTACTS)
    }
}

/// What is asked for, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    Issue,
    /// The first wrong code for a fresh OTP.
    Verify,
}

type Times = BTreeMap<(Call, Class), Vec<f64>>;

/// Measures, prints a table, and fails when any two classes that should look alike do not.
pub(crate) fn run(requests: u32, profile: Profile) -> Result<ExitCode> {
    let binary = match profile {
        Profile::Release => bench::release_binary()?,
        Profile::Debug => debug_binary()?,
    };
    let slow = SlowMail::start()?;
    let [nobody] = free_ports()?;
    let services = [slow.port(), nobody].map(|port| start(&binary, port));
    let [with_mail, without_mail] = services;
    let (with_mail, without_mail) = (with_mail?, without_mail?);
    for class in Class::ALL.into_iter().filter(|class| class.is_customer()) {
        let service = if class.has_mail() {
            &with_mail
        } else {
            &without_mail
        };
        add_customers(service, &binary, class)?;
    }
    let times = measure([&with_mail, &without_mail], requests)?;
    let alike = report(&times);
    println!(
        "\n{requests} requests of each class, seed {SEED}; the slowest twentieth of each pair is left out, as dudect does.\n\
         Alike: |t| of Welch below {}, medians less than {} ms apart.",
        welch::LARGEST_T,
        welch::LARGEST_DIFFERENCE
    );
    Ok(if alike {
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

fn debug_binary() -> Result<PathBuf> {
    let mut build = cargo(&["build", "--locked", "--package=otp-web"]);
    if !Running::start(&mut build)?.wait()?.success() {
        bail!("the binary could not be built");
    }
    Ok(target_directory()?.join("debug/otp"))
}

fn start(binary: &std::path::Path, mail_port: u16) -> Result<Subject> {
    let mail = format!("smtp://127.0.0.1:{mail_port}?tls=none");
    let settings = [
        ("OTP_CUSTOMERS__UNKNOWN", "decoy"),
        ("OTP_MAIL__URL", mail.as_str()),
        ("OTP_LOG__LEVEL", "error"),
    ];
    Subject::start(binary, &settings)
}

fn add_customers(service: &Subject, binary: &std::path::Path, class: Class) -> Result<()> {
    for number in 0..CONTACTS {
        let address = class.address(number);
        let name = format!("{} {number}", class.mailbox());
        service.command(
            binary,
            &["customer", "add", "--name", &name, "--email", &address],
        )?;
    }
    Ok(())
}

fn measure(services: [&Subject; 2], requests: u32) -> Result<Times> {
    let mut open = Vec::new();
    for service in services {
        let connections = (0..CONNECTIONS).map(|_| Connection::open(service.port));
        open.push(connections.collect::<Result<Vec<_>>>()?);
    }
    let mut order: Vec<(Class, u32)> = Class::ALL
        .into_iter()
        .flat_map(|class| (0..requests).map(move |number| (class, number)))
        .collect();
    shuffle(&mut order, SEED);
    let mut times = Times::new();
    for (turn, (class, number)) in order.into_iter().enumerate() {
        go_on()?;
        let service = open.get_mut(usize::from(!class.has_mail()));
        let connection = service.and_then(|connections| connections.get_mut(turn % CONNECTIONS));
        let connection = connection.context("no connection")?;
        let address = class.address(number);
        let body = format!(r#"{{"contact_type":"email","contact_value":"{address}"}}"#);
        let (took, answer) = timed(|| connection.post("/api/v1/otps", &body))?;
        ensure!(answer.status == 201, "{}: {}", answer.status, answer.body);
        times.entry((Call::Issue, class)).or_default().push(took);
        let issued: Value = serde_json::from_str(&answer.body)?;
        let id = issued.get("id").and_then(Value::as_str).context("no id")?;
        let path = format!("/api/v1/otps/{id}/verify");
        let (took, answer) = timed(|| connection.post(&path, r#"{"otp_code":"000000"}"#))?;
        ensure!(
            // One code in a million is the right one.
            matches!(answer.status, 200 | 422),
            "{}: {}",
            answer.status,
            answer.body
        );
        times.entry((Call::Verify, class)).or_default().push(took);
    }
    Ok(times)
}

/// Returns how long something took, in milliseconds, and what it gave.
fn timed<T>(ask: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let start = Instant::now();
    let answer = ask()?;
    Ok((milliseconds(start.elapsed()), answer))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Prints each pair of classes of one service, and says whether all are alike.
fn report(times: &Times) -> bool {
    println!(
        "{:7} {:20} {:20} {:>11} {:>11} {:>11} {:>8}",
        "call", "class", "other class", "median [ms]", "other [ms]", "apart [ms]", "t"
    );
    let mut all_alike = true;
    for (at, (&(call, class), ours)) in times.iter().enumerate() {
        for (&(other_call, other), theirs) in times.iter().skip(at + 1) {
            if call != other_call || class.has_mail() != other.has_mail() {
                continue;
            }
            let comparison = compare(ours, theirs);
            all_alike &= comparison.is_alike();
            let Comparison {
                medians: [median, other_median],
                t,
            } = comparison;
            println!(
                "{:7} {:20} {:20} {median:11.3} {other_median:11.3} {:11.3} {t:8.2}{}",
                match call {
                    Call::Issue => "issue",
                    Call::Verify => "verify",
                },
                class.name(),
                other.name(),
                comparison.apart(),
                if comparison.is_alike() {
                    ""
                } else {
                    "  DIFFER"
                }
            );
        }
    }
    all_alike
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
