//! The tables, up and down.

mod dialect;
mod django;
mod error;
mod m20261122_000001_core_otp;
mod m20261122_000002_core_otp_delivery;
mod m20261122_000003_core_customer;
mod m20261122_000004_core_session;
mod m20261122_000005_core_otp_counted;
mod m20261122_000006_core_api_key;
mod m20261122_000007_core_otp_statistics;
mod m20261122_000008_core_session_seen_at;
mod m20261122_000009_core_admin_session;
mod m20261122_000010_core_otp_budget;
mod m20261122_000011_core_device;
mod m20261122_000012_core_otp_context;
mod m20261122_000013_core_otp_delivery_handed_over_at;
mod shape;
mod steps;

use sea_orm::sqlx::mysql::MySqlPoolOptions;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseExecutor, DbBackend, IntoDatabaseExecutor,
};
use sea_orm_migration::{MigrationStatus as Standing, MigratorTrait};

pub use self::error::MigrateError;
use self::steps::{Migrator, STEPS};
use crate::DatabaseUrl;
use crate::catalogue;
use crate::link::begin;

/// Creates, changes and removes this crate's tables, and knows which of it was done.
///
/// Any number of processes may migrate one database at once: they take turns, and the later ones find nothing to do.
/// On PostgreSQL and SQLite a run is one transaction; on MySQL and MariaDB, which commit each definition by itself,
/// a run that fails leaves what its earlier migrations made.
#[derive(Debug, Clone)]
pub struct Migrations {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
}

/// A migration, and whether it was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its name.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
}

/// How far to go down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Down {
    /// So many migrations, the newest first.
    Steps(u32),
    /// All that come after the named one; `zero` is before the first.
    To(String),
}

enum Plan<'a> {
    Up { to: Option<&'a str> },
    Down(Down),
}

impl Migrations {
    pub(crate) const fn new(reader: DatabaseConnection, writer: DatabaseConnection) -> Self {
        Self { reader, writer }
    }

    /// Applies what is pending, up to and including the migration named `to`; returns the names of what was applied.
    ///
    /// # Errors
    /// [`MigrateError`].
    pub async fn up(&self, to: Option<&str>) -> Result<Vec<String>, MigrateError> {
        self.run(&Plan::Up { to }).await
    }

    /// Takes migrations back, the newest first, with all that their tables hold; returns the names of what was taken
    /// back.
    ///
    /// # Errors
    /// [`MigrateError`].
    pub async fn down(&self, down: Down) -> Result<Vec<String>, MigrateError> {
        self.run(&Plan::Down(down)).await
    }

    /// Lists all migrations in their order. Writes nothing, so it needs no right to.
    ///
    /// # Errors
    /// [`MigrateError::Newer`] and [`MigrateError::Store`].
    pub async fn status(&self) -> Result<Vec<MigrationStatus>, MigrateError> {
        status(&self.reader).await
    }

    /// Names what is not applied yet. The service must not start before this is empty.
    ///
    /// # Errors
    /// [`MigrateError::Newer`] and [`MigrateError::Store`].
    pub async fn pending(&self) -> Result<Vec<String>, MigrateError> {
        let status = self.status().await?;
        Ok(names(status.into_iter().filter(|each| !each.applied)))
    }

    /// Names the tables, columns and indexes that the applied migrations made and that are not there any more.
    ///
    /// # Errors
    /// [`MigrateError`].
    pub async fn missing(&self) -> Result<Vec<String>, MigrateError> {
        shape::missing(&self.reader).await
    }

    /// Says whether no migration was ever run here, not even one that was taken back.
    ///
    /// # Errors
    /// [`MigrateError::Store`].
    pub async fn is_new(&self) -> Result<bool, MigrateError> {
        let columns = catalogue::columns(&self.reader).await;
        let columns = columns.map_err(MigrateError::store)?;
        Ok(columns.iter().all(|(table, _)| table != steps::TABLE))
    }

    /// Sees whether [`up`](Self::up) would meet tables that Django made; changes nothing.
    ///
    /// # Errors
    /// [`MigrateError::Django`] when it would, or the reason why it cannot be seen.
    pub async fn foresee(&self) -> Result<(), MigrateError> {
        django::refuse(&self.reader, &self.pending().await?).await
    }

    /// Writes all migrations as SQL for the kind of database that `url` names, without connecting to it.
    ///
    /// Run by hand on an empty database, it leaves what [`up`](Self::up) leaves.
    pub fn sql(url: &DatabaseUrl) -> String {
        steps::sql(url.backend())
    }

    async fn run(&self, plan: &Plan<'_>) -> Result<Vec<String>, MigrateError> {
        match self.writer.get_database_backend() {
            DbBackend::MySql => self.run_under_named_lock(plan).await,
            backend => self.run_in_transaction(plan, backend).await,
        }
    }

