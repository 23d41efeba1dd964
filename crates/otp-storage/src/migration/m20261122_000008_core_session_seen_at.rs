//! `core_session` is cleaned of browsers that were not seen for long, which asks for an index.

use sea_orm::DbBackend;

use super::dialect::{Dialect, index};

const TABLE: &str = "core_session";

pub(super) fn up(dialect: Dialect) -> Vec<String> {
    vec![dialect.0.build(&index(TABLE, &["seen_at"])).sql]
}

pub(super) fn down(dialect: Dialect) -> Vec<String> {
    let on_table = match dialect.0 {
        DbBackend::MySql => " ON core_session",
        _ => "",
    };
    vec![format!("DROP INDEX core_session_seen_at_idx{on_table}")]
}
