//! Chains of senders that do as they are told, on a clock that stands until it is moved.

use std::collections::VecDeque;
use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::FutureExt as _;
use tokio::time::{advance, sleep};

use super::*;

/// What a sender does with the next message; it takes those after the last one.
#[derive(Debug, Clone, Copy)]
enum Does {
    Takes,
    /// It cannot be reached.
    IsDown,
    /// It puts off this one.
    Defers,
    /// It refuses this one.
    Refuses,
    /// It answers nothing for so many seconds, and then that it is busy.
    Stalls(u64),
    Hangs,
    /// It may have taken it.
    Vanishes,
}

struct Scripted {
    name: &'static str,
    script: StdMutex<VecDeque<Does>>,
    tried: StdMutex<u32>,
}

/// A message that says nothing.
#[derive(Clone, Copy)]
struct Blank<'a>(&'a str);

impl Named for Blank<'_> {
    fn id(&self) -> &str {
        self.0
    }
}

/// The name of a message that was never sent before.
fn fresh() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed).to_string()
}

impl Sender<Blank<'_>> for Scripted {
    async fn send(&self, _: Blank<'_>) -> Result<Receipt, Refused> {
        *self.tried.lock().expect("no panic") += 1;
        let does = self.script.lock().expect("no panic").pop_front();
        let (reason, source) = ("told to", None);
        match does.unwrap_or(Does::Takes) {
            Does::Takes => {
                return Ok(Receipt {
                    provider: self.name.to_owned(),
                    message_id: None,
                });
            }
            Does::Stalls(seconds) => sleep(Duration::from_secs(seconds)).await,
            Does::Hangs => std::future::pending().await,
            Does::Refuses => return Err(NotifyError::Permanent { reason, source }.into()),
            Does::Defers => {
                return Err(Refused::Message(NotifyError::Temporary { reason, source }));
            }
            Does::Vanishes => return Err(NotifyError::Unknown { reason, source }.into()),
            Does::IsDown => {}
        }
        Err(NotifyError::Temporary { reason, source }.into())
    }
}

#[derive(Default)]
struct Told(StdMutex<Vec<Happening>>);

impl EventSink for Told {
    fn record(&self, event: &Event) {
        assert_eq!(
            (event.purpose.as_ref(), event.channel),
            (None, Some(Channel::Phone))
        );
        self.0.lock().expect("no panic").push(event.what.clone());
    }
}

const NAMES: [&str; 3] = ["first", "second", "third"];

fn chain(scripts: &[&[Does]]) -> Chain<Scripted> {
    let links = NAMES.into_iter().zip(scripts).map(|(name, script)| {
        let sender = Scripted {
            name,
            script: StdMutex::new(script.iter().copied().collect()),
            tried: StdMutex::default(),
        };
        Link::new(name, sender)
    });
    Chain::new(Channel::Phone, links.collect())
}

/// Who took the message, or why nobody did.
async fn sent(chain: &Chain<Scripted>) -> Result<String, bool> {
    match chain.send(Blank(&fresh()), &()).await {
        Ok(receipt) => Ok(receipt.provider),
        Err(error) => Err(matches!(error, NotifyError::Temporary { .. })),
    }
}

fn tried(chain: &Chain<Scripted>) -> Vec<u32> {
    let tried = |link: &Link<Scripted>| *link.sender.tried.lock().expect("no panic");
    chain.links().map(tried).collect()
}

const PUT_OFF: Result<String, bool> = Err(true);
const REFUSED: Result<String, bool> = Err(false);

