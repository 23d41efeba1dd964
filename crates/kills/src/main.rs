//! One worker, told by its first line to go, and by further ones how time passes; it ends with its input.
//!
//! `otp-kills DATABASE_URL MAIL_PORT GATEWAY_PORT SECONDS [POINT POLLS]`: its clock is put forward by `SECONDS`, and it
//! dies at `POINT`.

#![expect(
    clippy::print_stdout,
    reason = "it tells whoever started it how far it is"
)]

use std::sync::Arc;
use std::thread;

use anyhow::{Context as _, Result};
use otp_core::testing::fixed_keyring;
use otp_core::{DeliveryQueue, Notifier};
use otp_kills::{MortalNotifier, MortalQueue, Point, ShiftedClock, SystemSecrets, Ways};
use otp_notify::Dispatcher;
use otp_storage::{Database, DatabaseUrl};
use tokio::sync::oneshot;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().context("too few arguments");
    let url = DatabaseUrl::parse(&next()?)?;
    let ways = Arc::new(Ways::to(next()?.parse()?, next()?.parse()?)?);
    let clock = Arc::new(ShiftedClock::by(next()?.parse()?));
    let end = match next() {
        Ok(name) => Some((
            Point::parse(&name).context("no such point")?,
            next()?.parse()?,
        )),
        Err(_) => None,
    };
    let database = Database::connect(&url).await?;
    let mut queue: Arc<dyn DeliveryQueue> = Arc::new(database.deliveries());
    let mut notifier: Arc<dyn Notifier> = ways;
    if let Some((point, polls)) = end {
        let on_claimed = || println!("claimed");
        queue = Arc::new(MortalQueue::new(queue, point, polls, on_claimed));
        notifier = Arc::new(MortalNotifier::new(notifier, point));
    }
    let keys = Arc::new(fixed_keyring());
    let dispatcher = Dispatcher::new(
        queue,
        notifier,
        keys,
        clock.clone(),
        Arc::new(SystemSecrets),
    );

    let (go, told_to_go) = oneshot::channel::<()>();
    let (stop, told_to_stop) = oneshot::channel::<()>();
    let wake = dispatcher.waker();
    thread::spawn(move || {
        let mut lines = std::io::stdin().lines().map_while(Result::ok);
        if lines.next().is_none() {
            return;
        }
        let _ = go.send(());
        for line in lines {
            clock.shift(line.parse().unwrap_or_default());
            wake();
        }
        drop(stop);
    });
    println!("ready");
    told_to_go.await.context("nobody said go")?;
    dispatcher.run(async { drop(told_to_stop.await) }).await;
    Ok(())
}
