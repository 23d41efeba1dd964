//! The machine's clock and random generator: the only places that read them.

use chrono::{DateTime, SubsecRound, Utc};
use otp_core::ports::SecretError;
use otp_core::{Clock, SecretSource};
use rand::TryRng as _;
use rand::rngs::SysRng;

/// The machine's clock, cut to the microseconds that every database keeps.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "this is the clock")]
        Utc::now().trunc_subsecs(6)
    }
}

/// The operating system's random generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemSecrets;

impl SecretSource for SystemSecrets {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), SecretError> {
        SysRng
            .try_fill_bytes(bytes)
            .map_err(|error| SecretError(Box::new(error)))
    }
}
