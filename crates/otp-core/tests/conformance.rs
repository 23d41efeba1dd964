//! The in-memory fake keeps every promise of the ports.

use std::sync::Arc;

use otp_core::testing::{MemoryStore, Subject};

otp_core::conformance_tests!(async { Subject::from(Arc::new(MemoryStore::default())) });
