//! A mail server that is away for ten minutes.

use std::sync::atomic::AtomicBool;

use otp_core::{Issue, Policies, Policy};

use super::*;

/// Takes messages unless it is away.
#[derive(Default)]
struct Server {
    is_away: AtomicBool,
    taken: RecordingNotifier,
}

#[async_trait]
impl Notifier for Server {
    fn repeat(&self, _: Channel) -> Repeat {
        Repeat::Safe
    }

    async fn notify(&self, notice: &Notice) -> Result<Receipt, NotifyError> {
        if self.is_away.load(Ordering::Relaxed) {
            return Err(NotifyError::Temporary {
                reason: "no connection",
                source: None,
            });
        }
        self.taken.notify(notice).await
    }
}

/// Whoever still waits gets a message, once, whether its code lives for minutes or for a day; what expired meanwhile
/// is dropped.
#[tokio::test]
async fn after_ten_minutes_every_live_code_is_delivered_once() {
    const SECOND: TimeDelta = TimeDelta::seconds(1);
    let desk = Desk::new();
    let server = Arc::new(Server {
        is_away: true.into(),
        ..Server::default()
    });
    let dispatcher = Dispatcher::new(
        desk.bench.subject.queue.clone(),
        server.clone(),
        desk.bench.keys.clone(),
        desk.bench.clock.clone(),
        desk.bench.secrets.clone(),
    );
    let day = Purpose::parse("confirm-contact").expect("a purpose");
    let policy = Policy::new(
        &day,
        CodeFormat::DEFAULT,
        TimeDelta::hours(24),
        5,
        TimeDelta::seconds(60),
    );
    let policies = Policies::default().with(day.clone(), policy.expect("a policy"));
    let service = desk.bench.service().with_policies(policies);
    let mut issued = Vec::new();
    for second in 0..600 {
        if second % 20 == 0 {
            let contact = Contact::email(&format!("{second}@example.com")).expect("an address");
            let mut request = Issue::new(contact);
            if second % 200 == 0 {
                request = request.for_purpose(day.clone());
            }
            let otp = service.issue(request).await.expect("a store");
            issued.push(otp.granted().expect("an OTP"));
        }
        dispatcher.run_once().await.expect("a store");
        desk.bench.advance(SECOND);
    }
    server.is_away.store(false, Ordering::Relaxed);
    let back = desk.bench.now();
    // The longest wait of all.
    for _ in 0..=300 {
        dispatcher.run_once().await.expect("a store");
        desk.bench.advance(SECOND);
    }
    // A code that ends before the next try is of no use to anybody.
    let soon = back + TimeDelta::seconds(30);
    let mut counts = [0, 0];
    for otp in &issued {
        let taken = server.taken.sent();
        let times = taken
            .iter()
            .filter(|notice| notice.otp.id == otp.id)
            .count();
        let state = desk.state(otp.id).await;
        if otp.expires_at > soon {
            assert_eq!((times, state), (1, DeliveryState::Sent));
            counts[0] += 1;
        } else if otp.expires_at <= back {
            assert_eq!((times, state), (0, DeliveryState::Dropped));
            counts[1] += 1;
        } else {
            assert!(times <= 1 && state != DeliveryState::Queued, "{state:?}");
        }
    }
    assert!(counts[0] > 13 && counts[1] > 13, "{counts:?}");
}
