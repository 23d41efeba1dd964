//! The dispatcher: empties the delivery queue, together with any number of others on the same store.

mod rule;
#[cfg(test)]
mod tests;
mod worker;

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use otp_core::ports::SecretError;
use otp_core::{Clock, DeliveryQueue, EventSink, Keyring, Notifier, SecretSource, StoreError};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use worker::{Leased, Worker};

/// Messages sent at once.
const AT_ONCE: usize = 8;
/// The time between two looks at the queue when nobody wakes the dispatcher.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The longest time between two looks while the store fails.
const LOOK_AT_LEAST_EVERY: Duration = Duration::from_secs(30);
/// What is being sent when the shutdown comes has this long to finish.
const GRACE: Duration = Duration::from_secs(10);

/// Claims what is due, has it rendered and sent, and settles it.
///
/// Each message is under a lease while it is sent, so no two dispatchers send it at the same time; a lease of a
/// process that died ends, and the next look of any dispatcher takes over. Neither a failing store nor a message that
/// panics ends the dispatcher.
pub struct Dispatcher {
    worker: Arc<Worker>,
    wake: Arc<Notify>,
}

impl Dispatcher {
    /// Makes a dispatcher that has not started yet.
    pub fn new(
        queue: Arc<dyn DeliveryQueue>,
        notifier: Arc<dyn Notifier>,
        keys: Arc<Keyring>,
        clock: Arc<dyn Clock>,
        secrets: Arc<dyn SecretSource>,
    ) -> Self {
        Self {
            worker: Arc::new(Worker {
                queue,
                notifier,
                keys,
                clock,
                secrets,
                events: Arc::new(()),
            }),
            wake: Arc::default(),
        }
    }

    /// Tells `events` what becomes of messages; nobody by default.
    #[must_use]
    pub fn with_events(mut self, events: Arc<dyn EventSink>) -> Self {
        Arc::make_mut(&mut self.worker).events = events;
        self
    }

    /// Returns what wakes the dispatcher at once, for [`OtpService::on_queued`](otp_core::OtpService::on_queued).
    pub fn waker(&self) -> Arc<dyn Fn() + Send + Sync> {
        let wake = self.wake.clone();
        Arc::new(move || wake.notify_one())
    }

    /// Sends what is due until `shutdown` completes.
    ///
    /// Then it claims nothing more, gives back what it has not begun, and returns when what it has begun is finished
    /// or ten seconds are over; leases of unfinished messages end by themselves.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        let mut shutdown = pin!(shutdown);
        let mut sending = JoinSet::new();
        let mut failures = 0;
        loop {
            while sending.try_join_next().is_some() {}
            if sending.len() < AT_ONCE {
                let mut claim = Box::pin(self.worker.clone().claim(AT_ONCE - sending.len()));
                let claimed = tokio::select! {
                    // A claim that has begun may be committed already: it is never dropped half-way.
                    biased;
                    claimed = &mut claim => claimed,
                    () = &mut shutdown => {
                        sending.spawn(self.worker.clone().give_back(claim));
                        break;
                    }
                };
                failures = self.begin(claimed, &mut sending, failures);
            }
            let is_full = sending.len() == AT_ONCE;
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                Some(_) = sending.join_next(), if is_full => {}
                () = self.wake.notified(), if !is_full && failures == 0 => {}
                () = sleep(pause(failures)), if !is_full => {}
            }
        }
        finish(sending).await;
    }

    /// Begins to send what was claimed, and counts the claims that failed in a row.
    fn begin(
        &self,
        claimed: Result<Vec<Leased>, DispatchError>,
        sending: &mut JoinSet<bool>,
        failures: u32,
    ) -> u32 {
        match claimed {
            Ok(leased) => {
                for one in leased {
                    sending.spawn(self.worker.clone().deliver(one));
                }
                0
            }
            Err(error) => {
                tracing::warn!(%error, failures, "the delivery queue could not be read");
                failures.saturating_add(1)
            }
        }
    }

    /// Sends everything that is due now and returns how many deliveries were settled: for a command that ends, and
    /// for tests.
    ///
    /// # Errors
    /// [`DispatchError`] when the queue cannot be claimed from; what was claimed before is settled.
    pub async fn run_once(&self) -> Result<usize, DispatchError> {
        let mut settled = 0;
        loop {
            let leased = self.worker.clone().claim(AT_ONCE).await?;
            let is_last = leased.len() < AT_ONCE;
            let deliveries = leased
                .into_iter()
                .map(|one| self.worker.clone().deliver(one));
            settled += join_all(deliveries)
                .await
                .into_iter()
                .filter(|done| *done)
                .count();
            if is_last {
                return Ok(settled);
            }
        }
    }
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dispatcher")
    }
}

/// How long to wait for the next look.
fn pause(failures: u32) -> Duration {
    let doublings = failures.min(16);
    LOOK_EVERY
        .saturating_mul(1 << doublings)
        .min(LOOK_AT_LEAST_EVERY)
}

async fn finish(mut sending: JoinSet<bool>) {
    let all = async { while sending.join_next().await.is_some() {} };
    if timeout(GRACE, all).await.is_err() {
        let unfinished = sending.len();
        tracing::warn!(
            unfinished,
            "stopped while messages were being sent; their leases will end"
        );
    }
}

/// Why the queue could not be claimed from.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    /// The store failed.
    #[error("{0}")]
    Store(#[source] StoreError),
    /// There was no randomness for the name of a lease.
    #[error("{0}")]
    Secrets(#[source] SecretError),
}
