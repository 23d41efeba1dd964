//! The statistics over a million OTPs: how long until they are counted, and how long a look takes then.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::load::Load;
use crate::http::Connection;
use crate::process::{go_on, output};

/// OTPs of the last day, copied from one: seven of ten verified, the others expired, each sent after 0 to 2 seconds.
const FILL: &str = "
INSERT INTO core_otp
SELECT (jsonb_populate_record(one.otp, jsonb_build_object(
    'id', '00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'),
    'otp_code', NULL, 'attempts', 1, 'counted', false,
    'created_at', now() - n * interval '80 ms' - interval '10 min',
    'expires_at', now() - n * interval '80 ms' - interval '5 min',
    'is_verified', n % 10 < 7,
    'consumed_by', CASE WHEN n % 10 < 7 THEN '\\x00112233445566778899aabbccddeeff' END,
    'verified_at', CASE WHEN n % 10 < 7 THEN now() - n * interval '80 ms' - interval '9 min' END))).*
FROM (SELECT core_otp AS otp FROM core_otp LIMIT 1) one, generate_series(1, 1000000) n;
INSERT INTO core_otp_delivery (id, otp_id, channel, state, attempts, created_at, not_before, sent_at)
SELECT id, id, 'email', 'sent', 1, created_at, created_at, created_at + random() * interval '2 s'
FROM core_otp WHERE id >= '00000000-0000-7000-9000-000000000000' AND id < '00000000-0000-7000-a000-000000000000';
ANALYZE;
";
const FILLED: u64 = 1_000_000;
/// Looks that are timed.
const LOOKS: usize = 40;

/// Fills the database behind the service on `port`, and looks when the service has counted everything.
pub(super) fn measure(url: &str, port: u16) -> Result<(Duration, Load)> {
    for statement in FILL.split_inclusive(";\n") {
        psql(url, statement)?;
    }
    let filled = Instant::now();
    let end = filled + Duration::from_mins(10);
    loop {
        go_on()?;
        let left = psql(
            url,
            "SELECT count(*) FROM core_otp WHERE NOT counted AND expires_at < now() - interval '6 min'",
        )?;
        if left.trim() == "0" {
            break;
        }
        ensure!(
            Instant::now() < end,
            "{} OTPs were not counted in ten minutes",
            left.trim()
        );
        thread::sleep(Duration::from_secs(1));
    }
    let counted_in = filled.elapsed();
    let mut connection = Connection::open(port)?;
    let (start, mut latencies) = (Instant::now(), Vec::new());
    for _ in 0..LOOKS {
        let asked = Instant::now();
        let answer = connection.get("/api/v1/stats")?;
        latencies.push(asked.elapsed());
        let told: Value = serde_json::from_str(&answer.body)?;
        let total = told.pointer("/total").and_then(Value::as_u64);
        if total.context("an answer without a total")? < FILLED {
            bail!("not all were told: {}", answer.body);
        }
    }
    Ok((
        counted_in,
        Load::new(start.elapsed(), latencies, Vec::new())?,
    ))
}

fn psql(url: &str, statement: &str) -> Result<String> {
    output(Command::new("psql").args([
        url,
        "-X",
        "-q",
        "-t",
        "-A",
        "-v",
        "ON_ERROR_STOP=1",
        "-c",
        statement,
    ]))
}
