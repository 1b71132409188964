//! The least translation there can be: owned strings, no checks, nothing but messages, tools and text.

mod chat;
mod converse;

pub(super) use chat::ChatRequest;

use aws_smithy_eventstream::frame::read_message_from;
use bytes::{Bytes, BytesMut};
use chat::{Call, Content, Message};
use converse::{Answer, Block, Event};
use serde_json::{Value, json};

const ID: &str = "chatcmpl-floor";

/// A streamed answer on its way.
pub(super) struct Stream {
    model: String,
    /// What has come of a frame.
    partial: BytesMut,
}

pub(super) fn request(request: ChatRequest) -> converse::Request {
    let (mut system, mut messages) = (Vec::new(), Vec::<converse::Message>::new());
    for message in request.messages {
        let (role, blocks) = match message.role.as_str() {
            "system" => {
                system.extend(texts(message.content));
                continue;
            }
            "tool" => ("user", vec![result(message)]),
            "assistant" => ("assistant", turn(message)),
            _ => ("user", texts(message.content).collect()),
        };
        match messages.last_mut() {
            Some(last) if last.role == role => last.content.extend(blocks),
            _ => messages.push(converse::Message { role: role.to_owned(), content: blocks }),
        }
    }
    converse::Request {
        system,
        messages,
        inference_config: converse::Inference {
            max_tokens: request.max_completion_tokens.or(request.max_tokens),
            temperature: request.temperature,
        },
        tool_config: (!request.tools.is_empty()).then(|| converse::Tools::of(request.tools)),
    }
}

fn texts(content: Option<Content>) -> impl Iterator<Item = Block> {
    let parts = match content {
        None => Vec::new(),
        Some(Content::Text(text)) => vec![text],
        Some(Content::Parts(parts)) => parts.into_iter().map(|part| part.text).collect(),
    };
    parts.into_iter().map(Block::Text)
}

fn turn(message: Message) -> Vec<Block> {
    let used = |call: Call| Block::ToolUse {
        tool_use_id: call.id,
        name: call.function.name,
        input: serde_json::from_str(&call.function.arguments).unwrap(),
    };
    texts(message.content).chain(message.tool_calls.into_iter().map(used)).collect()
}

fn result(message: Message) -> Block {
    Block::ToolResult {
        tool_use_id: message.tool_call_id.unwrap_or_default(),
        content: texts(message.content).collect(),
    }
}

pub(super) fn answer(answer: Answer, model: String) -> Value {
    let (mut content, mut calls) = (String::new(), Vec::new());
    for block in answer.output.message.content {
        match block {
            Block::Text(text) => content.push_str(&text),
            Block::ToolUse { tool_use_id, name, input } => calls.push(json!({
                "id": tool_use_id, "type": "function",
                "function": {"name": name, "arguments": input.to_string()},
            })),
            Block::ToolResult { .. } => {}
        }
    }
    let mut message = json!({"role": "assistant", "content": content});
    if !calls.is_empty() {
        message["tool_calls"] = Value::Array(calls);
    }
    json!({
        "id": ID, "object": "chat.completion", "created": 0, "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish(&answer.stop_reason)}],
        "usage": {
            "prompt_tokens": answer.usage.input_tokens,
            "completion_tokens": answer.usage.output_tokens,
            "total_tokens": answer.usage.total_tokens,
        },
    })
}

fn finish(stop_reason: &str) -> &'static str {
    match stop_reason {
        "tool_use" => "tool_calls",
        "max_tokens" => "length",
        _ => "stop",
    }
}

// === impl Stream ===

impl Stream {
    pub(super) fn new(model: String) -> Self {
        Self { model, partial: BytesMut::new() }
    }

    /// The lines for the frames that `data` completes.
    pub(super) fn translate(&mut self, data: &[u8]) -> Bytes {
        self.partial.extend_from_slice(data);
        let mut lines = String::new();
        while let Some(length) = self.partial.first_chunk() {
            let length = u32::from_be_bytes(*length) as usize;
            if self.partial.len() < length {
                break;
            }
            let frame = self.partial.split_to(length).freeze();
            let message = read_message_from(frame).unwrap();
            let name =
                message.headers().iter().find(|header| header.name().as_str() == ":event-type").unwrap();
            let name = name.value().as_string().unwrap().as_str().to_owned();
            self.event(&name, message.payload(), &mut lines);
        }
        lines.into()
    }

    fn event(&self, name: &str, payload: &[u8], lines: &mut String) {
        let event: Event = serde_json::from_slice(payload).unwrap();
        let (delta, finish_reason) = match name {
            "messageStart" => (json!({"role": "assistant", "content": ""}), None),
            "contentBlockStart" => match event.start.and_then(|start| start.tool_use) {
                Some(tool) => (
                    json!({"tool_calls": [{
                        "index": event.content_block_index, "id": tool.tool_use_id, "type": "function",
                        "function": {"name": tool.name, "arguments": ""},
                    }]}),
                    None,
                ),
                None => return,
            },
            "contentBlockDelta" => match event.delta {
                Some(converse::Delta { text: Some(text), .. }) => (json!({"content": text}), None),
                Some(converse::Delta { tool_use: Some(part), .. }) => (
                    json!({"tool_calls": [{
                        "index": event.content_block_index, "function": {"arguments": part.input},
                    }]}),
                    None,
                ),
                _ => return,
            },
            "messageStop" => (json!({}), event.stop_reason.as_deref().map(finish)),
            _ => return,
        };
        let chunk = json!({
            "id": ID, "object": "chat.completion.chunk", "created": 0, "model": self.model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
        });
        lines.push_str(&format!("data: {chunk}\n\n"));
        if finish_reason.is_some() {
            lines.push_str("data: [DONE]\n\n");
        }
    }
}
