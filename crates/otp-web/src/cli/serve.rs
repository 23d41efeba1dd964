//! `otp serve`: pages, API and the dispatcher in one process.

mod activity;
mod connections;
mod log;
mod manager;
mod places;
mod socket;

use std::future::Future;
use std::io;
use std::time::Duration;

use clap::Args;
use otp_notify::{Console, MailUrl};
use poem::http::{HeaderValue, header};
use poem::{Endpoint, EndpointExt as _, Response};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::sleep;
use tracing::{info, warn};

use self::places::Places;
use self::socket::Socket;
use super::{Failure, Out};
use crate::config::{Config, Profile};
use crate::housekeeping::Housekeeping;
use crate::wiring::{self, Parts};

/// How long connections that were let in have for their request, before those that stay silent are closed.
const LAST_REQUESTS: Duration = Duration::from_millis(500);

#[derive(Debug, Default, Args)]
pub(super) struct Serve {
    /// Listen here instead of the configured address
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<String>,
}

/// Serves until SIGTERM or Ctrl-C; then finishes what runs, gives the leases back and returns.
pub(super) async fn run(config: Config, out: Out<'_>) -> Result<(), Failure> {
    let traces = log::start(&config)?;
    let socket = Socket::open(config.listen).await?;
    let metrics_socket = match config.metrics_listen {
        Some(address) => Some(Socket::bind(address).await?),
        None => None,
    };
    if config.profile == Profile::Development {
        let database = wiring::connect(&config).await?;
        wiring::make_tables(&database).await?;
        database.close().await;
    }
    let parts = Parts::assemble(&config, &Console::new(io::stdout())).await?;
    if config.profile == Profile::Development {
        let admin_key_file = parts.add_demo().await?;
        writeln!(out, "{}", banner(&config, admin_key_file))?;
        out.flush()?;
    } else {
        warn_of_console(&config);
    }
    let site = parts.site(&config);
    let (stop, stopped) = watch::channel(false);
    let housekeeping = Housekeeping::new(&parts.database, parts.clock.clone());
    let keeper = tokio::spawn(housekeeping.run(config.clean_up, ended(stopped.clone())));
    let worker = tokio::spawn(parts.dispatcher.run(ended(stopped.clone())));
    let metrics = metrics_socket
        .map(|socket| serve_metrics(socket, places(&config), site.clone(), stopped))
        .transpose()
        .map_err(|error| failed(&error))?;
    let watchdog = tokio::spawn(manager::watchdog());
    let result = serve_people(socket, places(&config), crate::routes(site)).await;
    watchdog.abort();
    // Requests are done, so nothing is queued any more: now the dispatcher may finish and give its leases back.
    stop.send_replace(true);
    let (dispatched, kept) = tokio::join!(worker, keeper);
    if let Some(metrics) = metrics {
        // It ends with the others; whatever it says, the service has ended well or not without it.
        let _ = metrics.await;
    }
    parts.database.close().await;
    info!("stopped");
    if let Some(traces) = traces {
        traces.finish().await;
    }
    result?;
    dispatched.map_err(|error| Failure::because("the dispatcher stopped", &error, ""))?;
    kept.map_err(|error| Failure::because("the clean-up stopped", &error, ""))
}

/// Serves pages and API until a signal comes.
async fn serve_people(
    socket: Socket,
    places: Places,
    app: impl Endpoint<Output = Response> + 'static,
) -> Result<(), Failure> {
    let signals = shutdown_signal()?;
    let (leave, leaving) = watch::channel(false);
    let is_shared = socket.is_shared;
    let address = socket.address().map_err(|error| failed(&error))?;
    let app = with_goodbye(app, leaving.clone());
    let door = socket.door(leaving);
    let end = async move {
        signals.await;
        manager::stopping();
        if is_shared {
            // Nobody new is let in, and whoever is in is answered for the last time: no request is cut off.
            leave.send_replace(true);
            sleep(LAST_REQUESTS).await;
        }
    };
    info!(listen = %address, "serving");
    manager::ready();
    connections::serve(door, places, app, end).await;
    Ok(())
}

fn places(config: &Config) -> Places {
    Places::new(config.limits, config.trusted_proxies.clone())
}

/// Answers on a connection for the last time once `leaving` says so: its client sends no more by it.
fn with_goodbye(
    app: impl Endpoint<Output = Response> + 'static,
    leaving: watch::Receiver<bool>,
) -> impl Endpoint<Output = Response> {
    app.after(move |answer| {
        let leaving = leaving.clone();
        async move {
            let mut answer = answer?;
            if *leaving.borrow() {
                let close = HeaderValue::from_static("close");
                answer.headers_mut().insert(header::CONNECTION, close);
            }
            Ok(answer)
        }
    })
}

fn serve_metrics(
    socket: Socket,
    places: Places,
    site: crate::Site,
    stopped: watch::Receiver<bool>,
) -> io::Result<tokio::task::JoinHandle<()>> {
    let listen = socket.address()?;
    let door = socket.door(stopped.clone());
    info!(%listen, "serving metrics");
    let route = crate::metrics_route(site);
    let served = connections::serve(door, places, route, ended(stopped));
    Ok(tokio::spawn(served))
}

fn failed(error: &io::Error) -> Failure {
    Failure::because("the server stopped", error, "")
}

fn shutdown_signal() -> Result<impl Future<Output = ()>, Failure> {
    let failed = |error: io::Error| Failure::because("cannot listen for signals", &error, "");
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => info!("SIGTERM: finishing"),
            _ = interrupt.recv() => info!("Ctrl-C: finishing"),
        }
    })
}

async fn ended(mut stopped: watch::Receiver<bool>) {
    until(&mut stopped).await;
}

async fn until(stopped: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is an end too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

fn warn_of_console(config: &Config) {
    if config.mail.iter().any(MailUrl::is_console) {
        warn!(
            "mail.url has console: in the production profile: codes are printed on stdout and reach nobody; set mail.url"
        );
    }
}

fn banner(config: &Config, admin_key_file: &str) -> String {
    let base = config.public_url.as_str().trim_end_matches('/');
    format!(
        "otp {version}: DEVELOPMENT profile. Do not expose it: the API is open, and codes are printed here.\n\n  \
         open      {base}/otp/request/\n  \
         API       {base}/docs\n  \
         admin     {base}/otp/admin/  with the key in {admin_key_file}\n  \
         database  {database}\n  \
         customer  test@example.com, phone 9876543210\n\n\
         Mail and SMS are printed below. Ctrl-C stops.\n",
        version = env!("CARGO_PKG_VERSION"),
        database = config.database.masked(),
    )
}
