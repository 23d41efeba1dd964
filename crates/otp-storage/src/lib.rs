//! OTP repositories with SeaORM on SQLite, PostgreSQL, MySQL and MariaDB.
//!
//! ```no_run
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! use otp_storage::{Database, DatabaseUrl};
//!
//! let url = DatabaseUrl::parse("sqlite://var/otp.sqlite3")?;
//! let database = Database::connect(&url).await?;
//! database.migrations().up(None).await?;
//! let otps = std::sync::Arc::new(database.otps()); // for `otp_core::OtpService::new`
//! # let _: std::sync::Arc<dyn otp_core::OtpRepository> = otps; Ok(()) }
//! ```
//!
//! # In reading order
//!
//! | item | holds |
//! |---|---|
//! | [`Database`], [`DatabaseUrl`] | the connections, and the way to them |
//! | [`Otps`] | the OTPs; each guard stands in the one statement that needs it |
//! | [`Deliveries`] | the queue of messages |
//! | [`DeliveryLog`] | what became of messages, and another try for those that failed |
//! | [`History`] | statistics, and the removal of what is over |
//! | [`Customers`], [`Sessions`], [`Devices`] | what the pages need |
//! | [`ApiKeys`], [`AdminSessions`] | who may call, and who looks at the admin pages |
//! | [`Migrations`] | the tables, up and down, in a migration table of their own |
//! | [`backup`] | a copy of the whole database in one file |
//! | [`Django`] | the customers that an earlier service kept |

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod admin_sessions;
mod api_keys;
mod backup;
mod budgets;
mod catalogue;
mod connect;
mod customers;
mod deliveries;
mod delivery_log;
mod description;
mod devices;
mod django;
mod entity;
mod failure;
mod history;
mod link;
mod migration;
mod otps;
mod row;
mod sessions;

pub use admin_sessions::{AdminSession, AdminSessions};
pub use api_keys::{AddedKey, ApiKey, ApiKeys, KeyIdentity, Scope, Scopes, UnknownScope};
pub use backup::{BackedUp, BackupError, backup};
pub use connect::{ConnectError, ConnectOptions, Database, DatabaseUrl, Pool};
pub use customers::{Added, Customer, Customers, NewCustomer};
pub use deliveries::Deliveries;
pub use delivery_log::{DeliveryFilter, DeliveryLog, LoggedDelivery, Retried};
pub use description::Description;
pub use devices::Devices;
pub use django::{Django, DjangoCustomer, DjangoError};
pub use history::History;
pub use migration::{Down, MigrateError, MigrationStatus, Migrations};
pub use otps::Otps;
pub use sessions::{Session, Sessions};
