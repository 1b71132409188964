//! The Prometheus metrics of design §4.4, on a registry of their own.

use crate::telemetry::{
    labels::{Label, Limit, Outcome},
    process,
    summary::Summary,
};
use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
    core::Collector,
};
use std::time::Duration;

/// Seconds that a call takes: a refusal to a long answer.
const CALL: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1., 2.5, 5., 10., 20., 30., 60., 120., 300., 600.];
/// Seconds until a model speaks.
const FIRST_TOKEN: &[f64] =
    &[0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1., 1.5, 2., 3., 5., 7.5, 10., 20., 30., 60., 120.];
/// Seconds of our own work.
const OVERHEAD: &[f64] = &[
    0.000_05, 0.000_1, 0.000_2, 0.000_3, 0.000_5, 0.000_75, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1,
    0.25, 0.5, 1.,
];

/// The label value where a call names no model.
const NONE: &str = "none";

/// Declares the metrics; a doc comment is the help text that Prometheus shows.
macro_rules! metrics {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[doc = $help:literal])+ $field:ident: $family:ident = $metric:literal [$($label:literal),*] $(in $buckets:ident)?; )+
        }
    ) => {
        $(#[$meta])*
        pub struct $name {
            registry: Registry,
            $( $(#[doc = $help])+ $field: $family, )+
        }

        impl $name {
            fn register(registry: Registry) -> prometheus::Result<Self> {
                $(
                    let buckets = <[&[f64]]>::concat(&[$($buckets)?]);
                    let $field = $family::declare($metric, concat!($($help),+).trim(), &[$($label),*], buckets)?;
                    registry.register(Box::new($field.clone()))?;
                )+
                Ok(Self { registry, $($field),+ })
            }
        }
    };
}

metrics! {
    /// The gateway's metrics; one instance per process, handed to whoever counts.
    pub struct Metrics {
        /// Requests answered. Status 499: the client hung up before the answer began.
        requests: IntCounterVec = "gateway_requests_total" ["route", "model", "status"];
        /// Time from the request's head to the end of the response body.
        duration: HistogramVec = "gateway_request_duration_seconds" ["route", "model"] in CALL;
        /// Time from the request's head to the first token handed to the client.
        first_token: HistogramVec = "gateway_time_to_first_token_seconds" ["model"] in FIRST_TOKEN;
        /// Time spent in the gateway up to the response head, without the client's upload and the wait for Bedrock.
        overhead: HistogramVec = "gateway_overhead_seconds" ["route"] in OVERHEAD;
        /// Tokens by kind: input, output, cache_read, cache_write.
        tokens: IntCounterVec = "gateway_tokens_total" ["model", "kind"];
        /// Client requests whose response body has not ended.
        in_flight: IntGauge = "gateway_in_flight_requests" [];
        /// Streams that are open to clients.
        open_streams: IntGauge = "gateway_open_streams" [];
        /// Streams that began, by how they ended.
        stream_outcomes: IntCounterVec = "gateway_stream_outcomes_total" ["outcome"];
        /// Calls to Bedrock, by result; cancelled: nobody waited for the answer any more.
        upstream_requests: IntCounterVec = "gateway_upstream_requests_total" ["target", "model", "result"];
        /// Time until Bedrock's answer, or in a stream until its first event.
        upstream_duration: HistogramVec = "gateway_upstream_duration_seconds" ["target", "model"] in CALL;
        /// Requests refused by a limit of the gateway.
        throttled: IntCounterVec = "gateway_throttled_total" ["limit"];
        /// Always 1; the version is in the label.
        build_info: IntGaugeVec = "gateway_build_info" ["version"];
    }
}

/// Counts one thing as running for as long as it lives.
#[derive(Debug)]
pub struct Counted(IntGauge);

/// A kind of metric that the table above can declare.
trait Family: Collector + Clone + Sized {
    fn declare(name: &str, help: &str, labels: &[&str], buckets: Vec<f64>) -> prometheus::Result<Self>;
}

// === impl Metrics ===

impl Metrics {
    /// Fails only when two metrics share a name, so only in development.
    pub fn new(version: &str) -> prometheus::Result<Self> {
        let registry = Registry::new();
        process::register(&registry)?;
        let metrics = Self::register(registry)?;
        metrics.build_info.with_label_values(&[version]).set(1);
        // A series that appears with its first event hides that event from rate().
        for outcome in [Outcome::Ok, Outcome::Error { code: "" }, Outcome::Cancelled] {
            metrics.stream_outcomes.with_label_values(&[outcome.as_str()]);
        }
        for limit in [Limit::Global, Limit::InFlight, Limit::BodyTotal] {
            metrics.throttled.with_label_values(&[limit.as_str()]);
        }
        Ok(metrics)
    }

    /// A client request is being served.
    pub fn in_flight(&self) -> Counted {
        Counted::new(&self.in_flight)
    }

    /// A stream is open to a client.
    pub fn open_stream(&self) -> Counted {
        Counted::new(&self.open_streams)
    }

    /// How many client requests run now, and how many streams are open.
    pub fn running(&self) -> (i64, i64) {
        (self.in_flight.get(), self.open_streams.get())
    }

    /// A call to Bedrock is over: `result` is `ok`, `cancelled` or the name of a fault.
    pub fn upstream(&self, target: &str, model: &Label, result: &'static str, duration: Duration) {
        self.upstream_requests.with_label_values(&[target, model.as_str(), result]).inc();
        self.upstream_duration.with_label_values(&[target, model.as_str()]).observe(duration.as_secs_f64());
    }

    /// A limit refused a request.
    pub fn throttled(&self, limit: Limit) {
        self.throttled.with_label_values(&[limit.as_str()]).inc();
    }

    /// The text that Prometheus scrapes, in its exposition format 0.0.4.
    pub fn render(&self) -> String {
        let mut text = String::new();
        if let Err(error) = TextEncoder::new().encode_utf8(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "metrics could not be written");
        }
        text
    }

    /// Counts a call that is over.
    pub(super) fn count(&self, call: &Summary) {
        let route = call.route.as_str();
        let model = call.label.as_ref().map_or(NONE, Label::as_str);
        self.requests.with_label_values(&[route, model, &call.status.to_string()]).inc();
        self.duration.with_label_values(&[route, model]).observe(call.duration.as_secs_f64());
        if let Some(first) = call.first_token {
            self.first_token.with_label_values(&[model]).observe(first.as_secs_f64());
        }
        if let Some(overhead) = call.overhead {
            self.overhead.with_label_values(&[route]).observe(overhead.as_secs_f64());
        }
        if let Some(tokens) = call.tokens {
            for (kind, count) in [
                ("input", tokens.input),
                ("output", tokens.output),
                ("cache_read", tokens.cache_read),
                ("cache_write", tokens.cache_write),
            ] {
                if count > 0 {
                    self.tokens.with_label_values(&[model, kind]).inc_by(count);
                }
            }
        }
        // A stream that was refused before it began is an ordinary failed request.
        if call.stream && call.status == 200 {
            self.stream_outcomes.with_label_values(&[call.outcome.as_str()]).inc();
        }
    }
}

// === impl Counted ===

impl Counted {
    fn new(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

// === impl Family ===

impl Family for IntCounterVec {
    fn declare(name: &str, help: &str, labels: &[&str], _: Vec<f64>) -> prometheus::Result<Self> {
        Self::new(Opts::new(name, help), labels)
    }
}

impl Family for IntGaugeVec {
    fn declare(name: &str, help: &str, labels: &[&str], _: Vec<f64>) -> prometheus::Result<Self> {
        Self::new(Opts::new(name, help), labels)
    }
}

impl Family for IntGauge {
    fn declare(name: &str, help: &str, _: &[&str], _: Vec<f64>) -> prometheus::Result<Self> {
        Self::new(name, help)
    }
}

impl Family for HistogramVec {
    fn declare(name: &str, help: &str, labels: &[&str], buckets: Vec<f64>) -> prometheus::Result<Self> {
        Self::new(HistogramOpts::new(name, help).buckets(buckets), labels)
    }
}
