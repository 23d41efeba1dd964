//! The bare database: as many clients, the same guarded UPDATE, nothing else.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::load::{CONNECTIONS, Load};
use crate::process::{Running, output};

/// A table like that of the OTPs, with its indexes, full of copies of one OTP that never runs out of attempts.
const PREPARE: &str = "
CREATE TABLE bench_otp (LIKE core_otp INCLUDING ALL);
INSERT INTO bench_otp
SELECT (jsonb_populate_record(one.otp, jsonb_build_object(
    'id', '00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'),
    'attempts', 0, 'max_attempts', 32000, 'expires_at', now() + interval '1 day'))).*
FROM (SELECT core_otp AS otp FROM core_otp WHERE otp_code IS NOT NULL LIMIT 1) one, generate_series(1, 20000) n;
VACUUM ANALYZE bench_otp;
";

/// What a wrong guess costs: the charge, with its whole guard.
const CHARGE: &str = r"\set n random(1, 20000)
UPDATE bench_otp
SET otp_code = CASE WHEN attempts + 1 >= max_attempts THEN NULL ELSE otp_code END, attempts = attempts + 1
WHERE id = ('00000000-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid
  AND consumed_by IS NULL AND revoked_at IS NULL AND attempts < max_attempts AND expires_at > now();
";

/// Measures on a database that the service has used before.
pub(super) fn measure(url: &str, seconds: Duration) -> Result<Load> {
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("charge.sql");
    fs::write(&script, CHARGE)?;
    let mut psql = Command::new("psql");
    psql.args([url, "-X", "-q", "-v", "ON_ERROR_STOP=1"]);
    for statement in PREPARE.split_inclusive(';').filter(|it| it.ends_with(';')) {
        psql.args(["-c", statement]);
    }
    output(&mut psql)?;

    let mut pgbench = Command::new("pgbench");
    pgbench.args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--log"]);
    pgbench.arg(format!("--client={CONNECTIONS}"));
    pgbench.arg(format!("--time={}", seconds.as_secs().max(1)));
    pgbench.arg(format!(
        "--log-prefix={}",
        folder.path().join("log").display()
    ));
    pgbench.arg("--file").arg(&script).arg(url);
    let said = fs::File::create(folder.path().join("said"))?;
    pgbench.stdout(said.try_clone()?).stderr(said);
    let status = Running::start(&mut pgbench)?.wait()?;
    let said = fs::read_to_string(folder.path().join("said"))?;
    ensure!(status.success(), "pgbench failed: {said}");

    let mut latencies = Vec::new();
    for entry in fs::read_dir(folder.path())? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("log") {
            latencies.extend(
                fs::read_to_string(entry.path())?
                    .lines()
                    .filter_map(latency),
            );
        }
    }
    Load::new(seconds, latencies, Vec::new())
}

/// Reads a line of its log: client, number, microseconds, and more.
fn latency(line: &str) -> Option<Duration> {
    let microseconds = line.split(' ').nth(2)?.parse().ok()?;
    Some(Duration::from_micros(microseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_read_from_the_log() {
        assert_eq!(
            latency("0 199 2241 0 1175850568 995598"),
            Some(Duration::from_micros(2241))
        );
        assert_eq!(latency(""), None);
    }
}
