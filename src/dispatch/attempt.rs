//! One attempt: a call to Bedrock, counted and timed, and a second one where a smaller request may do.

use super::{Dispatcher, Error};
use crate::{
    bedrock::{
        Call, Fault, FaultKind, Operation,
        events::{Frame, Frames},
        whole::whole,
    },
    telemetry::{labels::Label, record::CallRecord},
    translate::{self, Restore, Warning},
};
use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

const SECONDS_PER_DAY: u64 = 86_400;

/// Larger than any answer can be: the largest models give some 128,000 tokens.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// How long a stream waits for the whole answer that it is made of before it begins: long enough for any refusal, which
/// comes before the model sets to work, and shorter than the patience of proxies.
const HEAD_START: Duration = Duration::from_secs(10);

/// What one attempt gave.
#[expect(clippy::large_enum_variant, reason = "it is taken apart as soon as it is made")]
pub(super) enum Attempt {
    /// The whole body.
    Whole(Bytes),
    /// The whole body, which a stream waits for.
    Late(BoxFuture<'static, Result<Bytes, Fault>>),
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
    /// One call, and another one when Bedrock refuses the first for something that can be left out or be had
    /// otherwise; how the answer is then to be read changes with it.
    pub(super) async fn attempt(
        self: &Arc<Self>,
        call: Call,
        stream: bool,
        restore: &mut Restore,
        label: &Arc<str>,
        record: &CallRecord,
    ) -> Result<(Attempt, Option<Warning>), Error> {
        record.set_target(&self.target);
        let sent = call.clone();
        let fault = match self.send(call, stream, label, record).await {
            Ok(attempt) => return Ok((attempt, None)),
            Err(fault) => fault,
        };
        let Call { operation, model_id, body: refused } = sent;
        let repaired = match fault.kind {
            FaultKind::Invalid { .. } | FaultKind::MaxTokensTooHigh => {
                translate::repair(&refused, &fault.message, self.policy.unsupported, restore)
            }
            FaultKind::StructuredOutputRejected => translate::as_tool(&refused, restore),
            _ => None,
        };
        let Some((body, warning)) = repaired else { return Err(self.failed(fault, record).into()) };
        drop(refused);
        let call = Call { operation, model_id, body: Bytes::from(body) };
        let attempt =
            self.send(call, stream, label, record).await.map_err(|fault| self.failed(fault, record))?;
        Ok((attempt, Some(warning)))
    }

    /// One call, up to the end of a whole answer, or the first event of a stream. A stream that is made of a whole
    /// answer is not waited for longer than [`HEAD_START`].
    async fn send(
        self: &Arc<Self>,
        call: Call,
        stream: bool,
        label: &Arc<str>,
        record: &CallRecord,
    ) -> Result<Attempt, Fault> {
        let (this, label) = (Arc::clone(self), Label::bounded(Arc::clone(label)));
        if call.operation == Operation::ConverseStream {
            let (frames, first) = this.first_event(call, label, record.clone()).await?;
            return Ok(Attempt::Stream(frames, first));
        }
        if !stream {
            return this.whole(call, label, record.clone()).await.map(Attempt::Whole);
        }
        let mut answer = this.whole(call, label, record.clone()).boxed();
        match tokio::time::timeout(HEAD_START, &mut answer).await {
            Ok(body) => body.map(Attempt::Whole),
            Err(_) => Ok(Attempt::Late(answer)),
        }
    }

    /// The whole body of an answer.
    async fn whole(self: Arc<Self>, call: Call, label: Label, record: CallRecord) -> Result<Bytes, Fault> {
        let answer = async {
            let reply = self.transport.call(call).await?;
            note_id(&record, reply.request_id.as_deref());
            whole(reply, &self.deadlines, MAX_ANSWER_BYTES).await
        };
        self.counted(answer, label, &record).await
    }

    /// The events of a stream, and the first of them, which was waited for.
    async fn first_event(
        self: Arc<Self>,
        call: Call,
        label: Label,
        record: CallRecord,
    ) -> Result<(Frames, Option<Frame>), Fault> {
        let events = async {
            let reply = self.transport.call(call).await?;
            note_id(&record, reply.request_id.as_deref());
            let mut frames = Frames::new(reply, &self.deadlines)?;
            let first = frames.next().await.transpose()?;
            Ok((frames, first))
        };
        self.counted(events, label, &record).await
    }

    async fn counted<T>(
        &self,
        answer: impl Future<Output = Result<T, Fault>>,
        label: Label,
        record: &CallRecord,
    ) -> Result<T, Fault> {
        record.upstream_started();
        let mut counted = Counted { dispatcher: self, label, started: Instant::now(), result: "cancelled" };
        let answer = answer.await;
        counted.result = answer.as_ref().map_or_else(|fault| fault.kind.name(), |_| "ok");
        drop(counted);
        record.upstream_answered();
        answer
    }

    /// What the books should hold of a failed call, and the client know about when to come back.
    fn failed(&self, mut fault: Fault, record: &CallRecord) -> Fault {
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

fn note_id(record: &CallRecord, id: Option<&str>) {
    if let Some(id) = id {
        record.set_bedrock_request_id(id);
    }
}

/// Books the id of a failed call, and tells the operator of faults that say nothing of the request's content and that
/// nobody else can mend.
pub(super) fn tell(fault: &Fault, record: &CallRecord) {
    note_id(record, fault.request_id.as_deref());
    if let FaultKind::Credentials
    | FaultKind::AccessDenied
    | FaultKind::Connection
    | FaultKind::Timeout(_)
    | FaultKind::Protocol = fault.kind
    {
        tracing::warn!(request_id = record.request_id(), %fault, "a call to Bedrock failed");
    }
}
