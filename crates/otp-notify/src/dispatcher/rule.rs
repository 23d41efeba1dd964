//! What becomes of a delivery: pure functions of the row, the time and what was tried.

use chrono::{DateTime, TimeDelta, Utc};
use otp_core::ports::{Receipt, Settlement};
use otp_core::{Delivery, Otp};

/// Most tries of a message that the mail server or the gateway puts off: more than there are until its code ends.
const MOST_TRIES: u16 = 1_000;
/// Most tries of a message that panics, or whose tries end without a trace: it may be what kills the process.
const MOST_CRASHES: u16 = 5;
/// The longest wait after the first failure; it doubles with each further one.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(1);
/// The longest wait for a code that lives for minutes.
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(30);
/// For a code that lives longer, the longest wait is this part of its time,
const PART_OF_LIFETIME: i32 = 20;
/// but no longer than somebody looks at an empty mailbox.
const LONGEST_WAIT_OF_ALL: TimeDelta = TimeDelta::minutes(5);

/// What came of one try. Reasons are fixed phrases.
#[derive(Debug)]
pub(super) enum Tried {
    Sent(Receipt),
    PutOff(&'static str),
    Refused(&'static str),
    Panicked,
    Unknown(&'static str),
}

/// Judges a claimed delivery before it is sent; `None` means: send it.
pub(super) fn before(delivery: &Delivery, otp: &Otp, now: DateTime<Utc>) -> Option<Settlement> {
    if delivery.handed_over_at.is_some() {
        return Some(Settlement::Unknown {
            reason: "its worker died while it was handed over",
        });
    }
    if !otp.is_valid(now) {
        return Some(Settlement::Dropped {
            reason: "the code is no longer valid",
        });
    }
    if otp.decoy {
        // Whoever asks what became of it must not learn that nothing was sent.
        return Some(Settlement::Sent {
            at: now,
            provider: "none".to_owned(),
            message_id: None,
        });
    }
    // A retry moves `not_before`; where it never moved, all earlier claims ended without a settlement.
    let was_never_settled = delivery.not_before == delivery.created_at;
    let most = if was_never_settled {
        MOST_CRASHES
    } else {
        MOST_TRIES
    };
    (delivery.attempts > most).then_some(Settlement::Dead {
        reason: "its tries ended without an outcome",
    })
}

/// Judges a delivery after a try; `chance` spreads the next ones (exponential back-off with full jitter).
pub(super) fn after(
    delivery: &Delivery,
    expires_at: DateTime<Utc>,
    tried: Tried,
    now: DateTime<Utc>,
    chance: u32,
) -> Settlement {
    let (reason, most) = match tried {
        Tried::Sent(Receipt {
            provider,
            message_id,
        }) => {
            return Settlement::Sent {
                at: now,
                provider,
                message_id,
            };
        }
        Tried::Refused(reason) => return Settlement::Failed { reason },
        Tried::Unknown(reason) => return Settlement::Unknown { reason },
        Tried::PutOff(reason) => (reason, MOST_TRIES),
        Tried::Panicked => ("the message panicked", MOST_CRASHES),
    };
    if delivery.attempts >= most {
        return Settlement::Dead { reason };
    }
    let lifetime = expires_at - delivery.created_at;
    let longest = (lifetime / PART_OF_LIFETIME).clamp(LONGEST_WAIT, LONGEST_WAIT_OF_ALL);
    let not_before = now + wait(delivery.attempts, longest, chance);
    if not_before >= expires_at {
        return Settlement::Dropped {
            reason: "the code expires before the next try",
        };
    }
    Settlement::Retry { not_before, reason }
}

/// The wait after the `attempt`th try: evenly spread over 1 ms to the most, which doubles from try to try up to
/// `longest`.
fn wait(attempt: u16, longest: TimeDelta, chance: u32) -> TimeDelta {
    let doublings = attempt.saturating_sub(1).min(16);
    let longest = (FIRST_WAIT * (1 << doublings)).min(longest);
    TimeDelta::milliseconds(1 + i64::from(chance) % longest.num_milliseconds())
}

#[cfg(test)]
mod tests {
    use super::*;
    use otp_core::testing::Bench;
    use otp_core::*;
    use uuid::Uuid;

    fn put_off() -> Tried {
        Tried::PutOff("busy")
    }

    async fn claimed(bench: &Bench) -> (Delivery, Otp) {
        let contact = Contact::email("ada@example.com").expect("an address");
        let issued = bench.service().issue(contact).await.expect("a store");
        let id = issued.granted().expect("an OTP").id;
        let otp = bench
            .subject
            .otps
            .find(id)
            .await
            .expect("a store")
            .expect("an OTP");
        let now = bench.clock.now();
        let delivery = Delivery::queued(
            DeliveryId::from_uuid(Uuid::nil()),
            id,
            Channel::Email,
            None,
            now,
        );
        (delivery, otp)
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        for (attempt, longest) in [
            (0, 1_000),
            (1, 1_000),
            (2, 2_000),
            (3, 4_000),
            (4, 8_000),
            (5, 16_000),
            (6, 30_000),
            (20, 30_000),
            (u16::MAX, 30_000),
        ] {
            let at = |chance| wait(attempt, LONGEST_WAIT, chance).num_milliseconds();
            let longest_chance = u32::try_from(longest - 1).expect("small");
            assert_eq!(
                (at(0), at(longest_chance), at(longest_chance + 1)),
                (1, longest, 1),
                "{attempt}"
            );
        }
    }

    #[tokio::test]
    async fn caps_tries_by_what_ended_them() {
        let bench = Bench::new();
        let (fresh, otp) = claimed(&bench).await;
        let now = bench.clock.now();
        let settled_before = Delivery {
            not_before: now + TimeDelta::milliseconds(1),
            ..fresh.clone()
        };
        for (row, attempts, is_dead_before) in [
            (&fresh, 1, false),
            (&fresh, 5, false),
            (&fresh, 6, true),
            (&settled_before, 6, false),
            (&settled_before, 1_000, false),
            (&settled_before, 1_001, true),
        ] {
            let row = Delivery {
                attempts,
                ..row.clone()
            };
            let is_dead = matches!(before(&row, &otp, now), Some(Settlement::Dead { .. }));
            assert_eq!(is_dead, is_dead_before, "before try {attempts}");
        }
        for (tried, attempts, is_dead_after) in [
            (put_off(), 5, false),
            (put_off(), 999, false),
            (put_off(), 1_000, true),
            (Tried::Panicked, 4, false),
            (Tried::Panicked, 5, true),
            (Tried::Panicked, 6, true),
        ] {
            let row = Delivery {
                attempts,
                ..fresh.clone()
            };
            let is_dead = matches!(
                after(&row, otp.expires_at, tried, now, 0),
                Settlement::Dead { .. }
            );
            assert_eq!(is_dead, is_dead_after, "after try {attempts}");
        }
    }

    #[tokio::test]
    async fn retries_while_the_code_lives() {
        let bench = Bench::new();
        let (delivery, otp) = claimed(&bench).await;
        let delivery = Delivery {
            attempts: 1,
            ..delivery
        };
        let retry_at = |left: i64| {
            let now = otp.expires_at - TimeDelta::milliseconds(left);
            after(&delivery, otp.expires_at, put_off(), now, 0)
        };
        let not_before = otp.expires_at - TimeDelta::milliseconds(1);
        assert_eq!(
            retry_at(2),
            Settlement::Retry {
                not_before,
                reason: "busy"
            }
        );
        assert!(matches!(retry_at(1), Settlement::Dropped { .. }));
    }

    #[tokio::test]
    async fn a_code_that_lives_longer_waits_longer() {
        let bench = Bench::new();
        let (delivery, _) = claimed(&bench).await;
        let delivery = Delivery {
            attempts: 50,
            ..delivery
        };
        let now = bench.clock.now();
        for (lifetime, longest) in [(5, 30_000), (10, 30_000), (20, 60_000), (24 * 60, 300_000)] {
            let expires_at = now + TimeDelta::minutes(lifetime);
            let settled = after(&delivery, expires_at, put_off(), now, longest - 1);
            let not_before = now + TimeDelta::milliseconds(longest.into());
            let reason = "busy";
            assert_eq!(
                settled,
                Settlement::Retry { not_before, reason },
                "{lifetime}"
            );
        }
    }

    #[tokio::test]
    async fn sends_only_what_is_still_good() {
        let bench = Bench::new();
        let (delivery, otp) = claimed(&bench).await;
        let dropped = |otp: &Otp, now| {
            matches!(
                before(&delivery, otp, now),
                Some(Settlement::Dropped { .. })
            )
        };
        assert!(!dropped(&otp, otp.expires_at - TimeDelta::microseconds(1)));
        assert!(dropped(&otp, otp.expires_at));
        let now = bench.clock.now();
        for state in [
            OtpState::Verified { at: now },
            OtpState::Revoked { at: now },
            OtpState::Spent,
        ] {
            assert!(dropped(
                &Otp {
                    state,
                    ..otp.clone()
                },
                now
            ));
        }
        assert!(dropped(
            &Otp {
                attempts: otp.max_attempts,
                ..otp.clone()
            },
            now
        ));
    }
}
