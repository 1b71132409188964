//! The body of `POST /model/{modelId}/converse` and `/converse-stream`.
//!
//! The model id is not in it: it belongs to the path (Bedrock tolerates both, the API reference has one).

use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};

/// A Converse request.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Turns of user and assistant, alternating.
    pub messages: Vec<Message>,
    /// Instructions ahead of the conversation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub system: Vec<SystemBlock>,
    /// Limits and sampling.
    #[serde(skip_serializing_if = "InferenceConfig::is_empty")]
    pub inference_config: InferenceConfig,
    /// What the model may call. Required as soon as the conversation holds a tool block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_config: Option<ToolConfig>,
    /// Parameters in the model's own terms.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub additional_model_request_fields: Map<String, Value>,
}

/// One turn.
#[derive(Debug, Serialize)]
pub struct Message {
    /// Whose turn.
    pub role: Role,
    /// At least one block.
    pub content: Vec<ContentBlock>,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The client's side, tool results included.
    User,
    /// The model.
    Assistant,
}

/// A piece of a turn (a union: one member).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ContentBlock {
    /// Text; the service refuses it when it is blank.
    Text(String),
    /// A call that the model made.
    ToolUse(ToolUseBlock),
    /// What the call gave.
    ToolResult(ToolResult),
    /// What the model thought.
    ReasoningContent(ReasoningContent),
}

/// A system block.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SystemBlock {
    /// Text; the service refuses it when it is blank.
    Text(String),
}

/// A call of a tool.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolUseBlock {
    /// 1–64 of `[a-zA-Z0-9_.:-]`.
    pub tool_use_id: String,
    /// 1–64 of `[a-zA-Z0-9_-]`.
    pub name: String,
    /// A JSON object.
    pub input: Box<RawValue>,
}

/// The result of a tool call.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolResult {
    /// Which call.
    pub tool_use_id: String,
    /// What it gave.
    pub content: Vec<ToolResultBlock>,
}

/// A piece of a tool's result.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ToolResultBlock {
    /// Text, not blank.
    Text(String),
}

/// Reasoning of an earlier turn.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ReasoningContent {
    /// Readable, with the model's signature.
    ReasoningText(ReasoningText),
    /// Encrypted, base64.
    RedactedContent(String),
}

/// Readable reasoning.
#[derive(Serialize)]
pub struct ReasoningText {
    /// The reasoning.
    pub text: String,
    /// The model's proof that the text is its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// `inferenceConfig`.
#[derive(Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InferenceConfig {
    /// At least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// None of them empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop_sequences: Vec<String>,
}

/// `toolConfig`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolConfig {
    /// At least one.
    pub tools: Vec<ToolWrapper>,
    /// Absent means that the model decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
}

/// A tool (a union: one member).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ToolWrapper {
    /// A tool that the client runs.
    ToolSpec(ToolSpec),
}

/// A tool's declaration.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolSpec {
    /// 1–64 of `[a-zA-Z0-9_-]`.
    pub name: String,
    /// At least one character.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What arguments look like.
    pub input_schema: ToolInputSchema,
}

/// The schema of a tool's arguments.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ToolInputSchema {
    /// A JSON schema whose root type is `object`.
    Json(Box<RawValue>),
}

/// `toolConfig.toolChoice`. There is no `none`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ToolChoice {
    /// Any tool, but one.
    Any(Nothing),
    /// This tool.
    Tool(ToolName),
}

/// `{}`.
#[derive(Debug, Serialize)]
pub struct Nothing {}

/// A tool by name.
#[derive(Debug, Serialize)]
pub struct ToolName {
    /// Its name.
    pub name: String,
}

private_debug!(
    Request,
    ContentBlock,
    SystemBlock,
    ToolUseBlock,
    ToolResultBlock,
    ReasoningContent,
    ReasoningText,
    InferenceConfig,
    ToolSpec,
    ToolInputSchema
);

// === impl InferenceConfig ===

impl InferenceConfig {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
