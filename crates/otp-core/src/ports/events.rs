//! Who counts what happens.

use crate::Event;

/// Takes note of events: metrics, an audit log, a test.
///
/// Called after the commit, in the middle of a use case: it must return at once, and it cannot fail.
/// `()` takes note of nothing.
pub trait EventSink: Send + Sync {
    /// Takes note of one event.
    fn record(&self, event: &Event);
}

impl EventSink for () {
    fn record(&self, _event: &Event) {}
}
