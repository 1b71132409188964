//! A gateway without sockets: its routes are called directly and Bedrock is a list of things to do. For what needs
//! the clock to stand still or the borders of reads to be exact.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use axum::body::Body;
use bedrock_gateway::bedrock::{Call, Fault, FaultKind, Operation, Reply, Transport};
use bedrock_gateway::lifecycle::{Lifecycle, Phase};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::time::Sleep;
use tower::ServiceExt as _;

use crate::client::{Answer, request};
use crate::running::{Parts, compose, configure};

/// One thing that Bedrock does.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Bytes that one read gives.
    Bytes(Bytes),
    Wait(Duration),
    /// Nothing is ready, but something will be as soon as anybody asks again.
    Yield,
    Fail(Fault),
    Hang,
}

/// A Bedrock in memory. It gives all calls of one operation the same answer, and every other Converse call "Hello".
#[derive(Clone)]
pub(crate) struct Memory {
    operation: Operation,
    steps: Result<Vec<Step>, Fault>,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    calls: Mutex<Vec<Call>>,
    /// Steps taken by the gateway, over all calls.
    taken: AtomicUsize,
    /// Answers that are being read.
    open: AtomicUsize,
}

/// The gateway around it.
pub(crate) struct Still {
    pub(crate) memory: Memory,
    pub(crate) parts: Parts,
}

struct Play {
    steps: VecDeque<Step>,
    wait: Option<Pin<Box<Sleep>>>,
    seen: Arc<Seen>,
}

/// One event of a stream as a frame, built by AWS' own code.
pub(crate) fn frame(kind: &str, payload: &Value) -> Bytes {
    message(&[(":message-type", "event"), (":event-type", kind)], &payload.to_string())
}

