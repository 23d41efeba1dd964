//! How many connections there are, for metrics.

use sea_orm::sqlx;
use sea_orm::{DatabaseConnection, DatabaseConnectionType};

use super::Database;

/// The connections of one pool, as they are now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// `reader` and `writer` on SQLite, `server` elsewhere.
    pub name: &'static str,
    /// Open connections.
    pub open: u32,
    /// Those of them that nobody uses.
    pub idle: u32,
    /// Most connections there may be.
    pub max: u32,
}

impl Database {
    /// Returns how its pools are used.
    pub fn pools(&self) -> Vec<Pool> {
        let is_sqlite = matches!(
            self.reader.inner,
            DatabaseConnectionType::SqlxSqlitePoolConnection(_)
        );
        let pools = if is_sqlite {
            vec![("reader", &self.reader), ("writer", &self.writer)]
        } else {
            // On a server both are the same pool.
            vec![("server", &self.writer)]
        };
        pools
            .into_iter()
            .filter_map(|(name, connection)| of_connection(name, connection))
            .collect()
    }
}

fn of_connection(name: &'static str, connection: &DatabaseConnection) -> Option<Pool> {
    match &connection.inner {
        DatabaseConnectionType::SqlxSqlitePoolConnection(_) => {
            Some(of_pool(name, connection.get_sqlite_connection_pool()))
        }
        DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            Some(of_pool(name, connection.get_postgres_connection_pool()))
        }
        DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
            Some(of_pool(name, connection.get_mysql_connection_pool()))
        }
        DatabaseConnectionType::Disconnected => None,
    }
}

fn of_pool<D: sqlx::Database>(name: &'static str, pool: &sqlx::Pool<D>) -> Pool {
    let open = pool.size();
    // The two are read one after the other.
    let idle = u32::try_from(pool.num_idle()).map_or(open, |idle| idle.min(open));
    Pool {
        name,
        open,
        idle,
        max: pool.options().get_max_connections(),
    }
}
