//! Throw-away servers for the tests: started on free ports under a temporary directory, stopped by id.

mod axe;
mod browser;
mod certificate;
mod django;
mod install;
mod kannel;
mod mail;
mod mariadb;
mod npm;
mod postgres;
mod programs;
mod python;
mod schemathesis;
mod smsc;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, anyhow};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::host::{self, Account};
use crate::process::{Interrupted, Running, go_on, quoted};

pub(crate) use install::provide;

/// A server or a program that tests need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Service {
    /// PostgreSQL
    Postgres,
    /// MariaDB
    Mariadb,
    /// Exim with STARTTLS and a login, into a Maildir
    Mail,
    /// Kannel, an SMS gateway, with a phone network that only listens
    Kannel,
    /// Chromium behind ChromeDriver
    Browser,
    /// Prometheus' own checks of rules and metrics
    Promtool,
    /// nginx, which checks the configuration that is shipped
    Nginx,
    /// A Python with Django and its drivers
    Django,
    /// Schemathesis, which tries the API by its description
    Schemathesis,
    /// A program that takes short messages by SMPP
    Smsc,
}

impl Service {
    /// All of them, in the order in which they are started.
    pub(crate) const ALL: [Self; 10] = [
        Self::Postgres,
        Self::Mariadb,
        Self::Mail,
        Self::Kannel,
        Self::Browser,
        Self::Promtool,
        Self::Nginx,
        Self::Django,
        Self::Schemathesis,
        Self::Smsc,
    ];

    /// Returns the name that the command line takes.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mariadb => "mariadb",
            Self::Mail => "mail",
            Self::Kannel => "kannel",
            Self::Browser => "browser",
            Self::Promtool => "promtool",
            Self::Nginx => "nginx",
            Self::Django => "django",
            Self::Schemathesis => "schemathesis",
            Self::Smsc => "smsc",
        }
    }

    /// Returns the environment variables that tell tests where it is.
    pub(crate) const fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &["OTP_TEST_POSTGRES_URL"],
            Self::Mariadb => &["OTP_TEST_MARIADB_URL"],
            Self::Mail => &[
                "OTP_TEST_SMTP_URL",
                "OTP_TEST_SMTPS_URL",
                "OTP_TEST_MAILDIR",
                "SSL_CERT_FILE",
            ],
            Self::Kannel => &["OTP_TEST_KANNEL_URL", "OTP_TEST_KANNEL_PHONES"],
            Self::Browser => &[
                "OTP_TEST_WEBDRIVER_URL",
                "OTP_TEST_CHROMIUM",
                "OTP_TEST_AXE",
            ],
            Self::Promtool => &["OTP_TEST_PROMTOOL"],
            Self::Nginx => &["OTP_TEST_NGINX"],
            Self::Django => &["OTP_TEST_DJANGO_PYTHON"],
            Self::Schemathesis => &["OTP_TEST_SCHEMATHESIS"],
            Self::Smsc => &["OTP_TEST_SMSC"],
        }
    }

    fn start(self, place: &Place) -> Result<Started> {
        match self {
            Self::Postgres => postgres::start(place),
            Self::Mariadb => mariadb::start(place),
            Self::Mail => mail::start(place),
            Self::Kannel => kannel::start(place),
            Self::Browser => browser::start(place),
            Self::Promtool => programs::find("promtool", "OTP_TEST_PROMTOOL"),
            Self::Nginx => programs::find("nginx", "OTP_TEST_NGINX"),
            Self::Django => django::start(place),
            Self::Schemathesis => schemathesis::start(place),
            Self::Smsc => smsc::prepare(),
        }
    }

    /// Accounts that its server may run as when we are root, the first that exists.
    const fn accounts(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &["postgres"],
            Self::Mariadb => &["mysql", "mariadb"],
            Self::Mail => &["Debian-exim", "exim"],
            Self::Kannel
            | Self::Browser
            | Self::Promtool
            | Self::Nginx
            | Self::Django
            | Self::Schemathesis
            | Self::Smsc => &["nobody"],
        }
    }
}

/// `cargo xtask services`: starts servers, runs a command beside them, and stops them.
pub(crate) fn run(only: &[Service], command: &[String]) -> Result<ExitCode> {
    let wanted = if only.is_empty() { &Service::ALL } else { only };
    provide(wanted)?;
    let services = Services::start(wanted)?;
    for (name, value) in services.exports() {
        eprintln!("export {name}={}", quoted(value));
    }
    let Some((program, arguments)) = command.split_first() else {
        eprintln!("Ctrl-C stops them.");
        loop {
            if go_on().is_err() {
                return Ok(ExitCode::SUCCESS);
            }
            std::thread::park_timeout(std::time::Duration::from_millis(100));
        }
    };
    let mut command = if program == "cargo" {
        host::cargo(&[])
    } else {
        Command::new(program)
    };
    command.args(arguments).envs(services.exports());
    let status = Running::start_in_terminal(&mut command)?.wait()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}

/// Servers under way; dropping them stops them and removes their directory.
#[derive(Debug)]
pub(crate) struct Services {
    servers: Vec<Running>,
    exports: Vec<(&'static str, String)>,
    directory: TempDir,
}

impl Services {
    /// Starts servers, one after the other, and returns when all of them answer.
    pub(crate) fn start(wanted: &[Service]) -> Result<Self> {
        let mut services = Self {
            servers: Vec::new(),
            exports: Vec::new(),
            directory: directory()?,
        };
        for service in wanted {
            let started = services.start_one(*service)?;
            services.servers.extend(started.servers);
            services.exports.extend(started.exports);
        }
        Ok(services)
    }

    /// Returns the environment variables for the tests.
    pub(crate) fn exports(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let exports = self.exports.iter();
        exports.map(|(name, value)| (*name, value.as_str()))
    }

