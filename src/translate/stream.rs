//! The events of a ConverseStream answer become chunks (translation reference §3.5).
//!
//! ```text
//! messageStart            role
//! delta text              content                      (empty ones are skipped)
//! delta reasoning text    reasoning_content
//! delta signature, data   kept for the end
//! start toolUse           tool_calls[k] with id, type, name
//! delta toolUse           tool_calls[k] with a piece of the arguments
//! stop of a tool block    tool_calls[k] with "{}" if nothing came
//! delta citation, image   kept until the end, like the tools that Bedrock runs
//! messageStop             thinking_blocks, sources and the like, each all at once; finish_reason, response fields
//! metadata                usage, if it was asked for
//! ```
//!
//! An answer of a given shape that Bedrock does not enforce: text is held back until it can be checked, the input of
//! the tool that carries the answer goes out as content and is checked at the end.
//!
//! State is kept per `contentBlockIndex`, because blocks may interleave; `k` counts the client's tool calls
//! without gaps. What follows `messageStop` in whatever order is taken; whether the answer was whole is decided
//! when the upstream ends.

mod emit;
mod shape;
mod think;

use super::{
    ReplyError, ReplyHead, Restore,
    citations::Citing,
    reply::picture,
    restore::Called,
    server,
    stop::{finish_reason, is_the_end},
    tokens,
    tools::InputText,
    usage::usage,
};
use crate::{
    converse::{Delta as BlockDelta, StreamEvent, TokenUsage},
    openai::{
        chunk::{Chunk, CustomDelta, Delta, FunctionDelta, ToolCallDelta},
        citation::{ImageOutput, ServerTool},
        completion::{AssistantRole, ThinkingBlock, Trace},
    },
    usage::Tokens,
};
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use shape::Shaped;
use std::borrow::Cow;

/// Turns the events of one answer into its chunks.
#[derive(Debug)]
pub struct ChunkMachine {
    head: ReplyHead,
    include_usage: bool,
    restore: Restore,
    started: bool,
    blocks: Vec<Open>,
    shaped: Shaped,
    citing: Citing,
    images: Vec<ImageOutput>,
    server_tools: Vec<ServerTool>,
    service_tier: Option<String>,
    trace: Option<Trace>,
    tool_calls: u32,
    /// Signed and encrypted reasoning. It is told in one chunk: of several the Node SDK's helper keeps the last.
    thinking_blocks: Vec<ThinkingBlock>,
    stopped: bool,
    counters: Option<TokenUsage>,
    reasoning_tokens: Option<u64>,
}

/// Why an answer cannot be brought to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The model's answer is none.
    #[error(transparent)]
    Reply(#[from] ReplyError),
    /// The upstream ended before `messageStop`, or before the usage that the client asked for.
    #[error("Bedrock's stream ended before the answer was whole.")]
    Truncated,
    /// An event came after `messageStop` that would change the answer.
    #[error("Bedrock's stream went on after its end.")]
    AfterStop,
    /// A piece came that does not fit its block: it would be lost, and the answer would seem whole without it.
    #[error("Bedrock's stream contradicts itself.")]
    Misfit,
}

/// A block that has begun and not stopped. Text needs no state.
#[derive(Debug)]
struct Open {
    index: u32,
    kind: Kind,
}

enum Kind {
    Tool {
        call: u32,
        empty: bool,
        /// Takes the text out of the input of a custom tool.
        text: Option<InputText>,
    },
    /// A tool that Bedrock runs, or what it gave: the entry with this index.
    Server(usize),
    /// A second answer, which is dropped.
    Surplus,
    /// Its input is the answer.
    Answer,
    Image {
        format: String,
        /// Decoded, because pieces of base64 cannot be strung together.
        bytes: Vec<u8>,
    },
    Reasoning {
        thinking: String,
        signature: Option<String>,
        /// Decoded, because pieces of base64 cannot be strung together.
        redacted: Option<Vec<u8>>,
    },
}

private_debug!(Kind);

// === impl ChunkMachine ===

impl ChunkMachine {
    /// A machine for one answer.
    pub fn new(head: ReplyHead, include_usage: bool, mut restore: Restore) -> Self {
        // There is no other attempt: a stream need not hold the schema for one.
        restore.fallback = None;
        Self {
            head,
            include_usage,
            restore,
            started: false,
            blocks: Vec::new(),
            shaped: Shaped::default(),
            citing: Citing::default(),
            images: Vec::new(),
            server_tools: Vec::new(),
            service_tier: None,
            trace: None,
            tool_calls: 0,
            thinking_blocks: Vec::new(),
            stopped: false,
            counters: None,
            reasoning_tokens: None,
        }
    }

    /// What an event's counters mean.
    pub fn tokens(&self, counters: TokenUsage) -> Tokens {
        tokens(&self.by_the_rule(counters))
    }

    fn by_the_rule(&self, counters: TokenUsage) -> TokenUsage {
        match self.restore.inclusive_input_tokens {
            true => counters.without_cached_input(),
            false => counters,
        }
    }

