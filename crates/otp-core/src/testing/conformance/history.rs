//! Clauses of the history.

use std::sync::Arc;

use futures_util::future::join_all;

use super::*;
use crate::ports::{Batch, Charge, Charged, Guarded, Opened, Opening, OtpHistory, Purge};
use crate::statistics::{Funnel, Statistics, Totals, Window};
use crate::testing::{Archive, Subject};

const LIFETIME: TimeDelta = TimeDelta::minutes(5);
const MANY: u16 = 100;

/// A store under test with a bench around it.
struct Past {
    bench: Bench,
    history: Arc<dyn OtpHistory>,
}

impl From<Archive> for Past {
    fn from(archive: Archive) -> Self {
        Self {
            bench: Bench::on(archive.subject),
            history: archive.history,
        }
    }
}

impl Past {
    fn now(&self) -> DateTime<Utc> {
        self.bench.clock.now()
    }

    fn subject(&self) -> &Subject {
        &self.bench.subject
    }

    async fn issue(&self, number: u128) -> OtpId {
        self.issue_as(number, |_| {}).await
    }

    async fn issue_as(&self, number: u128, change: impl FnOnce(&mut Otp)) -> OtpId {
        let (mut otp, delivery) = sample(&self.bench, number);
        change(&mut otp);
        let id = otp.id;
        let opening = Opening::unlimited(otp, delivery);
        let opened = self.subject().otps.open(&opening).await.unwrap();
        assert!(matches!(opened, Opened::New(_)));
        id
    }

    async fn charge(&self, id: OtpId, consume_as: Option<[u8; 16]>) {
        let charge = Charge::unlimited(id, self.now(), consume_as);
        let charged = self.subject().otps.charge(&charge).await.unwrap();
        assert_eq!(charged, Charged::Applied);
    }

    async fn read(&self) -> Statistics {
        let day = TimeDelta::days(1);
        self.read_in(Window::new(self.now() - day, self.now() + day))
            .await
    }

    async fn read_in(&self, window: Window) -> Statistics {
        self.history.read(&window, self.now()).await.unwrap()
    }

    async fn only_hour(&self) -> Funnel {
        let mut hours = self.read().await.hours;
        assert_eq!(hours.len(), 1, "{hours:?}");
        hours.remove(0).funnel
    }

    async fn count(&self, until: DateTime<Utc>, limit: u16) -> Batch {
        self.history.count(until, limit).await.unwrap()
    }

    async fn purge(&self, issued_until: DateTime<Utc>, limit: u16) -> Batch {
        let purge = Purge {
            issued_until,
            now: self.now(),
            limit,
        };
        self.history.purge(&purge).await.unwrap()
    }

    async fn is_there(&self, id: OtpId) -> bool {
        self.subject().otps.find(id).await.unwrap().is_some()
    }

    /// One OTP of each ending and a decoy, all sent after two seconds; tells their ids.
    async fn one_of_each(&self) -> [OtpId; 5] {
        let verified = self.issue(1).await;
        let spent = self.issue_as(2, |otp| otp.max_attempts = 1).await;
        let revoked = self.issue(3).await;
        let expired = self.issue(4).await;
        let decoy = self.issue_as(5, |otp| otp.decoy = true).await;
        self.bench.advance(TimeDelta::seconds(2));
        assert_eq!(self.bench.claim_and_send().await, 5);
        self.bench.advance(TimeDelta::seconds(10));
        self.charge(verified, None).await;
        self.charge(verified, Some([1; 16])).await;
        self.charge(spent, None).await;
        let now = self.now();
        let otps = &self.subject().otps;
        assert_eq!(otps.revoke(revoked, now).await.unwrap(), Guarded::Applied);
        [verified, spent, revoked, expired, decoy]
    }
}

fn done(done: u64) -> Batch {
    Batch { done, more: false }
}

/// Every way in which an OTP can end is told, with the times it took.
pub async fn tells_what_became_of_each_otp(archive: Archive) {
    let past = Past::from(archive);
    past.one_of_each().await;
    past.bench.advance(LIFETIME);
    let live = past.issue(6).await;
    let mut expected = Funnel {
        issued: 5,
        sent: 4,
        verified: 1,
        refused: 2,
        spent: 1,
        revoked: 1,
        expired: 1,
        live: 1,
        decoys: 1,
        ..Funnel::default()
    };
    for _ in 0..4 {
        expected.to_send.record(TimeDelta::seconds(2));
    }
    expected.to_verify.record(TimeDelta::seconds(12));
    assert_eq!(past.only_hour().await, expected);
    assert!(past.is_there(live).await);
    let totals = Totals {
        total: 5,
        today: 5,
        verified: 1,
        expired: 1,
    };
    assert_eq!(past.read().await.totals, totals);
}

/// Counting and removing change nothing of what is told.
pub async fn tells_the_same_after_counting_and_after_removing(archive: Archive) {
    let past = Past::from(archive);
    let ids = past.one_of_each().await;
    past.bench.advance(LIFETIME);
    let told = past.read().await;
    let now = past.now();
    assert_eq!(
        past.count(now, 3).await,
        Batch {
            done: 3,
            more: true
        }
    );
    assert_eq!(past.read().await, told);
    assert_eq!(past.count(now, 3).await, done(2));
    assert_eq!(past.count(now, 3).await, done(0));
    assert_eq!(past.read().await, told);
    assert_eq!(past.purge(now, MANY).await, done(5));
    for id in ids {
        assert!(!past.is_there(id).await);
    }
    assert_eq!(past.read().await, told);
}

