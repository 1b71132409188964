//! Chunks on the wire: server-sent events (translation reference §3.5, §4.4).
//!
//! One body is one state machine that hyper polls: whatever events are ready go out in one write, a silent stream
//! gets comment lines, a whole one ends with `[DONE]`, a broken one with an error frame and nothing after it.
//! Memory is bounded: what the client does not take, is not asked of Bedrock.

use crate::{
    dispatch::{ChatStream, Progress},
    error::GatewayError,
    middleware::body::Room,
    openai::error::ErrorBody,
    telemetry::labels::Outcome,
};
use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use http_body::Frame;
use std::{
    convert::Infallible,
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, Sleep};

/// A write that is this large is not held back for more, in bytes.
const FULL: usize = 16 * 1024;

/// Room for the one event that a write of a paced stream usually holds, in bytes.
const USUAL: usize = 512;

/// How often a wake-up is passed on before what is ready is written: hyper hands up one read per wake-up, so the
/// rest of a burst is a moment away. Measured: half the CPU per event in bursts, no delay on a paced stream.
const MAX_YIELDS: u8 = 3;

/// A comment line; clients skip it, proxies see traffic.
const KEEP_ALIVE: &[u8] = b": keep-alive\n\n";

const DONE: &[u8] = b"data: [DONE]\n\n";

/// How streams are written.
#[derive(Debug, Clone, Copy)]
pub struct SseSettings {
    /// After this much silence a comment line is sent.
    pub keep_alive: Duration,
    /// Events are held up to this long, to be written together. Zero: as soon as they are there.
    pub coalesce: Duration,
}

/// The body of a streamed answer.
struct SseBody {
    stream: ChatStream,
    settings: SseSettings,
    state: State,
    buffer: Vec<u8>,
    yields: u8,
    /// When the oldest byte in the buffer was written into it, or the last one left it.
    since: Instant,
    timer: Pin<Box<Sleep>>,
    _room: Option<Room>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Events may come.
    Open,
    /// The answer is whole; the upstream's own end is waited for.
    Whole,
    /// Nothing more is written.
    Ended,
}

/// Wraps a stream into a response.
/// `room` is that of the request's body, where Bedrock's request is still under way.
pub(super) fn response(stream: ChatStream, settings: SseSettings, room: Option<Room>) -> Response {
    let since = Instant::now();
    let body = SseBody {
        stream,
        settings,
        state: State::Open,
        buffer: Vec::new(),
        yields: 0,
        since,
        timer: Box::pin(tokio::time::sleep_until(since + settings.keep_alive)),
        _room: room,
    };
    let mut response = Response::new(Body::new(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // nginx and its kin buffer answers unless told otherwise.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

// === impl SseBody ===

impl http_body::Body for SseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = &mut *self;
        match this.state {
            State::Ended => return Poll::Ready(None),
            State::Whole => {
                // Being asked for more means that the last frame was taken. A client that leaves now has it all.
                this.stream.record().set_outcome(Outcome::Ok);
                return this.stream.poll_end(cx).map(|()| None);
            }
            State::Open => {}
        }
        this.poll_write(cx).map(|()| Some(Ok(Frame::data(this.take()))))
    }

    fn is_end_stream(&self) -> bool {
        self.state == State::Ended
    }
}

impl SseBody {
    /// Fills the buffer until it should be written.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let was_empty = self.buffer.is_empty();
        let Self { stream, buffer, .. } = self;
        let progress = stream.poll_chunks(cx, &mut |chunk| write_data(buffer, chunk));
        match progress {
            Poll::Ready(Ok(Progress::More)) if self.buffer.is_empty() => {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(Ok(Progress::More)) => return Poll::Ready(()),
            Poll::Ready(Ok(Progress::Finished)) => {
                self.buffer.extend_from_slice(DONE);
                self.state = State::Whole;
                return Poll::Ready(());
            }
            Poll::Ready(Err(error)) => {
                self.write_error(error.into());
                return Poll::Ready(());
            }
            Poll::Pending => {}
        }
        if was_empty && !self.buffer.is_empty() {
            self.since = Instant::now();
        }
        match self.buffer.len() {
            0 => self.poll_keep_alive(cx),
            FULL.. => Poll::Ready(()),
            _ => self.poll_hold(cx),
        }
    }

    /// Something could be written; is more about to come?
    fn poll_hold(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.settings.coalesce.is_zero() {
            return self.poll_until(self.since + self.settings.coalesce, cx);
        }
        if self.yields == MAX_YIELDS {
            return Poll::Ready(());
        }
        self.yields += 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_keep_alive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = self.poll_until(self.since + self.settings.keep_alive, cx);
        if due.is_ready() {
            self.buffer.extend_from_slice(KEEP_ALIVE);
        }
        due
    }

    /// One timer serves both waits. It is moved only when it must fire earlier, or has fired too early: not once per
    /// event.
    fn poll_until(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= deadline {
            return Poll::Ready(());
        }
        if self.timer.deadline() > deadline {
            self.timer.as_mut().reset(deadline);
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }

    /// A stream that broke must not look finished: no finish reason, no `[DONE]`.
    fn write_error(&mut self, error: GatewayError) {
        let report = error.report();
        let code = report.error.code.unwrap_or("internal_error");
        self.stream.record().set_outcome(Outcome::Error { code });
        write_data(&mut self.buffer, &ErrorBody { error: report.error });
        self.state = State::Ended;
    }

    fn take(&mut self) -> Bytes {
        self.yields = 0;
        self.since = Instant::now();
        mem::take(&mut self.buffer).into()
    }
}

/// One `data:` line. Our own types always serialise; if one did not, the line would be left out whole.
fn write_data(buffer: &mut Vec<u8>, value: &impl serde::Serialize) {
    let start = buffer.len();
    if buffer.capacity() == 0 {
        buffer.reserve(USUAL);
    }
    buffer.extend_from_slice(b"data: ");
    match serde_json::to_writer(&mut *buffer, value) {
        Ok(()) => buffer.extend_from_slice(b"\n\n"),
        Err(error) => {
            tracing::error!(%error, "a chunk could not be written");
            buffer.truncate(start);
        }
    }
}
