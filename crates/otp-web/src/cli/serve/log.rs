//! Where log lines and traces go.

use tracing::Level;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::cli::Failure;
use crate::config::{Config, LogFormat};
use crate::traces::Traces;

/// Starts to log, and to trace where a collector is configured; what is returned is to be finished at the end.
pub(super) fn start(config: &Config) -> Result<Option<Traces>, Failure> {
    let traces = config.traces.as_ref().map(Traces::to).transpose();
    let traces = traces
        .map_err(|error| Failure::because("cannot send traces", &error, "see traces.endpoint"))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match config.log_format {
        LogFormat::Text => lines.with_ansi(false).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    // Traces do not get thinner with the log.
    let spans = traces
        .as_ref()
        .map(|traces| traces.layer().with_filter(ours(Level::INFO)));
    let registry = tracing_subscriber::registry()
        .with(spans)
        .with(lines.with_filter(ours(config.log_level)));
    // A second start in one process keeps the first subscriber.
    let _ = registry.try_init();
    Ok(traces)
}

/// Libraries below us log SQL, bodies or addresses at their finer levels; their warnings are enough.
fn ours(level: Level) -> Targets {
    ["otp", "otp_core", "otp_storage", "otp_notify", "otp_web"]
        .into_iter()
        .fold(
            Targets::new().with_default(Level::WARN.min(level)),
            |targets, own| targets.with_target(own, level),
        )
}
