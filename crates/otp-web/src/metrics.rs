//! Metrics in the text format of Prometheus: what happened, how long it took, and how the parts are used.

mod endpoint;
mod now;

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use otp_core::{Channel, Event, EventSink, Happening, Policies, Purpose, Unsent};
use poem::http::StatusCode;
use prometheus::{
    Error, Gauge, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry,
    TextEncoder,
};
use tracing::{info, warn};

pub(crate) use self::endpoint::{alone, mount};
use self::now::Now;

/// The labels of everything that happens to an OTP. No contact and no id is ever one.
const OF_OTP: [&str; 2] = ["purpose", "channel"];

/// Seconds until a message is handed over: mail servers take moments, retries minutes.
const TO_SEND: &[f64] = &[
    0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
];

/// Seconds until the right code comes: a person reads a message and types.
const TO_VERIFY: &[f64] = &[
    5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0,
];

/// Seconds of a request.
const OF_REQUEST: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Counts events and requests for `/metrics`.
///
/// Give it to [`OtpService::with_events`](otp_core::OtpService::with_events) and
/// [`Dispatcher::with_events`](otp_notify::Dispatcher::with_events).
pub struct Metrics {
    registry: Registry,
    purposes: Vec<Purpose>,
    issued: IntCounterVec,
    decoys: IntCounterVec,
    resent: IntCounterVec,
    revoked: IntCounterVec,
    withheld: IntCounterVec,
    verified: IntCounterVec,
    refused: IntCounterVec,
    sent: IntCounterVec,
    not_sent: IntCounterVec,
    senders: IntGaugeVec,
    to_send: HistogramVec,
    to_verify: HistogramVec,
    requests: HistogramVec,
}

impl Metrics {
    /// Begins to count. Purposes that `policies` do not name are counted as `other`: callers choose their names.
    pub fn new(policies: &Policies, started_at: DateTime<Utc>) -> Self {
        let registry = Registry::new();
        let counter = |name, help, labels: &[&str]| counter(&registry, name, help, labels);
        let histogram = |name, help, labels: &[&str], buckets| {
            histogram(&registry, name, help, labels, buckets)
        };
        let of_otp = |more| [more, OF_OTP[0], OF_OTP[1]];
        let metrics = Self {
            purposes: policies.iter().map(|(purpose, _)| purpose).collect(),
            issued: counter("otp_issued_total", "Codes that were issued", &OF_OTP),
            decoys: counter(
                "otp_decoys_total",
                "Decoys that were issued to unknown contacts",
                &OF_OTP,
            ),
            resent: counter(
                "otp_resent_total",
                "Codes that were sent again on request",
                &OF_OTP,
            ),
            withheld: counter(
                "otp_withheld_total",
                "Messages that were not sent because the contact's budget was spent",
                &OF_OTP,
            ),
            revoked: counter("otp_revoked_total", "Codes that were called back", &OF_OTP),
            verified: counter("otp_verified_total", "Codes that opened", &OF_OTP),
            refused: counter(
                "otp_refused_total",
                "Requests that a rule forbade",
                &["use_case", "reason", OF_OTP[0], OF_OTP[1]],
            ),
            sent: counter(
                "otp_sent_total",
                "Messages that were handed over",
                &of_otp("provider"),
            ),
            not_sent: counter(
                "otp_not_sent_total",
                "Tries to send a message that ended otherwise",
                &of_otp("state"),
            ),
            senders: gauge(
                &registry,
                "otp_sender_up",
                "1 when the sender takes messages, 0 when it failed again and again",
                &["channel", "sender"],
            ),
            to_send: histogram(
                "otp_issue_to_send_seconds",
                "From the issue of a code to the handing over of a message with it",
                &OF_OTP,
                TO_SEND,
            ),
            to_verify: histogram(
                "otp_issue_to_verify_seconds",
                "From the issue of a code to the right code",
                &OF_OTP,
                TO_VERIFY,
            ),
            requests: histogram(
                "otp_http_request_duration_seconds",
                "From the head of a request to its answer",
                &["method", "route", "status"],
                OF_REQUEST,
            ),
            registry,
        };
        metrics.describe_itself(started_at);
        metrics.begin_at_zero();
        metrics
    }

    /// Counts one request; `route` is the pattern, never the address.
    pub(crate) fn answered(&self, method: &str, route: &str, status: StatusCode, took: Duration) {
        self.requests
            .with_label_values(&[method, route, status.as_str()])
            .observe(took.as_secs_f64());
    }

