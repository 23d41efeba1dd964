//! Ctrl-C and SIGTERM, for commands that take long.

use futures_util::FutureExt as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Failure;

/// The wish of a person or of the system that a command ends. From its making on, a signal does not kill us.
#[derive(Debug)]
pub(super) struct Interrupt {
    ctrl_c: Signal,
    terminate: Signal,
}

impl Interrupt {
    pub(super) fn watch() -> Result<Self, Failure> {
        let watch = |kind| {
            signal(kind).map_err(|error| Failure::because("cannot listen for signals", &error, ""))
        };
        Ok(Self {
            ctrl_c: watch(SignalKind::interrupt())?,
            terminate: watch(SignalKind::terminate())?,
        })
    }

    /// Waits for it.
    pub(super) async fn come(&mut self) {
        tokio::select! {
            _ = self.ctrl_c.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Says whether it has come.
    pub(super) fn has_come(&mut self) -> bool {
        self.come().now_or_never().is_some()
    }
}
