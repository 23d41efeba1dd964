//! Many connections at once, each asking again as soon as it is answered.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::http::Connection;
use crate::process::go_on;

pub(super) const CONNECTIONS: usize = 64;

/// The head of the table that [`Load::row`] fills.
pub(super) const HEAD: &str =
    "                            requests  requests/s  p50 [ms]  p99 [ms]";

/// What a load came to.
#[derive(Debug)]
pub(super) struct Load {
    took: Duration,
    /// In order, from fast to slow.
    latencies: Vec<Duration>,
    /// The bodies of the answers.
    pub(super) answers: Vec<String>,
}

impl Load {
    pub(super) fn new(
        took: Duration,
        mut latencies: Vec<Duration>,
        answers: Vec<String>,
    ) -> Result<Self> {
        if latencies.is_empty() {
            bail!("not one request was answered");
        }
        latencies.sort_unstable();
        Ok(Self {
            took,
            latencies,
            answers,
        })
    }

    pub(super) fn per_second(&self) -> f64 {
        count(self.latencies.len()) / self.took.as_secs_f64()
    }

    /// Returns the latency that `percent` of the requests did not exceed.
    fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.latencies.len() * percent).div_ceil(100);
        let at = self.latencies.get(rank.saturating_sub(1));
        at.copied().unwrap_or_default()
    }

    pub(super) fn row(&self, name: &str) -> String {
        let milliseconds = |percent| self.percentile(percent).as_secs_f64() * 1000.0;
        format!(
            "{name:25}  {:9}  {:10.0}  {:8.2}  {:8.2}",
            self.latencies.len(),
            self.per_second(),
            milliseconds(50),
            milliseconds(99)
        )
    }
}

/// Posts what `next` gives to each worker and turn, until it gives no more or the time is over.
///
/// # Errors
/// When a hundredth of the answers or more have another status than `expected`: then it measures something else.
pub(super) fn drive(
    port: u16,
    most: Duration,
    expected: u16,
    next: impl Fn(usize, usize) -> Option<(String, String)> + Sync,
) -> Result<Load> {
    let start = Instant::now();
    let work = |worker| -> Result<(Vec<Duration>, Vec<String>, Vec<String>)> {
        let mut connection = Connection::open(port)?;
        let (mut latencies, mut answers, mut others) = (Vec::new(), Vec::new(), Vec::new());
        let mut turn = 0;
        while let Some((path, json)) = next(worker, turn).filter(|_| start.elapsed() < most) {
            go_on()?;
            let asked = Instant::now();
            let answer = connection.post(&path, &json)?;
            if answer.status == expected {
                latencies.push(asked.elapsed());
                answers.push(answer.body);
            } else {
                others.push(format!("{}: {}", answer.status, answer.body));
            }
            turn += 1;
        }
        Ok((latencies, answers, others))
    };
    let (mut latencies, mut answers, mut others) = (Vec::new(), Vec::new(), Vec::new());
    std::thread::scope(|scope| -> Result<()> {
        let workers: Vec<_> = (0..CONNECTIONS)
            .map(|worker| scope.spawn(move || work(worker)))
            .collect();
        for worker in workers {
            let Ok(done) = worker.join() else {
                bail!("a worker broke");
            };
            let done = done?;
            latencies.extend(done.0);
            answers.extend(done.1);
            others.extend(done.2);
        }
        Ok(())
    })?;
    if others.len() * 100 > latencies.len() {
        let (many, first) = (others.len(), others.first().map_or("", String::as_str));
        bail!("{many} answers were not {expected}; the first: {first}");
    }
    Load::new(start.elapsed(), latencies, answers)
}

/// A count as a number to divide.
fn count(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let latencies = (1..=200).rev().map(Duration::from_millis).collect();
        let load = Load::new(Duration::from_secs(4), latencies, Vec::new()).unwrap();
        assert_eq!(load.percentile(50), Duration::from_millis(100));
        assert_eq!(load.percentile(99), Duration::from_millis(198));
        assert_eq!(
            load.row("sqlite, issue"),
            "sqlite, issue                    200          50    100.00    198.00"
        );
        assert_eq!(load.row("").len(), HEAD.len());
    }

    #[test]
    fn a_load_without_an_answer_is_none() {
        assert!(Load::new(Duration::from_secs(1), Vec::new(), Vec::new()).is_err());
    }
}
