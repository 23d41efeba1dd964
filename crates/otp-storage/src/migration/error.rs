//! Why migrations were not run, and what to do about it.

use std::error::Error;

use otp_core::StoreError;
use sea_orm::sqlx::Error as SqlxError;
use sea_orm::{DbErr, RuntimeErr};

use super::steps::STEPS;
use crate::failure::{Code, store_error, without_values};

/// Why migrations were not run. `Display` says what, why and what to do; the database's own words are in `source`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// There is no such migration.
    #[error("there is no migration \"{name}\"; the migrations are {}", known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// What a migration creates is there already.
    #[error(
        "{migration} was not run: what it creates exists already, made by hand or left by a run that was cut off; \
         look at that table, then drop it or restore a backup, and migrate again"
    )]
    Exists {
        /// The migration.
        migration: &'static str,
        /// The database's words.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Django's own tables stand where ours would; nothing was changed.
    #[error(
        "Django's own {} here, and nothing was changed; give this service a database of its own (database.url) \
         and bring the customers over with `otp import django --from URL`, or move Django's aside first: {}",
        stands(tables),
        renaming(tables)
    )]
    Django {
        /// The names of the tables.
        tables: Vec<&'static str>,
    },
    /// What a migration removes or refers to is not there.
    #[error(
        "{migration} was not run: a table it needs is missing, dropped by hand; \
         restore it from a backup, and migrate again"
    )]
    Missing {
        /// The migration.
        migration: &'static str,
        /// The database's words.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The database user may not change tables.
    #[error(
        "the database user may not create or drop tables; grant it that, \
         or print the statements with `otp migrate sql` and have an administrator run them"
    )]
    NotAllowed(#[source] Box<dyn Error + Send + Sync>),
    /// Another process migrates this database, and did not end in time.
    #[error("another process is migrating this database; wait for it, and migrate again")]
    Busy(#[source] Option<Box<dyn Error + Send + Sync>>),
    /// The database was migrated by a newer release.
    #[error(
        "core_otp_migrations names a migration that this release does not have: a newer release migrated the database, \
         or somebody added the row; run the newer release, restore the backup made before it, or delete the row"
    )]
    Newer(#[source] Box<dyn Error + Send + Sync>),
    /// The database failed.
    #[error("the migrations could not be run")]
    Store(#[source] StoreError),
}

fn stands(tables: &[&str]) -> String {
    let verb = if tables.len() == 1 { "stands" } else { "stand" };
    format!("{} {verb}", tables.join(" and "))
}

fn renaming(tables: &[&str]) -> String {
    let rename = |table: &&str| format!("ALTER TABLE {table} RENAME TO {table}_django;");
    tables.iter().map(rename).collect::<Vec<_>>().join(" ")
}

impl MigrateError {
    pub(super) fn unknown(name: &str) -> Self {
        Self::Unknown {
            name: name.to_owned(),
            known: STEPS.iter().map(|step| step.name).collect(),
        }
    }

    pub(super) fn store(error: DbErr) -> Self {
        Self::of(None, error)
    }

    pub(super) fn of_driver(error: SqlxError) -> Self {
        Self::store(DbErr::Conn(RuntimeErr::SqlxError(error.into())))
    }

    /// Tells what a failure of `migration` means.
    pub(super) fn of(migration: Option<&'static str>, error: DbErr) -> Self {
        // The one thing the migrator says for itself: the table names migrations that are not in its list.
        if let DbErr::Custom(_) = error {
            return Self::Newer(error.into());
        }
        let Some(code) = Code::of_db_err(&error) else {
            return Self::Store(store_error(error));
        };
        let says = |words: &str| error.to_string().contains(words);
        match (Meaning::of(&code, says), migration) {
            (Some(Meaning::Busy), _) => Self::Busy(Some(without_values(error))),
            (Some(Meaning::NotAllowed), _) => Self::NotAllowed(without_values(error)),
            (Some(Meaning::Exists), Some(migration)) => Self::Exists {
                migration,
                source: without_values(error),
            },
            (Some(Meaning::Missing), Some(migration)) => Self::Missing {
                migration,
                source: without_values(error),
            },
            _ => Self::Store(store_error(error)),
        }
    }
}

enum Meaning {
    Exists,
    Missing,
    NotAllowed,
    Busy,
}

impl Meaning {
    /// SQLite has one code for most of it, so there its words decide.
    fn of(code: &Code, says: impl Fn(&str) -> bool) -> Option<Self> {
        match code {
            Code::Postgres(state) => match state.as_str() {
                "42P07" | "42701" | "42710" => Some(Self::Exists),
                "42P01" | "42703" | "42704" => Some(Self::Missing),
                "42501" => Some(Self::NotAllowed),
                "55P03" => Some(Self::Busy),
                _ => None,
            },
            Code::MySql(number) => match number {
                1050 | 1060 | 1061 => Some(Self::Exists),
                1051 | 1054 | 1091 | 1146 => Some(Self::Missing),
                1044 | 1142 | 1227 => Some(Self::NotAllowed),
                _ => None,
            },
            Code::Sqlite(5 | 6) => Some(Self::Busy),
            Code::Sqlite(3 | 8) => Some(Self::NotAllowed),
            Code::Sqlite(_) if says("already exists") || says("duplicate column") => {
                Some(Self::Exists)
            }
            Code::Sqlite(_) if says("no such") => Some(Self::Missing),
            Code::Sqlite(_) => None,
        }
    }
}
