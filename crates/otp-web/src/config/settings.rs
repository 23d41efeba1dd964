//! Where each setting's text comes from: defaults, `otp.toml`, the environment, flags; the later wins.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ConfigError;
use super::table::separator;

/// The file that is read when it is there and no other is named.
pub(crate) const DEFAULT_FILE: &str = "otp.toml";

/// Begins the name of every environment variable that is a setting.
const PREFIX: &str = "OTP_";

/// Begins the names that belong to the project's own tests, which run beside the service.
const TEST_PREFIX: &str = "OTP_TEST_";

/// Where a value was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nobody set it.
    Default,
    /// A line of a file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
    },
    /// An environment variable.
    Environment(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{} line {line}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// The text of a setting, and where it was read.
#[derive(Clone)]
pub(crate) struct Value {
    /// The text; a list is joined by commas, or by blanks when it is one of URLs.
    pub text: String,
    /// Where it was read.
    pub origin: Origin,
}

/// The texts that somebody set, by key, before any of them is understood.
#[derive(Clone, Default)]
pub(crate) struct Settings(BTreeMap<String, Value>);

impl Settings {
    /// Gathers what `file`, the environment and the flags set.
    ///
    /// Without a named file, [`DEFAULT_FILE`] is read when it exists.
    ///
    /// # Errors
    /// [`ConfigError`] for a file that cannot be read or is not TOML. Keys are not judged here.
    pub(crate) fn gather(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = (String, Value)>,
    ) -> Result<Self, ConfigError> {
        let mut settings = Self::default();
        match file {
            Some(path) => settings.read_file(path)?,
            None if Path::new(DEFAULT_FILE).exists() => {
                settings.read_file(Path::new(DEFAULT_FILE))?;
            }
            None => {}
        }
        for (name, text) in environment {
            if let Some(key) = environment_key(&name) {
                settings.0.insert(
                    key,
                    Value {
                        text,
                        origin: Origin::Environment(name),
                    },
                );
            }
        }
        settings.0.extend(flags);
        Ok(settings)
    }

    /// Says whether nobody set anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns what was set under `key`.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Returns everything that was set, by key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    fn read_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let line_at = |at: usize| {
            text.get(..at)
                .map_or(0, |before| before.matches('\n').count())
                + 1
        };
        let table = DeTable::parse(&text).map_err(|error| ConfigError::NotToml {
            path: path.to_owned(),
            line: line_at(error.span().map_or(0, |span| span.start)),
            // The error's own `Display` quotes the line, which may hold a secret.
            problem: error.message().to_owned(),
        })?;
        let mut found = Vec::new();
        flatten("", table.get_ref(), &mut found);
        for (key, text, at) in found {
            let origin = Origin::File {
                path: path.to_owned(),
                line: line_at(at),
            };
            match text {
                Some(text) => self.0.insert(key, Value { text, origin }),
                None => return Err(ConfigError::Shape { key, origin }),
            };
        }
        Ok(())
    }
}

/// `OTP_POLICY__LOGIN__MAX_ATTEMPTS` is `policy.login.max_attempts`.
fn environment_key(name: &str) -> Option<String> {
    if name.starts_with(TEST_PREFIX) {
        return None;
    }
    let rest = name.strip_prefix(PREFIX)?;
    Some(rest.to_ascii_lowercase().replace("__", "."))
}

/// Lists the leaves of a table with their place; `None` for a value that no setting has.
fn flatten(prefix: &str, table: &DeTable<'_>, found: &mut Vec<(String, Option<String>, usize)>) {
    for (name, value) in table {
        let key = if prefix.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{prefix}.{}", name.get_ref())
        };
        match value.get_ref() {
            DeValue::Table(inner) => flatten(&key, inner, found),
            DeValue::Array(items) => {
                let texts: Option<Vec<String>> = items.iter().map(scalar).collect();
                let joined = texts.zip(separator(&key)).map(|(texts, by)| texts.join(by));
                found.push((key, joined, name.span().start));
            }
            _ => found.push((key, scalar(value), name.span().start)),
        }
    }
}

fn scalar(value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("a written file");
        file
    }

    #[test]
    fn later_layers_win_and_each_value_knows_its_origin() {
        let file = file("listen = '127.0.0.1:1'\n[mail]\nurl = \"file:a\"\nfrom = 'a@b.co'\n");
        let environment = [
            ("OTP_MAIL__URL", "file:b"),
            ("HOME", "/"),
            ("OTP_TEST_X", "y"),
        ];
        let environment = environment.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let flag = Value {
            text: "127.0.0.1:3".to_owned(),
            origin: Origin::Flag("--listen"),
        };
        let settings = Settings::gather(
            Some(file.path()),
            environment,
            [("listen".to_owned(), flag)],
        )
        .expect("settings");
        let seen: Vec<String> = settings
            .iter()
            .map(|(key, value)| format!("{key}={} ({})", value.text, value.origin))
            .collect();
        let path = file.path().display();
        assert_eq!(
            seen,
            [
                "listen=127.0.0.1:3 (flag --listen)".to_owned(),
                format!("mail.from=a@b.co ({path} line 4)"),
                "mail.url=file:b (environment OTP_MAIL__URL)".to_owned(),
            ]
        );
    }

    #[test]
    fn a_file_that_is_not_toml_is_named_with_its_line_and_not_quoted() {
        let file = file("listen = 'x'\nkeys = \"a:secret\n");
        let error = Settings::gather(Some(file.path()), [], [])
            .map(|_| ())
            .expect_err("an error")
            .to_string();
        assert!(error.contains("line 2"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = Settings::gather(Some(Path::new("no-such.toml")), [], [])
            .map(|_| ())
            .expect_err("an error");
        assert!(error.to_string().contains("no-such.toml"), "{error}");
    }

    #[test]
    fn lists_are_joined_and_odd_values_refused() {
        let good = file("keys = ['a:b', 'c:d']\n");
        let settings = Settings::gather(Some(good.path()), [], []).expect("settings");
        assert_eq!(
            settings.get("keys").map(|value| value.text.as_str()),
            Some("a:b,c:d")
        );
        let urls = file("[mail]\nurl = ['smtp://a,b@c', 'file:x']\n");
        let settings = Settings::gather(Some(urls.path()), [], []).expect("settings");
        assert_eq!(
            settings.get("mail.url").map(|value| value.text.as_str()),
            Some("smtp://a,b@c file:x")
        );
        for odd in [
            "listen = 1.5\n",
            "listen = 2026-01-01\n",
            "keys = [['a']]\n",
            "keys = [{a = 1}]\n",
            "listen = ['127.0.0.1:1']\n",
            "[database]\nurl = ['sqlite:x', 'mysql://u:hunter2@h']\n",
        ] {
            let file = file(odd);
            assert!(
                Settings::gather(Some(file.path()), [], []).is_err(),
                "{odd}"
            );
        }
    }
}