#[tokio::test(start_paused = true)]
async fn the_next_sender_takes_what_the_one_before_cannot_send() {
    for (scripts, outcome, each) in [
        (
            [[Does::Takes], [Does::Takes]],
            Ok("first".to_owned()),
            [1, 0],
        ),
        (
            [[Does::IsDown], [Does::Takes]],
            Ok("second".to_owned()),
            [1, 1],
        ),
        (
            [[Does::Defers], [Does::Takes]],
            Ok("second".to_owned()),
            [1, 1],
        ),
        ([[Does::IsDown], [Does::IsDown]], PUT_OFF, [1, 1]),
        ([[Does::IsDown], [Does::Refuses]], REFUSED, [1, 1]),
    ] {
        let chain = chain(&[&scripts[0], &scripts[1]]);
        assert_eq!(sent(&chain).await, outcome, "{scripts:?}");
        assert_eq!(tried(&chain), each, "{scripts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_for_good_goes_to_no_other() {
    let chain = chain(&[&[Does::Refuses], &[]]);
    assert_eq!(sent(&chain).await, REFUSED);
    assert_eq!(tried(&chain), [1, 0]);
}

#[tokio::test(start_paused = true)]
async fn what_a_sender_may_have_taken_goes_to_no_other_and_counts() {
    let chain = chain(&[&[Does::Vanishes; 5], &[]]);
    for _ in 0..5 {
        let sent = chain.send(Blank(&fresh()), &()).await;
        assert!(matches!(sent, Err(NotifyError::Unknown { .. })), "{sent:?}");
    }
    assert_eq!(tried(&chain), [5, 0]);
    assert_eq!(sent(&chain).await, Ok("second".to_owned()));
}

/// Whoever gives the address of somebody at whom a sender fails takes the sender from nobody else.
#[tokio::test(start_paused = true)]
async fn one_message_that_is_tried_again_and_again_leaves_the_sender_in() {
    let chain = chain(&[&[Does::IsDown; 20], &[]]);
    for _ in 0..20 {
        chain
            .send(Blank("the same"), &())
            .await
            .expect("the second takes it");
    }
    assert_eq!(tried(&chain), [20, 20]);
    assert_eq!(sent(&chain).await, Ok("first".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_fails_again_and_again_is_left_out_until_it_is_back() {
    let down = [Does::IsDown; 5];
    let chain = chain(&[&down, &[]]);
    let told = Told::default();
    for _ in 0..20 {
        let receipt = chain
            .send(Blank(&fresh()), &told)
            .await
            .expect("the second takes it");
        assert_eq!(receipt.provider, "second");
    }
    assert_eq!(tried(&chain), [5, 20]);
    advance(Duration::from_secs(30)).await;
    assert_eq!(
        chain
            .send(Blank(&fresh()), &told)
            .await
            .expect("a receipt")
            .provider,
        "first"
    );
    let sender = "first".to_owned();
    assert_eq!(
        *told.0.lock().expect("no panic"),
        [
            Happening::SenderDown {
                sender: sender.clone()
            },
            Happening::SenderUp { sender },
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_judges_messages_is_well() {
    let chain = chain(&[&[Does::Defers; 20], &[]]);
    for _ in 0..20 {
        assert_eq!(sent(&chain).await, Ok("second".to_owned()));
    }
    assert_eq!(tried(&chain), [20, 20]);
}

#[tokio::test(start_paused = true)]
async fn when_all_are_out_one_message_at_a_time_tries_them() {
    let script = [&[Does::IsDown; 5][..], &[Does::Hangs]].concat();
    let chain = chain(&[&script]);
    for _ in 0..5 {
        assert_eq!(sent(&chain).await, PUT_OFF);
    }
    {
        let mut stuck = std::pin::pin!(sent(&chain));
        assert!(stuck.as_mut().now_or_never().is_none());
        assert_eq!(sent(&chain).await, PUT_OFF);
        assert_eq!(tried(&chain), [6], "the other message was not tried");
    }
    assert_eq!(
        sent(&chain).await,
        Ok("first".to_owned()),
        "a message given up makes room"
    );
}

#[tokio::test(start_paused = true)]
async fn no_sender_begins_too_late_to_end_in_time() {
    let in_time = chain(&[&[Does::Stalls(10)], &[]]);
    assert_eq!(sent(&in_time).await, Ok("second".to_owned()));
    let too_late = chain(&[&[Does::Stalls(11)], &[]]);
    assert_eq!(sent(&too_late).await, PUT_OFF);
    assert_eq!(tried(&too_late), [1, 0]);
}
