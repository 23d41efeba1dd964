//! A worker that dies at a named point: the real dispatcher on a real database, mailer and all, in wrappers that kill
//! its process.
//!
//! It stands apart so that the product has no such switch. `tests/kills` starts three at a time and counts what
//! arrives; `cargo xtask kills` does so many times over.

mod gateway;
mod machine;
mod mortal;
mod point;

pub use gateway::Ways;
pub use machine::{ShiftedClock, SystemSecrets};
pub use mortal::{MortalNotifier, MortalQueue};
pub use point::{Point, kill};