pub(crate) fn message(headers: &[(&'static str, &str)], payload: &str) -> Bytes {
    let headers = headers.iter().chain(&[(":content-type", "application/json")]);
    let message = headers.fold(Message::new(payload.to_owned()), |message, (name, value)| {
        message.add_header(Header::new(*name, HeaderValue::String((*value).to_owned().into())))
    });
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    bytes.into()
}

/// A text delta.
pub(crate) fn text(text: &str) -> Bytes {
    frame("contentBlockDelta", &json!({"contentBlockIndex": 0, "delta": {"text": text}, "p": "abcdefgh"}))
}

/// `messageStart`
pub(crate) fn beginning() -> Bytes {
    frame("messageStart", &json!({"role": "assistant", "p": "ab"}))
}

/// `messageStop` and `metadata`
pub(crate) fn ending() -> Bytes {
    let stop = frame("messageStop", &json!({"stopReason": "end_turn"}));
    let usage = json!({"inputTokens": 1, "outputTokens": 2, "totalTokens": 3});
    [stop, frame("metadata", &json!({"usage": usage, "metrics": {"latencyMs": 1}}))].concat().into()
}

/// A whole answer.
pub(crate) fn hello() -> Step {
    let message = json!({"role": "assistant", "content": [{"text": "Hello"}]});
    let usage = json!({"inputTokens": 1, "outputTokens": 2, "totalTokens": 3});
    let answer = json!({"output": {"message": message}, "stopReason": "end_turn", "usage": usage});
    Step::Bytes(answer.to_string().into())
}

// === impl Memory ===

impl Memory {
    /// A stream that does this and then ends.
    pub(crate) fn stream(steps: impl IntoIterator<Item = Step>) -> Self {
        let steps = Ok(steps.into_iter().collect());
        Self { operation: Operation::ConverseStream, steps, seen: Arc::default() }
    }

    /// A whole answer that comes like this.
    pub(crate) fn whole(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { operation: Operation::Converse, ..Self::stream(steps) }
    }

    /// A call that fails.
    pub(crate) fn failing(fault: Fault) -> Self {
        Self { steps: Err(fault), ..Self::stream([]) }
    }

    /// The gateway around it, ready.
    pub(crate) fn gateway(self, overrides: &[(&str, &str)]) -> Still {
        let parts = compose(&configure(overrides), Arc::new(self.clone()));
        parts.lifecycle.enter(Phase::Ready);
        Still { memory: self, parts }
    }

    /// How many calls came.
    pub(crate) fn calls(&self) -> usize {
        self.seen.calls.lock().unwrap().len()
    }

    /// What was asked for, as JSON.
    pub(crate) fn bodies(&self) -> Vec<Value> {
        let calls = self.seen.calls.lock().unwrap();
        calls.iter().map(|call| serde_json::from_slice(&call.body).unwrap()).collect()
    }

    /// Steps taken by the gateway, over all calls.
    pub(crate) fn taken(&self) -> usize {
        self.seen.taken.load(Ordering::Relaxed)
    }

    /// Answers that the gateway holds open.
    pub(crate) fn open(&self) -> usize {
        self.seen.open.load(Ordering::Relaxed)
    }
}

impl Transport for Memory {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Reply, Fault>> {
        if call.operation == Operation::GetInferenceProfile {
            let fault = Fault::new(FaultKind::ModelNotFound, "no such inference profile");
            return Box::pin(async { Err(fault) });
        }
        let mut steps = self.steps.clone();
        if call.operation != self.operation {
            steps = steps.map(|_| vec![hello()]);
        }
        let content_type = match call.operation {
            Operation::Converse | Operation::GetInferenceProfile => "application/json",
            Operation::ConverseStream => "application/vnd.amazon.eventstream",
        };
        self.seen.calls.lock().unwrap().push(call);
        let seen = self.seen.clone();
        Box::pin(async move {
            let steps = steps?.into();
            seen.open.fetch_add(1, Ordering::Relaxed);
            let play = Play { steps, wait: None, seen };
            Ok(Reply {
                request_id: Some("bedrock-1".into()),
                content_type: Some(content_type.into()),
                body: Box::pin(play),
            })
        })
    }
}

// === impl Still ===

impl Still {
    /// Calls the routes; the body of the answer is polled by nobody but the test.
    pub(crate) async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.parts.surfaces.clients.clone().oneshot(request).await.unwrap()
    }

    /// A chat request.
    pub(crate) async fn post(&self, body: &Value) -> Response<Body> {
        self.send(request("/v1/chat/completions", Some(body))).await
    }

    /// The whole answer.
    pub(crate) async fn answer(&self, body: &Value) -> Answer {
        whole(self.post(body).await).await
    }

    pub(crate) fn lifecycle(&self) -> &Lifecycle {
        &self.parts.lifecycle
    }
}

/// Reads an answer to its end.
pub(crate) async fn whole(response: Response<Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// The next write of an answer.
pub(crate) async fn next(response: &mut Response<Body>) -> Option<String> {
    let data = response.body_mut().frame().await?.unwrap().into_data().unwrap();
    Some(String::from_utf8(data.into()).unwrap())
}

// === impl Play ===

impl http_body::Body for Play {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Fault>>> {
        loop {
            if let Some(wait) = &mut self.wait {
                ready!(wait.as_mut().poll(cx));
                self.wait = None;
            }
            if matches!(self.steps.front(), Some(Step::Hang)) {
                return Poll::Pending;
            }
            let step = self.steps.pop_front();
            self.seen.taken.fetch_add(usize::from(step.is_some()), Ordering::Relaxed);
            match step {
                None => return Poll::Ready(None),
                Some(Step::Bytes(bytes)) => return Poll::Ready(Some(Ok(http_body::Frame::data(bytes)))),
                Some(Step::Fail(fault)) => return Poll::Ready(Some(Err(fault))),
                Some(Step::Wait(wait)) => self.wait = Some(Box::pin(tokio::time::sleep(wait))),
                Some(Step::Yield) => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Some(Step::Hang) => {}
            }
        }
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        self.seen.open.fetch_sub(1, Ordering::Relaxed);
    }
}
