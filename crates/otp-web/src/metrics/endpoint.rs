//! `/metrics`: among the other routes for holders of an API key, or alone on a listener of its own.

use std::sync::Arc;

use otp_storage::Scope;
use poem::endpoint::make;
use poem::http::StatusCode;
use poem::{Endpoint, Response, Route, get};

use super::now::Now;
use crate::access::admit;
use crate::pages::takes_only;
use crate::site::{MetricsAt, Site};

/// The version of the text format (Prometheus, "Exposition formats").
const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Adds `/metrics`, unless it is served elsewhere.
pub(crate) fn mount(route: Route, site: &Arc<Site>) -> Route {
    if site.metrics_at == MetricsAt::Elsewhere {
        return route;
    }
    let site = site.clone();
    let guarded = make(move |request| {
        let site = site.clone();
        async move {
            admit(&site, request.headers(), &[Scope::Stats]).await?;
            answer(&site).await
        }
    });
    route.at("/metrics", takes_only("GET, HEAD", get(guarded)))
}

/// Returns `/metrics` for whoever reaches it.
pub(crate) fn alone(site: Arc<Site>) -> impl Endpoint<Output = Response> {
    let open = make(move |_| {
        let site = site.clone();
        async move { answer(&site).await }
    });
    Route::new().at("/metrics", takes_only("GET, HEAD", get(open)))
}

async fn answer(site: &Site) -> poem::Result<Response> {
    let now = Now::of(site).await;
    let text = site.metrics.text(&now);
    let text = text.map_err(|error| poem::Error::new(error, StatusCode::INTERNAL_SERVER_ERROR))?;
    Ok(Response::builder().content_type(MEDIA_TYPE).body(text))
}
