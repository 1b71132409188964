//! Scripts: what the emulator answers to one Converse or ConverseStream call, and how badly.
//!
//! The same [`Script`] is built in Rust or read as JSON from `POST /_emulator/scripts`. A request that Bedrock
//! would refuse is refused before a script is looked at, and uses none up.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

mod block;
mod fault;

pub use block::{Block, Event};
pub use fault::{End, Failure, RawReply, Writes};

/// One scripted answer. Every member is optional; an empty script is an empty answer that ends at once.
///
/// As JSON the members have the names below; delays are whole milliseconds.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// Only a call for this model id (decoded, exactly as the client named it) takes this script.
    pub model: Option<String>,
    /// The content of the answer, in order.
    pub blocks: Vec<Block>,
    /// The stream's events one by one, in place of what `blocks`, `stop_reason` and `usage` would give.
    /// Converse (not streaming) has no use for it.
    pub events: Option<Vec<Event>>,
    /// The whole JSON body of a Converse answer, in place of what `blocks` would give. ConverseStream ignores it.
    pub answer: Option<Value>,
    /// Any string. Default: `tool_use` when a block is a tool call, else `end_turn`.
    pub stop_reason: Option<String>,
    /// The `usage` member as it goes on the wire. Default: about one token per four characters.
    pub usage: Option<Value>,
    /// `additionalModelResponseFields` of the answer or of the `messageStop` event.
    pub additional_fields: Option<Value>,
    /// Further members of the answer or of the `metadata` event: `trace`, `serviceTier`, `performanceConfig`.
    pub metadata: Option<Value>,
    /// Wait before the status line.
    pub head_delay_ms: u64,
    /// Wait between the head and the first event (or the body, when not streaming).
    pub first_event_delay_ms: u64,
    /// Wait before every event but the first.
    pub event_delay_ms: u64,
    /// Waits before single events, by their number from 0; they take the place of the two above.
    pub delays_before_ms: BTreeMap<usize, u64>,
    /// An HTTP error in place of an answer.
    pub failure: Option<Failure>,
    /// Bytes in place of an answer.
    pub raw: Option<RawReply>,
    /// Headers added to the reply, e.g. `retry-after`.
    pub headers: BTreeMap<String, String>,
    /// How the stream ends.
    pub end: End,
    /// How the stream's bytes are cut into writes.
    pub writes: Writes,
}

// === impl Script ===

impl Script {
    /// An answer of one text block that streams in these chunks.
    pub fn text<T: Into<String>>(chunks: impl IntoIterator<Item = T>) -> Self {
        Self::default().and_text(chunks)
    }

    /// A text answer of `chunks` deltas in one single write: the shape for load tests.
    #[must_use]
    pub fn burst(chunks: usize) -> Self {
        Self::text((0..chunks).map(|n| format!("token{n} "))).writes(Writes::Burst)
    }

    /// An answer that is one tool call; `fragments` joined are the JSON text of its input, `[]` is a call
    /// without arguments.
    pub fn tool_use<T: Into<String>>(
        id: impl Into<String>,
        name: impl Into<String>,
        fragments: impl IntoIterator<Item = T>,
    ) -> Self {
        Self::default().and_tool_use(id, name, fragments)
    }

    /// A stream of exactly these events.
    pub fn events(events: impl IntoIterator<Item = Event>) -> Self {
        Self { events: Some(events.into_iter().collect()), ..Self::default() }
    }

    /// An HTTP error: status, exception name (e.g. `ThrottlingException`) and message.
    pub fn failure(status: u16, kind: impl Into<String>, message: impl Into<String>) -> Self {
        let failure = Failure { status, kind: kind.into(), message: message.into() };
        Self { failure: Some(failure), ..Self::default() }
    }

    /// A reply of exactly these bytes under any status and content type.
    pub fn raw(status: u16, content_type: impl Into<String>, body: impl AsRef<[u8]>) -> Self {
        let raw = RawReply { status, content_type: content_type.into(), body_base64: STANDARD.encode(body) };
        Self { raw: Some(raw), ..Self::default() }
    }

    /// A Converse answer of exactly this JSON.
    pub fn answer(body: Value) -> Self {
        Self { answer: Some(body), ..Self::default() }
    }

    /// A call that never gets so much as a status line.
    #[must_use]
    pub fn hang() -> Self {
        Self::default().end(End::HangBeforeHead)
    }

    /// Adds a text block.
    #[must_use]
    pub fn and_text<T: Into<String>>(self, chunks: impl IntoIterator<Item = T>) -> Self {
        self.and(Block::Text { chunks: strings(chunks) })
    }

    /// Adds a reasoning block, signed when `signature` is given.
    #[must_use]
    pub fn and_reasoning<T: Into<String>>(
        self,
        chunks: impl IntoIterator<Item = T>,
        signature: Option<&str>,
    ) -> Self {
        self.and(Block::Reasoning { chunks: strings(chunks), signature: signature.map(str::to_owned) })
    }

    /// Adds a reasoning block that only the provider can read.
    #[must_use]
    pub fn and_redacted(self, data: impl AsRef<[u8]>) -> Self {
        self.and(Block::Redacted { data_base64: STANDARD.encode(data) })
    }

    /// Adds a tool call; see [`Script::tool_use`].
    #[must_use]
    pub fn and_tool_use<T: Into<String>>(
        self,
        id: impl Into<String>,
        name: impl Into<String>,
        fragments: impl IntoIterator<Item = T>,
    ) -> Self {
        self.and(Block::ToolUse { id: id.into(), name: name.into(), fragments: strings(fragments) })
    }

