//! What must not be sent twice.

use super::*;

impl Desk {
    /// A desk whose notifier must send nothing twice.
    fn once() -> Self {
        let notifier = Arc::new(Moody {
            repeat: Repeat::Never,
            ..Moody::default()
        });
        Self {
            notifier,
            ..Self::new()
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_an_answer_it_is_unknown_and_with_one_it_is_what_was_answered() {
    for (name, state) in [
        ("ada", DeliveryState::Sent),
        ("later", DeliveryState::Queued),
        ("never", DeliveryState::Failed),
        ("unsure", DeliveryState::Unknown),
        ("panics", DeliveryState::Unknown),
        ("hangs", DeliveryState::Unknown),
    ] {
        let desk = Desk::once();
        let id = desk.issue(name).await;
        assert_eq!((desk.run_once().await, desk.calls()), (1, 1), "{name}");
        assert_eq!(desk.state(id).await, state, "{name}");
    }
}

#[tokio::test]
async fn what_was_put_off_is_tried_again() {
    let desk = Desk::once();
    desk.issue("later").await;
    assert_eq!(desk.run_once().await, 1);
    desk.bench.advance(TimeDelta::seconds(1));
    assert_eq!((desk.run_once().await, desk.calls()), (1, 2));
}

#[tokio::test]
async fn after_a_crash_it_is_unknown_and_the_person_may_ask_again() {
    let desk = Desk::once();
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
    desk.bench.advance(TimeDelta::seconds(60));
    let events = Arc::new(RecordingEvents::default());
    let next = desk.dispatcher().with_events(events.clone());
    assert_eq!(next.run_once().await.expect("a store"), 1);
    assert_eq!(
        (desk.state(id).await, desk.calls()),
        (DeliveryState::Unknown, 1)
    );
    let told = events.take().pop().map(|event| event.what);
    assert_eq!(told, Some(Happening::NotSent(Unsent::Unknown)));

    let resent = desk.bench.service().resend(id).await;
    assert!(resent.expect("a store").granted().is_some());
    assert_eq!(desk.state(id).await, DeliveryState::Queued);
}

#[tokio::test]
async fn nothing_is_sent_before_the_hand_over_is_noted() {
    let desk = Desk::once();
    let id = desk.issue("ada").await;
    let queue = Arc::new(Unsteady {
        hand_overs_to_fail: 1.into(),
        ..Unsteady::new(&desk)
    });
    let dispatcher = desk.dispatcher_on(queue);
    assert_eq!(dispatcher.run_once().await.expect("a store"), 1);
    assert_eq!(
        (desk.state(id).await, desk.calls()),
        (DeliveryState::Queued, 0)
    );
    desk.bench.advance(TimeDelta::seconds(1));
    assert_eq!(dispatcher.run_once().await.expect("a store"), 1);
    assert_eq!(
        (desk.state(id).await, desk.calls()),
        (DeliveryState::Sent, 1)
    );
}