    /// Takes one event and emits the chunks that it makes.
    ///
    /// # Errors
    /// When the model's answer is malformed, or goes on after its end.
    pub fn on(
        &mut self,
        event: StreamEvent<'_>,
        emit: &mut impl FnMut(&Chunk<'_>),
    ) -> Result<(), StreamError> {
        match event {
            StreamEvent::Metadata { usage, service_tier, trace } => {
                self.counters = usage.map(|counters| self.by_the_rule(counters)).or(self.counters);
                self.service_tier = service_tier.filter(|_| self.restore.tier).or(self.service_tier.take());
                let trace = trace.and_then(|trace| trace.guardrail).map(|guardrail| Trace { guardrail });
                self.trace = trace.or(self.trace.take());
                return Ok(());
            }
            StreamEvent::Unknown | StreamEvent::Delta { delta: BlockDelta::Unknown, .. } => return Ok(()),
            // A late stop: its block ended with the answer.
            StreamEvent::BlockStop { .. } if self.stopped => return Ok(()),
            _ if self.stopped => return Err(StreamError::AfterStop),
            _ => {}
        }
        self.start(emit);
        match event {
            StreamEvent::ToolStart { block, tool_use_id, name, server_side } => {
                self.tool_start(block, &tool_use_id, &name, server_side, emit);
            }
            StreamEvent::ResultStart { block, tool_use_id, kind, status } => {
                self.block_stop(block, emit);
                let (id, kind) = (tool_use_id.into_owned(), kind.map(Cow::into_owned));
                let status = status.map(Cow::into_owned);
                self.server(block, |before| server::result(before, id, kind, status, Vec::new()));
            }
            StreamEvent::ImageStart { block, format } => {
                self.block_stop(block, emit);
                let kind = Kind::Image { format: format.into_owned(), bytes: Vec::new() };
                self.blocks.push(Open { index: block, kind });
            }
            StreamEvent::Delta { block, delta } => self.delta(block, delta, emit)?,
            StreamEvent::BlockStop { block } => self.block_stop(block, emit),
            StreamEvent::MessageStop { stop_reason, fields } => {
                self.reasoning_tokens = fields.as_ref().and_then(|fields| fields.reasoning_tokens());
                let reason = self.restore.finish_reason(finish_reason(&stop_reason, self.tool_calls > 0)?);
                // A recorded stream lacks contentBlockStop: what is open is whole now.
                while let Some(open) = self.blocks.first() {
                    self.block_stop(open.index, emit);
                }
                self.citing.close(None);
                self.stopped = true;
                self.shape(is_the_end(&stop_reason, reason), emit)?;
                if !self.thinking_blocks.is_empty() {
                    let thinking_blocks = Some(&*self.thinking_blocks);
                    // LiteLLM drops a chunk that has no member it looks for.
                    let reasoning_content = Some("");
                    self.emit(Delta { reasoning_content, thinking_blocks, ..Delta::default() }, None, emit);
                }
                self.emit_extras(emit);
                self.emit_end(reason, self.restore.fields(fields).as_ref(), emit);
            }
            StreamEvent::MessageStart | StreamEvent::Metadata { .. } | StreamEvent::Unknown => {}
        }
        Ok(())
    }

    /// Whether nothing more is needed: the upstream may end now.
    pub fn is_whole(&self) -> bool {
        self.stopped && self.counters.is_some()
    }

    /// The upstream has ended in good order: emits the usage chunk if it was asked for.
    ///
    /// # Errors
    /// When the answer is not whole.
    pub fn finish(&mut self, emit: &mut impl FnMut(&Chunk<'_>)) -> Result<(), StreamError> {
        if !self.stopped || (self.include_usage && self.counters.is_none()) {
            return Err(StreamError::Truncated);
        }
        if let Some(counters) = self.counters.filter(|_| self.include_usage) {
            let mut last = self.chunk(None, Some(Some(usage(&counters, self.reasoning_tokens))));
            (last.service_tier, last.trace) = (self.service_tier.as_deref(), self.trace.as_ref());
            emit(&last);
        }
        Ok(())
    }

    fn start(&mut self, emit: &mut impl FnMut(&Chunk<'_>)) {
        if !self.started {
            self.started = true;
            let delta = Delta { role: Some(AssistantRole::Assistant), content: Some(""), ..Delta::default() };
            self.emit(delta, None, emit);
        }
    }

    fn tool_start(
        &mut self,
        block: u32,
        id: &str,
        name: &str,
        server_side: bool,
        emit: &mut impl FnMut(&Chunk<'_>),
    ) {
        // Its stop got lost.
        self.block_stop(block, emit);
        if server_side {
            let (id, name) = (id.to_owned(), name.to_owned());
            return self.server(block, |before| server::call(before, id, name, String::new()));
        }
        if self.restore.is_answer(name) {
            // A second answer would make one text of two documents.
            let first = self.shaped.document.is_none();
            let kind = if first { Kind::Answer } else { Kind::Surplus };
            if first {
                self.shaped.document = Some(String::new());
            }
            self.blocks.push(Open { index: block, kind });
            return;
        }
        let call = self.tool_calls;
        self.tool_calls += 1;
        let Called { name, custom } = self.restore.called(name);
        let text = custom.then(InputText::new);
        self.blocks.push(Open { index: block, kind: Kind::Tool { call, empty: true, text } });
        let (index, id, name) = (call, Some(id), Some(name));
        let function = FunctionDelta { name, arguments: "" };
        match custom {
            _ if self.restore.functions => self.emit_function(call, function, emit),
            true => {
                let custom = Some(CustomDelta { name, input: "" });
                self.emit_call(
                    ToolCallDelta { index, id, kind: Some("custom"), function: None, custom },
                    emit,
                );
            }
            false => {
                let function = Some(function);
                self.emit_call(
                    ToolCallDelta { index, id, kind: Some("function"), function, custom: None },
                    emit,
                );
            }
        }
    }

    fn delta(
        &mut self,
        block: u32,
        delta: BlockDelta<'_>,
        emit: &mut impl FnMut(&Chunk<'_>),
    ) -> Result<(), StreamError> {
        match delta {
            BlockDelta::Citation(citation) => self.citing.cite(block, citation),
            BlockDelta::Image(bytes) => match self.open(block) {
                Some(Kind::Image { bytes: all, .. }) => {
                    BASE64.decode_vec(&*bytes, all).map_err(|_| StreamError::Misfit)?;
                }
                _ => return Err(StreamError::Misfit),
            },
            BlockDelta::ServerResult(mut content) => {
                if let Some(&mut Kind::Server(at)) = self.open(block) {
                    self.server_tools[at].content.append(&mut content.0);
                }
            }
            BlockDelta::Text(text) if self.restore.format.is_some() => self.shaped.text.push_str(&text),
            BlockDelta::Text(text) if !text.is_empty() => {
                self.citing.text(block, &text);
                self.emit(Delta { content: Some(&text), ..Delta::default() }, None, emit);
            }
            BlockDelta::ToolInput(input) if !input.is_empty() => match self.open(block) {
                Some(Kind::Tool { call, empty, text }) => {
                    *empty = false;
                    let (index, piece) = (*call, text.as_mut().map(|text| text.push(&input)));
                    match piece {
                        None => self.emit_arguments(index, &input, emit),
                        Some(piece) => self.emit_input(index, &piece, emit),
                    }
                }
                Some(Kind::Answer) => self.document(&input, emit),
                Some(Kind::Server(at)) => {
                    let entry = *at;
                    if let Some(all) = self.server_tools[entry].input.as_mut() {
                        all.push_str(&input);
                    }
                }
                Some(Kind::Surplus) => {}
                Some(Kind::Reasoning { .. } | Kind::Image { .. }) | None => return Err(StreamError::Misfit),
            },
            BlockDelta::Reasoning(piece) => self.reasoning(block, piece, emit)?,
            BlockDelta::Text(_) | BlockDelta::ToolInput(_) | BlockDelta::Unknown => {}
        }
        Ok(())
    }

    /// A block of Bedrock's own tools begins.
    fn server(&mut self, block: u32, entry: impl FnOnce(usize) -> ServerTool) {
        let at = self.server_tools.len();
        self.server_tools.push(entry(at));
        self.blocks.push(Open { index: block, kind: Kind::Server(at) });
    }

    fn open(&mut self, block: u32) -> Option<&mut Kind> {
        self.blocks.iter_mut().find(|open| open.index == block).map(|open| &mut open.kind)
    }

    fn block_stop(&mut self, block: u32, emit: &mut impl FnMut(&Chunk<'_>)) {
        self.citing.close(Some(block));
        let Some(at) = self.blocks.iter().position(|open| open.index == block) else { return };
        match self.blocks.remove(at).kind {
            Kind::Tool { call, text: Some(text), .. } => self.emit_input(call, &text.finish(), emit),
            Kind::Tool { call, empty: true, text: None } => self.emit_arguments(call, "{}", emit),
            Kind::Answer if self.shaped.document.as_ref().is_some_and(String::is_empty) => {
                self.document("{}", emit);
            }
            Kind::Server(at) => {
                if let Some(input) = self.server_tools[at].input.as_mut().filter(|input| input.is_empty()) {
                    input.push_str("{}");
                }
            }
            Kind::Tool { empty: false, .. } | Kind::Surplus | Kind::Answer => {}
            // Without bytes it could not be made.
            Kind::Image { bytes, .. } if bytes.is_empty() => {}
            Kind::Image { format, bytes } => {
                self.images.push(picture(self.images.len(), &format, &BASE64.encode(bytes)));
            }
            Kind::Reasoning { thinking, signature, redacted } => {
                let index = |blocks: &[ThinkingBlock]| u32::try_from(blocks.len()).unwrap_or(u32::MAX);
                let blocks = &mut self.thinking_blocks;
                if let Some(data) = redacted.map(|data| BASE64.encode(data)) {
                    blocks.push(ThinkingBlock::RedactedThinking { index: index(blocks), data });
                }
                if let Some(signature) = signature {
                    blocks.push(ThinkingBlock::Thinking { index: index(blocks), thinking, signature });
                }
            }
        }
    }
}