    /// Writes everything that was counted, and what is true just now.
    fn text(&self, now: &Now) -> Result<String, Error> {
        let mut families = self.registry.gather();
        families.extend(now.families());
        TextEncoder::new().encode_to_string(&families)
    }

    fn describe_itself(&self, started_at: DateTime<Utc>) {
        let build = gauge(
            &self.registry,
            "otp_build_info",
            "The version that runs; always 1",
            &["version"],
        );
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        // Prometheus' own name for it, without our prefix.
        let start = Gauge::new(
            "process_start_time_seconds",
            "When the process started, in seconds since 1970",
        );
        let start = constant(start);
        start.set(TimeDelta::seconds(started_at.timestamp()).as_seconds_f64());
        constant(self.registry.register(Box::new(start)));
    }

    /// A counter that appears with its first event hides that event from `rate()`.
    fn begin_at_zero(&self) {
        for purpose in &self.purposes {
            for channel in Channel::ALL {
                let labels = [purpose.as_str(), channel.as_str()];
                for counter in [
                    &self.issued,
                    &self.decoys,
                    &self.resent,
                    &self.withheld,
                    &self.revoked,
                    &self.verified,
                ] {
                    counter.with_label_values(&labels);
                }
                for histogram in [&self.to_send, &self.to_verify] {
                    histogram.with_label_values(&labels);
                }
                for state in Unsent::ALL {
                    self.not_sent
                        .with_label_values(&[state.as_str(), labels[0], labels[1]]);
                }
            }
        }
    }

    fn purpose<'a>(&self, event: &'a Event) -> &'a str {
        match &event.purpose {
            Some(purpose) if self.purposes.contains(purpose) => purpose.as_str(),
            Some(_) => "other",
            None => "unknown",
        }
    }
}

impl EventSink for Metrics {
    fn record(&self, event: &Event) {
        let purpose = self.purpose(event);
        let channel = event.channel.map_or("unknown", Channel::as_str);
        let labels = [purpose, channel];
        match &event.what {
            Happening::Issued => self.issued.with_label_values(&labels).inc(),
            Happening::Decoyed => self.decoys.with_label_values(&labels).inc(),
            Happening::Resent => self.resent.with_label_values(&labels).inc(),
            Happening::Deferred { wait } => {
                let seconds = wait.num_seconds();
                info!(
                    purpose,
                    channel,
                    seconds,
                    "a message waits: its contact had one just now (budgets.cooldowns)"
                );
            }
            Happening::Withheld => {
                self.withheld.with_label_values(&labels).inc();
                warn!(
                    purpose,
                    channel, "a message is not sent: its contact's messages are used up (budgets)"
                );
            }
            Happening::Revoked => self.revoked.with_label_values(&labels).inc(),
            Happening::Verified { since_issue } => {
                self.verified.with_label_values(&labels).inc();
                observe(&self.to_verify, &labels, *since_issue);
            }
            Happening::Refused { use_case, refusal } => {
                let labels = [use_case.as_str(), refusal.as_str(), purpose, channel];
                self.refused.with_label_values(&labels).inc();
            }
            Happening::Sent {
                provider,
                since_issue,
                ..
            } => {
                let of_provider = [provider.as_str(), purpose, channel];
                self.sent.with_label_values(&of_provider).inc();
                observe(&self.to_send, &labels, *since_issue);
            }
            Happening::NotSent(state) => {
                let labels = [state.as_str(), purpose, channel];
                self.not_sent.with_label_values(&labels).inc();
            }
            Happening::SenderDown { sender } => {
                self.senders.with_label_values(&[channel, sender]).set(0);
            }
            Happening::SenderUp { sender } => {
                self.senders.with_label_values(&[channel, sender]).set(1);
            }
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// Nodes whose clocks differ may see a time before the issue: that counts as no time at all.
fn observe(histogram: &HistogramVec, labels: &[&str], took: TimeDelta) {
    histogram
        .with_label_values(labels)
        .observe(took.as_seconds_f64().max(0.0));
}

fn counter(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    let counter = constant(IntCounterVec::new(Opts::new(name, help), labels));
    constant(registry.register(Box::new(counter.clone())));
    counter
}

fn gauge(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    let gauge = constant(IntGaugeVec::new(Opts::new(name, help), labels));
    constant(registry.register(Box::new(gauge.clone())));
    gauge
}

fn histogram(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
    buckets: &[f64],
) -> HistogramVec {
    let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
    let histogram = constant(HistogramVec::new(options, labels));
    constant(registry.register(Box::new(histogram.clone())));
    histogram
}

#[expect(
    clippy::expect_used,
    reason = "names, labels and buckets are constants, and every test of a route makes them all"
)]
fn constant<T>(made: Result<T, Error>) -> T {
    made.expect("a name and labels that Prometheus takes")
}

#[cfg(test)]
mod tests {
    use otp_core::{Policy, Refusal, UseCase};

