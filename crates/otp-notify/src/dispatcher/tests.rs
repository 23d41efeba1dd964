//! The dispatcher on the in-memory queue, with a clock that stands still.

mod outage;
mod repeats;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use otp_core::ports::*;
use otp_core::testing::{Bench, FixedDirectory, RecordingEvents, RecordingNotifier};
use otp_core::*;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing_subscriber::fmt::MakeWriter;

use super::worker::SEND_WITHIN;
use super::*;

/// A notifier that records what it sends, unless the contact says otherwise.
struct Moody {
    repeat: Repeat,
    sent: RecordingNotifier,
    calls: AtomicU32,
}

impl Default for Moody {
    fn default() -> Self {
        Self {
            repeat: Repeat::Safe,
            sent: RecordingNotifier::default(),
            calls: AtomicU32::default(),
        }
    }
}

#[async_trait]
impl Notifier for Moody {
    fn repeat(&self, _: Channel) -> Repeat {
        self.repeat
    }

    async fn notify(&self, notice: &Notice) -> Result<Receipt, NotifyError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let contact = notice.otp.contact.as_str();
        let code = notice.code.expose();
        let source = Some(format!("550 no {contact}, no {code}").into());
        match contact.split(['-', '@']).next() {
            Some("later") => Err(NotifyError::Temporary {
                reason: "busy",
                source,
            }),
            Some("never") => Err(NotifyError::Permanent {
                reason: "no such user",
                source,
            }),
            Some("unsure") => Err(NotifyError::Unknown {
                reason: "no answer",
                source,
            }),
            Some("panics") => panic!("cannot send {code} to {contact}"),
            Some("hangs") => std::future::pending().await,
            _ => self.sent.notify(notice).await,
        }
    }
}

/// A bench with a notifier, and what a test does with them.
struct Desk {
    bench: Bench,
    notifier: Arc<Moody>,
}

impl Desk {
    fn new() -> Self {
        Self {
            bench: Bench::new(),
            notifier: Arc::default(),
        }
    }

    fn dispatcher(&self) -> Dispatcher {
        self.dispatcher_on(self.bench.subject.queue.clone())
    }

    fn dispatcher_on(&self, queue: Arc<dyn DeliveryQueue>) -> Dispatcher {
        let Bench {
            keys,
            clock,
            secrets,
            ..
        } = &self.bench;
        Dispatcher::new(
            queue,
            self.notifier.clone(),
            keys.clone(),
            clock.clone(),
            secrets.clone(),
        )
    }

    async fn run_once(&self) -> usize {
        self.dispatcher().run_once().await.expect("a store")
    }

    async fn issue(&self, name: &str) -> OtpId {
        self.issue_with(&self.bench.service(), name).await
    }

    async fn issue_with(&self, service: &OtpService, name: &str) -> OtpId {
        let contact = Contact::email(&format!("{name}@example.com")).expect("an address");
        let issued = service.issue(contact).await.expect("a store");
        issued.granted().expect("an OTP").id
    }

    async fn state(&self, id: OtpId) -> DeliveryState {
        let state = self.bench.subject.otps.delivery_state(id).await;
        state.expect("a store").expect("a delivery")
    }

    fn sent(&self) -> Vec<Notice> {
        self.notifier.sent.sent()
    }

    fn calls(&self) -> u32 {
        self.notifier.calls.load(Ordering::Relaxed)
    }

