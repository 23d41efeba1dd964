//! What every answer passes through: limits, deadline, panics, headers, the log line, and words for what went wrong.

mod headers;
mod request_id;
mod words;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use poem::error::{ReadBodyError, ResponseError};
use poem::http::{Method, StatusCode, header};
use poem::{Endpoint, IntoResponse as _, PathPattern, Request, Response};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument as _, Span, field};

use self::request_id::RequestId;
use self::words::Reader;
use crate::api::MAX_BODY;
use crate::client_address::ClientAddress;
use crate::pages::Pages;
use crate::problems::Problem;
use crate::traces;

/// Longest time for one request, its body included.
const DEADLINE: Duration = Duration::from_secs(10);

/// What probes call by an address of their own choice; it says nothing of a host, and takes none.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Stands around all routes.
pub(crate) struct Guard<E> {
    routes: E,
    pages: Arc<Pages>,
}

impl<E> Guard<E> {
    pub(crate) fn around(routes: E, pages: Arc<Pages>) -> Self {
        Self { routes, pages }
    }
}

impl<E: Endpoint> Endpoint for Guard<E> {
    type Output = Response;

    /// Never fails: whatever happens inside becomes an answer with every header.
    async fn call(&self, request: Request) -> poem::Result<Response> {
        let id = RequestId::draw(self.pages.site().secrets.as_ref());
        // Neither address, query nor header is logged: only the route's own pattern, once it is known.
        let span = tracing::info_span!(
            "request",
            %id,
            method = known(request.method()),
            route = field::Empty,
            status = field::Empty,
            ms = field::Empty,
            otel.kind = field::Empty,
        );
        traces::follow(&span, request.headers());
        Ok(self.answer(request, &id).instrument(span).await)
    }
}

impl<E: Endpoint> Guard<E> {
    async fn answer(&self, mut request: Request, id: &RequestId) -> Response {
        let started = Instant::now();
        let reader = Reader::of(&request);
        let method = known(request.method()).to_owned();
        let is_head = request.method() == Method::HEAD;
        if is_head {
            // Answered like GET, and without the body at the end: the length is then the right one.
            request.set_method(Method::GET);
        }
        let client = ClientAddress::of(&request, &self.pages.site().trusted_proxies);
        request.set_data(client);
        let result = match self.admit(&request, reader) {
            Ok(()) => self.within_limits(request, started + DEADLINE).await,
            Err(refused) => Err(refused),
        };
        let pattern = match &result {
            Ok(response) => response.data::<PathPattern>(),
            Err(error) => error.data::<PathPattern>(),
        };
        let route = pattern.map_or_else(|| "none".to_owned(), |pattern| pattern.0.to_string());
        let mut response = self.worded(result, reader, id);
        if is_head {
            response = without_body(response).await;
        }
        headers::secure(response.headers_mut(), self.pages.site().is_https());
        response
            .headers_mut()
            .insert(request_id::HEADER, id.header_value());
        let span = Span::current();
        traces::describe(&span, &method, &route, response.status());
        let took = started.elapsed();
        let metrics = &self.pages.site().metrics;
        metrics.answered(&method, &route, response.status(), took);
        span.record("route", route);
        span.record("status", response.status().as_u16());
        span.record("ms", took.as_millis());
        tracing::info!("answered");
        response
    }

    /// Refuses what is meant for another host, and calls without a key by pages of other sites.
    fn admit(&self, request: &Request, reader: Reader) -> poem::Result<()> {
        if !PROBES.contains(&request.uri().path()) && !self.pages.hosts().are_meant_by(request) {
            return Err(Cut::Misdirected.into());
        }
        // Forms are looked at where they are read. A call without a key is anybody's where the API is open, but not a
        // page's of another site; that cannot add a key without asking first, which is never granted.
        let is_open_call = reader == Reader::Program
            && !request.method().is_safe()
            && !request.headers().contains_key(header::AUTHORIZATION);
        if is_open_call && !self.pages.origins().sent(request.headers()) {
            return Err(Problem::of_another_site().into());
        }
        Ok(())
    }

    /// Dropping the routes' future at the deadline is safe: an attempt is charged before anything of it is told.
    async fn within_limits(
        &self,
        mut request: Request,
        deadline: Instant,
    ) -> poem::Result<Response> {
        let body = timeout_at(deadline, limited_body(&mut request)).await;
        request.set_body(body.map_err(|_| Cut::SlowBody)??);
        let routes = AssertUnwindSafe(async { self.routes.call(request).await });
        let answer = timeout_at(deadline, routes.catch_unwind())
            .await
            .map_err(|_| Cut::Late)?;
        Ok(answer.map_err(|_| Cut::Panicked)??.into_response())
    }
}

/// Reads the body up to the limit; a length that is announced above it is refused unread.
async fn limited_body(request: &mut Request) -> Result<poem::Body, ReadBodyError> {
    let announced = request
        .header(header::CONTENT_LENGTH)
        .and_then(|length| length.parse().ok());
    if announced.is_some_and(|length: u64| length > MAX_BODY as u64) {
        return Err(ReadBodyError::PayloadTooLarge);
    }
    let bytes = request.take_body().into_bytes_limit(MAX_BODY).await?;
    Ok(bytes.into())
}

async fn without_body(mut response: Response) -> Response {
    let body = response.take_body().into_bytes().await.unwrap_or_default();
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, body.len().into());
    response
}

/// A method may be any word, so only the known ones are logged.
fn known(method: &Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" | "TRACE"
        | "CONNECT") => known,
        _ => "other",
    }
}

/// Why the routes did not get to answer.
#[derive(Debug, thiserror::Error)]
enum Cut {
    #[error("another host was meant")]
    Misdirected,
    #[error("the body came too slowly")]
    SlowBody,
    #[error("no answer within the deadline")]
    Late,
    #[error("the answer panicked")]
    Panicked,
}

impl ResponseError for Cut {
    fn status(&self) -> StatusCode {
        match self {
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Self::Late => StatusCode::SERVICE_UNAVAILABLE,
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

#[cfg(test)]
mod tests;
