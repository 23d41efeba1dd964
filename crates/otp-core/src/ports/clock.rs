//! The time, as an argument.

use chrono::{DateTime, Utc};

/// Tells the time. A use case asks once and passes `now` on.
pub trait Clock: Send + Sync {
    /// Returns the present time in UTC.
    fn now(&self) -> DateTime<Utc>;
}
