//! Clauses of the delivery queue.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::*;
use crate::ports::{Claim, Claimed, Guarded, Settlement};
use crate::testing::Subject;

const LEASE: TimeDelta = TimeDelta::seconds(30);

/// Due deliveries come out with their OTP, oldest due time first; what is not due yet stays.
pub async fn claims_what_is_due_oldest_first(subject: Subject) {
    let bench = Bench::on(subject);
    let now = bench.clock.now();
    for (number, seconds) in [(1, 2), (2, 1), (3, 3), (4, 0)] {
        bench.queue(number, now + TimeDelta::seconds(seconds)).await;
    }
    bench.advance(TimeDelta::seconds(2));
    assert_eq!(
        bench.claim(10).await.iter().map(number).collect::<Vec<_>>(),
        [4, 2, 1]
    );
    bench.advance(TimeDelta::seconds(1));
    let last = bench.claim(10).await;
    assert_eq!(last.iter().map(number).collect::<Vec<_>>(), [3]);
    assert!(
        last.iter()
            .all(|claimed| claimed.otp.id == claimed.delivery.otp_id
                && claimed.delivery.attempts == 1)
    );
}

/// No claim takes more than it asked for.
pub async fn claims_no_more_than_asked(subject: Subject) {
    let bench = Bench::on(subject);
    for number in 1..=5 {
        bench.queue(number, bench.clock.now()).await;
    }
    assert_eq!(bench.claim(2).await.len(), 2);
    assert_eq!(bench.claim(2).await.len(), 2);
    assert_eq!(bench.claim(2).await.len(), 1);
    assert_eq!(bench.claim(2).await.len(), 0);
}

/// While a lease runs, nobody else gets the delivery; when it ends, another worker takes over.
pub async fn keeps_a_lease_until_its_end(subject: Subject) {
    let bench = Bench::on(subject);
    bench.queue(1, bench.clock.now()).await;
    assert_eq!(bench.claim(1).await.len(), 1);
    bench.advance(LEASE - TimeDelta::microseconds(1));
    assert_eq!(bench.claim(1).await.len(), 0);
    bench.advance(TimeDelta::microseconds(1));
    let taken_over = bench.claim_as([2; 16], 1).await;
    assert_eq!(
        taken_over
            .iter()
            .map(|claimed| claimed.delivery.attempts)
            .collect::<Vec<_>>(),
        [2]
    );
}

/// A worker that lost its lease changes nothing.
pub async fn settles_under_the_own_lease_only(subject: Subject) {
    let bench = Bench::on(subject);
    bench.queue(1, bench.clock.now()).await;
    let id = DeliveryId::from_uuid(Uuid::from_u128(1));
    let dead = Settlement::Dead { reason: "late" };
    assert_eq!(
        bench
            .subject
            .queue
            .settle(id, [1; 16], &dead)
            .await
            .unwrap(),
        Guarded::Refused
    );
    assert_eq!(bench.claim_as([1; 16], 1).await.len(), 1);
    bench.advance(LEASE);
    assert_eq!(bench.claim_as([2; 16], 1).await.len(), 1);
    assert_eq!(
        bench
            .subject
            .queue
            .settle(id, [1; 16], &dead)
            .await
            .unwrap(),
        Guarded::Refused
    );
    assert_eq!(
        bench.subject.queue.give_back(id, [1; 16]).await.unwrap(),
        Guarded::Refused
    );
    assert_eq!(
        bench
            .subject
            .queue
            .settle(id, [2; 16], &bench.sent())
            .await
            .unwrap(),
        Guarded::Applied
    );
    assert_eq!(
        bench
            .subject
            .queue
            .settle(id, [2; 16], &dead)
            .await
            .unwrap(),
        Guarded::Refused
    );
    let otp_id = OtpId::from_uuid(Uuid::from_u128(1));
    assert_eq!(
        bench.subject.otps.delivery_state(otp_id).await.unwrap(),
        Some(DeliveryState::Sent)
    );
}

/// A retry comes out again from its `not_before` on, and its attempts go on counting.
pub async fn retries_from_not_before_on(subject: Subject) {
    let bench = Bench::on(subject);
    bench.queue(1, bench.clock.now()).await;
    assert_eq!(bench.claim(1).await.len(), 1);
    let id = DeliveryId::from_uuid(Uuid::from_u128(1));
    let not_before = bench.clock.now() + TimeDelta::seconds(10);
    let retry = Settlement::Retry {
        not_before,
        reason: "no connection",
    };
    assert_eq!(
        bench
            .subject
            .queue
            .settle(id, [1; 16], &retry)
            .await
            .unwrap(),
        Guarded::Applied
    );
    bench.advance(TimeDelta::seconds(10) - TimeDelta::microseconds(1));
    assert_eq!(bench.claim(1).await.len(), 0);
    bench.advance(TimeDelta::microseconds(1));
    let again = bench.claim(1).await;
    assert_eq!(
        again
            .iter()
            .map(|claimed| claimed.delivery.attempts)
            .collect::<Vec<_>>(),
        [2]
    );
}

