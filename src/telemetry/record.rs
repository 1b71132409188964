//! The record of one call: opened when the request comes in, filled in by whoever learns something, closed at the
//! end of the response body.

use crate::{
    account::Caller,
    telemetry::{
        labels::{Label, Outcome, Route},
        summary::Summary,
    },
    usage::Tokens,
};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Longest part of a client's model name that is logged, in characters.
const MODEL_CHARS: usize = 200;
/// Longest part of a `user-agent` that is logged, in characters.
const USER_AGENT_CHARS: usize = 100;

/// The record of one call. A clone is the same record; every method is cheap and none can fail.
#[derive(Clone)]
pub struct CallRecord {
    shared: Arc<Shared>,
}

/// What is known of a request before it is looked into.
#[derive(Debug, Clone)]
pub struct Received {
    /// The id that answer and log line carry.
    pub request_id: Arc<str>,
    /// The HTTP method.
    pub method: http::Method,
    /// The route that answers.
    pub route: Route,
}

struct Shared {
    started: Instant,
    received: Received,
    state: Mutex<State>,
}

/// Filled in while the call runs; `None` where nothing was learned.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) user_agent: Option<Box<str>>,
    pub(super) key_id: Option<Box<str>>,
    pub(super) model: Option<Model>,
    pub(super) target: Option<Box<str>>,
    pub(super) stream: bool,
    pub(super) body_read: Option<Instant>,
    waiting_since: Option<Instant>,
    pub(super) upstream: Option<Duration>,
    pub(super) first_token: Option<Duration>,
    pub(super) tokens: Option<Tokens>,
    pub(super) outcome: Option<Outcome>,
    pub(super) bedrock_request_id: Option<Box<str>>,
    pub(super) warnings: usize,
}

/// The model of a call, under its three names.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) asked: Box<str>,
    pub(super) label: Label,
    pub(super) served: Box<str>,
}

/// How the answer left the gateway, as the edge saw it.
#[derive(Debug, Clone, Copy)]
pub struct Ending {
    /// The HTTP status; 499 when the client hung up before there was one.
    pub status: u16,
    /// When the response head was ready, counted from the start.
    pub head: Option<Duration>,
    /// How it ended, for calls whose record does not say.
    pub outcome: Outcome,
}

// === impl CallRecord ===

impl CallRecord {
    /// Opens the record; the clock starts.
    pub fn open(received: Received) -> Self {
        let shared = Shared { started: Instant::now(), received, state: Mutex::default() };
        Self { shared: Arc::new(shared) }
    }

    /// The id that answer and log line carry.
    pub fn request_id(&self) -> &str {
        &self.shared.received.request_id
    }

    /// Time since the request's head was read.
    pub fn elapsed(&self) -> Duration {
        self.shared.started.elapsed()
    }

    /// The client program, as it names itself.
    pub fn set_user_agent(&self, user_agent: &str) {
        self.state().user_agent = Some(cut(user_agent, USER_AGENT_CHARS));
    }

    /// Who is calling.
    pub fn set_caller(&self, caller: &Caller) {
        self.state().key_id = caller.key_id().map(Box::from);
    }

    /// The request's body is here: from now on the gateway is at work. A slow upload before this is not counted as
    /// its overhead.
    pub fn body_read(&self) {
        self.state().body_read = Some(Instant::now());
    }

    /// The name that the client asked for, the bounded name that the metrics use, and the Bedrock id that serves it.
    pub fn set_model(&self, asked: &str, label: Label, served: &str) {
        self.state().model = Some(Model { asked: cut(asked, MODEL_CHARS), label, served: served.into() });
    }

    /// The routing target that is called; after a fallback, the last one.
    pub fn set_target(&self, target: &str) {
        self.state().target = Some(target.into());
    }

    /// The client asked for a stream.
    pub fn set_stream(&self) {
        self.state().stream = true;
    }

    /// The client asked for a stream.
    pub fn is_stream(&self) -> bool {
        self.state().stream
    }

    /// A request was sent to Bedrock; the wait begins.
    pub fn upstream_started(&self) {
        self.state().waiting_since = Some(Instant::now());
    }

    /// Bedrock answered: with a head, or in a stream with its first event. The waits of several attempts add up.
    /// Without a wait under way it does nothing.
    pub fn upstream_answered(&self) {
        self.state().end_wait();
    }

