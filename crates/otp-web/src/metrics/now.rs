//! What is true at the moment of a scrape: the queue, and the connections to the database.

use std::time::Duration;

use otp_core::StoreError;
use otp_storage::Pool;
use prometheus::core::Collector as _;
use prometheus::proto::MetricFamily;
use prometheus::{Gauge, IntGauge, IntGaugeVec, Opts};
use tokio::time::timeout;

use super::constant;
use crate::site::Site;

/// Longest wait for the database: a scrape is worth having without it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where counting ends: a longer queue is as bad, and is not read to the end.
const MOST_COUNTED: u32 = 10_000;

/// What is true just now; what is not known is not told.
#[derive(Debug, Default)]
pub(super) struct Now {
    queue: Option<Queue>,
    pools: Vec<Pool>,
}

#[derive(Debug)]
struct Queue {
    messages: u32,
    oldest_due_seconds: f64,
}

impl Now {
    /// Asks the database, and does not wait long.
    pub(super) async fn of(site: &Site) -> Self {
        let queue = match timeout(PATIENCE, queue(site)).await {
            Ok(Ok(queue)) => Some(queue),
            Ok(Err(error)) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "the queue could not be counted for a scrape");
                None
            }
            Err(_) => {
                tracing::warn!("the queue was not counted in time for a scrape");
                None
            }
        };
        Self {
            queue,
            pools: site.database.pools(),
        }
    }

    pub(super) fn families(&self) -> Vec<MetricFamily> {
        let up = gauge(
            "otp_database_up",
            "1 when the database answered this scrape",
        );
        up.set(i64::from(self.queue.is_some()));
        let mut families = up.collect();
        if let Some(queue) = &self.queue {
            families.extend(queue.families());
        }
        families.extend(self.of_pools(
            "otp_database_pool_connections",
            "Open connections to the database",
            |pool| pool.open,
        ));
        families.extend(self.of_pools(
            "otp_database_pool_idle_connections",
            "Open connections that nobody uses",
            |pool| pool.idle,
        ));
        families.extend(self.of_pools(
            "otp_database_pool_max_connections",
            "Most connections there may be",
            |pool| pool.max,
        ));
        // The encoder takes no family without a metric.
        families.retain(|family| !family.get_metric().is_empty());
        families
    }

    fn of_pools(&self, name: &str, help: &str, value: fn(&Pool) -> u32) -> Vec<MetricFamily> {
        let gauges = constant(IntGaugeVec::new(Opts::new(name, help), &["pool"]));
        for pool in &self.pools {
            gauges
                .with_label_values(&[pool.name])
                .set(value(pool).into());
        }
        gauges.collect()
    }
}

impl Queue {
    fn families(&self) -> Vec<MetricFamily> {
        let messages = gauge(
            "otp_queue_messages",
            "Messages that are queued, counted up to 10000",
        );
        messages.set(self.messages.into());
        let age = constant(Gauge::new(
            "otp_queue_oldest_due_age_seconds",
            "How long the oldest due message has been waiting for a worker",
        ));
        age.set(self.oldest_due_seconds);
        [messages.collect(), age.collect()].concat()
    }
}

async fn queue(site: &Site) -> Result<Queue, StoreError> {
    let now = site.clock.now();
    let (messages, since) = tokio::try_join!(
        site.queue.count_queued(MOST_COUNTED),
        site.queue.waiting_since(now),
    )?;
    let waits = since.map(|since| (now - since).as_seconds_f64());
    Ok(Queue {
        messages,
        oldest_due_seconds: waits.unwrap_or_default(),
    })
}

fn gauge(name: &str, help: &str) -> IntGauge {
    constant(IntGauge::new(name, help))
}