/// What is sent, failed, dropped, dead or unknown never comes out again.
pub async fn never_claims_what_is_settled(subject: Subject) {
    let bench = Bench::on(subject);
    let settlements = [
        (bench.sent(), DeliveryState::Sent),
        (
            Settlement::Failed {
                reason: "unknown user",
            },
            DeliveryState::Failed,
        ),
        (
            Settlement::Dropped { reason: "expired" },
            DeliveryState::Dropped,
        ),
        (
            Settlement::Dead {
                reason: "no connection",
            },
            DeliveryState::Dead,
        ),
        (
            Settlement::Unknown {
                reason: "no answer",
            },
            DeliveryState::Unknown,
        ),
    ];
    for (number, (settlement, state)) in (1..).zip(settlements) {
        bench.queue(number, bench.clock.now()).await;
        assert_eq!(bench.claim(1).await.len(), 1);
        let id = DeliveryId::from_uuid(Uuid::from_u128(number));
        assert_eq!(
            bench
                .subject
                .queue
                .settle(id, [1; 16], &settlement)
                .await
                .unwrap(),
            Guarded::Applied
        );
        let otp_id = OtpId::from_uuid(Uuid::from_u128(number));
        assert_eq!(
            bench.subject.otps.delivery_state(otp_id).await.unwrap(),
            Some(state)
        );
        bench.advance(LEASE);
        assert_eq!(bench.claim(10).await.len(), 0, "{settlement:?}");
    }
}

/// A delivery that is given back is due at once, and the attempt that did not take place is not counted.
pub async fn gives_a_delivery_back_uncounted(subject: Subject) {
    let bench = Bench::on(subject);
    bench.queue(1, bench.clock.now()).await;
    let id = DeliveryId::from_uuid(Uuid::from_u128(1));
    assert_eq!(bench.claim_as([1; 16], 1).await.len(), 1);
    assert_eq!(
        bench.subject.queue.give_back(id, [1; 16]).await.unwrap(),
        Guarded::Applied
    );
    let again = bench.claim_as([2; 16], 1).await;
    assert_eq!(
        again
            .iter()
            .map(|claimed| claimed.delivery.attempts)
            .collect::<Vec<_>>(),
        [1]
    );
}

/// A worker that hands a delivery over and dies leaves a note for the next one; one that lost its lease leaves none,
/// and a settlement takes the note away.
pub async fn tells_the_next_worker_what_was_handed_over(subject: Subject) {
    let bench = Bench::on(subject);
    bench.queue(1, bench.clock.now()).await;
    let queue = &bench.subject.queue;
    let id = DeliveryId::from_uuid(Uuid::from_u128(1));
    let hand_over = |lease, now| async move { queue.hand_over(id, lease, now).await.unwrap() };
    let notes = |claimed: &[Claimed]| -> Vec<_> {
        let notes = claimed.iter().map(|each| each.delivery.handed_over_at);
        notes.collect()
    };
    let start = bench.clock.now();
    assert_eq!(hand_over([1; 16], start).await, Guarded::Refused);
    assert_eq!(notes(&bench.claim_as([1; 16], 1).await), [None]);
    bench.advance(LEASE);
    assert_eq!(notes(&bench.claim_as([2; 16], 1).await), [None]);
    let later = bench.clock.now();
    assert_eq!(hand_over([1; 16], later).await, Guarded::Refused);
    assert_eq!(hand_over([2; 16], later).await, Guarded::Applied);
    assert_eq!(bench.claim_as([3; 16], 1).await.len(), 0, "still leased");
    bench.advance(LEASE);
    assert_eq!(notes(&bench.claim_as([3; 16], 1).await), [Some(later)]);
    let retry = Settlement::Retry {
        not_before: bench.clock.now(),
        reason: "no connection",
    };
    assert_eq!(
        queue.settle(id, [3; 16], &retry).await.unwrap(),
        Guarded::Applied
    );
    assert_eq!(notes(&bench.claim_as([4; 16], 1).await), [None]);
}

