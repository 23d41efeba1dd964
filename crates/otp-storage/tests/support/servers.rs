//! Databases on the servers that the environment names.

use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::ConnectionTrait;

/// Reads the URL of a server on which databases may be created.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where a test learns of its server"
)]
pub(crate) fn url(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!(
            "{variable} is not set: run `cargo xtask ci`, which starts the servers, \
             or give the URL of a server on which databases may be created"
        )
    })
}

/// Creates a database; returns its name, which is its own. `how` is what follows `CREATE DATABASE name`.
pub(crate) async fn create(server: &str, how: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("otp_test_{}_{count}", std::process::id());
    let connection = sea_orm::Database::connect(server).await.unwrap();
    connection
        .execute_unprepared(&format!("CREATE DATABASE {name} {how}"))
        .await
        .unwrap();
    connection.close().await.unwrap();
    name
}

/// Returns the URL of another database on the same server.
pub(crate) fn at(server: &str, database: &str) -> String {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(database);
    url.into()
}