    /// Adds text with citations, each as it goes on the wire.
    #[must_use]
    pub fn and_citations<T: Into<String>>(
        self,
        chunks: impl IntoIterator<Item = T>,
        citations: Vec<Value>,
    ) -> Self {
        self.and(Block::Citations { chunks: strings(chunks), citations })
    }

    /// Adds a block.
    #[must_use]
    pub fn and(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// Turns the blocks into the events they stand for and lets `edit` reorder, remove or add some.
    #[must_use]
    pub fn edit_events(mut self, edit: impl FnOnce(&mut Vec<Event>)) -> Self {
        let mut events = self.to_events();
        edit(&mut events);
        self.events = Some(events);
        self
    }

    /// Restricts the script to calls for this model id.
    #[must_use]
    pub fn for_model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Sets the stop reason; any string will do.
    #[must_use]
    pub fn stop_reason(mut self, reason: impl Into<String>) -> Self {
        self.stop_reason = Some(reason.into());
        self
    }

    /// Sets the token counts, total included.
    #[must_use]
    pub fn usage(self, input: u64, output: u64) -> Self {
        self.usage_json(json!({"inputTokens": input, "outputTokens": output, "totalTokens": input + output}))
    }

    /// Sets the token counts of a call that read from and wrote to the prompt cache. As on the wire, `input`
    /// leaves the cached tokens out and the total counts all four.
    #[must_use]
    pub fn usage_with_cache(self, input: u64, output: u64, read: u64, write: u64) -> Self {
        self.usage_json(json!({
            "inputTokens": input,
            "outputTokens": output,
            "totalTokens": input + output + read + write,
            "cacheReadInputTokens": read,
            "cacheWriteInputTokens": write,
        }))
    }

    /// Sets the `usage` member as it goes on the wire.
    #[must_use]
    pub fn usage_json(mut self, usage: Value) -> Self {
        self.usage = Some(usage);
        self
    }

    /// Sets `additionalModelResponseFields`.
    #[must_use]
    pub fn additional_fields(mut self, fields: Value) -> Self {
        self.additional_fields = Some(fields);
        self
    }

    /// Sets further members of the answer or of the `metadata` event, e.g. `{"serviceTier": {"type": "flex"}}`.
    #[must_use]
    pub fn metadata(mut self, members: Value) -> Self {
        self.metadata = Some(members);
        self
    }

    /// Waits before the status line.
    #[must_use]
    pub fn head_delay(mut self, delay: Duration) -> Self {
        self.head_delay_ms = millis(delay);
        self
    }

    /// Waits between the head and the first event.
    #[must_use]
    pub fn first_event_delay(mut self, delay: Duration) -> Self {
        self.first_event_delay_ms = millis(delay);
        self
    }

    /// Waits before every event but the first.
    #[must_use]
    pub fn event_delay(mut self, delay: Duration) -> Self {
        self.event_delay_ms = millis(delay);
        self
    }

    /// Waits before event number `event` (from 0), in place of the general delays.
    #[must_use]
    pub fn delay_before(mut self, event: usize, delay: Duration) -> Self {
        self.delays_before_ms.insert(event, millis(delay));
        self
    }

    /// Adds a header to the reply.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// Sets how the stream ends.
    #[must_use]
    pub fn end(mut self, end: End) -> Self {
        self.end = end;
        self
    }

    /// After `events` events: an exception frame, e.g. `throttlingException`, and the end.
    #[must_use]
    pub fn exception_after(self, events: usize, kind: impl Into<String>, message: impl Into<String>) -> Self {
        let event = Event::Exception { kind: kind.into(), payload: json!({"message": message.into()}) };
        self.end(End::EventAfter { events, event })
    }

    /// After `events` events: a frame of `:message-type: error`, and the end.
    #[must_use]
    pub fn error_frame_after(
        self,
        events: usize,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        self.end(End::EventAfter {
            events,
            event: Event::Error { code: code.into(), message: message.into() },
        })
    }

    /// Cuts the connection after `events` whole events.
    #[must_use]
    pub fn cut_after(self, events: usize) -> Self {
        self.end(End::CutAfter { events })
    }

    /// Cuts the connection `bytes` bytes into event number `event` (from 0).
    #[must_use]
    pub fn cut_inside(self, event: usize, bytes: usize) -> Self {
        self.end(End::CutInside { event, bytes })
    }

    /// Ends the response cleanly after `events` events, however unfinished the answer is.
    #[must_use]
    pub fn end_after(self, events: usize) -> Self {
        self.end(End::CleanAfter { events })
    }

    /// Falls silent after `events` events and leaves the connection open.
    #[must_use]
    pub fn hang_after(self, events: usize) -> Self {
        self.end(End::HangAfter { events })
    }

    /// Sets how the stream's bytes are cut into writes.
    #[must_use]
    pub fn writes(mut self, writes: Writes) -> Self {
        self.writes = writes;
        self
    }

    /// The events of the stream before `end` has its way with them.
    pub fn to_events(&self) -> Vec<Event> {
        self.events.clone().unwrap_or_else(|| block::events(self))
    }

    /// The JSON body of the answer when the call does not stream.
    pub(super) fn to_answer(&self) -> Value {
        self.answer.clone().unwrap_or_else(|| block::answer(self))
    }
}

fn strings<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Vec<String> {
    items.into_iter().map(Into::into).collect()
}

fn millis(delay: Duration) -> u64 {
    u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)
}
