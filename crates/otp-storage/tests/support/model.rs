//! The whole service on a database, against the model that the core keeps of its rules.

use otp_core::testing::model;

use super::fresh::Fresh;

/// Few histories: the many are played in memory, and these see that a database keeps what they rest on, also when
/// callers hang up and the service is started again over a new connection.
pub(crate) async fn the_service_agrees_with_the_model(fresh: Fresh) {
    const HISTORIES: u32 = 12;
    let reopen = || async { Fresh::open(fresh.url.clone()).await.into() };
    model::agrees_with_the_model(reopen, HISTORIES).await;
}
