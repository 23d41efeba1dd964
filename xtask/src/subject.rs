//! What is measured and tried: `otp serve` in an empty folder, in the development profile.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::host::free_ports;
use crate::http::Connection;
use crate::process::{Running, go_on, output};

/// Limits that are charged and never reached: what the defences cost.
pub(crate) const WIDE_LIMITS: [(&str, &str); 6] = [
    ("OTP_BUDGETS__EMAIL_SENDS", "5/1h,10/24h"),
    ("OTP_BUDGETS__COOLDOWNS", "60s,60s,2m,5m,10m"),
    ("OTP_BUDGETS__FAILURES", "10/24h"),
    ("OTP_BUDGETS__DEVICE_FAILURES", "10/24h"),
    ("OTP_BUDGETS__SHORT_CODES", "1000000/24h"),
    ("OTP_BUDGETS__LONG_CODES", "1000000/24h"),
];

/// What is measured or tried here is never a limit.
const WITHOUT_LIMITS: [(&str, &str); 12] = [
    ("OTP_BUDGETS__EMAIL_SENDS", "off"),
    ("OTP_BUDGETS__PHONE_SENDS", "off"),
    ("OTP_BUDGETS__DEVICE_SENDS", "off"),
    ("OTP_BUDGETS__COOLDOWNS", "off"),
    ("OTP_BUDGETS__FAILURES", "off"),
    ("OTP_BUDGETS__DEVICE_FAILURES", "off"),
    ("OTP_BUDGETS__CLIENT_REQUESTS", "off"),
    ("OTP_BUDGETS__CLIENT_CONTACTS", "off"),
    ("OTP_BUDGETS__CLIENT_FAILURES", "off"),
    ("OTP_BUDGETS__SHORT_CODES", "off"),
    ("OTP_BUDGETS__LONG_CODES", "off"),
    ("OTP_BUDGETS__BLIND_SUCCESSES", "1000000"),
];

/// A service under way.
#[derive(Debug)]
pub(crate) struct Subject {
    server: Running,
    pub(crate) port: u16,
    /// From its start to the first 200 of `/healthz`.
    pub(crate) started_in: Duration,
    folder: TempDir,
    settings: Vec<(String, String)>,
}

impl Subject {
    /// Starts it with these settings, on a SQLite file of its own unless they say otherwise, and waits until it answers.
    pub(crate) fn start(binary: &Path, settings: &[(&str, &str)]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let [port] = free_ports()?;
        let mails = folder.path().join("mails");
        fs::create_dir(&mails)?;
        let log = fs::File::create(folder.path().join("log"))?;
        let usual = [
            ("OTP_PROFILE", "development"),
            ("OTP_LISTEN", &format!("127.0.0.1:{port}")),
            ("OTP_MAIL__URL", &format!("file:{}", mails.display())),
        ];
        let settings = WITHOUT_LIMITS.iter().chain(&usual).chain(settings);
        let settings: Vec<(String, String)> = settings
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut command = Command::new(binary);
        command
            .arg("serve")
            .env_clear()
            .current_dir(folder.path())
            .envs(settings.clone())
            .stdout(log.try_clone()?)
            .stderr(log);
        let start = Instant::now();
        let mut server = Running::start(&mut command)?;
        let answers = || {
            let answer = Connection::open(port).and_then(|mut subject| subject.get("/healthz"));
            answer.is_ok_and(|answer| answer.status == 200)
        };
        server
            .wait_until(answers)
            .with_context(|| fs::read_to_string(folder.path().join("log")).unwrap_or_default())?;
        Ok(Self {
            server,
            port,
            started_in: start.elapsed(),
            folder,
            settings,
        })
    }

    /// Runs a command beside it, with the same settings.
    pub(crate) fn command(&self, binary: &Path, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(binary);
        command.args(arguments).env_clear();
        command.envs(self.settings.clone());
        output(command.current_dir(self.folder.path()))
    }

    /// Leaves it alone for a while and reads how much memory it holds.
    pub(crate) fn idle_memory(&self) -> Result<String> {
        thread::sleep(Duration::from_secs(2));
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: u32 = line
            .and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok())
            .context("no VmRSS")?;
        Ok(format!("{:.1} MB", f64::from(kib) * 1024.0 / 1e6))
    }

    /// Waits until the queue is empty, so that sending does not disturb what is measured next.
    pub(crate) fn until_all_are_sent(&self, count: usize) -> Result<()> {
        let end = Instant::now() + Duration::from_mins(5);
        while fs::read_dir(self.folder.path().join("mails"))?.count() < count {
            go_on()?;
            if end < Instant::now() {
                bail!("not all of {count} messages were sent within five minutes");
            }
            thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }
}
