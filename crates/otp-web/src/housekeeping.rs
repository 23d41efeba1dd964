//! Housekeeping: counts what is over and removes what is old, in small steps that nobody has to wait for.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use otp_core::ports::{Batch, Purge};
use otp_core::{Clock, OtpHistory as _, OtpRepository as _, StoreError};
use otp_storage::{Database, Devices, History, Otps, Sessions};
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use crate::config::CleanUp;
use crate::session::IDLE;

/// Rows in one step.
const STEP: u16 = 500;
/// The pause after a step that left more to do: others write in it.
pub(crate) const PAUSE: Duration = Duration::from_millis(20);
/// How often what is over is counted.
const EVERY: Duration = Duration::from_mins(1);
/// How long after its end an OTP is counted: by then its last delivery is settled too.
const SETTLED: TimeDelta = TimeDelta::minutes(5);

/// Keeps the tables small and the statistics fast. Any number of nodes may do it at once.
pub(crate) struct Housekeeping {
    history: History,
    otps: Otps,
    sessions: Sessions,
    devices: Devices,
    clock: Arc<dyn Clock>,
}

/// How many rows went, or would go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Removed {
    /// OTPs, with their deliveries.
    pub(crate) otps: u64,
    /// Sessions.
    pub(crate) sessions: u64,
    /// Ledgers in which nothing counts any more.
    pub(crate) ledgers: u64,
    /// Devices that are known no longer.
    pub(crate) devices: u64,
}

impl Removed {
    pub(crate) const fn all(self) -> u64 {
        self.otps + self.sessions + self.ledgers + self.devices
    }
}

impl std::ops::AddAssign for Removed {
    fn add_assign(&mut self, more: Self) {
        self.otps += more.otps;
        self.sessions += more.sessions;
        self.ledgers += more.ledgers;
        self.devices += more.devices;
    }
}

impl Housekeeping {
    pub(crate) fn new(database: &Database, clock: Arc<dyn Clock>) -> Self {
        Self {
            history: database.history(),
            otps: database.otps(),
            sessions: database.sessions(),
            devices: database.devices(),
            clock,
        }
    }

    /// Counts and removes until `stop` comes; a step that runs then is undone.
    pub(crate) async fn run(self, clean_up: CleanUp, stop: impl Future<Output = ()>) {
        tokio::select! {
            () = stop => {}
            () = self.keep(clean_up) => {}
        }
    }

    async fn keep(
        &self,
        CleanUp {
            interval,
            retention,
        }: CleanUp,
    ) {
        let mut cleaned_at: Option<Instant> = None;
        loop {
            if let Err(error) = self.count().await {
                warn!(
                    error = &error as &dyn std::error::Error,
                    "what is over was not counted"
                );
            }
            let is_time = |every| cleaned_at.is_none_or(|at: Instant| at.elapsed() >= every);
            if interval.is_some_and(is_time) {
                cleaned_at = Some(Instant::now());
                match self.remove(retention).await {
                    Ok(Removed {
                        otps,
                        sessions,
                        ledgers,
                        devices,
                    }) => info!(otps, sessions, ledgers, devices, "cleaned up"),
                    Err(error) => {
                        warn!(
                            error = &error as &dyn std::error::Error,
                            "the clean-up stopped"
                        );
                    }
                }
            }
            sleep(EVERY).await;
        }
    }

    /// Counts what was over long enough ago for its last delivery to be settled.
    pub(crate) async fn count(&self) -> Result<(), StoreError> {
        let until = self.clock.now() - SETTLED;
        while self.history.count(until, STEP).await?.more {
            sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn remove(&self, older_than: TimeDelta) -> Result<Removed, StoreError> {
        let issued_until = self.clock.now() - older_than;
        let mut removed = Removed::default();
        loop {
            let (step, more) = self.remove_some(issued_until).await?;
            removed += step;
            if !more {
                return Ok(removed);
            }
            sleep(PAUSE).await;
        }
    }

    /// Takes one step: removes some OTPs that were issued by then and are over, some dead sessions, and what holds
    /// nothing any more: idle ledgers and devices that are known no longer. Says whether there is more.
    pub(crate) async fn remove_some(
        &self,
        issued_until: DateTime<Utc>,
    ) -> Result<(Removed, bool), StoreError> {
        let now = self.clock.now();
        let otps = self.history.purge(&purge(issued_until, now)).await?;
        let sessions = self.sessions.purge(now, IDLE, STEP).await?;
        let ledgers = self.otps.sweep(now, STEP).await?;
        let devices = self.devices.purge(now, STEP).await?;
        let removed = Removed {
            otps: otps.done,
            sessions: sessions.done,
            ledgers: ledgers.done,
            devices: devices.done,
        };
        let more = [otps, sessions, ledgers, devices]
            .iter()
            .any(|Batch { more, .. }| *more);
        Ok((removed, more))
    }

    /// Tells how much all steps together would remove.
    pub(crate) async fn removable(
        &self,
        issued_until: DateTime<Utc>,
    ) -> Result<Removed, StoreError> {
        let now = self.clock.now();
        Ok(Removed {
            otps: self.history.removable(&purge(issued_until, now)).await?,
            sessions: self.sessions.dead(now, IDLE).await?,
            ledgers: self.otps.idle_ledgers(now).await?,
            devices: self.devices.forgotten(now).await?,
        })
    }
}

fn purge(issued_until: DateTime<Utc>, now: DateTime<Utc>) -> Purge {
    Purge {
        issued_until,
        now,
        limit: STEP,
    }
}
