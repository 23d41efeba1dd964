//! The whole suite on PostgreSQL, and what only a server can do.

mod support {
    pub(crate) mod api_keys;
    pub(crate) mod backup;
    pub(crate) mod clauses;
    pub(crate) mod customers;
    pub(crate) mod deadlocks;
    pub(crate) mod delivery_log;
    pub(crate) mod devices;
    pub(crate) mod failures;
    pub(crate) mod fresh;
    pub(crate) mod history;
    pub(crate) mod migrations;
    pub(crate) mod model;
    pub(crate) mod otps;
    pub(crate) mod refusals;
    pub(crate) mod schema;
    pub(crate) mod servers;
    pub(crate) mod sessions;
}

use support::clauses::storage_tests;
use support::fresh::Fresh;
use support::servers;
use tokio::sync::OnceCell;

fn server() -> String {
    servers::url("OTP_TEST_POSTGRES_URL")
}

/// A copy of a database that was migrated once.
async fn fresh() -> Fresh {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let server = server();
    let make = || async {
        let name = servers::create(&server, "").await;
        let fresh = Fresh::migrated(servers::at(&server, &name)).await;
        // A database that somebody is connected to cannot be copied.
        fresh.database.close().await;
        name
    };
    let template = TEMPLATE.get_or_init(make).await;
    let name = servers::create(&server, &format!("TEMPLATE {template}")).await;
    Fresh::open(servers::at(&server, &name)).await
}

otp_core::conformance_tests!(async { fresh().await.into() });
otp_core::history_conformance_tests!(async { fresh().await.into() });
storage_tests!(fresh());
storage_tests! { @each fresh();
    deadlocks::repeats_what_a_deadlock_undid
    deadlocks::repeats_nothing_within_the_callers_transaction
    deadlocks::counts_what_others_charged_since_the_caller_began
    deadlocks::a_sweep_keeps_what_is_charged_meanwhile
}

#[tokio::test]
async fn says_why_a_server_cannot_be_used() {
    support::refusals::says_why_a_server_cannot_be_used(&server()).await;
}

#[tokio::test]
async fn says_that_the_user_may_not_create_tables() {
    let name = servers::create(&server(), "").await;
    let url = servers::at(&server(), &name);
    // One of the roles that every server has; it may connect, and create nothing.
    let as_monitor = format!("{url}?options=-c%20role%3Dpg_monitor");
    support::refusals::says_that_the_user_may_not_create_tables(&as_monitor).await;
}
