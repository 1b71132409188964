//! Converse, as much of it as the floor knows.

use super::chat::Tool;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) system: Vec<Block>,
    pub(super) messages: Vec<Message>,
    pub(super) inference_config: Inference,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_config: Option<Tools>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) role: String,
    pub(super) content: Vec<Block>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Block {
    Text(String),
    ToolUse { tool_use_id: String, name: String, input: Value },
    ToolResult { tool_use_id: String, content: Vec<Block> },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Inference {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) temperature: Option<f64>,
}

#[derive(Serialize)]
pub(super) struct Tools {
    tools: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    pub(super) output: Output,
    pub(super) stop_reason: String,
    pub(super) usage: Usage,
}

#[derive(Deserialize)]
pub(super) struct Output {
    pub(super) message: Message,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Usage {
    pub(super) input_tokens: u32,
    pub(super) output_tokens: u32,
    pub(super) total_tokens: u32,
}

/// All events in one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    #[serde(default)]
    pub(super) content_block_index: u32,
    pub(super) start: Option<Start>,
    pub(super) delta: Option<Delta>,
    pub(super) stop_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Start {
    pub(super) tool_use: Option<ToolStart>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ToolStart {
    pub(super) tool_use_id: String,
    pub(super) name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delta {
    pub(super) text: Option<String>,
    pub(super) tool_use: Option<ToolDelta>,
}

#[derive(Deserialize)]
pub(super) struct ToolDelta {
    pub(super) input: String,
}

// === impl Tools ===

impl Tools {
    pub(super) fn of(tools: Vec<Tool>) -> Self {
        let spec = |Tool { function }: Tool| {
            let description = function.description.unwrap_or_default();
            let schema = json!({"json": function.parameters});
            json!({"toolSpec": {"name": function.name, "description": description, "inputSchema": schema}})
        };
        Self { tools: tools.into_iter().map(spec).collect() }
    }
}
