//! The in-memory fake keeps every promise of the ports.

use std::sync::Arc;

use otp_core::testing::{Archive, MemoryStore, Subject};

otp_core::conformance_tests!(async { Subject::from(Arc::new(MemoryStore::default())) });

mod history {
    use super::*;

    otp_core::history_conformance_tests!(async { Archive::from(Arc::new(MemoryStore::default())) });
}
