//! The life of a request between the edge and Bedrock: plan → attempt → translate → settle.
//!
//! | phase | here | refuses with |
//! |---|---|---|
//! | plan | [`Dispatcher::plan`]: a name becomes a model and a Converse body | [`Error::NoRoute`], [`Error::Refused`] |
//! | attempt | [`Dispatcher::attempt`]: one call, up to its head or its first event | [`Error::Upstream`] |
//! | translate | [`whole`](Dispatcher::whole), [`ChatStream`] | [`Error::Reply`], [`Error::Stream`] |
//! | settle | the [`CallRecord`], which the edge closes when the last byte has gone or the client has | never |
//!
//! Nothing is sent to the client before Bedrock's first event, so a failure up to there is a real HTTP error. After
//! it there is no second attempt: a stream that broke is told to be broken.

mod stream;

pub use stream::{ChatStream, Progress};

use crate::{
    bedrock::{
        Call, Deadlines, Fault, FaultKind, Operation, Reply, Stage, Transport, events::Frames, whole::whole,
    },
    catalog::ModelId,
    clock::Clock,
    converse::Answer as ConverseAnswer,
    lifecycle::Lifecycle,
    openai::{chat::ChatRequest, completion::ChatCompletion},
    route::{Models, NoRoute, Route},
    telemetry::{labels::Label, metrics::Metrics, record::CallRecord},
    translate::{self, ChunkMachine, Refusal, ReplyError, ReplyHead, StreamError, Unsupported, Warning},
};
use bytes::Bytes;
use std::{future::Future, sync::Arc, time::Duration};
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
    /// What to do with members that Bedrock cannot honour.
    pub policy: Unsupported,
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
    /// Bedrock's id of the call.
    pub request_id: Option<Box<str>>,
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
    include_usage: bool,
}

// === impl Dispatcher ===

impl Dispatcher {
    /// Serves one chat request.
    ///
    /// # Errors
    /// Whatever keeps the answer, or its first event, from coming.
    pub async fn chat(&self, request: ChatRequest, record: &CallRecord) -> Result<Answer, Error> {
        let plan = self.plan(request, record)?;
        let (label, operation) = (Label::bounded(Arc::clone(&plan.route.label)), plan.call.operation);
        let reply = self.attempt(plan.call, &label, record).await?;
        let request_id = reply.request_id.clone();
        if let Some(id) = &request_id {
            record.set_bedrock_request_id(id);
        }
        record.warned(plan.warnings.len());
        let content = match operation {
            Operation::Converse => self.whole(reply, plan.head, record).await?,
            Operation::ConverseStream => {
                let machine = ChunkMachine::new(plan.head, plan.include_usage);
                self.stream(reply, machine, record).await?
            }
        };
        Ok(Answer { request_id, served: plan.route.model, warnings: plan.warnings, content })
    }

    /// A name becomes a model and a Converse body.
    fn plan(&self, mut request: ChatRequest, record: &CallRecord) -> Result<Plan, Error> {
        let stream = request.stream == Some(true);
        if stream {
            record.set_stream();
        }
        let include_usage =
            request.stream_options.as_ref().and_then(|options| options.include_usage) == Some(true);
        let asked = request.model.take();
        let route = self.models.resolve(asked.as_deref())?;
        let asked = asked.unwrap_or_else(|| route.model.as_str().to_owned());
        record.set_model(&asked, Label::bounded(Arc::clone(&route.label)), route.model.as_str());
        let translated = translate::request(request, &route.model, route.defaults, self.policy)
            .map_err(Error::Refused)?;
        let body = serde_json::to_vec(&translated.body).map_err(|_| Error::Internal)?;
        let operation = if stream { Operation::ConverseStream } else { Operation::Converse };
        let call = Call { operation, model_id: route.model.to_arc(), body: Bytes::from(body) };
        let head = ReplyHead { id: completion_id()?, created: self.clock.unix_seconds(), model: asked };
        Ok(Plan { route, call, head, warnings: translated.warnings, include_usage })
    }

    /// One call, up to the head of its answer.
    async fn attempt(&self, call: Call, label: &Label, record: &CallRecord) -> Result<Reply, Error> {
        record.set_target(&self.target);
        record.upstream_started();
        let started = Instant::now();
        let reply = self.until_cut(self.transport.call(call)).await;
        let result = match &reply {
            Ok(Ok(_)) => "ok",
            Ok(Err(fault)) => fault.kind.name(),
            Err(_) => "cut",
        };
        self.metrics.upstream(&self.target, label, result, started.elapsed());
        match reply {
            Ok(Err(fault)) => {
                record.upstream_answered();
                Err(self.failed(fault, record).into())
            }
            other => other?.map_err(Error::from),
        }
    }

    /// What the operator should know of a failed call, and the client about when to come back.
    fn failed(&self, mut fault: Fault, record: &CallRecord) -> Fault {
        if let Some(id) = &fault.request_id {
            record.set_bedrock_request_id(id);
        }
        match fault.kind {
            // Daily quotas begin anew at midnight UTC.
            FaultKind::DailyQuota => {
                let left = SECONDS_PER_DAY - self.clock.unix_seconds() % SECONDS_PER_DAY;
                fault.retry_after.get_or_insert(Duration::from_secs(left));
            }
            // These say nothing of the request's content, and only the operator can mend them.
            FaultKind::Credentials
            | FaultKind::AccessDenied
            | FaultKind::Connection
            | FaultKind::Timeout(Stage::Connect) => {
                tracing::warn!(target = &*self.target, request_id = record.request_id(), %fault, "Bedrock cannot be used");
            }
            _ => {}
        }
        fault
    }

    /// The whole answer, translated.
    async fn whole(&self, reply: Reply, head: ReplyHead, record: &CallRecord) -> Result<Content, Error> {
        let body = self.until_cut(whole(reply, &self.deadlines, MAX_ANSWER_BYTES)).await??;
        record.upstream_answered();
        let answer: ConverseAnswer = serde_json::from_slice(&body).map_err(Error::Undecodable)?;
        if let Some(usage) = &answer.usage {
            record.set_usage(translate::tokens(usage));
        }
        let completion = translate::reply(answer, head)?;
        Ok(Content::Whole(Box::new(completion)))
    }

    /// Waits for the first event: only then is there something to answer.
    async fn stream(
        &self,
        reply: Reply,
        machine: ChunkMachine,
        record: &CallRecord,
    ) -> Result<Content, Error> {
        let mut frames = Frames::new(reply, &self.deadlines)?;
        let first = self.until_cut(frames.next()).await?;
        record.upstream_answered();
        let first = first.transpose()?;
        Ok(Content::Stream(Box::new(ChatStream::new(
            frames,
            first,
            machine,
            record.clone(),
            self.lifecycle.clone(),
        ))))
    }

    /// Ends what would outlive the drain deadline.
    async fn until_cut<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = self.lifecycle.cut() => {
                self.lifecycle.note_cut();
                Err(Error::ShuttingDown)
            }
        }
    }
}

/// `chatcmpl-` and 128 random bits: two answers never share an id.
fn completion_id() -> Result<String, Error> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|_| Error::Internal)?;
    Ok(format!("chatcmpl-{:032x}", u128::from_ne_bytes(random)))
}