    /// Returns the value of one of its variables; empty when its server was not asked for.
    pub(crate) fn export(&self, name: &str) -> &str {
        self.exports()
            .find(|export| export.0 == name)
            .map_or("", |export| export.1)
    }

    /// Tries twice: a port that was free may be taken by the time the server binds it.
    fn start_one(&self, service: Service) -> Result<Started> {
        let start = |attempt: &str| {
            go_on()?;
            let directory = self.directory.path().join(service.name()).join(attempt);
            let place = Place::prepare(directory, service)?;
            service.start(&place).map_err(|why| place.explain(why))
        };
        start("1")
            .or_else(|why| {
                if why.is::<Interrupted>() {
                    return Err(why);
                }
                eprintln!("xtask: {} did not start, trying again", service.name());
                start("2")
            })
            .with_context(|| format!("cannot start {}", service.name()))
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        while let Some(server) = self.servers.pop() {
            drop(server);
        }
        end_those_who_name(self.directory.path());
    }
}

/// What tests need is there, and where.
struct Started {
    /// None for a program that tests run themselves; several are stopped from the last to the first.
    servers: Vec<Running>,
    exports: Vec<(&'static str, String)>,
}

/// Where a server lives, and as whom.
struct Place {
    directory: PathBuf,
    account: Option<Account>,
}

impl Place {
    fn prepare(directory: PathBuf, service: Service) -> Result<Self> {
        let account = if host::is_root() {
            let known = service.accounts().iter();
            let mut accounts = known.map(|name| Account::named(name));
            let first = accounts.find(Result::is_ok).transpose()?;
            Some(first.with_context(|| format!("no account {}", service.accounts().join(" or ")))?)
        } else {
            None
        };
        let place = Self { directory, account };
        fs::create_dir_all(&place.directory)?;
        place.give(&place.directory)?;
        Ok(place)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Makes a folder that the server may write to.
    fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = self.path(name);
        fs::create_dir_all(&path)?;
        self.give(&path)?;
        Ok(path)
    }

    /// Writes a file that only the server, and root, may read.
    fn file(&self, name: &str, content: &str) -> Result<PathBuf> {
        let path = self.path(name);
        fs::write(&path, content)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        self.give(&path)?;
        Ok(path)
    }

    fn give(&self, path: &Path) -> Result<()> {
        self.account.map_or(Ok(()), |account| account.own(path))
    }

    /// Makes a call of one of the server's programs.
    fn command(&self, program: &Path) -> Command {
        self.command_ended_by("TERM", program)
    }

    /// Makes a call of a server that ends by another signal than SIGTERM, should we die.
    fn command_ended_by(&self, signal: &str, program: &Path) -> Command {
        host::server(program, self.account, &self.directory, signal)
    }

    /// Starts the server; what it says goes to `server.log`.
    fn serve(&self, command: &mut Command) -> Result<Running> {
        self.serve_into("server.log", command)
    }

    /// Starts a server; what it says goes to the file `log`.
    fn serve_into(&self, log: &str, command: &mut Command) -> Result<Running> {
        let log = fs::File::create(self.path(log))?;
        Running::start(command.stdout(log.try_clone()?).stderr(log))
    }

    /// Adds the end of the server's log to the reason why it did not start.
    fn explain(&self, why: anyhow::Error) -> anyhow::Error {
        let log = fs::read_to_string(self.path("server.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines
            .get(lines.len().saturating_sub(20)..)
            .unwrap_or_default();
        if last.is_empty() || why.is::<Interrupted>() {
            return why;
        }
        anyhow!("{why:#}; its log ends with:\n{}", last.join("\n"))
    }
}

/// Makes a directory that unprivileged servers reach, with a path short enough for a Unix socket (107 bytes).
fn directory() -> Result<TempDir> {
    let temporary = std::env::temp_dir();
    let base = if temporary.as_os_str().len() > 50 {
        Path::new("/tmp")
    } else {
        temporary.as_path()
    };
    tempfile::Builder::new()
        .prefix("otp-")
        .permissions(fs::Permissions::from_mode(0o755))
        .tempdir_in(base)
        .with_context(|| format!("cannot make a directory in {}", base.display()))
}

/// Ends what a server left behind: every process whose command line names our directory, which is ours alone.
///
/// Chromium starts helpers in groups and sessions of their own.
fn end_those_who_name(directory: &Path) {
    let name = directory.as_os_str().as_encoded_bytes();
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let pid = process.file_name().to_str().and_then(|id| id.parse().ok());
        let names_it = line.windows(name.len()).any(|part| part == name);
        if let Some(pid) = pid.and_then(Pid::from_raw).filter(|_| names_it) {
            // It may have ended just now.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_command_line() {
        for service in Service::ALL {
            assert_eq!(
                <Service as clap::ValueEnum>::from_str(service.name(), false),
                Ok(service)
            );
        }
    }

    #[test]
    fn whoever_names_the_directory_is_ended() {
        let directory = directory().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 5; true"]).arg(directory.path());
        let mut left_behind = Running::start(&mut command).unwrap();
        let line = format!("/proc/{}/cmdline", left_behind.id());
        // The kernel writes it a moment after `start` has returned.
        left_behind
            .wait_until(|| fs::read(&line).is_ok_and(|line| !line.is_empty()))
            .unwrap();
        end_those_who_name(directory.path());
        assert!(!left_behind.wait().unwrap().success());
    }

    #[test]
    fn the_directory_goes_with_the_services() {
        let services = Services::start(&[]).unwrap();
        let path = services.directory.path().to_owned();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o755
        );
        drop(services);
        assert!(!path.exists());
    }
}
