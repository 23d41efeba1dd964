//! One delivery at a time: claim, derive, send, settle.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use otp_core::ports::{Claim, Claimed, Guarded, Notice, NotifyError, Repeat, Settlement};
use otp_core::{
    Clock, Delivery, DeliveryQueue, Event, EventSink, Happening, Keyring, Notifier, Otp,
    SecretSource, Unsent,
};
use tokio::time::{sleep, timeout};

use super::DispatchError;
use super::rule::{self, Tried};

/// Time for rendering and sending one message, whatever the notifier does.
pub(super) const SEND_WITHIN: Duration = Duration::from_secs(30);
/// Longer than a send and all tries to settle it together.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Pauses between tries to settle: a message that was sent must not be sent again because the store was busy.
const SETTLE_AGAIN_AFTER: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

/// The parts a dispatcher works with. It logs ids of deliveries; never an OTP's id, which is a handle.
#[derive(Clone)]
pub(super) struct Worker {
    pub(super) queue: Arc<dyn DeliveryQueue>,
    pub(super) notifier: Arc<dyn Notifier>,
    pub(super) keys: Arc<Keyring>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) secrets: Arc<dyn SecretSource>,
    pub(super) events: Arc<dyn EventSink>,
}

/// A claimed delivery with the name of its lease.
pub(super) struct Leased {
    lease: [u8; 16],
    claimed: Claimed,
}

impl Worker {
    pub(super) async fn claim(self: Arc<Self>, limit: usize) -> Result<Vec<Leased>, DispatchError> {
        let mut lease = [0; 16];
        self.secrets
            .fill(&mut lease)
            .map_err(DispatchError::Secrets)?;
        let now = self.clock.now();
        let claim = Claim {
            lease,
            now,
            lease_until: now + LEASE,
            limit: u16::try_from(limit).unwrap_or(u16::MAX),
        };
        let claimed = self.queue.claim(&claim).await;
        Ok(claimed
            .map_err(DispatchError::Store)?
            .into_iter()
            .map(|claimed| Leased { lease, claimed })
            .collect())
    }

    /// Sends one delivery and says whether its outcome is written down.
    pub(super) async fn deliver(self: Arc<Self>, leased: Leased) -> bool {
        let Leased {
            lease,
            claimed: Claimed { delivery, otp },
        } = leased;
        let (purpose, issued_at, is_decoy) = (otp.purpose.clone(), otp.created_at, otp.decoy);
        let settlement = if let Some(settled) = rule::before(&delivery, &otp, self.clock.now()) {
            settled
        } else {
            let expires_at = otp.expires_at;
            let tried = self.send(&delivery, lease, otp).await;
            rule::after(
                &delivery,
                expires_at,
                tried,
                self.clock.now(),
                self.chance(),
            )
        };
        log(&delivery, &settlement);
        let is_settled = self.settle(&delivery, lease, &settlement).await;
        if is_settled && !is_decoy {
            self.events.record(&Event {
                purpose: Some(purpose),
                channel: Some(delivery.channel),
                what: happening(&delivery, issued_at, settlement),
            });
        }
        is_settled
    }

    /// Gives back what a claim brings that nobody waits for any more.
    pub(super) async fn give_back(
        self: Arc<Self>,
        claim: impl Future<Output = Result<Vec<Leased>, DispatchError>>,
    ) -> bool {
        let mut all = true;
        for Leased { lease, claimed } in claim.await.unwrap_or_default() {
            let given_back = self.queue.give_back(claimed.delivery.id, lease).await;
            all &= matches!(given_back, Ok(Guarded::Applied));
        }
        all
    }

