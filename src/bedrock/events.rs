//! A streamed reply as frames: bytes are cut into events, exceptions become faults, deadlines are kept.
//!
//! [`Frames`] knows which messages are events and which are failures, and when a stream has ended as it may.
//! It refuses a reply that is not an event stream, bytes that cannot be decoded, an end inside a frame or
//! before any event, and silence. It does not know what an event means, nor that `messageStop` should be the
//! last but one.

use std::fmt;
use std::ops::Deref;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::frames::{FrameDecoder, FrameError, Message};
use super::patience::Patience;
use super::{Deadlines, Fault, FaultKind, Reply, ReplyBody, Stage};

/// The frames of one streamed reply. Dropping it closes the exchange.
pub struct Frames {
    body: ReplyBody,
    decoder: FrameDecoder,
    request_id: Option<Box<str>>,
    patience: Patience,
    /// No event has been seen yet.
    fresh: bool,
    /// Nothing more will come: the end was reached or reported.
    done: bool,
}

/// One event.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// `:event-type`: `messageStart`, `contentBlockDelta`, …, or one that nobody has heard of yet.
    pub event_type: EventType,
    /// The JSON of the event, sharing the buffer it was read into.
    pub payload: Bytes,
}

/// The name of an event, without a copy. Reads as `&str`.
#[derive(Clone, PartialEq, Eq)]
pub struct EventType(Bytes);

// === impl Frames ===

impl Frames {
    /// Begins to read `reply`. The time of `first_event` and `total` runs from here.
    ///
    /// # Errors
    /// [`FaultKind::Protocol`] when the reply says it is something else than an event stream.
    pub fn new(reply: Reply, deadlines: &Deadlines) -> Result<Self, Fault> {
        let content_type = reply.content_type.as_deref().unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/vnd.amazon.eventstream") {
            let message = format!("Bedrock answered a stream request with content type `{content_type}`");
            return Err(Fault::new(FaultKind::Protocol, message).of_request(reply.request_id));
        }
        Ok(Self {
            body: reply.body,
            decoder: FrameDecoder::default(),
            request_id: reply.request_id,
            patience: Patience::new(*deadlines),
            fresh: true,
            done: false,
        })
    }

    /// The next event. Every event that can be decoded from what has arrived is given out before `Pending`
    /// is.
    ///
    /// After a fault, and after the end, there is only `None`.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, Fault>>> {
        if self.done {
            return Poll::Ready(None);
        }
        let item = ready!(self.poll_inner(cx));
        self.done = !matches!(item, Some(Ok(_)));
        Poll::Ready(item.map(|item| item.map_err(|fault| fault.of_request(self.request_id.clone()))))
    }

    /// [`poll_next`](Self::poll_next) as a future.
    pub async fn next(&mut self) -> Option<Result<Frame, Fault>> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_inner(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, Fault>>> {
        loop {
            match self.decoder.next_message() {
                Ok(Some(message)) => match interpret(message) {
                    Some(item) => {
                        self.fresh = false;
                        return Poll::Ready(Some(item));
                    }
                    None => continue,
                },
                Ok(None) => {}
                Err(error) => return Poll::Ready(Some(Err(error.into()))),
            }
            match self.body.as_mut().poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.decoder.push(bytes);
                        self.patience.something_came();
                    }
                }
                Poll::Ready(Some(Err(fault))) => return Poll::Ready(Some(Err(fault))),
                Poll::Ready(None) => return Poll::Ready(self.ending().map(Err)),
                Poll::Pending => {
                    let first = if self.fresh { Stage::FirstEvent } else { Stage::Gap };
                    return self.patience.poll(cx, first).map(|fault| Some(Err(fault)));
                }
            }
        }
    }

    /// What is wrong with the body ending here, if anything is.
    fn ending(&self) -> Option<Fault> {
        if !self.decoder.at_boundary() {
            return Some(Fault::new(FaultKind::Protocol, "the stream from Bedrock ended inside a frame"));
        }
        self.fresh.then(|| Fault::new(FaultKind::Protocol, "the stream from Bedrock ended without any event"))
    }
}

impl fmt::Debug for Frames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frames")
            .field("request_id", &self.request_id)
            .field("decoder", &self.decoder)
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}

// === impl Frame ===

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("event_type", &self.event_type)
            .field("payload", &format_args!("{} bytes", self.payload.len()))
            .finish()
    }
}

/// An event, a failure, or `None` for a message of a type that we do not know and may ignore.
///
/// Failures come in three dresses (translation reference §1.5): `exception` with a modelled name, `error` with a
/// code, and, seen in the wild, a modelled exception's name as the type of an `event`.
fn interpret(message: Message) -> Option<Result<Frame, Fault>> {
    match message.text(":message-type") {
        Some("event") => {
            let event_type = message.text(":event-type")?;
            if event_type.ends_with("Exception") {
                return Some(Err(Fault::from_exception(event_type, &message.payload)));
            }
            let event_type = EventType(message.share(event_type));
            Some(Ok(Frame { event_type, payload: message.payload }))
        }
        Some("exception") => {
            let exception_type = message.text(":exception-type").unwrap_or_default();
            Some(Err(Fault::from_exception(exception_type, &message.payload)))
        }
        Some("error") => {
            let code = message.text(":error-code").unwrap_or_default();
            let text = message.text(":error-message").unwrap_or_default();
            Some(Err(Fault::from_error(code, text)))
        }
        _ => None,
    }
}

impl From<FrameError> for Fault {
    fn from(error: FrameError) -> Self {
        Self::new(FaultKind::Protocol, format!("the stream from Bedrock cannot be decoded: {error}"))
    }
}

// === impl EventType ===

impl Deref for EventType {
    type Target = str;

    fn deref(&self) -> &str {
        // Cut out of a header that was checked when it was decoded.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl From<&'static str> for EventType {
    fn from(name: &'static str) -> Self {
        Self(Bytes::from_static(name.as_bytes()))
    }
}

impl fmt::Debug for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests;
