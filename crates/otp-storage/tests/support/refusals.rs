//! What a server refuses, and what is said about it.

use std::net::TcpListener;

use otp_storage::{ConnectError, Database, DatabaseUrl, MigrateError};
use url::Url;

use super::servers;

async fn refusal(url: &str) -> ConnectError {
    let url = DatabaseUrl::parse(url).unwrap();
    let error = Database::connect(&url).await.unwrap_err();
    assert!(!error.to_string().contains("s3cret"), "{error}");
    error
}

/// Each reason has a name of its own, and none of them shows the password.
pub(crate) async fn says_why_a_server_cannot_be_used(server: &str) {
    let mut url = Url::parse(server).unwrap();
    let unknown = refusal(&servers::at(server, "otp_no_such")).await;
    assert!(
        matches!(&unknown, ConnectError::UnknownDatabase { database, .. } if database == "otp_no_such"),
        "{unknown:?}"
    );
    url.set_password(Some("s3cret")).unwrap();
    let refused = refusal(url.as_str()).await;
    assert!(
        matches!(refused, ConnectError::LoginRefused { .. }),
        "{refused:?}"
    );
    // A port that was free a moment ago, and that nobody listens on.
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    url.set_port(Some(free.port())).unwrap();
    let nobody = refusal(url.as_str()).await;
    let place = free.to_string();
    assert!(
        matches!(&nobody, ConnectError::Unreachable { server, .. } if *server == place),
        "{nobody:?}"
    );
}

/// Nothing is created, and the answer says who can.
pub(crate) async fn says_that_the_user_may_not_create_tables(url: &str) {
    let url = DatabaseUrl::parse(url).unwrap();
    let database = Database::connect(&url).await.unwrap();
    let pending = database.migrations().pending().await.unwrap();
    assert_eq!(pending, super::migrations::ALL);
    let error = database.migrations().up(None).await.unwrap_err();
    assert!(matches!(error, MigrateError::NotAllowed(_)), "{error:?}");
    let said = error.to_string();
    assert!(said.contains("otp migrate sql"), "{said}");
    database.close().await;
}
