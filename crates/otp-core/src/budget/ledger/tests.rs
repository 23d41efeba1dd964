//! Ledgers on their borders, and against a naive count.

use proptest::prelude::*;

use super::*;
use crate::Limit;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_268_800 + seconds, 0).expect("a time")
}

fn limits(limits: &[(u32, i64)]) -> Limits {
    Limits::all_of(
        limits.iter().map(|(count, seconds)| {
            Limit::new(*count, TimeDelta::seconds(*seconds)).expect("a limit")
        }),
    )
}

const BUCKET: BucketKey = BucketKey::from_bytes([1; 32]);

fn charged(ledgers: &mut Ledgers, seconds: i64, tag: u32, limits: &Limits) {
    ledgers.charge(BUCKET, at(seconds), tag, limits);
}

#[test]
fn room_comes_back_when_the_oldest_charge_is_a_period_old() {
    let limits = limits(&[(2, 60)]);
    let mut ledgers = Ledgers::default();
    let room_at = |ledgers: &Ledgers, seconds| ledgers.get(&BUCKET).room_at(&limits, at(seconds));
    assert_eq!(room_at(&ledgers, 0), None);
    charged(&mut ledgers, 0, 0, &limits);
    charged(&mut ledgers, 10, 0, &limits);
    assert_eq!(room_at(&ledgers, 10), Some(at(60)));
    assert_eq!(room_at(&ledgers, 59), Some(at(60)));
    assert_eq!(room_at(&ledgers, 60), None);
    charged(&mut ledgers, 60, 0, &limits);
    assert_eq!(room_at(&ledgers, 60), Some(at(70)));
}

#[test]
fn what_was_charged_beyond_a_limit_has_to_go_first() {
    let mut ledgers = Ledgers::default();
    let wide = limits(&[(3, 60)]);
    for second in [0, 10, 20] {
        charged(&mut ledgers, second, 0, &wide);
    }
    let narrowed = limits(&[(2, 60)]);
    let ledger = ledgers.get(&BUCKET);
    assert_eq!(ledger.room_at(&narrowed, at(20)), Some(at(70)));
}

#[test]
fn the_longest_wait_of_several_limits_counts() {
    let limits = limits(&[(1, 60), (2, 600)]);
    let mut ledgers = Ledgers::default();
    charged(&mut ledgers, 0, 0, &limits);
    assert_eq!(ledgers.get(&BUCKET).room_at(&limits, at(1)), Some(at(60)));
    charged(&mut ledgers, 60, 0, &limits);
    assert_eq!(ledgers.get(&BUCKET).room_at(&limits, at(61)), Some(at(600)));
}

#[test]
fn a_part_of_a_millisecond_counts_as_a_whole_one() {
    let limits = limits(&[(1, 1)]);
    let mut ledgers = Ledgers::default();
    let now = at(0) + TimeDelta::microseconds(1);
    ledgers.charge(BUCKET, now, 0, &limits);
    let room_at = ledgers.get(&BUCKET).room_at(&limits, now);
    assert_eq!(room_at, Some(at(1) + TimeDelta::milliseconds(1)));
}

#[test]
fn waits_grow_and_the_last_one_stays() {
    let cooldowns = Cooldowns::new([60, 120].map(TimeDelta::seconds));
    let limits = limits(&[(10, 86_400)]);
    let mut ledgers = Ledgers::default();
    let cooled_at = |ledgers: &Ledgers, now| ledgers.get(&BUCKET).cooled_at(&cooldowns, at(now));
    assert_eq!(cooled_at(&ledgers, 0), at(0));
    charged(&mut ledgers, 0, 0, &limits);
    assert_eq!(cooled_at(&ledgers, 1), at(60));
    charged(&mut ledgers, 60, 0, &limits);
    assert_eq!(cooled_at(&ledgers, 61), at(180));
    charged(&mut ledgers, 180, 0, &limits);
    assert_eq!(cooled_at(&ledgers, 181), at(300));
    // An hour later they count no more.
    assert_eq!(cooled_at(&ledgers, 3_780), at(3_780));
}

#[test]
fn no_wait_is_negative_or_longer_than_it_is_remembered() {
    let cooldowns = Cooldowns::new([-1, 5, 3_601].map(TimeDelta::seconds));
    assert_eq!(cooldowns.waits(), [0, 5, 3_600].map(TimeDelta::seconds));
}

#[test]
fn a_charge_that_lies_ahead_counts() {
    let cooldowns = Cooldowns::new([TimeDelta::seconds(60)]);
    let limits = limits(&[(2, 600)]);
    let mut ledgers = Ledgers::default();
    charged(&mut ledgers, 0, 0, &limits);
    charged(&mut ledgers, 60, 0, &limits);
    let ledger = ledgers.get(&BUCKET);
    assert_eq!(ledger.cooled_at(&cooldowns, at(1)), at(120));
    assert_eq!(ledger.room_at(&limits, at(1)), Some(at(600)));
}

#[test]
fn tags_that_are_there_need_no_room() {
    let limits = limits(&[(2, 60)]);
    let mut ledgers = Ledgers::default();
    charged(&mut ledgers, 0, 7, &limits);
    charged(&mut ledgers, 5, 8, &limits);
    charged(&mut ledgers, 9, 7, &limits);
    let ledger = ledgers.get(&BUCKET);
    assert_eq!(ledger.room_for(7, &limits, at(10)), None);
    assert_eq!(ledger.room_for(9, &limits, at(10)), Some(at(65)));
    assert_eq!(ledger.room_for(9, &limits, at(65)), None);
    assert_eq!(ledger.of_tag(7).count(at(10), TimeDelta::minutes(1)), 2);
}

