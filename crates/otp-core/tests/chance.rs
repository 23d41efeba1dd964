//! Codes are drawn evenly: ten million of them by Pearson's test, at each place and as whole numbers.
//!
//! The seeds are the same in each run, so the test is red when the derivation is skewed and never by bad luck. They
//! only count up: a derivation that evens out nothing would show it.

use std::ops::Range;
use std::thread;

use otp_core::testing::Bench;
use otp_core::{Contact, Otp, OtpState, Seed};

const CODES: u64 = 10_000_000;
const SPACE: usize = 1_000_000;

#[tokio::test]
async fn ten_million_codes_are_spread_evenly() {
    let bench = Bench::new();
    let contact = Contact::email("ada@example.com").unwrap();
    let id = bench
        .service()
        .issue(contact)
        .await
        .unwrap()
        .granted()
        .unwrap()
        .id;
    let otp = bench.subject.otps.find(id).await.unwrap().unwrap();
    let codes: Vec<usize> = thread::scope(|scope| {
        let other = scope.spawn(|| codes(&bench, otp.clone(), CODES / 2..CODES));
        let mut codes = codes(&bench, otp.clone(), 0..CODES / 2);
        codes.extend(other.join().unwrap());
        codes
    });
    assert_eq!(codes.len() as u64, CODES);
    is_even("codes", SPACE, codes.iter().copied());
    for (place, tens) in [1, 10, 100, 1_000, 10_000, 100_000].into_iter().enumerate() {
        is_even(
            &format!("place {place}"),
            10,
            codes.iter().map(|code| code / tens % 10),
        );
    }
    // And one after the other: nothing of a code tells the next.
    let steps = codes
        .windows(2)
        .map(|pair| (pair[1] + SPACE - pair[0]) % SPACE / 1_000);
    is_even("steps", 1_000, steps);
}

#[test]
#[should_panic(expected = "skewed")]
fn a_code_without_its_leading_zeros_would_be_seen() {
    is_even("place 5", 10, (0..SPACE).map(|n| 1 + n % 9));
}

fn codes(bench: &Bench, mut otp: Otp, seeds: Range<u64>) -> Vec<usize> {
    let code = |number: u64| {
        let mut seed = [0; 32];
        seed[24..].copy_from_slice(&number.to_be_bytes());
        otp.state = OtpState::Live(Seed::from_bytes(seed));
        otp.code(&bench.keys).unwrap().expose().parse().unwrap()
    };
    seeds.map(code).collect()
}

/// Pearson's chi-square against what an even spread gives in 999 of 1,000 cases.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn is_even(what: &str, cells: usize, values: impl Iterator<Item = usize>) {
    let mut counts = vec![0_usize; cells];
    let mut all = 0_usize;
    for value in values {
        counts[value] += 1;
        all += 1;
    }
    let expected = all as f64 / cells as f64;
    let chi_square: f64 = counts
        .iter()
        .map(|count| (*count as f64 - expected).powi(2) / expected)
        .sum();
    // Wilson and Hilferty's approximation of the quantile; 3.09 standard deviations leave one in a thousand.
    let freedom = (cells - 1) as f64;
    let tail = 2.0 / (9.0 * freedom);
    let bound = freedom * (1.0 - tail + 3.09 * tail.sqrt()).powi(3);
    assert!(
        chi_square < bound,
        "{what} are skewed: {chi_square} is over {bound}"
    );
}
