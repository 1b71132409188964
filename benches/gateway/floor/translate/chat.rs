//! Chat Completions, as much of it as the floor knows.

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub(crate) struct ChatRequest {
    pub(crate) model: String,
    pub(super) messages: Vec<Message>,
    #[serde(default)]
    pub(super) tools: Vec<Tool>,
    pub(super) max_tokens: Option<u32>,
    pub(super) max_completion_tokens: Option<u32>,
    pub(super) temperature: Option<f64>,
    #[serde(default)]
    pub(crate) stream: bool,
}

#[derive(Deserialize)]
pub(super) struct Message {
    pub(super) role: String,
    pub(super) content: Option<Content>,
    #[serde(default)]
    pub(super) tool_calls: Vec<Call>,
    pub(super) tool_call_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
pub(super) struct Part {
    pub(super) text: String,
}

#[derive(Deserialize)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) function: CalledFunction,
}

#[derive(Deserialize)]
pub(super) struct CalledFunction {
    pub(super) name: String,
    pub(super) arguments: String,
}

#[derive(Deserialize)]
pub(super) struct Tool {
    pub(super) function: Function,
}

#[derive(Deserialize)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) parameters: Value,
}