    /// The first token was handed on to the client; later calls do nothing.
    pub fn first_token(&self) {
        let mut state = self.state();
        // Every delta comes here; only the first one needs the clock.
        if state.first_token.is_none() {
            state.first_token = Some(self.elapsed());
        }
    }

    /// What the call used.
    pub fn set_usage(&self, tokens: Tokens) {
        self.state().tokens = Some(tokens);
    }

    /// How the call ended, where the end of the response body does not tell: a stream that was broken in good order,
    /// or one whose client left after the last event.
    pub fn set_outcome(&self, outcome: Outcome) {
        self.state().outcome = Some(outcome);
    }

    /// Bedrock's id of the call.
    pub fn set_bedrock_request_id(&self, id: &str) {
        self.state().bedrock_request_id = Some(id.into());
    }

    /// Bedrock's id of the call, once there is one.
    pub fn bedrock_request_id(&self) -> Option<Box<str>> {
        self.state().bedrock_request_id.clone()
    }

    /// So many of the client's wishes were reported in `x-gateway-warnings` instead of being honoured.
    pub fn warned(&self, count: usize) {
        self.state().warnings += count;
    }

    /// Closes the record. What is learned later is lost.
    pub fn close(&self, ending: Ending) -> Summary {
        let duration = self.elapsed();
        let mut state = std::mem::take(&mut *self.state());
        state.end_wait();
        Summary::new(&self.shared.received, self.shared.started, duration, state, ending)
    }

    /// A holder that panicked leaves plain data behind, so a poisoned lock is used as it is.
    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CallRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("CallRecord").field(&self.shared.received).finish()
    }
}

// === impl State ===

impl State {
    fn end_wait(&mut self) {
        if let Some(since) = self.waiting_since.take() {
            let total = self.upstream.get_or_insert(Duration::ZERO);
            *total = total.saturating_add(since.elapsed());
        }
    }
}

fn cut(text: &str, chars: usize) -> Box<str> {
    let end = text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
    text[..end].into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> CallRecord {
        let received =
            Received { request_id: "id".into(), method: http::Method::POST, route: Route::ChatCompletions };
        CallRecord::open(received)
    }

    fn close(record: &CallRecord) -> Summary {
        let head = Some(record.elapsed());
        record.close(Ending { status: 200, head, outcome: Outcome::Ok })
    }

    #[tokio::test(start_paused = true)]
    async fn overhead_leaves_out_the_upload_and_every_wait_for_bedrock() {
        let record = record();
        tokio::time::advance(Duration::from_secs(7)).await;
        record.body_read();
        for _ in 0..2 {
            tokio::time::advance(Duration::from_millis(3)).await;
            record.upstream_started();
            tokio::time::advance(Duration::from_secs(10)).await;
            record.upstream_answered();
        }
        tokio::time::advance(Duration::from_millis(4)).await;
        let summary = close(&record);
        assert_eq!(summary.overhead, Some(Duration::from_millis(10)));
        assert_eq!(summary.upstream, Some(Duration::from_secs(20)));
        assert_eq!(summary.duration, Duration::from_millis(27_010));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_never_ended_counts_as_a_wait() {
        let record = record();
        record.upstream_started();
        tokio::time::advance(Duration::from_secs(5)).await;
        let summary = close(&record);
        assert_eq!(summary.upstream, Some(Duration::from_secs(5)));
        assert_eq!(summary.overhead, Some(Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_first_token_counts() {
        let record = record();
        tokio::time::advance(Duration::from_millis(250)).await;
        record.first_token();
        tokio::time::advance(Duration::from_secs(1)).await;
        record.first_token();
        assert_eq!(close(&record).first_token, Some(Duration::from_millis(250)));
    }

    #[tokio::test]
    async fn names_from_the_client_are_cut() {
        let record = record();
        record.set_model(&"ü".repeat(500), Label::other(), "amazon.nova-lite-v1:0");
        record.set_user_agent(&"a".repeat(500));
        let summary = close(&record);
        assert_eq!(summary.model.as_deref(), Some(&*"ü".repeat(200)));
        assert_eq!(summary.user_agent.as_deref(), Some(&*"a".repeat(100)));
    }
}
