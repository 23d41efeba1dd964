//! Clauses of bad days: what is said, and what to do.

use std::error::Error;

use otp_storage::MigrateError;

use super::fresh::Fresh;

/// Joins what an error and its causes say, as a command prints it.
pub(crate) fn said(error: &(dyn Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}

/// A table that somebody dropped is no riddle.
pub(crate) async fn troubleshooting_2_says_what_to_do_when_a_table_is_gone(fresh: Fresh) {
    fresh.execute("DROP TABLE core_session").await;
    fresh.execute("DROP TABLE core_customer").await;
    let error = fresh.database.customers().list(None, 1).await.unwrap_err();
    assert!(!error.is_temporary(), "{error:?}");
    let said = said(&error);
    assert!(
        said.contains("core_customer") && said.contains("a table is missing"),
        "{said}"
    );
}

/// A record of a migration that is not ours is named, with the three ways out.
pub(crate) async fn troubleshooting_1_a_foreign_migration_record_is_named(fresh: Fresh) {
    fresh
        .execute("INSERT INTO core_otp_migrations (version, applied_at) VALUES ('0013_otp', 0)")
        .await;
    let error = fresh.database.migrations().up(None).await.unwrap_err();
    assert!(matches!(error, MigrateError::Newer(_)), "{error:?}");
    let said = said(&error);
    assert!(
        said.contains("0013_otp") && said.contains("delete the row"),
        "{said}"
    );
}
