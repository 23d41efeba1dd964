//! A distribution of waiting times that can be added up and kept in a few bytes.

use std::collections::BTreeMap;

use chrono::TimeDelta;

/// How long something took, over many times: counts in classes that grow with the time.
///
/// Below 16 ms a class is one millisecond; above, sixteen classes lie between a time and its double, so a quantile is
/// wrong by 1 part in 32 at most. Times are cut to at most 2⁴⁰ ms, negative ones (two clocks) to zero.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Latencies(BTreeMap<u16, u64>);

/// Classes between a time and its double, as a power of two.
const PRECISION: u32 = 4;
const STEPS: u64 = 1 << PRECISION;
const LONGEST: u64 = 1 << 40;

impl Latencies {
    /// Counts one time.
    pub fn record(&mut self, took: TimeDelta) {
        let millis = u64::try_from(took.num_milliseconds()).unwrap_or(0);
        *self.0.entry(class(millis)).or_default() += 1;
    }

    /// Adds another distribution.
    pub fn merge(&mut self, other: &Self) {
        for (class, count) in &other.0 {
            *self.0.entry(*class).or_default() += count;
        }
    }

    /// Returns how many times were counted.
    pub fn len(&self) -> u64 {
        self.0.values().sum()
    }

    /// Says whether none was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the time within which the share `quantile` (0 to 1) of them lay, by the nearest rank; `None` when
    /// none was counted.
    pub fn quantile(&self, quantile: f64) -> Option<TimeDelta> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a rank among fewer than 2^52 times"
        )]
        let rank = ((quantile.clamp(0.0, 1.0) * self.len() as f64).ceil() as u64).max(1);
        let mut seen = 0;
        let class = self.0.iter().find_map(|(class, count)| {
            seen += count;
            (seen >= rank).then_some(*class)
        })?;
        i64::try_from(middle(class))
            .ok()
            .map(TimeDelta::milliseconds)
    }

    /// Writes it as bytes: pairs of class and count, each in groups of seven bits, the lowest first (LEB128).
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (class, count) in &self.0 {
            write(&mut bytes, u64::from(*class));
            write(&mut bytes, *count);
        }
        bytes
    }

    /// Reads what [`encode`](Self::encode) wrote; `None` for anything else.
    pub fn decode(mut bytes: &[u8]) -> Option<Self> {
        let mut classes = BTreeMap::new();
        while !bytes.is_empty() {
            let class = u16::try_from(read(&mut bytes)?).ok()?;
            let count = read(&mut bytes)?;
            let is_next = classes
                .last_key_value()
                .is_none_or(|(last, _)| *last < class);
            if !is_next || count == 0 {
                return None;
            }
            classes.insert(class, count);
        }
        Some(Self(classes))
    }
}

fn class(millis: u64) -> u16 {
    let millis = millis.min(LONGEST);
    if millis < STEPS {
        return u16::try_from(millis).unwrap_or(0);
    }
    let doublings = millis.ilog2() - PRECISION;
    let step = (millis >> doublings) - STEPS;
    u16::try_from((u64::from(doublings) + 1) * STEPS + step).unwrap_or(u16::MAX)
}

/// The middle of a class, in milliseconds.
fn middle(class: u16) -> u64 {
    let class = u64::from(class);
    if class < STEPS {
        return class;
    }
    let doublings = class / STEPS - 1;
    let lowest = (STEPS + class % STEPS) << doublings.min(40);
    lowest + (1_u64 << doublings.min(40)) / 2
}

fn write(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut number: u64 = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        let group = u64::from(first & 0x7f);
        number |= group
            .checked_shl(shift)
            .filter(|shifted| shifted >> shift == group)?;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(millis: impl IntoIterator<Item = u64>) -> Latencies {
        let mut latencies = Latencies::default();
        for millis in millis {
            latencies.record(TimeDelta::milliseconds(i64::try_from(millis).unwrap()));
        }
        latencies
    }

    fn quantile(latencies: &Latencies, share: f64) -> i64 {
        latencies.quantile(share).unwrap().num_milliseconds()
    }

    #[test]
    fn quantiles_take_the_nearest_rank() {
        assert_eq!(Latencies::default().quantile(0.5), None);
        let one_to_ten = of(1..=10);
        assert_eq!(quantile(&one_to_ten, 0.5), 5);
        assert_eq!(quantile(&one_to_ten, 0.95), 10);
        assert_eq!(quantile(&one_to_ten, 0.0), 1);
        assert_eq!(quantile(&one_to_ten, 1.0), 10);
    }

    #[test]
    fn two_clocks_that_disagree_count_as_no_time() {
        let mut latencies = Latencies::default();
        latencies.record(TimeDelta::milliseconds(-5));
        assert_eq!(quantile(&latencies, 1.0), 0);
    }

    #[test]
    fn only_what_was_encoded_is_decoded() {
        assert_eq!(Latencies::decode(&[]), Some(Latencies::default()));
        for wrong in [&[1][..], &[1, 0], &[2, 1, 1, 1], &[1, 1, 1, 1], &[0x80; 12]] {
            assert_eq!(Latencies::decode(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn a_time_is_told_to_one_part_in_thirty_two(millis in 0_u64..1 << 41) {
            let told = quantile(&of([millis]), 0.5).unsigned_abs();
            let cut = millis.min(LONGEST);
            prop_assert!(told.abs_diff(cut) * 32 <= cut, "{millis} was told as {told}");
        }

        #[test]
        fn merging_is_counting_together(a in proptest::collection::vec(0_u64..100_000, 0..50),
                                        b in proptest::collection::vec(0_u64..100_000, 0..50)) {
            let mut merged = of(a.clone());
            merged.merge(&of(b.clone()));
            prop_assert_eq!(merged.len(), (a.len() + b.len()) as u64);
            prop_assert_eq!(&merged, &of(a.into_iter().chain(b)));
            prop_assert_eq!(Latencies::decode(&merged.encode()), Some(merged));
        }
    }
}