    use super::*;

    fn metrics() -> Metrics {
        let payment = Purpose::parse("payment").expect("a purpose");
        let policies = Policies::default().with(payment, Policy::default());
        Metrics::new(&policies, DateTime::UNIX_EPOCH + TimeDelta::seconds(7))
    }

    fn event(purpose: &str, what: Happening) -> Event {
        Event {
            purpose: Some(Purpose::parse(purpose).expect("a purpose")),
            channel: Some(Channel::Email),
            what,
        }
    }

    fn has(text: &str, line: &str) {
        assert!(text.lines().any(|one| one == line), "no {line} in {text}");
    }

    #[test]
    fn each_event_is_counted_under_its_name() {
        let metrics = metrics();
        let took = TimeDelta::milliseconds(1_500);
        let refusal = Refusal::WrongCode { attempts_left: 3 };
        for what in [
            Happening::Issued,
            Happening::Decoyed,
            Happening::Resent,
            Happening::Revoked,
            Happening::Verified { since_issue: took },
            Happening::Refused {
                use_case: UseCase::Verify,
                refusal,
            },
            Happening::Sent {
                provider: "smtp".to_owned(),
                since_queued: TimeDelta::zero(),
                since_issue: took,
            },
            Happening::NotSent(Unsent::Dead),
            Happening::SenderDown {
                sender: "smtp.example.com".to_owned(),
            },
            Happening::SenderUp {
                sender: "second.example.com".to_owned(),
            },
        ] {
            metrics.record(&event("payment", what));
        }
        let text = metrics.text(&Now::default()).expect("a text");
        let of = r#"channel="email",purpose="payment""#;
        for line in [
            format!("otp_issued_total{{{of}}} 1"),
            format!("otp_decoys_total{{{of}}} 1"),
            format!("otp_resent_total{{{of}}} 1"),
            format!("otp_revoked_total{{{of}}} 1"),
            format!("otp_verified_total{{{of}}} 1"),
            format!(r#"otp_refused_total{{{of},reason="wrong-code",use_case="verify"}} 1"#),
            r#"otp_sent_total{channel="email",provider="smtp",purpose="payment"} 1"#.to_owned(),
            format!(r#"otp_not_sent_total{{{of},state="dead"}} 1"#),
            r#"otp_sender_up{channel="email",sender="smtp.example.com"} 0"#.to_owned(),
            r#"otp_sender_up{channel="email",sender="second.example.com"} 1"#.to_owned(),
            format!("otp_issue_to_send_seconds_sum{{{of}}} 1.5"),
            format!(r#"otp_issue_to_send_seconds_bucket{{{of},le="1"}} 0"#),
            format!(r#"otp_issue_to_send_seconds_bucket{{{of},le="2.5"}} 1"#),
            format!("otp_issue_to_verify_seconds_count{{{of}}} 1"),
            "process_start_time_seconds 7".to_owned(),
        ] {
            has(&text, &line);
        }
    }

    #[test]
    fn a_purpose_that_no_policy_names_is_other() {
        let metrics = metrics();
        for number in 0..100 {
            metrics.record(&event(&format!("made-up-{number}"), Happening::Issued));
        }
        let text = metrics.text(&Now::default()).expect("a text");
        has(
            &text,
            r#"otp_issued_total{channel="email",purpose="other"} 100"#,
        );
        assert!(!text.contains("made-up"), "{text}");
    }

    #[test]
    fn what_has_not_happened_yet_is_told_as_zero() {
        let text = metrics().text(&Now::default()).expect("a text");
        has(
            &text,
            r#"otp_verified_total{channel="phone",purpose="login"} 0"#,
        );
        has(
            &text,
            r#"otp_not_sent_total{channel="email",purpose="payment",state="dead"} 0"#,
        );
    }

    #[test]
    fn a_time_before_the_issue_counts_as_none() {
        let metrics = metrics();
        let since_issue = TimeDelta::seconds(-3);
        metrics.record(&event("login", Happening::Verified { since_issue }));
        let text = metrics.text(&Now::default()).expect("a text");
        has(
            &text,
            r#"otp_issue_to_verify_seconds_sum{channel="email",purpose="login"} 0"#,
        );
    }
}
