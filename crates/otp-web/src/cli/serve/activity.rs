//! What is asked on a connection: whether it must stay, and since when it need not.

use std::future::Future;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::poll_fn;
use poem::Body;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

/// How long a connection may go without a request: before the first, between two, and while the head of one arrives.
/// What a request takes itself, its body included, has a deadline of its own.
const QUIET: Duration = Duration::from_secs(10);

/// The requests of one connection.
#[derive(Clone)]
pub(super) struct Activity(Arc<Shared>);

struct Shared {
    state: watch::Sender<State>,
    /// Told when the connection may be given up.
    pauses: Arc<Notify>,
}

struct State {
    /// Requests that are not answered yet.
    open: usize,
    /// Those of them whose body is not there yet.
    arriving: usize,
    /// When the last request began or ended.
    since: Instant,
    is_given_up: bool,
}

impl State {
    /// Whether nothing is asked as a whole: there is nobody to answer.
    const fn is_idle(&self) -> bool {
        self.open == self.arriving && !self.is_given_up
    }
}

impl Activity {
    pub(super) fn new(pauses: Arc<Notify>) -> Self {
        let state = watch::Sender::new(State {
            open: 0,
            arriving: 0,
            since: Instant::now(),
            is_given_up: false,
        });
        Self(Arc::new(Shared { state, pauses }))
    }

    /// Notes a request, until what is returned is dropped.
    pub(super) fn begin(&self) -> Answering {
        self.change(|state| {
            state.open += 1;
            state.since = Instant::now();
        });
        Answering(self.clone())
    }

    /// Notes that the body of a request is yet to come, until it is there or nobody reads it any more.
    pub(super) fn watched(&self, body: Body) -> Body {
        if body.is_empty() {
            return body;
        }
        self.change(|state| state.arriving += 1);
        let arriving = Arriving(self.clone());
        Body::from_bytes_stream(until_its_end(body.into_bytes_stream(), arriving))
    }

    /// Since when there is nobody to answer; `None` when there is somebody.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let state = self.0.state.borrow();
        state.is_idle().then_some(state.since)
    }

    /// Ends the connection, unless there is somebody to answer; says whether it does.
    pub(super) fn give_up(&self) -> bool {
        self.0.state.send_if_modified(|state| {
            let gives_up = state.is_idle();
            state.is_given_up |= gives_up;
            gives_up
        })
    }

    /// Ends when nothing was asked for [`QUIET`], or when the connection is given up.
    ///
    /// Any change begins the wait anew, so that a request that is answered at once counts as well.
    pub(super) fn silence(&self) -> impl Future<Output = ()> + use<> {
        let mut state = self.0.state.subscribe();
        async move {
            loop {
                let (is_open, is_given_up) = {
                    let state = state.borrow_and_update();
                    (state.open > 0, state.is_given_up)
                };
                if is_given_up {
                    return;
                }
                let changed = state.changed();
                // An error means that the connection is gone, and its end is seen elsewhere.
                if is_open {
                    let _ = changed.await;
                } else if timeout(QUIET, changed).await.is_err() {
                    return;
                }
            }
        }
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        self.0.state.send_modify(change);
        if self.idle_since().is_some() {
            self.0.pauses.notify_one();
        }
    }
}

/// A request that is being answered, or was given up.
pub(super) struct Answering(Activity);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.change(|state| {
            state.open -= 1;
            state.since = Instant::now();
        });
    }
}

/// A body that is not there yet.
struct Arriving(Activity);

impl Drop for Arriving {
    fn drop(&mut self) {
        self.0.change(|state| state.arriving -= 1);
    }
}

fn until_its_end<T>(
    body: impl Stream<Item = T> + Send + 'static,
    arriving: Arriving,
) -> impl Stream<Item = T> + Send + 'static {
    let (mut body, mut arriving) = (Box::pin(body), Some(arriving));
    poll_fn(move |context| {
        let next = body.as_mut().poll_next(context);
        if matches!(next, Poll::Ready(None)) {
            arriving.take();
        }
        next
    })
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_a_time_without_requests_is_silence() {
        let activity = Activity::new(Arc::default());
        let silence = tokio::spawn(activity.silence());
        let begun = Instant::now();
        for _ in 0..5 {
            sleep(QUIET / 2).await;
            drop(activity.begin());
        }
        let long = activity.begin();
        sleep(QUIET * 3).await;
        assert!(!silence.is_finished(), "a request is being answered");
        drop(long);
        silence.await.expect("silence");
        let expected = QUIET / 2 * 5 + QUIET * 4;
        let took = begun.elapsed();
        assert!(
            took >= expected && took < expected + Duration::from_millis(10),
            "{took:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_nobody_to_answer_can_be_given_up() {
        let activity = Activity::new(Arc::default());
        let silence = activity.silence();
        let answering = activity.begin();
        assert!(!activity.give_up(), "a request is being answered");
        drop(answering);
        assert!(activity.give_up() && !activity.give_up());
        let begun = Instant::now();
        silence.await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_request_whose_body_is_not_there_has_nobody_to_answer() {
        let activity = Activity::new(Arc::default());
        for body in ["", "all of it"] {
            let answering = activity.begin();
            let watched = activity.watched(body.into());
            assert_eq!(activity.idle_since().is_some(), !body.is_empty());
            assert_eq!(watched.into_string().await.expect("a body"), body);
            assert!(activity.idle_since().is_none(), "it is answered now");
            drop(answering);
            assert!(activity.idle_since().is_some());
        }
        let _answering = activity.begin();
        drop(activity.watched("nobody reads it".into()));
        assert!(activity.idle_since().is_none());
    }
}