/// What is removed before it was counted is counted at that moment.
pub async fn counts_what_it_removes(archive: Archive) {
    let past = Past::from(archive);
    let [verified, ..] = past.one_of_each().await;
    let told = past.read().await;
    assert_eq!(past.purge(past.now(), MANY).await, done(3));
    assert!(!past.is_there(verified).await);
    assert_eq!(past.read().await, told);
    assert_eq!(past.count(past.now() + LIFETIME, MANY).await, done(2));
    let totals = past.read().await.totals;
    assert_eq!((totals.total, totals.expired), (4, 1));
}

/// Only what expired by the given time is counted, the oldest first.
pub async fn counts_up_to_a_time(archive: Archive) {
    let past = Past::from(archive);
    let deadline = past.now() + LIFETIME;
    past.issue(1).await;
    past.issue_as(2, |otp| otp.expires_at += TimeDelta::seconds(1))
        .await;
    let moment = TimeDelta::microseconds(1);
    assert_eq!(past.count(deadline - moment, MANY).await, done(0));
    assert_eq!(past.count(deadline, MANY).await, done(1));
    assert_eq!(past.count(deadline, MANY).await, done(0));
    let funnel = past.only_hour().await;
    assert_eq!((funnel.issued, funnel.expired, funnel.live), (2, 1, 1));
}

/// What may still open stays, and so does what was issued too recently; deliveries go with their OTP.
pub async fn removes_what_is_over_and_old(archive: Archive) {
    let past = Past::from(archive);
    let live = past.issue(1).await;
    let old = past.issue(2).await;
    past.charge(old, Some([1; 16])).await;
    let issued_until = past.now();
    past.bench.advance(TimeDelta::microseconds(1));
    let recent = past.issue(3).await;
    past.charge(recent, Some([2; 16])).await;
    assert_eq!(past.purge(issued_until, MANY).await, done(1));
    assert!(past.is_there(live).await && past.is_there(recent).await);
    assert!(!past.is_there(old).await);
    assert_eq!(past.subject().otps.delivery_state(old).await.unwrap(), None);
    let queued = past.bench.claim(MANY).await;
    assert_eq!(queued.len(), 2);
    past.bench.advance(LIFETIME);
    assert_eq!(past.purge(past.now(), MANY).await, done(2));
}

/// No call removes more than it was asked to, and the oldest go first.
pub async fn removes_the_oldest_in_batches(archive: Archive) {
    let past = Past::from(archive);
    let mut ids = Vec::new();
    for number in [3, 1, 2] {
        ids.push(past.issue(number).await);
        past.bench.advance(TimeDelta::seconds(1));
    }
    past.bench.advance(LIFETIME);
    let now = past.now();
    assert_eq!(
        past.purge(now, 2).await,
        Batch {
            done: 2,
            more: true
        }
    );
    assert!(past.is_there(*ids.last().unwrap()).await);
    assert_eq!(past.purge(now, 2).await, done(1));
    assert_eq!(past.purge(now, 2).await, done(0));
}

/// A window tells its own hours and purpose; the totals tell all hours.
pub async fn tells_the_hours_of_a_window(archive: Archive) {
    let past = Past::from(archive);
    let start = past.now();
    let payment = Purpose::parse("payment").unwrap();
    past.issue(1).await;
    past.issue_as(2, |otp| otp.purpose = payment.clone()).await;
    past.bench.advance(TimeDelta::hours(1));
    past.issue(3).await;
    past.bench.advance(TimeDelta::hours(12));
    past.issue(4).await;
    let hour = TimeDelta::hours(1);
    for counted in [false, true] {
        if counted {
            assert_eq!(past.count(start + hour * 2, MANY).await, done(3));
        }
        let first = past.read_in(Window::new(start, start + hour)).await;
        let told: Vec<_> = first
            .hours
            .iter()
            .map(|hour| (hour.start, hour.purpose.as_str(), hour.funnel.issued))
            .collect();
        assert_eq!(told, [(start, "login", 1), (start, "payment", 1)]);
        assert_eq!((first.totals.total, first.totals.today), (4, 1));
        let all = Window::new(start, start + hour * 14);
        assert_eq!(past.read_in(all.clone()).await.hours.len(), 4);
        let payments = past.read_in(all.of_purpose(payment.clone())).await;
        assert_eq!(payments.hours.len(), 1);
        assert_eq!(payments.totals.total, 1);
    }
}

/// Any number of nodes count and remove at once, and each OTP is told once.
pub async fn parallel_counts_and_removals_tell_each_otp_once(archive: Archive) {
    const OTPS: u64 = 60;
    let past = Past::from(archive);
    for number in 1..=OTPS {
        // The oldest is the last to expire: removing and counting begin at other ends, and meet in the hour only.
        let age = TimeDelta::milliseconds(i64::try_from(number).unwrap());
        past.issue_as(u128::from(number), |otp| {
            otp.created_at += age;
            otp.expires_at -= age;
        })
        .await;
    }
    past.bench.advance(LIFETIME);
    let now = past.now();
    let nodes = (0..8).map(|node| {
        let past = &past;
        async move {
            for _ in 0..OTPS {
                if node % 2 == 0 {
                    let _ = past.count(now, 7).await;
                } else {
                    let _ = past.purge(now, 5).await;
                }
                let told = past.read().await.totals.total;
                assert_eq!(told, OTPS);
            }
        }
    });
    join_all(nodes).await;
    let _ = past.purge(now, MANY).await;
    assert_eq!(past.only_hour().await.expired, OTPS);
    assert_eq!(past.count(now, MANY).await, done(0));
}
