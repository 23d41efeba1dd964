//! The service manager, such as systemd: the socket it hands over, and what it is told.

use std::io;
use std::net::TcpListener;

use listenfd::ListenFd;
use sd_notify::NotifyState;
use tokio::time::interval;
use tracing::warn;

use crate::cli::Failure;

/// Takes the listening socket that the manager holds for us; `None` when there is none.
pub(super) fn socket() -> Result<Option<TcpListener>, Failure> {
    let socket = ListenFd::from_env()
        .take_tcp_listener(0)
        .and_then(|socket| {
            socket
                .map(|socket| {
                    if !rustix::net::sockopt::socket_acceptconn(&socket)? {
                        return Err(io::Error::other("it does not listen"));
                    }
                    socket.set_nonblocking(true).map(|()| socket)
                })
                .transpose()
        });
    socket.map_err(|error| {
        let advice = "the unit's socket must be a stream on an address and a port";
        Failure::because("cannot use the socket of LISTEN_FDS", &error, advice)
    })
}

/// Says that requests are answered.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// Says that the end has begun.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Gives a sign of life as often as the manager asks for one; a runtime that stands still gives none.
pub(super) async fn watchdog() {
    let Some(patience) = sd_notify::watchdog_enabled().filter(|patience| !patience.is_zero())
    else {
        return;
    };
    let mut ticks = interval(patience / 2);
    loop {
        ticks.tick().await;
        tell(&[NotifyState::Watchdog]);
    }
}

/// Nobody listens where there is no manager, and that is fine.
fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        warn!(%error, "the service manager could not be told");
    }
}
