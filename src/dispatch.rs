//! The life of a request between the edge and Bedrock: plan → attempt → translate → settle.
//!
//! | phase | here | refuses with |
//! |---|---|---|
//! | plan | a name becomes a model, the request a Converse body | [`Error::NoRoute`], [`Error::Refused`] |
//! | attempt | one call, up to its end or its first event | [`Error::Upstream`] |
//! | translate | the answer, or a [`ChatStream`] event by event | [`Error::Reply`], [`Error::Stream`] |
//! | settle | the [`CallRecord`], which the edge closes when the last byte has gone or the client has | never |
//!
//! Nothing is sent to the client before Bedrock's first event, so a failure up to there is a real HTTP error. After
//! it there is no second attempt: a stream that broke is told to be broken.

mod stream;

pub use stream::{ChatStream, Progress};

use crate::{
    bedrock::{
        Call, Deadlines, Fault, FaultKind, Operation, Profiles, Transport,
        events::{Frame, Frames},
        whole::whole,
    },
    catalog::ModelId,
    clock::Clock,
    converse::Answer as ConverseAnswer,
    lifecycle::Lifecycle,
    openai::{chat::ChatRequest, completion::ChatCompletion},
    route::{Models, NoRoute, Route},
    telemetry::{labels::Label, metrics::Metrics, record::CallRecord},
    translate::{
        self, ChunkMachine, Context, Policy, Refusal, ReplyError, ReplyHead, Restore, StreamError,
        Translated, Warning,
    },
};
use bytes::Bytes;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

const SECONDS_PER_DAY: u64 = 86_400;

/// Larger than any answer can be: the largest models give some 128,000 tokens.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// Takes chat requests to Bedrock.
pub struct Dispatcher {
    /// The door to Bedrock.
    pub transport: Arc<dyn Transport>,
    /// Where that door leads, for metrics and logs.
    pub target: Arc<str>,
    /// What may be asked for.
    pub models: Arc<Models>,
    /// What application inference profiles stand for; `None`: nobody asks.
    pub profiles: Option<Profiles>,
    /// What the operator decided about translation.
    pub policy: Arc<Policy>,
    /// How long each step may take.
    pub deadlines: Deadlines,
    /// Counts upstream calls.
    pub metrics: Arc<Metrics>,
    /// Says when calls that still run must end.
    pub lifecycle: Lifecycle,
    /// Dates the answers.
    pub clock: Arc<dyn Clock>,
}

/// A successful call.
#[derive(Debug)]
pub struct Answer {
    /// The model that served it.
    pub served: ModelId,
    /// Members of the request that were left out or changed.
    pub warnings: Vec<Warning>,
    /// What the model says.
    pub content: Content,
}

