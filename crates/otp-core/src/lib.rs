//! One-time passcodes without I/O: issue a code, derive it, check it, charge the attempt.
//!
//! ```
//! # use otp_core::testing::Bench;
//! # use otp_core::{Contact, Outcome, Verify};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bench = Bench::new(); // in-memory store, fixed clock, scripted secrets
//! let otps = bench.service();
//! let issued = otps.issue(Contact::email("ada@example.com")?).await?.granted().ok_or("refused")?;
//! let code = bench.read_code(issued.id).await; // what the message says
//! match otps.verify(Verify::new(issued.id, code)).await? {
//!     Outcome::Granted(verified) => assert_eq!(verified.contact.as_str(), "ada@example.com"),
//!     Outcome::Refused(why) => panic!("{why}"),
//! }
//! # Ok(()) }
//! ```
//!
//! In your own service, give [`OtpService`] your [`Clock`], [`SecretSource`] and [`OtpRepository`], or take the
//! repositories of `otp-storage`; and send what is queued with your [`Notifier`], or with `otp-notify`.
//! [`testing`] has the fakes used above and the conformance suite for a store of your own.
//!
//! # In reading order
//!
//! | module | holds |
//! |---|---|
//! | [`Contact`] | where a code goes, parsed once |
//! | [`Code`], [`CodeFormat`] | the characters a person types |
//! | [`Keyring`] | the keys outside the store, and the derivation of codes |
//! | [`Policy`], [`Purpose`] | how long, how often, what for |
//! | [`Budgets`], [`Ledger`] | how often anything may happen |
//! | [`Otp`] | one issued passcode and the one judge of codes |
//! | [`Delivery`] | one message to be sent |
//! | [`statistics`] | what became of OTPs, by hour, purpose and channel |
//! | [`ports`] | what the core asks of the world |
//! | [`OtpService`] | issue, verify, resend, revoke |
//! | [`Event`] | what happened, for whoever counts |

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod budget;
mod code;
mod contact;
mod context;
mod delivery;
mod device;
mod event;
mod keyring;
mod otp;
mod policy;
pub mod ports;
mod service;
pub mod statistics;
#[cfg(feature = "testing")]
pub mod testing;

pub use budget::{
    BoundExceeded, BucketKey, Budgets, Changed, Cooldowns, Hold, Ledger, Ledgers, Limit,
    LimitError, Limits, TooMany, client_network, unfolded,
};
pub use code::{Alphabet, Code, CodeError, CodeFormat};
#[cfg(feature = "national-numbers")]
pub use contact::Region;
pub use contact::{Channel, Contact, ContactError, EmailAddress, PhoneNumber};
pub use context::{Context, ContextError, is_invisible};
pub use delivery::{Delivery, DeliveryId, DeliveryState};
pub use device::{DeviceId, DeviceSecret};
pub use event::{Event, Happening, Unsent, UseCase};
pub use keyring::{Key, KeyId, Keyring, KeyringError, Term};
pub use otp::{
    ContactKey, Digest, Locale, Otp, OtpId, OtpState, Presented, Reference, Seed, Verdict,
};
pub use policy::{Policies, Policy, PolicyError, Purpose};
pub use ports::{
    Clock, CustomerDirectory, DeliveryQueue, EventSink, KnownDevices, Notifier, OtpHistory,
    OtpRepository, SecretSource, StoreError,
};
pub use service::{
    Caller, Handle, Idempotency, Issue, IssueError, Issued, OtpService, Outcome, Refusal, Verified,
    Verify, VerifyContact, VerifyError,
};