    /// SQLite's write lock keeps others out by itself; on PostgreSQL a lock is taken that ends with the transaction.
    async fn run_in_transaction(
        &self,
        plan: &Plan<'_>,
        backend: DbBackend,
    ) -> Result<Vec<String>, MigrateError> {
        // The number is "core_otp" in ASCII: PostgreSQL's locks are numbered, and a host has its own.
        const LOCK: &str =
            "SET LOCAL lock_timeout = '30s'; SELECT pg_advisory_xact_lock(7165064475029697648)";
        let transaction = begin(&DatabaseExecutor::Connection(&self.writer))
            .await
            .map_err(MigrateError::store)?;
        if backend == DbBackend::Postgres {
            transaction
                .execute_unprepared(LOCK)
                .await
                .map_err(MigrateError::store)?;
        }
        let done = carry_out(plan, &transaction).await?;
        transaction.commit().await.map_err(MigrateError::store)?;
        Ok(done)
    }

    /// A definition ends the transaction on MySQL and MariaDB, so the lock belongs to the session: one connection that
    /// does everything and is closed at the end, or wherever the caller drops this.
    async fn run_under_named_lock(&self, plan: &Plan<'_>) -> Result<Vec<String>, MigrateError> {
        const LOCK: &str = "SELECT GET_LOCK(CONCAT('core_otp:', SHA1(DATABASE())), 30) = 1 AS won";
        let place = self.writer.get_mysql_connection_pool().connect_options();
        let pool = MySqlPoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with((*place).clone())
            .await
            .map_err(MigrateError::of_driver)?;
        let session = DatabaseConnection::from(pool);
        let lock = sea_orm::Statement::from_string(DbBackend::MySql, LOCK);
        let won = session
            .query_one_raw(lock)
            .await
            .and_then(|row| {
                row.map(|row| row.try_get::<Option<bool>>("", "won"))
                    .transpose()
            })
            .map_err(MigrateError::store)?;
        let done = if won.flatten() == Some(true) {
            carry_out(plan, &session).await
        } else {
            Err(MigrateError::Busy(None))
        };
        session.close().await.map_err(MigrateError::store)?;
        done
    }
}

/// Carries a plan out under the lock, one migration at a time, so that a failure can be named.
async fn carry_out<'c, C>(plan: &Plan<'_>, connection: &'c C) -> Result<Vec<String>, MigrateError>
where
    C: ConnectionTrait,
    &'c C: IntoDatabaseExecutor<'c>,
{
    let status = status(connection).await?;
    let steps = plan.steps(&status)?;
    if let Plan::Up { .. } = plan {
        django::refuse(connection, &steps).await?;
    }
    for name in &steps {
        let migration = STEPS
            .iter()
            .map(|step| step.name)
            .find(|known| known == name);
        match plan {
            Plan::Up { .. } => Migrator::up(connection, Some(1)).await,
            Plan::Down(_) => Migrator::down(connection, Some(1)).await,
        }
        .map_err(|error| MigrateError::of(migration, error))?;
    }
    Ok(steps)
}

impl Plan<'_> {
    /// Names the migrations to run, in the order in which they are run.
    fn steps(&self, status: &[MigrationStatus]) -> Result<Vec<String>, MigrateError> {
        const BEFORE_THE_FIRST: &str = "zero";
        let place = |name: &str| {
            let place = status.iter().position(|each| each.name == name);
            place.ok_or_else(|| MigrateError::unknown(name))
        };
        let applied = |from: usize| {
            let later = status.iter().skip(from).rev();
            later.filter(|each| each.applied).cloned()
        };
        Ok(match self {
            Self::Up { to } => {
                let count = match to {
                    Some(name) => place(name)? + 1,
                    None => status.len(),
                };
                let wanted = status.iter().take(count);
                names(wanted.filter(|each| !each.applied).cloned())
            }
            Self::Down(Down::Steps(count)) => {
                names(applied(0).take(usize::try_from(*count).unwrap_or(usize::MAX)))
            }
            Self::Down(Down::To(name)) if name == BEFORE_THE_FIRST => names(applied(0)),
            Self::Down(Down::To(name)) => names(applied(place(name)? + 1)),
        })
    }
}

async fn status<C: ConnectionTrait>(connection: &C) -> Result<Vec<MigrationStatus>, MigrateError> {
    let standing = Migrator::get_migration_with_status_read_only(connection)
        .await
        .map_err(MigrateError::store)?;
    Ok(standing
        .iter()
        .map(|each| MigrationStatus {
            name: each.name().to_owned(),
            applied: each.status() == Standing::Applied,
        })
        .collect())
}

fn names(migrations: impl Iterator<Item = MigrationStatus>) -> Vec<String> {
    migrations.map(|each| each.name).collect()
}
