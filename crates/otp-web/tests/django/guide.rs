//! The guide's project: copied into a folder, its migrations made and applied by Django itself.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use url::Url;

const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/django/project");

pub(crate) struct Django {
    folder: TempDir,
    url: String,
}

impl Django {
    pub(crate) fn on_each_database(more: u32) -> [Self; 3] {
        let name = format!("django_{}", uuid::Uuid::new_v4().simple());
        let at = |server: &str| {
            let mut url = Url::parse(&variable(server)).expect("a URL");
            url.set_path(&name);
            url.to_string()
        };
        let postgres = variable("OTP_TEST_POSTGRES_URL");
        run(Command::new("psql").args([&postgres, "-qc", &format!("CREATE DATABASE {name}")]));
        let mariadb = variable("OTP_TEST_MARIADB_URL");
        run(client(&mariadb).args([
            "-e",
            &format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
        ]));
        [
            Self::on_sqlite(more),
            Self::on(at("OTP_TEST_POSTGRES_URL"), folder(), more),
            Self::on(at("OTP_TEST_MARIADB_URL"), folder(), more),
        ]
    }

    pub(crate) fn on_sqlite(more: u32) -> Self {
        let folder = folder();
        let url = format!("sqlite://{}", folder.path().join("db.sqlite3").display());
        Self::on(url, folder, more)
    }

    fn on(url: String, folder: TempDir, more: u32) -> Self {
        copy(Path::new(PROJECT), folder.path());
        let django = Self { folder, url };
        for arguments in [
            &["-m", "django", "makemigrations", "core"][..],
            &["-m", "django", "migrate"],
            &["fill.py", &more.to_string()],
        ] {
            django.python(arguments);
        }
        django
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Names the tables, as Django sees them.
    pub(crate) fn tables(&self) -> String {
        let ask = "import django; django.setup(); from django.db import connection; \
                   print(sorted(connection.introspection.table_names()))";
        self.python(&["-c", ask])
    }

    pub(crate) fn execute(&self, sql: &str) {
        let ask = format!(
            "import django; django.setup(); from django.db import connection; connection.cursor().execute('{sql}')"
        );
        self.python(&["-c", &ask]);
    }

    fn python(&self, arguments: &[&str]) -> String {
        let mut python = Command::new(variable("OTP_TEST_DJANGO_PYTHON"));
        python.args(arguments).current_dir(self.folder.path());
        python.env("PYTHONPATH", self.folder.path());
        python
            .env("DJANGO_SETTINGS_MODULE", "settings")
            .env("DATABASE_URL", &self.url);
        run(&mut python)
    }
}

fn folder() -> TempDir {
    TempDir::new().expect("a folder")
}

fn client(url: &str) -> Command {
    let url = Url::parse(url).expect("a URL");
    let mut client = Command::new("mariadb");
    client.args([
        "--no-defaults",
        "-h",
        url.host_str().expect("a host"),
        "-u",
        url.username(),
    ]);
    client.args(["-P", &url.port().expect("a port").to_string()]);
    client.env("MYSQL_PWD", url.password().expect("a password"));
    client
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from)
        .expect("the project")
        .map(|entry| entry.expect("an entry"))
    {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&place).expect("a folder");
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), &place).expect("a copy");
        }
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().expect("a program");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).expect("text")
}

/// What `cargo xtask ci` sets for the tests.
fn variable(name: &str) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "the servers' addresses come from the environment"
    )]
    let value = std::env::var(name);
    value.unwrap_or_else(|_| {
        panic!("{name} is not set: `cargo xtask ci` starts the servers and sets it")
    })
}
