//! A streamed answer on its way through: frames in, chunks out, one poll at a time. Where the model cannot stream, what
//! goes in is the whole answer.
//!
//! It is polled by the response body and owns everything that the stream needs, so dropping the body (the client
//! has hung up) drops the upstream exchange in the same instant.

use super::{Error, attempt::tell, read};
use crate::{
    bedrock::{
        Fault,
        events::{Frame, Frames},
    },
    converse::{Answer, Delta, ReasoningDelta, StreamEvent},
    lifecycle::Lifecycle,
    openai::chunk::Chunk,
    telemetry::record::CallRecord,
    translate::{ChunkMachine, unfold},
};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use std::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::Sleep;

/// Events taken in one poll before the caller gets a chance to write: with [`MAX_BYTES_PER_POLL`] it bounds the caller's
/// buffer when Bedrock is faster than the client.
const MAX_EVENTS_PER_POLL: usize = 128;

/// Payload taken in one poll; the event that goes over it is the last one.
const MAX_BYTES_PER_POLL: usize = 64 * 1024;

/// How long the end of the upstream is waited for after the answer was whole. It comes with the last event; a
/// connection that was read to its end can be used again.
const END_GRACE: Duration = Duration::from_millis(250);

/// A streamed answer.
pub struct ChatStream {
    source: Source,
    machine: ChunkMachine,
    record: CallRecord,
    lifecycle: Lifecycle,
    cut: BoxFuture<'static, ()>,
    grace: Option<Pin<Box<Sleep>>>,
}

/// What a streamed answer is made of.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every stream is of the large kind, and its body has a box"
)]
pub(super) enum Source {
    /// Events, and the first of them, which was waited for before there was an answer.
    Frames(Frames, Option<Frame>),
    /// The whole answer.
    Whole(Box<Answer>),
    /// The body of the whole answer, which is still waited for.
    Late(BoxFuture<'static, Result<Bytes, Fault>>),
    /// The whole answer was told.
    Told,
}

/// How far a poll got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// There may be more events at once: write, then poll again.
    More,
    /// The answer is whole.
    Finished,
}

// === impl ChatStream ===

impl ChatStream {
    pub(super) fn new(
        source: Source,
        machine: ChunkMachine,
        record: CallRecord,
        lifecycle: &Lifecycle,
    ) -> Self {
        let (cut, lifecycle) = (Box::pin(lifecycle.cut()), lifecycle.clone());
        Self { source, machine, record, lifecycle, cut, grace: None }
    }

    /// The record of the call.
    pub fn record(&self) -> &CallRecord {
        &self.record
    }

    /// Whether the call to Bedrock is still under way, and its request with it.
    pub fn is_waiting(&self) -> bool {
        matches!(self.source, Source::Late(_))
    }

    /// Emits the chunks of every event that has arrived.
    ///
    /// # Errors
    /// When the stream broke, or must end because the gateway does. Nothing may be polled after it.
    pub fn poll_chunks(
        &mut self,
        cx: &mut Context<'_>,
        emit: &mut impl FnMut(&Chunk<'_>),
    ) -> Poll<Result<Progress, Error>> {
        let mut bytes = 0;
        for _ in 0..MAX_EVENTS_PER_POLL {
            if bytes >= MAX_BYTES_PER_POLL {
                break;
            }
            let Source::Frames(frames, first) = &mut self.source else { return self.poll_whole(cx, emit) };
            let next = match first.take() {
                Some(first) => Poll::Ready(Some(Ok(first))),
                None => frames.poll_next(cx),
            };
            let frame = match next {
                Poll::Ready(Some(frame)) => frame.inspect_err(|fault| tell(fault, &self.record))?,
                Poll::Ready(None) => return Poll::Ready(self.finish(emit)),
                Poll::Pending => return self.poll_cut(cx),
            };
            bytes += frame.payload.len();
            let event = StreamEvent::decode(&frame.event_type, &frame.payload).map_err(Error::undecodable)?;
            self.note(&event);
            self.machine.on(event, emit)?;
            if self.machine.is_whole() {
                return Poll::Ready(self.finish(emit));
            }
        }
        Poll::Ready(Ok(Progress::More))
    }

    /// Emits the chunks of a whole answer once it has come.
    fn poll_whole(
        &mut self,
        cx: &mut Context<'_>,
        emit: &mut impl FnMut(&Chunk<'_>),
    ) -> Poll<Result<Progress, Error>> {
        let answer = match mem::replace(&mut self.source, Source::Told) {
            Source::Whole(answer) => answer,
            Source::Late(mut body) => match body.as_mut().poll(cx) {
                Poll::Ready(body) => {
                    read(&body.inspect_err(|fault| tell(fault, &self.record))?, &self.record)?
                }
                Poll::Pending => {
                    self.source = Source::Late(body);
                    return self.poll_cut(cx);
                }
            },
            Source::Frames(..) | Source::Told => return Poll::Ready(Ok(Progress::Finished)),
        };
        for event in unfold(&answer)? {
            self.note(&event);
            self.machine.on(event, emit)?;
        }
        Poll::Ready(self.finish(emit))
    }

    /// Nothing has come: must the stream end because the gateway does?
    fn poll_cut(&mut self, cx: &mut Context<'_>) -> Poll<Result<Progress, Error>> {
        ready!(self.cut.as_mut().poll(cx));
        self.lifecycle.note_cut();
        Poll::Ready(Err(Error::ShuttingDown))
    }

    /// Reads the upstream to its end once the answer is whole, for a moment at most.
    pub fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Source::Frames(frames, _) = &mut self.source else { return Poll::Ready(()) };
        loop {
            match frames.poll_next(cx) {
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => {
                    let grace = self.grace.get_or_insert_with(|| Box::pin(tokio::time::sleep(END_GRACE)));
                    return grace.as_mut().poll(cx);
                }
            }
        }
    }

    fn finish(&mut self, emit: &mut impl FnMut(&Chunk<'_>)) -> Result<Progress, Error> {
        self.machine.finish(emit)?;
        Ok(Progress::Finished)
    }

    /// What was used is booked as soon as it is known: the client may hang up before the end.
    fn note(&self, event: &StreamEvent<'_>) {
        match event {
            // The first text is often empty, which is nothing to hand on.
            StreamEvent::Delta {
                delta: Delta::Text(text) | Delta::Reasoning(ReasoningDelta::Text(text)),
                ..
            } if text.is_empty() => {}
            StreamEvent::Delta { .. } | StreamEvent::ToolStart { .. } => self.record.first_token(),
            StreamEvent::Metadata { usage: Some(usage), .. } => {
                self.record.set_usage(self.machine.tokens(*usage))
            }
            _ => {}
        }
    }
}

impl fmt::Debug for ChatStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ChatStream").finish_non_exhaustive()
    }
}
