//! Where a database is, parsed once. The password is never shown.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use sea_orm::DbBackend;
use url::Url;

use super::ConnectError;

/// Where a database is: `sqlite://PATH`, `postgres://…` or `mysql://…`, also written `postgresql:` and `mariadb:`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Place);

#[derive(Clone, PartialEq, Eq)]
enum Place {
    Sqlite(PathBuf),
    Server(Server, Url),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    Postgres,
    MySql,
}

/// The place without what only `connect` needs.
pub(crate) enum Target<'a> {
    File(&'a Path),
    Server(Server, &'a Url),
}

impl DatabaseUrl {
    /// Parses a URL.
    ///
    /// The path of `sqlite://PATH` is taken as it stands: `sqlite://var/otp.sqlite3` is relative,
    /// `sqlite:///var/lib/otp.sqlite3` is absolute.
    ///
    /// # Errors
    /// [`ConnectError::UnsupportedScheme`] or [`ConnectError::InvalidUrl`].
    pub fn parse(text: &str) -> Result<Self, ConnectError> {
        let Some((scheme, rest)) = text.trim().split_once(':') else {
            return Err(ConnectError::UnsupportedScheme {
                scheme: String::new(),
            });
        };
        match scheme {
            "sqlite" => sqlite_path(rest).map(|path| Self(Place::Sqlite(path))),
            "postgres" | "postgresql" => server(Server::Postgres, "postgres", rest),
            "mysql" | "mariadb" => server(Server::MySql, "mysql", rest),
            other => Err(ConnectError::UnsupportedScheme {
                // What stands before the first colon of a text that is no URL may be anything.
                scheme: other
                    .chars()
                    .filter(char::is_ascii_alphanumeric)
                    .take(16)
                    .collect(),
            }),
        }
    }

    /// Returns the URL with its password hidden.
    pub fn masked(&self) -> String {
        match &self.0 {
            Place::Sqlite(path) => format!("sqlite://{}", path.display()),
            Place::Server(_, url) => {
                let mut shown = url.clone();
                if shown.password().is_some() {
                    // Fails only for URLs without a host, which hold no password.
                    let _ = shown.set_password(Some("***"));
                }
                if shown.query().is_some() {
                    let pairs = url.query_pairs().map(|(key, value)| {
                        let is_secret = key.to_ascii_lowercase().contains("pass");
                        (
                            key,
                            if is_secret {
                                Cow::Borrowed("***")
                            } else {
                                value
                            },
                        )
                    });
                    shown.query_pairs_mut().clear().extend_pairs(pairs);
                }
                shown.into()
            }
        }
    }

    /// Returns the path of a SQLite database; a server has none.
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Place::Sqlite(path) => Some(path),
            Place::Server(..) => None,
        }
    }

    pub(crate) fn backend(&self) -> DbBackend {
        match &self.0 {
            Place::Sqlite(_) => DbBackend::Sqlite,
            Place::Server(Server::Postgres, _) => DbBackend::Postgres,
            Place::Server(Server::MySql, _) => DbBackend::MySql,
        }
    }

    pub(crate) fn target(&self) -> Target<'_> {
        match &self.0 {
            Place::Sqlite(path) => Target::File(path),
            Place::Server(server, url) => Target::Server(*server, url),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({})", self.masked())
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

fn sqlite_path(rest: &str) -> Result<PathBuf, ConnectError> {
    let invalid = |expected| Err(ConnectError::InvalidUrl { expected });
    let path = rest.strip_prefix("//").unwrap_or(rest);
    // `?mode=rwc` is what SeaORM's own examples write, and what is done anyway.
    let path = path.strip_suffix("?mode=rwc").unwrap_or(path);
    if path.contains('?') {
        return invalid("sqlite:// takes a path and no parameters");
    }
    if path.is_empty() || path.contains(":memory:") {
        return invalid("sqlite:// takes the path of a file, like sqlite://var/otp.sqlite3");
    }
    Ok(PathBuf::from(path))
}

fn server(server: Server, scheme: &str, rest: &str) -> Result<DatabaseUrl, ConnectError> {
    const EXPECTED: &str = "a server's URL is scheme://user:password@host:port/database, \
         with special characters of the password percent-encoded";
    let url = Url::parse(&format!("{scheme}:{rest}")).ok();
    let has_database = |url: &Url| !url.path().trim_matches('/').is_empty();
    match url.filter(has_database) {
        Some(url) => Ok(DatabaseUrl(Place::Server(server, url))),
        None => Err(ConnectError::InvalidUrl { expected: EXPECTED }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> DatabaseUrl {
        DatabaseUrl::parse(text).unwrap()
    }

    #[test]
    fn takes_a_path_as_it_stands() {
        for (text, path) in [
            ("sqlite://var/otp.sqlite3", "var/otp.sqlite3"),
            ("sqlite:///var/lib/otp.sqlite3", "/var/lib/otp.sqlite3"),
            ("sqlite:otp.db", "otp.db"),
            ("sqlite://otp.db?mode=rwc", "otp.db"),
        ] {
            let Place::Sqlite(parsed) = parse(text).0 else {
                panic!("{text} is a file")
            };
            assert_eq!(parsed, Path::new(path), "{text}");
        }
    }

    #[test]
    fn knows_the_servers_by_both_names() {
        for (text, backend) in [
            ("postgres://u@h/d", DbBackend::Postgres),
            ("postgresql://u@h/d", DbBackend::Postgres),
            ("mysql://u@h/d", DbBackend::MySql),
            ("mariadb://u@h/d", DbBackend::MySql),
        ] {
            assert_eq!(parse(text).backend(), backend, "{text}");
        }
        assert_eq!(parse("mariadb://u@h/d").masked(), "mysql://u@h/d");
    }

    #[test]
    fn never_shows_a_password() {
        for text in [
            "postgres://otp:s3cret@db:5432/otp",
            "mariadb://otp:s3cret@db/otp?charset=utf8mb4",
            "postgres://db/otp?user=otp&password=s3cret",
        ] {
            let url = parse(text);
            for shown in [url.masked(), format!("{url:?}"), url.to_string()] {
                assert!(!shown.contains("s3cret"), "{shown}");
                assert!(shown.contains("***"), "{shown}");
            }
        }
    }

    #[test]
    fn refuses_what_it_cannot_use_and_never_repeats_it() {
        for text in [
            "",
            "otp.sqlite3",
            "sqlite:",
            "sqlite::memory:",
            "sqlite://x?cache=shared",
            "oracle://otp:s3cret@db/otp",
            "postgres://otp:s3cret@db",
            "mysql://otp:s3cret@db:port/otp",
            "otp-s3cret:s3cret",
        ] {
            let refused = DatabaseUrl::parse(text).unwrap_err();
            let shown = format!("{refused} {refused:?}");
            assert!(!shown.contains(":s3cret"), "{shown}");
        }
    }
}
