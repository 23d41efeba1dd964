//! `otp serve`: pages, API and the dispatcher in one process.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use otp_notify::Console;
use poem::Server;
use poem::listener::TcpAcceptor;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{info, warn};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::{Failure, Out};
use crate::config::{Config, LogFormat, Profile};
use crate::housekeeping::Housekeeping;
use crate::wiring::Parts;

/// A connection on which nothing moves is closed: a silent one must not hold its place for ever.
const IDLE: Duration = Duration::from_secs(20);

/// How long running requests get after SIGTERM; above the deadline of a single one.
const GRACE: Duration = Duration::from_secs(12);

#[derive(Debug, Default, Args)]
pub(super) struct Serve {
    /// Listen here instead of the configured address
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<String>,
}

/// Serves until SIGTERM or Ctrl-C; then finishes what runs, gives the leases back and returns.
pub(super) async fn run(config: Config, out: Out<'_>) -> Result<(), Failure> {
    start_log(&config);
    let listener = listen(config.listen).await?;
    let parts = Parts::assemble(&config, &Console::new(std::io::stdout())).await?;
    if config.profile == Profile::Development {
        parts.add_demo_customer().await?;
        writeln!(out, "{}", banner(&config))?;
        out.flush()?;
    } else {
        warn_of_console(&config);
    }
    let app = crate::routes(parts.site(&config));
    let (stop, stopped) = watch::channel(false);
    let housekeeping = Housekeeping::new(&parts.database, parts.clock.clone());
    let keeper = tokio::spawn(housekeeping.run(config.clean_up, until(stopped.clone())));
    let worker = tokio::spawn(parts.dispatcher.run(until(stopped)));
    let signals = shutdown_signal()?;
    info!(listen = %config.listen, "serving");
    let server = Server::new_with_acceptor(listener)
        .idle_timeout(IDLE)
        .run_with_graceful_shutdown(app, signals, Some(GRACE));
    let result = server.await;
    // Requests are done, so nothing is queued any more: now the dispatcher may finish and give its leases back.
    stop.send_replace(true);
    let (dispatched, kept) = tokio::join!(worker, keeper);
    parts.database.close().await;
    info!("stopped");
    result.map_err(|error| Failure::because("the server stopped", &error, ""))?;
    dispatched.map_err(|error| Failure::because("the dispatcher stopped", &error, ""))?;
    kept.map_err(|error| Failure::because("the clean-up stopped", &error, ""))
}

async fn listen(address: SocketAddr) -> Result<TcpAcceptor, Failure> {
    let failed = |error: std::io::Error| {
        let advice = "stop the program that uses it, or choose another with --listen or OTP_LISTEN";
        Failure::because(&format!("cannot listen on {address}"), &error, advice)
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    TcpAcceptor::from_tokio(listener).map_err(failed)
}

fn shutdown_signal() -> Result<impl Future<Output = ()>, Failure> {
    let failed = |error: std::io::Error| Failure::because("cannot listen for signals", &error, "");
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => info!("SIGTERM: finishing"),
            _ = interrupt.recv() => info!("Ctrl-C: finishing"),
        }
    })
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is an end too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

fn start_log(config: &Config) {
    // Libraries below us log SQL, bodies or addresses at their finer levels; their warnings are enough.
    let targets = ["otp", "otp_core", "otp_storage", "otp_notify", "otp_web"]
        .into_iter()
        .fold(
            Targets::new().with_default(tracing::Level::WARN.min(config.log_level)),
            |targets, own| targets.with_target(own, config.log_level),
        );
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(targets);
    // A second start in one process keeps the first subscriber.
    let _ = match config.log_format {
        LogFormat::Text => registry.with(lines.with_ansi(false)).try_init(),
        LogFormat::Json => registry.with(lines.json()).try_init(),
    };
}

fn warn_of_console(config: &Config) {
    if config.mail.is_console() {
        warn!(
            "mail.url is console: in the production profile: codes are printed on stdout and reach nobody; set mail.url"
        );
    }
}

fn banner(config: &Config) -> String {
    let base = config.public_url.as_str().trim_end_matches('/');
    format!(
        "otp {version}: DEVELOPMENT profile. Do not expose it: the API is open, and codes are printed here.\n\n  \
         open      {base}/otp/request/\n  \
         API       {base}/docs\n  \
         database  {database}\n  \
         customer  test@example.com, phone 9876543210\n\n\
         Mail and SMS are printed below. Ctrl-C stops.\n",
        version = env!("CARGO_PKG_VERSION"),
        database = config.database.masked(),
    )
}
