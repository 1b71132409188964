//! A streamed answer on its way through: frames in, chunks out, one poll at a time.
//!
//! It is polled by the response body and owns everything that the stream needs, so dropping the body (the client
//! has hung up) drops the upstream exchange in the same instant.

use super::{Error, tell};
use crate::{
    bedrock::events::{Frame, Frames},
    converse::{Delta, ReasoningDelta, StreamEvent},
    lifecycle::Lifecycle,
    openai::chunk::Chunk,
    telemetry::record::CallRecord,
    translate::{ChunkMachine, tokens},
};
use futures_util::future::BoxFuture;
use std::{
    fmt,
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
    frames: Frames,
    /// The first event, which was waited for before there was an answer.
    first: Option<Frame>,
    machine: ChunkMachine,
    record: CallRecord,
    lifecycle: Lifecycle,
    cut: BoxFuture<'static, ()>,
    grace: Option<Pin<Box<Sleep>>>,
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
        frames: Frames,
        first: Option<Frame>,
        machine: ChunkMachine,
        record: CallRecord,
        lifecycle: &Lifecycle,
    ) -> Self {
        let (cut, lifecycle) = (Box::pin(lifecycle.cut()), lifecycle.clone());
        Self { frames, first, machine, record, lifecycle, cut, grace: None }
    }

    /// The record of the call.
    pub fn record(&self) -> &CallRecord {
        &self.record
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
            let next = match self.first.take() {
                Some(first) => Poll::Ready(Some(Ok(first))),
                None => self.frames.poll_next(cx),
            };
            let frame = match next {
                Poll::Ready(Some(frame)) => frame.inspect_err(|fault| tell(fault, &self.record))?,
                Poll::Ready(None) => return Poll::Ready(self.finish(emit)),
                Poll::Pending => {
                    ready!(self.cut.as_mut().poll(cx));
                    self.lifecycle.note_cut();
                    return Poll::Ready(Err(Error::ShuttingDown));
                }
            };
            bytes += frame.payload.len();
            let event = StreamEvent::decode(&frame.event_type, &frame.payload).map_err(Error::Undecodable)?;
            self.note(&event);
            self.machine.on(event, emit)?;
            if self.machine.is_whole() {
                return Poll::Ready(self.finish(emit));
            }
        }
        Poll::Ready(Ok(Progress::More))
    }

    /// Reads the upstream to its end once the answer is whole, for a moment at most.
    pub fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match self.frames.poll_next(cx) {
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
            StreamEvent::Metadata { usage: Some(usage), .. } => self.record.set_usage(tokens(usage)),
            _ => {}
        }
    }
}

impl fmt::Debug for ChatStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ChatStream").field("frames", &self.frames).finish_non_exhaustive()
    }
}
