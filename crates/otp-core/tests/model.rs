//! The service against a model that fits on a page, over random histories.

use std::sync::Arc;

use otp_core::testing::model::Player;
use otp_core::testing::{MemoryStore, Subject};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_500) })]

    #[test]
    fn the_service_agrees_with_the_model(steps in prop::collection::vec(any::<[u8; 4]>(), 1..120)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let subject: Subject = Arc::new(MemoryStore::default()).into();
        let reopen = || async { subject.clone() };
        runtime.block_on(Player::new(subject.clone()).play(&steps, &reopen));
    }
}