    async fn until_sent(&self, count: usize) {
        while self.sent().len() < count {
            sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Runs a dispatcher beside the test; what is returned stops it and waits for its end.
fn run(dispatcher: Dispatcher) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    (
        stop,
        tokio::spawn(dispatcher.run(async { drop(stopped.await) })),
    )
}

/// A queue that can be held up and can fail, before the real one.
struct Unsteady {
    inner: Arc<dyn DeliveryQueue>,
    /// One permit for each claim whose answer, committed already, may come back.
    gate: Semaphore,
    claims: AtomicU32,
    claims_to_fail: AtomicU32,
    hand_overs_to_fail: AtomicU32,
    settles_to_fail: AtomicU32,
}

impl Unsteady {
    fn new(desk: &Desk) -> Self {
        Self {
            inner: desk.bench.subject.queue.clone(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
            claims: AtomicU32::default(),
            claims_to_fail: AtomicU32::default(),
            hand_overs_to_fail: AtomicU32::default(),
            settles_to_fail: AtomicU32::default(),
        }
    }

    fn fails(counter: &AtomicU32) -> bool {
        let one_less = |left: u32| left.checked_sub(1);
        counter
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
            .is_ok()
    }
}

#[async_trait]
impl DeliveryQueue for Unsteady {
    async fn claim(&self, claim: &Claim) -> Result<Vec<Claimed>, StoreError> {
        self.claims.fetch_add(1, Ordering::Relaxed);
        if Self::fails(&self.claims_to_fail) {
            return Err(StoreError::Unavailable("SELECT secret".into()));
        }
        let claimed = self.inner.claim(claim).await;
        self.gate.acquire().await.expect("an open gate").forget();
        claimed
    }
    async fn hand_over(
        &self,
        id: DeliveryId,
        lease: [u8; 16],
        now: DateTime<Utc>,
    ) -> Result<Guarded, StoreError> {
        if Self::fails(&self.hand_overs_to_fail) {
            return Err(StoreError::Unavailable("UPDATE secret".into()));
        }
        self.inner.hand_over(id, lease, now).await
    }
    async fn settle(
        &self,
        id: DeliveryId,
        lease: [u8; 16],
        settlement: &Settlement,
    ) -> Result<Guarded, StoreError> {
        if Self::fails(&self.settles_to_fail) {
            return Err(StoreError::Unavailable("UPDATE secret".into()));
        }
        self.inner.settle(id, lease, settlement).await
    }
    async fn give_back(&self, id: DeliveryId, lease: [u8; 16]) -> Result<Guarded, StoreError> {
        self.inner.give_back(id, lease).await
    }
    async fn waiting_since(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.inner.waiting_since(now).await
    }
    async fn count_queued(&self, at_most: u32) -> Result<u32, StoreError> {
        self.inner.count_queued(at_most).await
    }
}

#[tokio::test]
async fn sends_once_and_marks_it() {
    let desk = Desk::new();
    let id = desk.issue("ada").await;
    assert_eq!((desk.run_once().await, desk.run_once().await), (1, 0));
    assert_eq!(desk.state(id).await, DeliveryState::Sent);
    let codes: Vec<_> = desk
        .sent()
        .iter()
        .map(|notice| notice.code.expose().to_owned())
        .collect();
    assert_eq!(codes, [desk.bench.read_code(id).await.expose()]);
}

#[tokio::test]
async fn a_decoy_is_settled_like_any_other_and_reaches_nobody() {
    let desk = Desk::new();
    let nobody = Arc::new(FixedDirectory::default());
    let service = desk.bench.service().with_customers(nobody);
    let decoy = desk.issue_with(&service, "eve").await;
    assert_eq!(desk.state(decoy).await, DeliveryState::Queued);
    let events = Arc::new(RecordingEvents::default());
    let dispatcher = desk.dispatcher().with_events(events.clone());
    assert_eq!(dispatcher.run_once().await.expect("a store"), 1);
    assert_eq!(desk.state(decoy).await, DeliveryState::Sent);
    assert_eq!((desk.calls(), events.take()), (0, vec![]));
}

#[tokio::test]
async fn tells_what_became_of_each_message() {
    let desk = Desk::new();
    let events = Arc::new(RecordingEvents::default());
    let dispatcher = desk.dispatcher().with_events(events.clone());
    let of_login = |what| Event {
        purpose: Some(Purpose::default()),
        channel: Some(Channel::Email),
        what,
    };
    let sent = |queued, issued| Happening::Sent {
        provider: "recording".to_owned(),
        since_queued: TimeDelta::seconds(queued),
        since_issue: TimeDelta::seconds(issued),
    };
    let id = desk.issue("ada").await;
    desk.bench.advance(TimeDelta::seconds(3));
    assert_eq!(dispatcher.run_once().await.expect("a store"), 1);
    assert_eq!(events.take(), [of_login(sent(3, 3))]);
    desk.bench.advance(TimeDelta::seconds(57));
    let resent = desk.bench.service().resend(id).await;
    assert!(resent.expect("a store").granted().is_some());
    desk.bench.advance(TimeDelta::seconds(2));
    assert_eq!(dispatcher.run_once().await.expect("a store"), 1);
    assert_eq!(events.take(), [of_login(sent(2, 62))]);
    desk.issue("never").await;
    assert_eq!(dispatcher.run_once().await.expect("a store"), 1);
    assert_eq!(
        events.take(),
        [of_login(Happening::NotSent(Unsent::Failed))]
    );
    desk.issue("later").await;
    assert_eq!(dispatcher.run_once().await.expect("a store"), 1);
    assert_eq!(events.take(), [of_login(Happening::NotSent(Unsent::Retry))]);
    desk.bench.advance(TimeDelta::minutes(5));
    assert_eq!(dispatcher.run_once().await.expect("a store"), 1);
    assert_eq!(
        events.take(),
        [of_login(Happening::NotSent(Unsent::Dropped))]
    );
    desk.issue("panics").await;
    for _ in 0..5 {
        assert_eq!(dispatcher.run_once().await.expect("a store"), 1);
        desk.bench.advance(TimeDelta::seconds(30));
    }
    let last = events.take().pop();
    assert_eq!(last, Some(of_login(Happening::NotSent(Unsent::Dead))));
}

#[tokio::test(start_paused = true)]
async fn tells_nothing_of_what_is_not_written_down() {
    let desk = Desk::new();
    let events = Arc::new(RecordingEvents::default());
    desk.issue("ada").await;
    let queue = Arc::new(Unsteady {
        settles_to_fail: u32::MAX.into(),
        ..Unsteady::new(&desk)
    });
    let dispatcher = desk.dispatcher_on(queue).with_events(events.clone());
    assert_eq!(dispatcher.run_once().await.expect("a store"), 0);
    assert_eq!((desk.sent().len(), events.take()), (1, vec![]));
}

#[tokio::test]
async fn sends_more_than_fit_at_once() {
    let desk = Desk::new();
    for number in 0..20 {
        desk.issue(&format!("ada{number}")).await;
    }
    assert_eq!((desk.run_once().await, desk.sent().len()), (20, 20));
}

#[tokio::test]
async fn drops_what_expired_was_used_or_was_called_back() {
    let desk = Desk::new();
    let service = desk.bench.service();
    let used = desk.issue("used").await;
    let code = desk.bench.read_code(used).await;
    assert!(matches!(
        service.verify(Verify::new(used, code)).await,
        Ok(Outcome::Granted(_))
    ));
    let revoked = desk.issue("revoked").await;
    assert!(service.revoke(revoked).await.is_ok());
    let good = desk.issue("good").await;
    assert_eq!(desk.run_once().await, 3);
    for id in [used, revoked] {
        assert_eq!(desk.state(id).await, DeliveryState::Dropped);
    }
    assert_eq!(desk.state(good).await, DeliveryState::Sent);
    let expired = desk.issue("expired").await;
    desk.bench.advance(TimeDelta::minutes(5));
    assert_eq!(desk.run_once().await, 1);
    assert_eq!(desk.state(expired).await, DeliveryState::Dropped);
    assert_eq!(desk.calls(), 1);
}

#[tokio::test]
async fn tries_again_later_when_put_off_and_stops_when_the_code_dies() {
    let desk = Desk::new();
    let id = desk.issue("later").await;
    let mut tries = 0;
    for longest_wait in [1, 2, 4, 8, 16, 30, 30] {
        assert_eq!(desk.run_once().await, 1);
        tries += 1;
        assert_eq!(
            (desk.state(id).await, desk.calls()),
            (DeliveryState::Queued, tries)
        );
        assert_eq!(desk.run_once().await, 0, "not at once");
        desk.bench.advance(TimeDelta::seconds(longest_wait));
    }
    desk.bench.advance(TimeDelta::minutes(5));
    assert_eq!(desk.run_once().await, 1);
    assert_eq!(
        (desk.state(id).await, desk.calls()),
        (DeliveryState::Dropped, tries)
    );
}

#[tokio::test]
async fn gives_up_at_once_on_what_is_refused_for_good() {
    let desk = Desk::new();
    let id = desk.issue("never").await;
    assert_eq!(desk.run_once().await, 1);
    assert_eq!(desk.state(id).await, DeliveryState::Failed);
    desk.bench.advance(TimeDelta::minutes(1));
    assert_eq!((desk.run_once().await, desk.calls()), (0, 1));
}

#[tokio::test]
async fn poison_neither_stops_the_others_nor_lives_for_ever() {
    let desk = Desk::new();
    let mut poison = Vec::new();
    for number in 0..20 {
        poison.push(desk.issue(&format!("panics-{number}")).await);
    }
    for number in 0..100 {
        desk.issue(&format!("ada{number}")).await;
    }
    assert_eq!((desk.run_once().await, desk.sent().len()), (120, 100));
    for _ in 0..10 {
        desk.bench.advance(TimeDelta::seconds(16));
        desk.run_once().await;
    }
    assert_eq!(
        desk.calls(),
        100 + 20 * 5,
        "each poison message is tried five times"
    );
    for id in poison {
        assert_eq!(desk.state(id).await, DeliveryState::Dead);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dispatchers_on_one_store_never_send_the_same_delivery_twice() {
    let desk = Desk::new();
    for number in 0..200 {
        desk.issue(&format!("ada{number}")).await;
    }
    let each = (0..4).map(|_| {
        let dispatcher = desk.dispatcher();
        tokio::spawn(async move { dispatcher.run_once().await.expect("a store") })
    });
    let settled: usize = join_all(each)
        .await
        .into_iter()
        .map(|run| run.expect("no panic"))
        .sum();
    let ids: BTreeSet<_> = desk
        .sent()
        .iter()
        .map(|notice| notice.delivery.id)
        .collect();
    assert_eq!((settled, desk.sent().len(), ids.len()), (200, 200, 200));
}

#[tokio::test]
async fn the_lease_of_a_dead_worker_is_taken_over_at_its_end() {
    let desk = Desk::new();
    let id = desk.issue("hangs").await;
    {
        let dispatcher = desk.dispatcher();
        let begun = async {
            while desk.calls() == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = dispatcher.run_once() => panic!("it hangs"),
            () = begun => {} // and dies while it sends
        }
    }
    let bystander = Desk {
        bench: desk.bench,
        notifier: Arc::default(),
    };
    bystander
        .bench
        .advance(TimeDelta::seconds(60) - TimeDelta::microseconds(1));
    assert_eq!(bystander.run_once().await, 0);
    bystander.bench.advance(TimeDelta::microseconds(1));
    tokio::time::pause();
    assert_eq!((bystander.run_once().await, bystander.calls()), (1, 1));
    assert_eq!(bystander.state(id).await, DeliveryState::Queued);
}

#[tokio::test]
async fn what_kills_its_workers_is_given_up_after_five_claims() -> Result<(), PolicyError> {
    let desk = Desk::new();
    let purpose = Purpose::parse(Policy::CONFIRMATION)?;
    let day = Policy::new(
        &purpose,
        CodeFormat::DEFAULT,
        TimeDelta::hours(24),
        5,
        TimeDelta::seconds(60),
    )?;
    let service = desk
        .bench
        .service()
        .with_policies(Policies::default().with(purpose.clone(), day));
    let contact = Contact::email("ada@example.com").expect("an address");
    let issued = service
        .issue(Issue::new(contact).for_purpose(purpose))
        .await
        .expect("a store");
    let id = issued.granted().expect("an OTP").id;
    for lease in 1..=5 {
        let now = desk.bench.clock.now();
        let claim = Claim {
            lease: [lease; 16],
            now,
            lease_until: now + TimeDelta::seconds(60),
            limit: 8,
        };
        assert_eq!(
            desk.bench
                .subject
                .queue
                .claim(&claim)
                .await
                .expect("a store")
                .len(),
            1
        );
        desk.bench.advance(TimeDelta::seconds(60));
    }
    assert_eq!((desk.run_once().await, desk.calls()), (1, 0));
    assert_eq!(desk.state(id).await, DeliveryState::Dead);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_never_returns_is_cut_off_before_the_lease_ends() {
    let desk = Desk::new();
    let id = desk.issue("hangs").await;
    let begun = Instant::now();
    assert_eq!(desk.run_once().await, 1);
    assert_eq!(begun.elapsed(), SEND_WITHIN);
    assert!(begun.elapsed() < Duration::from_mins(1));
    assert_eq!(desk.state(id).await, DeliveryState::Queued);
}

#[tokio::test]
async fn a_resend_sends_the_same_code() {
    let desk = Desk::new();
    let id = desk.issue("ada").await;
    assert_eq!(desk.run_once().await, 1);
    desk.bench.advance(TimeDelta::seconds(60));
    assert!(matches!(
        desk.bench.service().resend(id).await,
        Ok(Outcome::Granted(_))
    ));
    assert_eq!(desk.run_once().await, 1);
    let sent = desk.sent();
    assert_eq!(sent[0].code.expose(), sent[1].code.expose());
    assert_ne!(sent[0].delivery.id, sent[1].delivery.id);
}

#[tokio::test]
async fn a_code_whose_key_is_not_here_waits_for_a_node_that_has_it() {
    let desk = Desk::new();
    let id = desk.issue("ada").await;
    let Bench {
        clock,
        secrets,
        subject,
        ..
    } = &desk.bench;
    let other =
        Keyring::parse("other:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").expect("a ring");
    let (queue, notifier) = (subject.queue.clone(), desk.notifier.clone());
    let elsewhere = Dispatcher::new(
        queue,
        notifier,
        Arc::new(other),
        clock.clone(),
        secrets.clone(),
    );
    assert_eq!(elsewhere.run_once().await.expect("a store"), 1);
    assert_eq!(
        (desk.state(id).await, desk.calls()),
        (DeliveryState::Queued, 0)
    );
    desk.bench.advance(TimeDelta::seconds(1));
    assert_eq!(desk.run_once().await, 1);
    assert_eq!(desk.state(id).await, DeliveryState::Sent);
}

#[tokio::test(start_paused = true)]
async fn a_wake_up_sends_at_once_and_a_look_finds_the_rest() {
    let desk = Desk::new();
    let dispatcher = desk.dispatcher();
    let waking = desk.bench.service().on_queued(dispatcher.waker());
    let (stop, ended) = run(dispatcher);
    sleep(Duration::from_millis(750)).await;
    let begun = Instant::now();
    desk.issue_with(&waking, "ada").await;
    desk.until_sent(1).await;
    assert!(
        begun.elapsed() < Duration::from_millis(10),
        "{:?}",
        begun.elapsed()
    );
    let begun = Instant::now();
    desk.issue("quiet").await;
    desk.until_sent(2).await;
    assert!(
        (490..=510).contains(&begun.elapsed().as_millis()),
        "{:?}",
        begun.elapsed()
    );
    stop.send(()).expect("a running dispatcher");
    ended.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn slow_messages_do_not_hold_up_the_others() {
    let desk = Desk::new();
    for number in 0..7 {
        desk.issue(&format!("hangs-{number}")).await;
    }
    for number in 0..20 {
        desk.issue(&format!("ada{number}")).await;
    }
    let (stop, ended) = run(desk.dispatcher());
    let begun = Instant::now();
    desk.until_sent(20).await;
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
    drop(stop);
    ended.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn no_more_than_eight_are_sent_at_once() {
    let desk = Desk::new();
    for number in 0..20 {
        desk.issue(&format!("hangs-{number}")).await;
    }
    let (stop, ended) = run(desk.dispatcher());
    sleep(SEND_WITHIN / 2).await;
    assert_eq!(desk.calls(), 8);
    sleep(SEND_WITHIN).await;
    assert_eq!(desk.calls(), 16);
    drop(stop);
    ended.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn a_failing_store_is_asked_less_often_and_never_ends_the_dispatcher() {
    let desk = Desk::new();
    desk.issue("ada").await;
    let queue = Arc::new(Unsteady {
        claims_to_fail: 12.into(),
        ..Unsteady::new(&desk)
    });
    let (stop, ended) = run(desk.dispatcher_on(queue.clone()));
    sleep(Duration::from_mins(2)).await;
    // After 0, 1, 3, 7, 15, 31, 61 and 91 seconds.
    assert_eq!((queue.claims.load(Ordering::Relaxed), desk.calls()), (8, 0));
    desk.until_sent(1).await;
    stop.send(()).expect("a running dispatcher");
    ended.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_was_busy_for_a_moment_makes_nobody_get_two_mails() {
    let desk = Desk::new();
    let id = desk.issue("ada").await;
    let queue = Arc::new(Unsteady {
        settles_to_fail: 4.into(),
        ..Unsteady::new(&desk)
    });
    assert_eq!(
        desk.dispatcher_on(queue).run_once().await.expect("a store"),
        1
    );
    assert_eq!(
        (desk.state(id).await, desk.calls()),
        (DeliveryState::Sent, 1)
    );
    let id = desk.issue("eve").await;
    let queue = Arc::new(Unsteady {
        settles_to_fail: u32::MAX.into(),
        ..Unsteady::new(&desk)
    });
    assert_eq!(
        desk.dispatcher_on(queue).run_once().await.expect("a store"),
        0
    );
    assert_eq!(desk.state(id).await, DeliveryState::Queued);
}

#[tokio::test]
async fn a_shutdown_gives_back_what_was_claimed_and_not_begun() {
    let desk = Desk::new();
    for name in ["ada", "eve"] {
        desk.issue(name).await;
    }
    let queue = Arc::new(Unsteady {
        gate: Semaphore::new(0),
        ..Unsteady::new(&desk)
    });
    let (stop, ended) = run(desk.dispatcher_on(queue.clone()));
    while queue.claims.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    stop.send(()).expect("a running dispatcher");
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    queue.gate.add_permits(1);
    ended.await.expect("no panic");
    assert_eq!((queue.claims.load(Ordering::Relaxed), desk.calls()), (1, 0));
    assert_eq!(
        desk.run_once().await,
        2,
        "another dispatcher gets them at once"
    );
    assert!(
        desk.sent()
            .iter()
            .all(|notice| notice.delivery.attempts == 1),
        "uncounted"
    );
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_what_is_being_sent_but_not_for_ever() {
    let desk = Desk::new();
    let id = desk.issue("hangs").await;
    let (stop, ended) = run(desk.dispatcher());
    while desk.calls() == 0 {
        tokio::task::yield_now().await;
    }
    desk.issue("ada").await;
    let begun = Instant::now();
    stop.send(()).expect("a running dispatcher");
    ended.await.expect("no panic");
    assert_eq!(begun.elapsed(), GRACE);
    assert_eq!(
        (desk.state(id).await, desk.sent().len()),
        (DeliveryState::Queued, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_lets_what_is_being_sent_finish() {
    struct Slow;
    #[async_trait]
    impl Notifier for Slow {
        fn repeat(&self, _: Channel) -> Repeat {
            Repeat::Safe
        }
        async fn notify(&self, _: &Notice) -> Result<Receipt, NotifyError> {
            sleep(Duration::from_secs(9)).await;
            Ok(Receipt {
                provider: "slow".to_owned(),
                message_id: None,
            })
        }
    }
    let desk = Desk::new();
    let id = desk.issue("ada").await;
    let Bench {
        keys,
        clock,
        secrets,
        subject,
        ..
    } = &desk.bench;
    let dispatcher = Dispatcher::new(
        subject.queue.clone(),
        Arc::new(Slow),
        keys.clone(),
        clock.clone(),
        secrets.clone(),
    );
    let (stop, ended) = run(dispatcher);
    sleep(Duration::from_millis(100)).await;
    stop.send(()).expect("a running dispatcher");
    ended.await.expect("no panic");
    assert_eq!(desk.state(id).await, DeliveryState::Sent);
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;
    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test(start_paused = true)]
async fn the_log_names_deliveries_and_outcomes_and_no_secret() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let desk = Desk::new();
    let mut secrets = Vec::new();
    for name in ["ada", "later-x", "never-x", "panics-x"] {
        let id = desk.issue(name).await;
        secrets.extend([
            name.to_owned(),
            id.to_string(),
            desk.bench.read_code(id).await.expose().to_owned(),
        ]);
    }
    let queue = Arc::new(Unsteady {
        settles_to_fail: 1.into(),
        ..Unsteady::new(&desk)
    });
    desk.dispatcher_on(queue).run_once().await.expect("a store");
    drop(guard);
    let log = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text");
    let id = desk.sent()[0].delivery.id;
    for said in [
        format!(
            "delivery={} channel=\"email\" attempt=1 outcome=\"sent\" provider=\"recording\"",
            id.as_uuid()
        ),
        "outcome=\"retry\" reason=\"busy\"".to_owned(),
        "outcome=\"failed\" reason=\"no such user\"".to_owned(),
        "outcome=\"retry\" reason=\"the message panicked\"".to_owned(),
        "the delivery could not be settled".to_owned(),
        "error=the store is not available".to_owned(),
    ] {
        assert!(log.contains(&said), "{said}\n{log}");
    }
    for secret in secrets
        .iter()
        .map(String::as_str)
        .chain(["550", "UPDATE", "example.com"])
    {
        assert!(!log.contains(secret), "{secret}\n{log}");
    }
}