    async fn send(&self, delivery: &Delivery, lease: [u8; 16], otp: Otp) -> Tried {
        let Some(code) = otp.code(&self.keys) else {
            // While a new key is rolled out, another node may have it already.
            return Tried::PutOff("the key of the code is not in the key ring");
        };
        let repeat = self.notifier.repeat(delivery.channel);
        if repeat == Repeat::Never && !self.hand_over(delivery, lease).await {
            return Tried::PutOff("the hand-over could not be noted");
        }
        let delivery = delivery.clone();
        let notice = Notice {
            delivery,
            otp,
            code,
        };
        let sending = async { timeout(SEND_WITHIN, self.notifier.notify(&notice)).await };
        match AssertUnwindSafe(sending).catch_unwind().await {
            Ok(Ok(Ok(receipt))) => Tried::Sent(receipt),
            Ok(Ok(Err(NotifyError::Temporary { reason, .. }))) => Tried::PutOff(reason),
            Ok(Ok(Err(NotifyError::Permanent { reason, .. }))) => Tried::Refused(reason),
            Ok(Ok(Err(NotifyError::Unknown { reason, .. }))) => Tried::Unknown(reason),
            Ok(Err(_)) if repeat == Repeat::Never => Tried::Unknown("the sender took too long"),
            Ok(Err(_)) => Tried::PutOff("the sender took too long"),
            // The payload may quote the message: it is dropped unread.
            Err(_) if repeat == Repeat::Never => Tried::Unknown("the message panicked"),
            Err(_) => Tried::Panicked,
        }
    }

    /// Notes that the sender has it from now on, so that whoever takes over after a crash does not send it again.
    async fn hand_over(&self, delivery: &Delivery, lease: [u8; 16]) -> bool {
        let now = self.clock.now();
        match self.queue.hand_over(delivery.id, lease, now).await {
            Ok(noted) => noted == Guarded::Applied,
            Err(error) => {
                tracing::warn!(delivery = %delivery.id.as_uuid(), %error, "the hand-over could not be noted");
                false
            }
        }
    }

    async fn settle(&self, delivery: &Delivery, lease: [u8; 16], settlement: &Settlement) -> bool {
        let id = delivery.id.as_uuid();
        let mut pauses = SETTLE_AGAIN_AFTER.into_iter();
        loop {
            match self.queue.settle(delivery.id, lease, settlement).await {
                Ok(Guarded::Applied) => return true,
                Ok(Guarded::Refused) => {
                    tracing::warn!(delivery = %id, "the lease was lost before the delivery was settled");
                    return false;
                }
                Err(error) => {
                    tracing::warn!(delivery = %id, %error, "the delivery could not be settled");
                    match pauses.next().filter(|_| error.is_temporary()) {
                        Some(pause) => sleep(pause).await,
                        None => return false,
                    }
                }
            }
        }
    }

    /// Random bits for the jitter; without randomness all wait the full time.
    fn chance(&self) -> u32 {
        let mut bytes = [0xff; 4];
        match self.secrets.fill(&mut bytes) {
            Ok(()) => u32::from_be_bytes(bytes),
            Err(_) => u32::MAX,
        }
    }
}

fn happening(delivery: &Delivery, issued_at: DateTime<Utc>, settlement: Settlement) -> Happening {
    match settlement {
        Settlement::Sent { at, provider, .. } => Happening::Sent {
            provider,
            since_queued: at - delivery.created_at,
            since_issue: at - issued_at,
        },
        Settlement::Retry { .. } => Happening::NotSent(Unsent::Retry),
        Settlement::Failed { .. } => Happening::NotSent(Unsent::Failed),
        Settlement::Dropped { .. } => Happening::NotSent(Unsent::Dropped),
        Settlement::Dead { .. } => Happening::NotSent(Unsent::Dead),
        Settlement::Unknown { .. } => Happening::NotSent(Unsent::Unknown),
    }
}

fn log(delivery: &Delivery, settlement: &Settlement) {
    let (outcome, reason) = match settlement {
        Settlement::Sent { provider, .. } => {
            let (id, channel) = (delivery.id.as_uuid(), delivery.channel.as_str());
            tracing::info!(delivery = %id, channel, attempt = delivery.attempts, outcome = "sent", provider, "delivery");
            return;
        }
        Settlement::Retry { reason, .. } => ("retry", reason),
        Settlement::Failed { reason } => ("failed", reason),
        Settlement::Dropped { reason } => ("dropped", reason),
        Settlement::Dead { reason } => ("dead", reason),
        Settlement::Unknown { reason } => ("unknown", reason),
    };
    let (id, channel) = (delivery.id.as_uuid(), delivery.channel.as_str());
    tracing::warn!(delivery = %id, channel, attempt = delivery.attempts, outcome, reason, "delivery");
}
