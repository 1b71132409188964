//! The content of a scripted answer, and the events and the JSON body that it stands for.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::tokens;
use super::Script;

/// One content block of the answer.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Block {
    /// Text, one delta per chunk.
    Text {
        /// The deltas; an empty one is sent too, as Bedrock does.
        chunks: Vec<String>,
    },
    /// Reasoning text, one delta per chunk.
    Reasoning {
        /// The deltas.
        chunks: Vec<String>,
        /// Comes in a delta of its own after the text.
        #[serde(default)]
        signature: Option<String>,
    },
    /// Reasoning that only the provider can read.
    Redacted {
        /// The blob, in base64.
        data_base64: String,
    },
    /// A tool call.
    ToolUse {
        /// `toolUseId`.
        id: String,
        /// The tool's name.
        name: String,
        /// The deltas, joined the JSON text of the input; none at all for a call without arguments.
        fragments: Vec<String>,
    },
    /// A call of a tool that runs on the server.
    ServerToolUse {
        /// `toolUseId`.
        id: String,
        /// The tool's name, e.g. `nova_grounding`.
        name: String,
        /// The deltas, joined the JSON text of the input.
        fragments: Vec<String>,
    },
    /// What a tool that ran on the server gave.
    ServerToolResult {
        /// `toolUseId` of the call.
        id: String,
        /// `type`, e.g. `nova_grounding_result`.
        kind: String,
        /// The text of the result.
        text: String,
    },
    /// Text with the sources it rests on.
    Citations {
        /// The deltas of the text.
        chunks: Vec<String>,
        /// The sources, each as it goes on the wire.
        citations: Vec<Value>,
    },
}

/// One frame of a stream.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// `:message-type: event`. Known or unknown, it is sent as it stands, with padding added.
    Event {
        /// `:event-type`, e.g. `contentBlockDelta`.
        kind: String,
        /// The JSON payload.
        payload: Value,
    },
    /// `:message-type: exception`.
    Exception {
        /// `:exception-type`, e.g. `throttlingException`.
        kind: String,
        /// The JSON payload, e.g. `{"message": "…"}`.
        payload: Value,
    },
    /// `:message-type: error`, which has no payload.
    Error {
        /// `:error-code`.
        code: String,
        /// `:error-message`.
        message: String,
    },
    /// Bytes that need not be a frame.
    Bytes {
        /// The bytes, in base64.
        base64: String,
    },
}

// === impl Event ===

impl Event {
    /// A modelled event, e.g. `Event::new("messageStop", json!({"stopReason": "end_turn"}))`.
    pub fn new(kind: impl Into<String>, payload: Value) -> Self {
        Self::Event { kind: kind.into(), payload }
    }

    /// A text delta of block `index`.
    pub fn text(index: usize, text: impl Into<String>) -> Self {
        delta(index, json!({"text": text.into()}))
    }

    /// The start of a tool call as block `index`.
    pub fn tool_start(index: usize, id: &str, name: &str) -> Self {
        let start = json!({"toolUse": {"toolUseId": id, "name": name}});
        Self::new("contentBlockStart", json!({"contentBlockIndex": index, "start": start}))
    }

    /// A piece of the input of the tool call that is block `index`.
    pub fn tool_input(index: usize, fragment: impl Into<String>) -> Self {
        delta(index, json!({"toolUse": {"input": fragment.into()}}))
    }

    /// The end of block `index`.
    pub fn block_stop(index: usize) -> Self {
        Self::new("contentBlockStop", json!({"contentBlockIndex": index}))
    }
}

fn delta(index: usize, delta: Value) -> Event {
    Event::new("contentBlockDelta", json!({"contentBlockIndex": index, "delta": delta}))
}

/// messageStart, the blocks, messageStop, metadata: the order of the Converse page of the user guide.
pub(super) fn events(script: &Script) -> Vec<Event> {
    let mut events = vec![Event::new("messageStart", json!({"role": "assistant"}))];
    for (index, block) in script.blocks.iter().enumerate() {
        if let Some(start) = start(block) {
            let start = json!({"contentBlockIndex": index, "start": start});
            events.push(Event::new("contentBlockStart", start));
        }
        events.extend(deltas(block).into_iter().map(|value| delta(index, value)));
        events.push(Event::block_stop(index));
    }
    let mut stop = json!({"stopReason": stop_reason(script)});
    if let Some(fields) = &script.additional_fields {
        stop["additionalModelResponseFields"] = fields.clone();
    }
    events.push(Event::new("messageStop", stop));
    let mut metadata = json!({"usage": usage(script), "metrics": {"latencyMs": latency_ms(script)}});
    extend(&mut metadata, script.metadata.as_ref());
    events.push(Event::new("metadata", metadata));
    events
}

