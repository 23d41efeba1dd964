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
use poem::{Addr, Endpoint, Request, Response};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::places::{Place, Places};
use super::socket::Door;
use super::until;

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
        let accepted = tokio::select! {
            () = &mut end => break,
            Some(_) = open.join_next() => continue,
            accepted = door.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // At the limit nobody is turned away: one waits here, and the others in the socket's queue.
                let place = tokio::select! {
                    () = &mut end => break,
                    place = places.take(peer.ip()) => place,
                };
                if let Some(place) = place {
                    open.spawn(talk(stream, peer, place, app.clone(), leaving.clone()));
                }
            }
            Err(error) => {
                warn!(%error, "a connection could not be accepted");
                sleep(OUT_OF_DESCRIPTORS).await;
            }
        }
    }
    drop(door);
    leave.send_replace(true);
    let all = async { while open.join_next().await.is_some() {} };
    // What is left when the time is up ends with the set.
    let _ = timeout(GRACE, all).await;
}

/// Answers one connection until either side ends it, nothing is asked for too long, or its place goes to another.
async fn talk(
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    app: Arc<impl Endpoint<Output = Response> + 'static>,
    mut leaving: watch::Receiver<bool>,
) {
    // Answers are written whole; waiting for more to send only makes them late.
    let _ = stream.set_nodelay(true);
    let Ok(local) = stream.local_addr() else {
        return;
    };
    let activity = place.activity();
    let quiet = activity.silence();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (app, answering) = (app.clone(), activity.begin());
        let local = LocalAddr(Addr::SocketAddr(local));
        let remote = RemoteAddr(Addr::SocketAddr(peer));
        let mut request: Request = (request, local, remote, Scheme::HTTP).into();
        let body = activity.watched(request.take_body());
        request.set_body(body);
        async move {
            let answer = app.get_response(request).await;
            drop(answering);
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
