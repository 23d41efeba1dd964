//! In-memory fakes, and the conformance suite that every store must pass.
//!
//! The fakes carry state and keep the promises of the ports; for failures that they cannot show, feature `mocks` has
//! mockall's mocks. To test a store of your own, hand [`conformance_tests!`](crate::conformance_tests) an expression
//! that makes a fresh, empty [`Subject`], and [`history_conformance_tests!`](crate::history_conformance_tests) one that
//! makes an [`Archive`] when it keeps a history too.

pub mod conformance;
mod fakes;
pub mod model;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use zeroize::Zeroizing;

pub use fakes::{
    FixedDirectory, ManualClock, MemoryDevices, MemoryStore, RecordingEvents, RecordingNotifier,
    SeededSecrets,
};

use crate::{
    Budgets, Clock as _, Code, DeliveryQueue, Key, KeyId, Keyring, OtpHistory, OtpId,
    OtpRepository, OtpService,
};

/// The store under test, by its two roles.
#[derive(Clone)]
pub struct Subject {
    /// As the keeper of OTPs.
    pub otps: Arc<dyn OtpRepository>,
    /// As the queue of messages.
    pub queue: Arc<dyn DeliveryQueue>,
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subject")
    }
}

impl<S: OtpRepository + DeliveryQueue + 'static> From<Arc<S>> for Subject {
    fn from(store: Arc<S>) -> Self {
        Self {
            otps: store.clone(),
            queue: store,
        }
    }
}

/// The store under test, with the history that it keeps.
#[derive(Clone)]
pub struct Archive {
    /// The store.
    pub subject: Subject,
    /// What stays known of its OTPs.
    pub history: Arc<dyn OtpHistory>,
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Archive")
    }
}

impl<S: OtpRepository + DeliveryQueue + OtpHistory + 'static> From<Arc<S>> for Archive {
    fn from(store: Arc<S>) -> Self {
        Self {
            subject: store.clone().into(),
            history: store,
        }
    }
}

/// A service with everything around it that a test wants to hold: store, clock, secrets and keys.
#[derive(Debug)]
pub struct Bench {
    /// The store.
    pub subject: Subject,
    /// The clock, which stands still until it is moved.
    pub clock: Arc<ManualClock>,
    /// The random bytes, the same in each run.
    pub secrets: Arc<SeededSecrets>,
    /// A ring of one fixed key.
    pub keys: Arc<Keyring>,
}

impl Bench {
    /// Makes a bench on the in-memory store.
    pub fn new() -> Self {
        Self::on(Arc::new(MemoryStore::default()).into())
    }

    /// Makes a bench on `subject`.
    pub fn on(subject: Subject) -> Self {
        Self {
            subject,
            clock: Arc::new(ManualClock::default()),
            secrets: Arc::new(SeededSecrets::default()),
            keys: Arc::new(fixed_keyring()),
        }
    }

    /// Returns a service over the bench's parts, with the default policy and without budgets.
    pub fn service(&self) -> OtpService {
        self.guarded_service().with_budgets(Budgets::off())
    }

    /// Returns a service over the bench's parts, with the default policy and the default budgets.
    pub fn guarded_service(&self) -> OtpService {
        OtpService::new(
            self.subject.otps.clone(),
            self.keys.clone(),
            self.clock.clone(),
            self.secrets.clone(),
        )
    }

    /// Reads the code of an OTP, as its owner reads it in the message.
    ///
    /// # Panics
    /// When there is no such OTP, or it is closed.
    pub async fn read_code(&self, id: OtpId) -> Code {
        let otp = self.subject.otps.find(id).await.ok().flatten();
        #[expect(
            clippy::expect_used,
            reason = "a test that reads a code that is not there is wrong"
        )]
        otp.and_then(|otp| otp.code(&self.keys))
            .expect("a live OTP")
    }

    /// Returns the time of its clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Moves the clock.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}

/// A ring of one key that everybody knows: for tests only.
///
/// # Panics
/// Never: the key is a constant.
pub fn fixed_keyring() -> Keyring {
    let secret: Vec<u8> = (0..32)
        .map(|n: u8| n.wrapping_mul(37).wrapping_add(11))
        .collect();
    let key = KeyId::parse("test").map(|id| Key::new(id, Zeroizing::new(secret)));
    #[expect(clippy::expect_used, reason = "the key is a constant")]
    key.and_then(Result::ok)
        .and_then(|key| Keyring::new(key, Vec::new()).ok())
        .expect("a ring")
}