/// What the model says: all of it, or as it comes.
#[derive(Debug)]
pub enum Content {
    /// All of it.
    Whole(Box<ChatCompletion>),
    /// As it comes.
    Stream(Box<ChatStream>),
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No model serves it.
    #[error(transparent)]
    NoRoute(#[from] NoRoute),
    /// It cannot be translated.
    #[error("{}", .0.message)]
    Refused(Refusal),
    /// Bedrock refused it or could not be reached.
    #[error(transparent)]
    Upstream(#[from] Fault),
    /// Bedrock's answer is none.
    #[error(transparent)]
    Reply(#[from] ReplyError),
    /// Bedrock's answer is not the JSON that it should be.
    #[error("Bedrock's answer could not be read: {0}")]
    Undecodable(serde_json::Error),
    /// The stream broke.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// The drain deadline has passed.
    #[error("The gateway is shutting down.")]
    ShuttingDown,
    /// The request could not be written, or there is no randomness for its id.
    #[error("The gateway failed to serve this request.")]
    Internal,
}

/// A request that is ready to be sent.
struct Plan {
    route: Route,
    call: Call,
    head: ReplyHead,
    warnings: Vec<Warning>,
    restore: Restore,
    include_usage: bool,
}

/// What one attempt gave.
#[expect(clippy::large_enum_variant, reason = "it is taken apart as soon as it is made")]
enum Attempt {
    /// The whole body.
    Whole(Bytes),
    /// The events, and the first of them, which was waited for.
    Stream(Frames, Option<Frame>),
}

/// A call that is counted when it is answered, and also when its client does not wait for that.
struct Counted<'a> {
    dispatcher: &'a Dispatcher,
    label: Label,
    started: Instant,
    result: &'static str,
}

// === impl Dispatcher ===

impl Dispatcher {
    /// Serves one chat request.
    ///
    /// # Errors
    /// Whatever keeps the answer, or its first event, from coming.
    pub async fn chat(&self, request: ChatRequest, record: &CallRecord) -> Result<Answer, Error> {
        let Plan { route, call, head, warnings, restore, include_usage } = self.plan(request, record).await?;
        record.warned(warnings.len());
        let content = match self.attempt(call, &route.label, record).await? {
            Attempt::Whole(body) => {
                let answer: ConverseAnswer = serde_json::from_slice(&body).map_err(Error::Undecodable)?;
                if let Some(usage) = &answer.usage {
                    record.set_usage(translate::tokens(usage));
                }
                Content::Whole(Box::new(translate::reply(answer, head, &restore)?))
            }
            Attempt::Stream(frames, first) => {
                let machine = ChunkMachine::new(head, include_usage, restore);
                let stream = ChatStream::new(frames, first, machine, record.clone(), &self.lifecycle);
                Content::Stream(Box::new(stream))
            }
        };
        Ok(Answer { served: route.model, warnings, content })
    }

    /// A name becomes a model. Of an inference profile that hides its model Bedrock is asked, unless the operator has
    /// said what it is.
    async fn route(&self, asked: Option<&str>) -> Result<Route, NoRoute> {
        let route = self.models.resolve(asked)?;
        let Some(profiles) = self.profiles.as_ref().filter(|_| route.facts.id.is_none()) else {
            return Ok(route);
        };
        match profiles.model(&route.model).await {
            Some(model) => Ok(self.models.stands_for(route, &model)),
            None => Ok(route),
        }
    }

    /// A name becomes a model and a Converse body.
    async fn plan(&self, mut request: ChatRequest, record: &CallRecord) -> Result<Plan, Error> {
        let stream = request.stream == Some(true);
        if stream {
            record.set_stream();
        }
        let include_usage =
            request.stream_options.as_ref().and_then(|options| options.include_usage) == Some(true);
        let asked = request.model.take();
        let route = self.route(asked.as_deref()).await?;
        let asked = asked.unwrap_or_else(|| route.model.as_str().to_owned());
        record.set_model(&asked, Label::bounded(Arc::clone(&route.label)), route.model.as_str());
        let cx = Context { can: &route.facts.can, defaults: route.defaults, policy: &self.policy };
        let Translated { body, warnings, restore } =
            translate::request(request, cx).map_err(Error::Refused)?;
        let body = serde_json::to_vec(&body).map_err(|_| Error::Internal)?;
        let operation = if stream { Operation::ConverseStream } else { Operation::Converse };
        let call = Call { operation, model_id: route.model.to_arc(), body: Bytes::from(body) };
        let head = ReplyHead { id: completion_id()?, created: self.clock.unix_seconds(), model: asked };
        Ok(Plan { route, call, head, warnings, restore, include_usage })
    }

    /// One call, up to the end of a whole answer or the first event of a stream.
    async fn attempt(&self, call: Call, label: &Arc<str>, record: &CallRecord) -> Result<Attempt, Error> {
        record.set_target(&self.target);
        record.upstream_started();
        let mut counted = Counted {
            dispatcher: self,
            label: Label::bounded(Arc::clone(label)),
            started: Instant::now(),
            result: "cancelled",
        };
        let reply = self.call(call, record).await;
        counted.result = reply.as_ref().map_or_else(|fault| fault.kind.name(), |_| "ok");
        drop(counted);
        record.upstream_answered();
        reply.map_err(|fault| self.failed(fault, record).into())
    }

    async fn call(&self, call: Call, record: &CallRecord) -> Result<Attempt, Fault> {
        let operation = call.operation;
        let reply = self.transport.call(call).await?;
        if let Some(id) = &reply.request_id {
            record.set_bedrock_request_id(id);
        }
        match operation {
            Operation::Converse | Operation::GetInferenceProfile => {
                Ok(Attempt::Whole(whole(reply, &self.deadlines, MAX_ANSWER_BYTES).await?))
            }
            Operation::ConverseStream => {
                let mut frames = Frames::new(reply, &self.deadlines)?;
                let first = frames.next().await.transpose()?;
                Ok(Attempt::Stream(frames, first))
            }
        }
    }

    /// What the books should hold of a failed call, and the client know about when to come back.
    fn failed(&self, mut fault: Fault, record: &CallRecord) -> Fault {
        if let Some(id) = &fault.request_id {
            record.set_bedrock_request_id(id);
        }
        tell(&fault, record);
        if fault.kind == FaultKind::DailyQuota {
            // Daily quotas begin anew at midnight UTC.
            let left = SECONDS_PER_DAY - self.clock.unix_seconds() % SECONDS_PER_DAY;
            fault.retry_after.get_or_insert(Duration::from_secs(left));
        }
        fault
    }
}

// === impl Counted ===

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        let Self { dispatcher, label, started, result } = self;
        dispatcher.metrics.upstream(&dispatcher.target, label, result, started.elapsed());
    }
}

/// Tells the operator of faults that say nothing of the request's content, and that nobody else can mend.
fn tell(fault: &Fault, record: &CallRecord) {
    if let FaultKind::Credentials
    | FaultKind::AccessDenied
    | FaultKind::Connection
    | FaultKind::Timeout(_)
    | FaultKind::Protocol = fault.kind
    {
        tracing::warn!(request_id = record.request_id(), %fault, "a call to Bedrock failed");
    }
}

/// `chatcmpl-` and 128 random bits: two answers never share an id.
fn completion_id() -> Result<String, Error> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|_| Error::Internal)?;
    Ok(format!("chatcmpl-{:032x}", u128::from_ne_bytes(random)))
}

#[cfg(test)]
mod tests;
