//! The migrations in their order. What is released is never edited: a change is a new migration.

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, DynIden, Schema, sea_query::IntoIden};
use sea_orm_migration::{
    MigrationName, MigrationTrait, MigratorTrait, SchemaManager, seaql_migrations,
};

use super::dialect::Dialect;
use super::{
    m20261122_000001_core_otp, m20261122_000002_core_otp_delivery, m20261122_000003_core_customer,
    m20261122_000004_core_session, m20261122_000005_core_otp_counted,
    m20261122_000006_core_api_key, m20261122_000007_core_otp_statistics,
    m20261122_000008_core_session_seen_at, m20261122_000009_core_admin_session,
    m20261122_000010_core_otp_budget, m20261122_000011_core_device,
    m20261122_000012_core_otp_context, m20261122_000013_core_otp_delivery_handed_over_at,
};

/// A migration table of our own, so that a host's migrations never meet ours.
pub(super) const TABLE: &str = "core_otp_migrations";

/// One migration: statements for each database, so that they can be printed without one.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) up: fn(Dialect) -> Vec<String>,
    down: fn(Dialect) -> Vec<String>,
}

/// Lists modules as steps, named after their files.
macro_rules! steps {
    ($($module:ident),* $(,)?) => {
        [$(Step { name: stringify!($module), up: $module::up, down: $module::down }),*]
    };
}

pub(super) const STEPS: [Step; 13] = steps![
    m20261122_000001_core_otp,
    m20261122_000002_core_otp_delivery,
    m20261122_000003_core_customer,
    m20261122_000004_core_session,
    m20261122_000005_core_otp_counted,
    m20261122_000006_core_api_key,
    m20261122_000007_core_otp_statistics,
    m20261122_000008_core_session_seen_at,
    m20261122_000009_core_admin_session,
    m20261122_000010_core_otp_budget,
    m20261122_000011_core_device,
    m20261122_000012_core_otp_context,
    m20261122_000013_core_otp_delivery_handed_over_at,
];

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, self.up).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, self.down).await
    }
}

async fn run(
    manager: &SchemaManager<'_>,
    statements: fn(Dialect) -> Vec<String>,
) -> Result<(), DbErr> {
    for sql in statements(Dialect(manager.get_database_backend())) {
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}

pub(super) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        STEPS
            .into_iter()
            .map(|step| Box::new(step) as Box<dyn MigrationTrait>)
            .collect()
    }

    fn migration_table_name() -> DynIden {
        TABLE.into_iden()
    }
}

/// Writes all migrations as SQL, with the entries by which [`Migrator`] knows that they were run.
pub(super) fn sql(backend: DbBackend) -> String {
    use std::fmt::Write as _;

    let now = match backend {
        DbBackend::Postgres => "CAST(EXTRACT(EPOCH FROM now()) AS bigint)",
        DbBackend::MySql => "UNIX_TIMESTAMP()",
        _ => "CAST(strftime('%s', 'now') AS integer)",
    };
    let table = Schema::new(backend)
        .create_table_from_entity(seaql_migrations::Entity)
        .table(TABLE)
        .take();
    let mut sql = format!("{};\n", backend.build(&table).sql);
    for step in STEPS {
        // Writing to a string cannot fail.
        let _ = writeln!(sql, "\n-- {}", step.name);
        for statement in (step.up)(Dialect(backend)) {
            let _ = writeln!(sql, "{statement};");
        }
        let name = step.name;
        let _ = writeln!(
            sql,
            "INSERT INTO {TABLE} (version, applied_at) VALUES ('{name}', {now});"
        );
    }
    sql
}