/// Sixteen workers that claim at once share the queue without sharing a delivery, and leave none behind.
pub async fn parallel_claims_never_share_a_delivery(subject: Subject) {
    let bench = Bench::on(subject);
    for number in 1..=100 {
        bench.queue(number, bench.clock.now()).await;
    }
    let mut seen = BTreeSet::new();
    for round in 0_u8..100 {
        let claims = (0_u8..16).map(|worker| {
            bench.claim_as([round, worker, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 3)
        });
        let claimed: Vec<u128> = join_all(claims)
            .await
            .iter()
            .flatten()
            .map(number)
            .collect();
        for number in &claimed {
            assert!(seen.insert(*number), "delivery {number} was claimed twice");
        }
        if seen.len() == 100 {
            return;
        }
    }
    panic!("only {} of 100 deliveries were claimed", seen.len());
}

/// Sixteen workers that claim at once do not fight for the same deliveries: while there is enough, each gets its share.
pub async fn parallel_claims_leave_nobody_empty_handed(subject: Subject) {
    let bench = Bench::on(subject);
    for number in 1..=100 {
        bench.queue(number, bench.clock.now()).await;
    }
    for round in 0_u8..2 {
        let claims = (0_u8..16).map(|worker| {
            bench.claim_as([round, worker, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2], 3)
        });
        let claimed = join_all(claims).await;
        let shares: Vec<usize> = claimed.iter().map(Vec::len).collect();
        assert_eq!(shares, [3; 16], "round {round}");
    }
}

/// The oldest delivery that is due and without a running lease tells since when the queue stands.
pub async fn tells_since_when_a_delivery_waits(subject: Subject) {
    let bench = Bench::on(subject);
    let start = bench.clock.now();
    assert_eq!(
        bench.subject.queue.waiting_since(start).await.unwrap(),
        None
    );
    bench.queue(1, start + TimeDelta::seconds(5)).await;
    assert_eq!(
        bench.subject.queue.waiting_since(start).await.unwrap(),
        None
    );
    bench.advance(TimeDelta::seconds(9));
    let waiting = bench
        .subject
        .queue
        .waiting_since(bench.clock.now())
        .await
        .unwrap();
    assert_eq!(waiting, Some(start + TimeDelta::seconds(5)));
    assert_eq!(bench.claim(1).await.len(), 1);
    assert_eq!(
        bench
            .subject
            .queue
            .waiting_since(bench.clock.now())
            .await
            .unwrap(),
        None
    );
}

/// What is queued is counted up to a bound: due or not, under a lease or not, and never what is settled.
pub async fn counts_what_is_queued_up_to_a_bound(subject: Subject) {
    let bench = Bench::on(subject);
    assert_eq!(bench.subject.queue.count_queued(10).await.unwrap(), 0);
    let now = bench.clock.now();
    for (number, seconds) in [(1, 0), (2, 0), (3, 60)] {
        bench.queue(number, now + TimeDelta::seconds(seconds)).await;
    }
    assert_eq!(bench.claim(1).await.len(), 1);
    assert_eq!(bench.subject.queue.count_queued(10).await.unwrap(), 3);
    assert_eq!(bench.subject.queue.count_queued(2).await.unwrap(), 2);
    assert_eq!(bench.claim_and_send().await, 1);
    assert_eq!(bench.subject.queue.count_queued(10).await.unwrap(), 2);
}

fn number(claimed: &Claimed) -> u128 {
    claimed.delivery.id.as_uuid().as_u128()
}

impl Bench {
    /// Claims under the lease named by ones.
    pub(super) async fn claim(&self, limit: u16) -> Vec<Claimed> {
        self.claim_as([1; 16], limit).await
    }

    pub(super) async fn claim_as(&self, lease: [u8; 16], limit: u16) -> Vec<Claimed> {
        let now = self.clock.now();
        self.subject
            .queue
            .claim(&Claim {
                lease,
                now,
                lease_until: now + LEASE,
                limit,
            })
            .await
            .unwrap()
    }

    pub(super) async fn claim_and_send(&self) -> usize {
        let claimed = self.claim(100).await;
        for Claimed { delivery, .. } in &claimed {
            assert_eq!(
                self.subject
                    .queue
                    .settle(delivery.id, [1; 16], &self.sent())
                    .await
                    .unwrap(),
                Guarded::Applied
            );
        }
        claimed.len()
    }

    pub(super) fn sent(&self) -> Settlement {
        Settlement::Sent {
            at: self.clock.now(),
            provider: "smtp".to_owned(),
            message_id: Some("1@x".to_owned()),
        }
    }

    async fn queue(&self, number: u128, not_before: DateTime<Utc>) {
        let (otp, mut delivery) = sample(self, number);
        delivery.not_before = not_before;
        self.open(&otp, &delivery).await;
    }
}
