//! What tables, columns and indexes a database has, from its own catalogue.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

/// Names of tables, each with the name of one of its columns or indexes.
pub(crate) type Names = BTreeSet<(String, String)>;

/// Lists the columns of all tables in the current schema.
pub(crate) async fn columns<C: ConnectionTrait>(connection: &C) -> Result<Names, DbErr> {
    let sql = match connection.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        }
        DbBackend::MySql => {
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
        }
        _ => {
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             WHERE table_schema = current_schema()"
        }
    };
    names(connection, sql).await
}

/// Lists the indexes of all tables in the current schema, but for those that a database makes for itself.
pub(crate) async fn indexes<C: ConnectionTrait>(connection: &C) -> Result<Names, DbErr> {
    let sql = match connection.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT tbl_name, name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
        }
        DbBackend::MySql => {
            "SELECT DISTINCT table_name, index_name FROM information_schema.statistics \
             WHERE table_schema = DATABASE()"
        }
        _ => {
            "SELECT tablename::text, indexname::text FROM pg_indexes WHERE schemaname = current_schema()"
        }
    };
    names(connection, sql).await
}

async fn names<C: ConnectionTrait>(connection: &C, sql: &str) -> Result<Names, DbErr> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}
