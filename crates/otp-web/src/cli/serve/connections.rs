//! The connections that requests come in by: how many, from whom, and for how long without a request.
//!
//! poem's own server sets no timer and no limit: a client that sends a byte now and then keeps its place for ever.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, Response};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::places::{Place, Places};
use super::socket::Door;
use super::until;

/// How long a connection may go without a request: before the first, between two, and while the head of one arrives.
/// What a request takes itself, its body included, has a deadline of its own.
const QUIET: Duration = Duration::from_secs(10);

/// How long connections get when the end has come; above the deadline of a single request.
const GRACE: Duration = Duration::from_secs(12);

/// The head of a request may have so many bytes.
const MAX_HEAD: usize = 16 * 1024;

/// Requests that one HTTP/2 connection may have open.
const MAX_STREAMS: u32 = 32;

/// When the system is out of descriptors, asking again at once would only burn the processor.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(50);

/// Answers with `app` whoever comes in by `door`, until `end`; then lets what runs finish.
pub(super) async fn serve(
    mut door: Door,
    places: Places,
    app: impl Endpoint<Output = Response> + 'static,
    end: impl Future<Output = ()>,
) {
    let app = Arc::new(app);
    let (leave, leaving) = watch::channel(false);
    let mut open = JoinSet::new();
    let mut end = pin!(end);
    loop {
        let next = async {
            // At the limit nobody is turned away: whoever comes waits in the socket's queue.
            let place = places.next().await;
            (place, door.accept().await)
        };
        tokio::select! {
            () = &mut end => break,
            Some(_) = open.join_next() => {}
            (place, accepted) = next => match accepted {
                Ok((stream, peer)) => {
                    if let Some(place) = place.of(peer.ip()) {
                        open.spawn(talk(stream, peer, place, app.clone(), leaving.clone()));
                    }
                }
                Err(error) => {
                    warn!(%error, "a connection could not be accepted");
                    sleep(OUT_OF_DESCRIPTORS).await;
                }
            },
        }
    }
    drop(door);
    leave.send_replace(true);
    let all = async { while open.join_next().await.is_some() {} };
    // What is left when the time is up ends with the set.
    let _ = timeout(GRACE, all).await;
}

/// Answers one connection until either side ends it, or nothing is asked for too long.
async fn talk(
    stream: TcpStream,
    peer: SocketAddr,
    _place: Place,
    app: Arc<impl Endpoint<Output = Response> + 'static>,
    mut leaving: watch::Receiver<bool>,
) {
    // Answers are written whole; waiting for more to send only makes them late.
    let _ = stream.set_nodelay(true);
    let Ok(local) = stream.local_addr() else {
        return;
    };
    let running = Running::default();
    let quiet = running.silence();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (app, runs) = (app.clone(), running.begin());
        async move {
            let local = LocalAddr(Addr::SocketAddr(local));
            let remote = RemoteAddr(Addr::SocketAddr(peer));
            let request = (request, local, remote, Scheme::HTTP).into();
            let answer = app.get_response(request).await;
            drop(runs);
            Ok::<hyper::Response<_>, Infallible>(answer.into())
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().max_buf_size(MAX_HEAD);
    builder
        .http2()
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(MAX_HEAD).unwrap_or(u32::MAX));
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut quiet = pin!(quiet);
    // An error is the client's: it went away, or spoke no HTTP.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = quiet.as_mut() => return,
        () = until(&mut leaving) => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        _ = connection => {}
        () = quiet => {}
    }
}

/// How many requests of a connection are being answered.
#[derive(Clone, Default)]
struct Running(watch::Sender<usize>);

impl Running {
    fn begin(&self) -> Runs {
        self.0.send_modify(|count| *count += 1);
        Runs(self.clone())
    }

    /// Ends when nothing was asked for [`QUIET`].
    ///
    /// Any change begins the wait anew, so that a request that is answered at once counts as well.
    fn silence(&self) -> impl Future<Output = ()> + use<> {
        let mut count = self.0.subscribe();
        async move {
            loop {
                let is_running = *count.borrow_and_update() > 0;
                let changed = count.changed();
                // An error means that the connection is gone, and its end is seen elsewhere.
                if is_running {
                    let _ = changed.await;
                } else if timeout(QUIET, changed).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// A request that is being answered, or was given up.
struct Runs(Running);

impl Drop for Runs {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_a_time_without_requests_is_silence() {
        let running = Running::default();
        let silence = tokio::spawn(running.silence());
        let begun = Instant::now();
        for _ in 0..5 {
            sleep(QUIET / 2).await;
            drop(running.begin());
        }
        let long = running.begin();
        sleep(QUIET * 3).await;
        assert!(!silence.is_finished(), "a request is being answered");
        drop(long);
        silence.await.expect("silence");
        let expected = QUIET / 2 * 5 + QUIET * 4;
        let took = begun.elapsed();
        assert!(
            took >= expected && took < expected + Duration::from_millis(10),
            "{took:?}"
        );
    }
}
