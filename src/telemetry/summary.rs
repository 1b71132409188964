//! What became of one call: the log line and the metrics, written together from the same facts.

use crate::{
    telemetry::{
        labels::{Label, Outcome, Route},
        metrics::Metrics,
        record::{Ending, Received, State},
    },
    usage::Tokens,
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// The facts of a call that is over.
#[derive(Debug)]
pub struct Summary {
    /// The id that the answer carried.
    pub request_id: Arc<str>,
    /// The HTTP method.
    pub method: http::Method,
    /// The route that answered.
    pub route: Route,
    /// The HTTP status; 499 when the client hung up before there was one.
    pub status: u16,
    /// How it ended.
    pub outcome: Outcome,
    /// The public name of the caller's key.
    pub key_id: Option<Box<str>>,
    /// The model as the client named it, cut.
    pub model: Option<Box<str>>,
    /// The model's bounded name.
    pub label: Option<Label>,
    /// The Bedrock id that served it.
    pub served: Option<Box<str>>,
    /// The routing target.
    pub target: Option<Box<str>>,
    /// The client asked for a stream.
    pub stream: bool,
    /// What was used.
    pub tokens: Option<Tokens>,
    /// From the request's head to the end of the response body.
    pub duration: Duration,
    /// Waiting for Bedrock's answer, or in a stream for its first event.
    pub upstream: Option<Duration>,
    /// From the request's head to the first token handed on.
    pub first_token: Option<Duration>,
    /// Our own time up to the response head: neither the client's upload nor the wait for Bedrock.
    pub overhead: Option<Duration>,
    /// Bedrock's id of the call.
    pub bedrock_request_id: Option<Box<str>>,
    /// How many warnings the answer carried.
    pub warnings: usize,
    /// The client program, cut.
    pub user_agent: Option<Box<str>>,
}

// === impl Summary ===

impl Summary {
    pub(super) fn new(
        received: &Received,
        started: Instant,
        duration: Duration,
        state: State,
        ending: Ending,
    ) -> Self {
        let upload = state.body_read.map_or(Duration::ZERO, |read| read.saturating_duration_since(started));
        let overhead = ending
            .head
            .map(|head| head.saturating_sub(upload).saturating_sub(state.upstream.unwrap_or_default()));
        // A stream knows better than its body how it ended.
        let outcome = state.outcome.unwrap_or(ending.outcome);
        let (model, label, served) =
            state.model.map_or((None, None, None), |m| (Some(m.asked), Some(m.label), Some(m.served)));
        Self {
            request_id: received.request_id.clone(),
            method: received.method.clone(),
            route: received.route,
            status: ending.status,
            outcome,
            key_id: state.key_id,
            model,
            label,
            served,
            target: state.target,
            stream: state.stream,
            tokens: state.tokens,
            duration,
            upstream: state.upstream,
            first_token: state.first_token,
            overhead,
            bedrock_request_id: state.bedrock_request_id,
            warnings: state.warnings,
            user_agent: state.user_agent,
        }
    }

    /// Writes the log line and counts the call.
    pub fn emit(&self, metrics: &Metrics) {
        metrics.count(self);
        self.log();
    }

    fn log(&self) {
        // The level of an event is part of its static metadata, hence one event per level.
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    request_id = &*self.request_id,
                    method = self.method.as_str(),
                    route = self.route.as_str(),
                    status = self.status,
                    outcome = self.outcome.as_str(),
                    error_code = self.outcome.code(),
                    key_id = self.key_id.as_deref(),
                    model = self.model.as_deref(),
                    served_model = self.served.as_deref(),
                    target = self.target.as_deref(),
                    stream = self.stream,
                    input_tokens = self.tokens.map(|tokens| tokens.input),
                    output_tokens = self.tokens.map(|tokens| tokens.output),
                    cache_read_tokens = self.tokens.map(|tokens| tokens.cache_read),
                    cache_write_tokens = self.tokens.map(|tokens| tokens.cache_write),
                    duration_ms = millis(self.duration),
                    upstream_ms = self.upstream.map(millis),
                    ttft_ms = self.first_token.map(millis),
                    overhead_ms = self.overhead.map(millis),
                    bedrock_request_id = self.bedrock_request_id.as_deref(),
                    warnings = (self.warnings > 0).then_some(self.warnings),
                    user_agent = self.user_agent.as_deref(),
                    "request"
                )
            };
        }
        if self.route.is_probe() && self.status < 400 {
            line!(debug);
        } else {
            line!(info);
        }
    }
}

/// Milliseconds with microseconds behind the point.
fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
