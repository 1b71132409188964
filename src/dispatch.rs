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
//! it there is no second attempt: a stream that broke is told to be broken. Before it there is one, when Bedrock refuses
//! the request for something that can be left out ([`translate::repair`]).
//!
//! Where a model cannot stream, a stream is made of its whole answer. The client's stream begins when that is there, but
//! after a few seconds at the latest: from then on it is kept alive, and a failure is told in it.

mod attempt;
mod stream;

use attempt::Attempt;
use stream::Source;
pub use stream::{ChatStream, Progress};

use crate::{
    bedrock::{Call, Deadlines, Fault, Operation, Profiles, Transport},
    catalog::ModelId,
    clock::Clock,
    converse::Answer as ConverseAnswer,
    lifecycle::Lifecycle,
    media::{Failure, FetchError, Fetcher, Room},
    openai::{chat::ChatRequest, completion::ChatCompletion},
    random,
    route::{Models, NoRoute, Route},
    telemetry::{labels::Label, metrics::Metrics, record::CallRecord},
    translate::{
        self, ChunkMachine, Context, Fetched, Policy, Refusal, RefusalCode, ReplyError, ReplyHead, Restore,
        StreamError, Translated, Warning,
    },
};
use bytes::Bytes;
use futures_util::FutureExt;
use std::sync::Arc;

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
    /// Fetches media by URL; `None` where the operator does not allow it.
    pub media: Option<Fetcher>,
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
    /// Bedrock's answer is not the JSON that it should be. What it is instead is not said: it may be the answer.
    #[error("Bedrock's answer could not be read: it is malformed at column {column}.")]
    Undecodable {
        /// Where, in bytes of its line.
        column: usize,
    },
    /// The stream broke.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// The gateway holds as many media as it may.
    #[error("The gateway is serving as many requests as it may.")]
    Overloaded,
    /// The drain deadline has passed.
    #[error("The gateway is shutting down.")]
    ShuttingDown,
    /// The request could not be written, or there is no randomness for its id.
    #[error("The gateway failed to serve this request.")]
    Internal,
}

// === impl Error ===

impl Error {
    fn undecodable(error: serde_json::Error) -> Self {
        Self::Undecodable { column: error.column() }
    }
}

/// A request that is ready to be sent.
pub struct Plan {
    route: Route,
    call: Call,
    stream: bool,
    head: ReplyHead,
    warnings: Vec<Warning>,
    restore: Restore,
    include_usage: bool,
    /// What its media take, while the call lives.
    room: Room,
}

// === impl Dispatcher ===

impl Dispatcher {
    /// Serves one chat request that is planned.
    ///
    /// # Errors
    /// Whatever keeps the answer, or its first event, from coming.
    pub async fn chat(self: &Arc<Self>, plan: Plan, record: &CallRecord) -> Result<Answer, Error> {
        let Plan { route, call, stream, head, mut warnings, mut restore, include_usage, room } = plan;
        let planned = warnings.len();
        record.warned(planned);
        let (attempt, repaired) = self.attempt(call, stream, &mut restore, &route.label, record).await?;
        warnings.extend(repaired);
        let mut served = route.model;
        let source = match attempt {
            Attempt::Whole(body) => {
                let answer = read(&body, record)?;
                if let Some(Ok(invoked)) = answer.invoked_model().map(ModelId::parse) {
                    served = invoked;
                }
                warnings.extend(translate::unknown_stop(&answer.stop_reason));
                if !stream {
                    record.warned(warnings.len() - planned);
                    let content = Content::Whole(Box::new(translate::reply(*answer, head, &restore)?));
                    return Ok(Answer { served, warnings, content });
                }
                translate::check(&answer)?;
                Source::Whole(answer)
            }
            // Bedrock's request, and with it what was fetched for it, lives until the answer.
            Attempt::Late(body) => Source::Late(body.inspect(move |_| drop(room)).boxed()),
            Attempt::Stream(frames, first) => Source::Frames(frames, first),
        };
        record.warned(warnings.len() - planned);
        let machine = ChunkMachine::new(head, include_usage, restore);
        let stream = ChatStream::new(source, machine, record.clone(), &self.lifecycle);
        Ok(Answer { served, warnings, content: Content::Stream(Box::new(stream)) })
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

    /// A name becomes a model and a Converse body: what the request was read from is not needed any more. `size` is that
    /// of the request, in bytes, and about that of the body.
    ///
    /// # Errors
    /// When no model serves it, or it cannot be translated.
    pub async fn plan(
        &self,
        mut request: ChatRequest<'_>,
        size: usize,
        record: &CallRecord,
    ) -> Result<Plan, Error> {
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
        let (media, room) = self.fetch(&request).await?;
        let cx =
            Context { can: &route.facts.can, defaults: route.defaults, policy: &self.policy, media: &media };
        let Translated { body, whole, warnings, restore } =
            translate::request(request, cx).map_err(Error::Refused)?;
        let written = body.into_json(size).map_err(|_| Error::Internal)?;
        let operation = if stream && !whole { Operation::ConverseStream } else { Operation::Converse };
        let call = Call { operation, model_id: route.model.to_arc(), body: Bytes::from(written) };
        let head = ReplyHead { id: completion_id()?, created: self.clock.unix_seconds(), model: asked };
        Ok(Plan { route, call, stream, head, warnings, restore, include_usage, room })
    }

    /// The media that the request gives by URL.
    async fn fetch(&self, request: &ChatRequest<'_>) -> Result<(Fetched, Room), Error> {
        let Some(fetcher) = &self.media else { return Ok(Default::default()) };
        let remote = translate::remote_media(request);
        if remote.is_empty() {
            return Ok(Default::default());
        }
        Box::pin(fetcher.fetch(&remote)).await.map_err(|Failure { param, error }| match error {
            FetchError::NoRoom => Error::Overloaded,
            error => {
                let message = format!("`{param}` could not be fetched: {error}.");
                Error::Refused(Refusal { param, code: RefusalCode::InvalidValue, message })
            }
        })
    }
}

/// Reads a whole answer; what it used is booked at once.
fn read(body: &[u8], record: &CallRecord) -> Result<Box<ConverseAnswer>, Error> {
    let answer: Box<ConverseAnswer> = serde_json::from_slice(body).map_err(Error::undecodable)?;
    if let Some(usage) = &answer.usage {
        record.set_usage(translate::tokens(usage));
    }
    Ok(answer)
}

/// `chatcmpl-` and 128 random bits: two answers never share an id.
fn completion_id() -> Result<String, Error> {
    let id = random::id().map_err(|_| Error::Internal)?;
    Ok(["chatcmpl-", &hex::encode(id.to_be_bytes())].concat())
}

#[cfg(test)]
mod tests;
