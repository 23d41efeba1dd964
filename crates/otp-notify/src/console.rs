//! Messages for the terminal: the development profile.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use otp_core::ports::NotifyError;

/// Where `console:` prints: the terminal, or whatever a test reads.
#[derive(Clone)]
pub struct Console(Arc<Mutex<dyn Write + Send>>);

impl Console {
    /// Prints to `sink`; the program passes its standard output.
    pub fn new(sink: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(sink)))
    }

    /// Prints one message in one write, so that log lines do not run into it.
    pub(crate) fn print(&self, title: &str, message: &str) -> Result<(), NotifyError> {
        let framed = format!("\n---- {title}\n\n{message}\n\n----\n\n");
        let mut sink = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let printed = sink
            .write_all(framed.as_bytes())
            .and_then(|()| sink.flush());
        printed.map_err(|error| NotifyError::Temporary {
            reason: "the message could not be printed",
            source: Some(error.into()),
        })
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Console")
    }
}
