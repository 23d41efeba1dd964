//! Ports that kill the process which uses them.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use otp_core::ports::{
    Claim, Claimed, DeliveryQueue, Guarded, Notice, Notifier, NotifyError, Receipt, Repeat,
    Settlement,
};
use otp_core::{Channel, DeliveryId, StoreError};

use crate::point::{Point, kill};

/// Dies here, if this is the point.
async fn die_at(here: Point, point: Point) {
    if here == point {
        die().await;
    }
}

async fn die() {
    let _ = kill(None);
    // The signal is on its way, and nothing more is to be done until it comes.
    std::future::pending::<()>().await;
}

/// A queue that gives its worker one message, and kills it around claim, mark and commit.
pub struct MortalQueue {
    inner: Arc<dyn DeliveryQueue>,
    point: Point,
    /// How far the mark gets before the worker dies in it: how often it is polled.
    polls: u32,
    has_claimed: AtomicBool,
    on_claimed: fn(),
}

impl MortalQueue {
    /// Wraps a queue; `on_claimed` is called once the one message is claimed.
    pub fn new(inner: Arc<dyn DeliveryQueue>, point: Point, polls: u32, on_claimed: fn()) -> Self {
        Self {
            inner,
            point,
            polls,
            has_claimed: AtomicBool::new(false),
            on_claimed,
        }
    }
}

#[async_trait]
impl DeliveryQueue for MortalQueue {
    async fn claim(&self, claim: &Claim) -> Result<Vec<Claimed>, StoreError> {
        die_at(Point::BeforeClaim, self.point).await;
        if self.has_claimed.load(Ordering::Relaxed) {
            return Ok(Vec::new());
        }
        let one = Claim { limit: 1, ..*claim };
        let claimed = self.inner.claim(&one).await?;
        if !claimed.is_empty() {
            self.has_claimed.store(true, Ordering::Relaxed);
            (self.on_claimed)();
            die_at(Point::AfterClaim, self.point).await;
        }
        Ok(claimed)
    }

    async fn hand_over(
        &self,
        id: DeliveryId,
        lease: [u8; 16],
        now: DateTime<Utc>,
    ) -> Result<Guarded, StoreError> {
        self.inner.hand_over(id, lease, now).await
    }

    async fn settle(
        &self,
        id: DeliveryId,
        lease: [u8; 16],
        settlement: &Settlement,
    ) -> Result<Guarded, StoreError> {
        let mut settling = self.inner.settle(id, lease, settlement);
        if self.point == Point::Mark {
            begin(settling.as_mut(), self.polls).await;
            die().await;
        }
        let settled = settling.await;
        die_at(Point::Commit, self.point).await;
        settled
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

/// Polls a call so many times, each when it is woken, or to its end.
async fn begin<F: Future + ?Sized>(mut call: Pin<&mut F>, polls: u32) {
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 || call.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        left -= 1;
        if left == 0 {
            return Poll::Ready(());
        }
        Poll::Pending
    })
    .await;
}

impl fmt::Debug for MortalQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MortalQueue({:?})", self.point)
    }
}

/// A notifier that kills its worker before it renders, or after the message was accepted.
pub struct MortalNotifier {
    inner: Arc<dyn Notifier>,
    point: Point,
}

impl MortalNotifier {
    /// Wraps a notifier.
    pub fn new(inner: Arc<dyn Notifier>, point: Point) -> Self {
        Self { inner, point }
    }
}

#[async_trait]
impl Notifier for MortalNotifier {
    fn repeat(&self, channel: Channel) -> Repeat {
        self.inner.repeat(channel)
    }

    async fn notify(&self, notice: &Notice) -> Result<Receipt, NotifyError> {
        die_at(Point::Render, self.point).await;
        let receipt = self.inner.notify(notice).await?;
        die_at(Point::Accepted, self.point).await;
        Ok(receipt)
    }
}

impl fmt::Debug for MortalNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MortalNotifier({:?})", self.point)
    }
}
