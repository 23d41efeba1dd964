//! Time and chance of a worker.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use otp_core::ports::SecretError;
use otp_core::{Clock, SecretSource};
use rand::TryRng as _;
use rand::rngs::SysRng;

/// The machine's clock, put forward: nobody waits for the end of a lease.
#[derive(Debug, Default)]
pub struct ShiftedClock(AtomicI64);

impl ShiftedClock {
    /// Puts a clock forward by so many seconds.
    pub const fn by(seconds: i64) -> Self {
        Self(AtomicI64::new(seconds))
    }

    /// Puts it forward by so many seconds more.
    pub fn shift(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Returns by how many seconds it is put forward.
    pub fn shifted(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "this is the clock")]
        let now = Utc::now().trunc_subsecs(6);
        now + TimeDelta::seconds(self.shifted())
    }
}

/// The operating system's random generator: leases of several processes need names of their own.
#[derive(Debug, Clone, Copy)]
pub struct SystemSecrets;

impl SecretSource for SystemSecrets {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), SecretError> {
        SysRng
            .try_fill_bytes(bytes)
            .map_err(|error| SecretError(Box::new(error)))
    }
}
