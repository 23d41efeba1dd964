//! Traces: the spans of the service, sent to a collector that speaks OTLP over HTTP.

use std::time::Duration;

use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{Status, TraceContextExt as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use poem::http::{HeaderMap, HeaderName, StatusCode};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::registry::LookupSpan;
use url::Url;

/// Longest wait for the collector, for one batch and at the end.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to the collector. Spans are sent in batches, from a thread of their own.
#[derive(Debug)]
pub(crate) struct Traces(SdkTracerProvider);

impl Traces {
    /// Prepares to send spans to `collector`; whether it answers is seen with the first batch.
    pub(crate) fn to(collector: &Url) -> Result<Self, ExporterBuildError> {
        let base = collector.as_str().trim_end_matches('/');
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(format!("{base}/v1/traces"))
            .with_timeout(PATIENCE)
            .build()?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder()
            .with_service_name("otp")
            .with_attribute(version)
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            // Whoever asks may name the trace, and does not decide whether it is kept.
            .with_sampler(Sampler::AlwaysOn)
            .with_resource(resource)
            .build();
        Ok(Self(provider))
    }

    /// Returns what turns the spans of `tracing` into those that are sent.
    pub(crate) fn layer<S>(&self) -> OpenTelemetryLayer<S, SdkTracer>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("otp"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
    }

    /// Sends what is left.
    pub(crate) async fn finish(self) {
        let finished = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(PATIENCE));
        match finished.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last traces were not sent"),
            Err(_) => tracing::warn!("the last traces were not sent"),
        }
    }
}

/// Makes `span` part of the caller's trace (W3C Trace Context), or the begin of one, before it is entered.
pub(crate) fn follow(span: &Span, headers: &HeaderMap) {
    let caller =
        TraceContextPropagator::new().extract_with_context(&Context::new(), &Names(headers));
    // Refused when nothing is traced; then the log has no use for the field either.
    if span.set_parent(caller).is_ok() {
        span.record("otel.kind", "server");
    }
}

/// Describes an answered request in the words of OpenTelemetry's conventions for HTTP.
pub(crate) fn describe(span: &Span, method: &str, route: &str, status: StatusCode) {
    let context = span.context();
    let span = context.span();
    if !span.is_recording() {
        return;
    }
    span.update_name(format!("{method} {route}"));
    span.set_attribute(KeyValue::new("http.request.method", method.to_owned()));
    span.set_attribute(KeyValue::new("http.route", route.to_owned()));
    let code = i64::from(status.as_u16());
    span.set_attribute(KeyValue::new("http.response.status_code", code));
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
}

/// The headers of a request; one that is no text is as good as absent.
struct Names<'a>(&'a HeaderMap);

impl Extractor for Names<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}