#[test]
fn a_ledger_of_many_charges_stays_small() {
    let limits = limits(&[(100_000, 86_400)]);
    let mut ledgers = Ledgers::default();
    for charge in 0..20_000 {
        charged(&mut ledgers, charge * 10, 0, &limits);
    }
    let ledger = ledgers.get(&BUCKET);
    assert!(
        ledger.encode().len() <= 66 * 16,
        "{}",
        ledger.encode().len()
    );
    let counted = ledger.count(at(199_990), TimeDelta::days(1));
    assert!((8_640..=8_776).contains(&counted), "{counted}");
}

#[test]
fn says_when_it_may_be_forgotten() {
    let limits = limits(&[(5, 86_400)]);
    let mut ledgers = Ledgers::default();
    assert_eq!(ledgers.changed(), []);
    charged(&mut ledgers, 5, 0, &limits);
    let changed = ledgers.changed();
    let [changed] = changed.as_slice() else {
        panic!("{changed:?}")
    };
    assert_eq!(changed.idle_at, at(86_405));
    assert_eq!(
        changed.ledger.room_at(&limits, changed.idle_at),
        Ledger::default().room_at(&limits, changed.idle_at)
    );
}

#[test]
fn what_counts_no_more_is_not_kept() {
    let limits = limits(&[(5, 86_400)]);
    for (second, kept) in [(86_399, 2), (86_400, 1)] {
        let mut ledgers = Ledgers::default();
        charged(&mut ledgers, 0, 0, &limits);
        charged(&mut ledgers, second, 0, &limits);
        let bytes = ledgers.get(&BUCKET).encode();
        assert_eq!(bytes.len(), kept * 16, "{second}");
    }
}

#[test]
fn what_is_locked_or_watched_is_asked_for() {
    let hold = |locked: &[BucketKey], watched: &[BucketKey]| Hold {
        locked: locked.to_vec(),
        watched: watched.to_vec(),
        until: at(0),
    };
    let other = BucketKey::from_bytes([2; 32]);
    assert!(hold(&[], &[]).is_empty());
    for hold in [hold(&[BUCKET], &[]), hold(&[], &[BUCKET])] {
        assert!(!hold.is_empty());
    }
    let both = hold(&[BUCKET], &[other]);
    assert_eq!(both.keys().collect::<Vec<_>>(), [&BUCKET, &other]);
}

#[test]
fn reads_nothing_that_it_did_not_write() {
    assert_eq!(Ledger::decode(&[]), Some(Ledger::default()));
    assert_eq!(Ledger::decode(&[0; 15]), None);
    assert_eq!(Ledger::decode(&[0; 17]), None);
    assert_eq!(Ledger::decode(&[0xff; 16]), None);
}

proptest! {
    /// Whatever the history: what is let through never exceeds a limit in any period, and as long as charges are kept
    /// one by one nothing else is refused.
    #[test]
    fn never_more_in_any_period_and_never_less(
        count in 1..6_u32,
        period in 1..50_i64,
        waits in prop::collection::vec(0..20_i64, 1..80),
    ) {
        let limits = limits(&[(count, period)]);
        let mut ledgers = Ledgers::default();
        let (mut now, mut granted) = (0, Vec::new());
        for wait in waits {
            now += wait;
            let recent = granted.iter().filter(|&&then| then > now - period).count();
            let room_at = ledgers.get(&BUCKET).room_at(&limits, at(now));
            prop_assert_eq!(room_at.is_none(), recent < count as usize);
            if let Some(room_at) = room_at {
                // It says when, to the second: a moment before there is none.
                let moment_before = room_at - TimeDelta::milliseconds(1);
                prop_assert!(ledgers.get(&BUCKET).room_at(&limits, room_at).is_none());
                prop_assert!(ledgers.get(&BUCKET).room_at(&limits, moment_before).is_some());
            } else {
                granted.push(now);
                charged(&mut ledgers, now, 0, &limits);
            }
        }
    }

    /// With limits too large to keep each charge, still never more than they say.
    #[test]
    fn never_more_when_charges_are_counted_together(waits in prop::collection::vec(0..400_i64, 200..400)) {
        let limits = limits(&[(129, 3_600)]);
        let mut ledgers = Ledgers::default();
        let (mut now, mut granted) = (0, Vec::new());
        for wait in waits {
            now += wait / 10;
            if ledgers.get(&BUCKET).room_at(&limits, at(now)).is_none() {
                granted.push(now);
                charged(&mut ledgers, now, 0, &limits);
            }
            let recent = granted.iter().filter(|&&then| then > now - 3_600).count();
            prop_assert!(recent <= 129, "{recent} at {now}");
        }
        prop_assert!(granted.len() >= 128, "{}", granted.len());
    }

    #[test]
    fn what_is_written_is_read_back(charges in prop::collection::vec((0..1_000_i64, 0..3_u32), 0..20)) {
        let limits = limits(&[(20, 10_000)]);
        let mut ledgers = Ledgers::default();
        for (seconds, tag) in charges {
            charged(&mut ledgers, seconds, tag, &limits);
        }
        let ledger = ledgers.get(&BUCKET);
        prop_assert_eq!(Ledger::decode(&ledger.encode()), Some(ledger.clone()));
    }
}
