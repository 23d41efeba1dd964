//! The whole suite on MariaDB, and what only a server can do.

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

fn server() -> String {
    servers::url("OTP_TEST_MARIADB_URL")
}

/// The server's own defaults compare without case and accents, so that a table that relied on them would be seen.
async fn fresh() -> Fresh {
    let careless = "CHARACTER SET latin1 COLLATE latin1_swedish_ci";
    let name = servers::create(&server(), careless).await;
    Fresh::migrated(servers::at(&server(), &name)).await
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
    // The catalogue is the one database in which nobody may create anything.
    let catalogue = servers::at(&server(), "information_schema");
    support::refusals::says_that_the_user_may_not_create_tables(&catalogue).await;
}

#[tokio::test]
async fn compares_texts_and_keys_byte_by_byte() {
    let fresh = fresh().await;
    let others = "SELECT table_name, column_name, collation_name FROM information_schema.columns \
         WHERE table_schema = DATABASE() AND table_name <> 'core_otp_migrations' \
         AND collation_name <> 'utf8mb4_bin'";
    assert!(fresh.query(others).await.is_empty());
    let keys = "SELECT column_name, column_type FROM information_schema.columns \
         WHERE table_schema = DATABASE() AND (column_name LIKE '%\\_key' OR column_name IN ('digest', 'binding')) \
         GROUP BY column_name, column_type ORDER BY column_name";
    assert_eq!(
        fresh.query(keys).await,
        [
            ["binding", "binary(32)"],
            ["configured_key", "binary(32)"],
            ["contact_key", "binary(32)"],
            ["digest", "binary(32)"]
        ]
    );
}