/// What a block begins with; text and reasoning begin with their first delta.
fn start(block: &Block) -> Option<Value> {
    match block {
        Block::ToolUse { id, name, .. } => Some(json!({"toolUse": {"toolUseId": id, "name": name}})),
        Block::ServerToolUse { id, name, .. } => {
            Some(json!({"toolUse": {"toolUseId": id, "name": name, "type": "server_tool_use"}}))
        }
        Block::ServerToolResult { id, kind, .. } => {
            Some(json!({"toolResult": {"toolUseId": id, "type": kind, "status": "success"}}))
        }
        _ => None,
    }
}

fn deltas(block: &Block) -> Vec<Value> {
    match block {
        Block::Text { chunks } => chunks.iter().map(|text| json!({"text": text})).collect(),
        Block::Reasoning { chunks, signature } => {
            let text = chunks.iter().map(|text| json!({"reasoningContent": {"text": text}}));
            let signature = signature.iter().map(|s| json!({"reasoningContent": {"signature": s}}));
            text.chain(signature).collect()
        }
        Block::Redacted { data_base64 } => {
            vec![json!({"reasoningContent": {"redactedContent": data_base64}})]
        }
        Block::ServerToolResult { text, .. } => vec![json!({"toolResult": [{"text": text}]})],
        Block::ToolUse { fragments, .. } | Block::ServerToolUse { fragments, .. } => {
            fragments.iter().map(|input| json!({"toolUse": {"input": input}})).collect()
        }
        Block::Citations { chunks, citations } => {
            let text = chunks.iter().map(|text| json!({"text": text}));
            text.chain(citations.iter().map(|citation| json!({"citation": citation}))).collect()
        }
    }
}

/// The body of a Converse answer.
pub(super) fn answer(script: &Script) -> Value {
    let content: Vec<Value> = script.blocks.iter().map(whole).collect();
    let mut answer = json!({
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop_reason(script),
        "usage": usage(script),
        "metrics": {"latencyMs": latency_ms(script)},
    });
    if let Some(fields) = &script.additional_fields {
        answer["additionalModelResponseFields"] = fields.clone();
    }
    extend(&mut answer, script.metadata.as_ref());
    answer
}

fn extend(target: &mut Value, more: Option<&Value>) {
    if let (Value::Object(target), Some(Value::Object(more))) = (target, more) {
        target.extend(more.clone());
    }
}

fn whole(block: &Block) -> Value {
    match block {
        Block::Text { chunks } => json!({"text": chunks.concat()}),
        Block::Reasoning { chunks, signature } => {
            let mut text = json!({"text": chunks.concat()});
            if let Some(signature) = signature {
                text["signature"] = signature.as_str().into();
            }
            json!({"reasoningContent": {"reasoningText": text}})
        }
        Block::Redacted { data_base64 } => json!({"reasoningContent": {"redactedContent": data_base64}}),
        Block::ToolUse { id, name, fragments } => {
            json!({"toolUse": {"toolUseId": id, "name": name, "input": input(fragments)}})
        }
        Block::ServerToolUse { id, name, fragments } => {
            let call =
                json!({"toolUseId": id, "name": name, "input": input(fragments), "type": "server_tool_use"});
            json!({"toolUse": call})
        }
        Block::ServerToolResult { id, kind, text } => {
            let content = json!([{"text": text}]);
            json!({"toolResult": {"toolUseId": id, "type": kind, "status": "success", "content": content}})
        }
        Block::Citations { chunks, citations } => {
            json!({"citationsContent": {"content": [{"text": chunks.concat()}], "citations": citations}})
        }
    }
}

/// A whole answer cannot carry half of a JSON text, so a truncated input is an empty one.
fn input(fragments: &[String]) -> Value {
    serde_json::from_str(&fragments.concat()).unwrap_or_else(|_| json!({}))
}

fn stop_reason(script: &Script) -> &str {
    let calls = || script.blocks.iter().any(|block| matches!(block, Block::ToolUse { .. }));
    match &script.stop_reason {
        Some(reason) => reason,
        None if calls() => "tool_use",
        None => "end_turn",
    }
}

fn usage(script: &Script) -> Value {
    script.usage.clone().unwrap_or_else(|| {
        let output: u64 = script.blocks.iter().map(|block| tokens::of_json(&whole(block))).sum();
        json!({"inputTokens": 10, "outputTokens": output, "totalTokens": 10 + output})
    })
}

/// What the script says about time, so that equal scripts give equal answers.
fn latency_ms(script: &Script) -> u64 {
    script.head_delay_ms.saturating_add(script.first_event_delay_ms).max(1)
}
