//! The database: found by its URL, opened, handed out by its roles.

mod error;
mod pools;
mod sqlite;
mod url;

use std::time::Duration;

use otp_core::StoreError;
use sea_orm::sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::{
    self, ConnectOptions as _, Connection, Database as Driver, Error as SqlxError,
};
use sea_orm::{DatabaseConnection, DbErr};
use tokio::time::timeout;

pub use self::error::ConnectError;
pub use self::pools::Pool;
pub use self::url::DatabaseUrl;
pub(crate) use self::url::{Server, Target};
use crate::customers::KnownContacts;
use crate::failure::store_error;
use crate::link::Link;
use crate::{
    AdminSessions, ApiKeys, Customers, Deliveries, DeliveryLog, Devices, History, Migrations, Otps,
    Sessions,
};

/// An open database. Cheap to clone; all clones share its connections.
#[derive(Debug, Clone)]
pub struct Database {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    known: KnownContacts,
}

/// How many connections, and how long to wait for one.
#[derive(Debug, Clone, Copy)]
pub struct ConnectOptions {
    /// Most connections to a server, at least 1. SQLite takes one for writing and at most four for reading.
    pub max_connections: u32,
    /// How long [`Database::connect`] waits for the database to answer.
    pub connect_timeout: Duration,
    /// How long a statement waits for a free connection, or on SQLite for another process's write.
    pub acquire_timeout: Duration,
}

impl Default for ConnectOptions {
    /// Sixteen connections, five seconds.
    fn default() -> Self {
        Self {
            max_connections: 16,
            connect_timeout: Duration::from_secs(5),
            acquire_timeout: Duration::from_secs(5),
        }
    }
}

impl Database {
    /// Opens the database with the default options.
    ///
    /// # Errors
    /// A [`ConnectError`] that says what to do.
    pub async fn connect(url: &DatabaseUrl) -> Result<Self, ConnectError> {
        Self::connect_with(url, ConnectOptions::default()).await
    }

    /// Opens the database; a SQLite file and its directory are created when they are missing.
    ///
    /// # Errors
    /// A [`ConnectError`] that says what to do.
    pub async fn connect_with(
        url: &DatabaseUrl,
        options: ConnectOptions,
    ) -> Result<Self, ConnectError> {
        match url.target() {
            Target::File(path) => sqlite::open(path, options).await,
            Target::Server(Server::Postgres, url) => {
                let place = PgConnectOptions::from_url(url).map_err(ConnectError::configuration)?;
                let place = place.application_name("otp");
                probe(&place, options.connect_timeout, url).await?;
                let pool: PgPoolOptions = pool_options(options);
                Ok(Self::from(DatabaseConnection::from(
                    pool.connect_lazy_with(place),
                )))
            }
            Target::Server(Server::MySql, url) => {
                let place =
                    MySqlConnectOptions::from_url(url).map_err(ConnectError::configuration)?;
                probe(&place, options.connect_timeout, url).await?;
                let pool: MySqlPoolOptions = pool_options(options);
                Ok(Self::from(DatabaseConnection::from(
                    pool.connect_lazy_with(place),
                )))
            }
        }
    }

    /// Returns the keeper of OTPs.
    pub fn otps(&self) -> Otps {
        Otps::new(self.link())
    }

    /// Returns the queue of messages.
    pub fn deliveries(&self) -> Deliveries {
        Deliveries::new(self.link())
    }

    /// Returns what became of messages, for whoever runs the service.
    pub fn delivery_log(&self) -> DeliveryLog {
        DeliveryLog::new(self.link())
    }

    /// Returns what stays known of OTPs that are over.
    pub fn history(&self) -> History {
        History::new(self.reader.clone(), self.link())
    }

    /// Returns the list of customers.
    pub fn customers(&self) -> Customers {
        Customers::new(self.link(), self.known.clone())
    }

    /// Returns the keeper of known devices.
    pub fn devices(&self) -> Devices {
        Devices::new(self.link())
    }

    /// Returns the keeper of web sessions.
    pub fn sessions(&self) -> Sessions {
        Sessions::new(self.link())
    }

    /// Returns the keeper of API keys.
    pub fn api_keys(&self) -> ApiKeys {
        ApiKeys::new(self.link())
    }

    /// Returns the keeper of administrators' sessions.
    pub fn admin_sessions(&self) -> AdminSessions {
        AdminSessions::new(self.link())
    }

    /// Returns the migrations of its tables.
    pub fn migrations(&self) -> Migrations {
        Migrations::new(self.reader.clone(), self.writer.clone())
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`StoreError`] when it does not answer.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.reader.ping().await.map_err(store_error)
    }

    /// Waits for running statements and closes all connections; every clone is closed with it.
    pub async fn close(self) {
        // Closing a pool cannot fail; SeaORM's signature has room for drivers whose closing can.
        let closed: [Result<(), DbErr>; 2] = [self.reader.close().await, self.writer.close().await];
        for error in closed.into_iter().filter_map(Result::err) {
            tracing::warn!(%error, "a connection was not closed");
        }
    }

    fn of(reader: DatabaseConnection, writer: DatabaseConnection) -> Self {
        Self {
            reader,
            writer,
            known: KnownContacts::default(),
        }
    }

    pub(crate) fn connection(&self) -> &DatabaseConnection {
        &self.reader
    }

    fn link(&self) -> Link {
        Link::Pools {
            reader: self.reader.clone(),
            writer: self.writer.clone(),
        }
    }
}

impl From<DatabaseConnection> for Database {
    /// Takes a connection of your own; on SQLite it should have a busy timeout.
    fn from(connection: DatabaseConnection) -> Self {
        Self::of(connection.clone(), connection)
    }
}

/// Opens a database to read from it, and changes nothing there: a SQLite file that is missing is not made.
pub(crate) async fn open_to_read(url: &DatabaseUrl) -> Result<DatabaseConnection, ConnectError> {
    match url.target() {
        Target::File(path) => sqlite::open_to_read(path).await,
        Target::Server(..) => {
            let options = ConnectOptions {
                max_connections: 1,
                ..ConnectOptions::default()
            };
            Ok(Database::connect_with(url, options).await?.reader)
        }
    }
}

/// Connects once: a pool retries a refused connection until its patience ends, and then cannot say why.
async fn probe<O>(place: &O, patience: Duration, url: &::url::Url) -> Result<(), ConnectError>
where
    O: sqlx::ConnectOptions<Connection: Sized>,
{
    let connected = match timeout(patience, place.connect()).await {
        Ok(connected) => connected,
        Err(elapsed) => Err(SqlxError::Io(elapsed.into())),
    };
    match connected {
        Ok(connection) => {
            // A connection that answered and now cannot say goodbye is no reason not to start.
            let _ = timeout(patience, connection.close()).await;
            Ok(())
        }
        Err(error) => Err(ConnectError::of_server(error, url)),
    }
}

fn pool_options<D: Driver>(options: ConnectOptions) -> PoolOptions<D> {
    /// A connection used a moment ago is not asked for a sign of life: that would double each verify's round trips.
    const FRESH: Duration = Duration::from_secs(1);
    PoolOptions::new()
        .max_connections(options.max_connections.max(1))
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        .before_acquire(|connection: &mut D::Connection, use_of| {
            Box::pin(async move {
                if use_of.idle_for >= FRESH {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}
