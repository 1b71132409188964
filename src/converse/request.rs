//! The body of `POST /model/{modelId}/converse` and `/converse-stream`.
//!
//! The model id is not in it: it belongs to the path (Bedrock tolerates both, the API reference has one).

use super::{
    media::{Audio, Document, Image, Video},
    object::Object,
};
use crate::text::Text;
use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use std::{borrow::Cow, collections::BTreeMap};

/// A Converse request.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request<'a> {
    /// Turns of user and assistant, alternating.
    pub messages: Vec<Message<'a>>,
    /// Instructions ahead of the conversation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub system: Vec<SystemBlock<'a>>,
    /// Limits and sampling.
    #[serde(skip_serializing_if = "InferenceConfig::is_empty")]
    pub inference_config: InferenceConfig,
    /// What the model may call. Required as soon as the conversation holds a tool block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_config: Option<ToolConfig<'a>>,
    /// The shape of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_config: Option<OutputConfig>,
    /// The guardrail that judges the request and the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guardrail_config: Option<GuardrailConfig>,
    /// Parameters in the model's own terms.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub additional_model_request_fields: Map<String, Value>,
    /// JSON pointers to members of the model's own answer that shall come along; at most 10.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub additional_model_response_field_paths: Vec<String>,
    /// Labels for the invocation log: 1 to 16, keys and values of at most 256 characters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub request_metadata: BTreeMap<String, String>,
    /// How fast.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub performance_config: Option<PerformanceConfig>,
    /// Which class of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_tier: Option<ServiceTier>,
}

/// One turn.
#[derive(Debug, Serialize)]
pub struct Message<'a> {
    /// Whose turn.
    pub role: Role,
    /// At least one block.
    pub content: Vec<ContentBlock<'a>>,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The client's side, tool results included.
    User,
    /// The model.
    Assistant,
    /// Instructions in mid-conversation; few models take it.
    System,
}

/// A piece of a turn (a union: one member).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ContentBlock<'a> {
    /// Text; the service refuses it when it is blank.
    Text(Text<'a>),
    /// A call that the model made.
    ToolUse(ToolUseBlock<'a>),
    /// What the call gave.
    ToolResult(ToolResult<'a>),
    /// What the model thought.
    ReasoningContent(ReasoningContent<'a>),
    /// A picture.
    Image(Image<'a>),
    /// A document; needs a text beside it.
    Document(Document<'a>),
    /// A film.
    Video(Video<'a>),
    /// Sound.
    Audio(Audio<'a>),
    /// The prompt up to here shall be cached.
    CachePoint(CachePoint),
}

/// A system block.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SystemBlock<'a> {
    /// Text; the service refuses it when it is blank.
    Text(Text<'a>),
    /// The prompt up to here shall be cached.
    CachePoint(CachePoint),
}

/// A call of a tool.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolUseBlock<'a> {
    /// 1–64 of `[a-zA-Z0-9_.:-]`.
    pub tool_use_id: Cow<'a, str>,
    /// 1–64 of `[a-zA-Z0-9_-]`.
    pub name: Cow<'a, str>,
    /// A JSON object.
    pub input: Object<'a>,
}

/// The result of a tool call.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolResult<'a> {
    /// Which call.
    pub tool_use_id: Cow<'a, str>,
    /// What it gave.
    pub content: Vec<ToolResultBlock<'a>>,
    /// Whether the tool failed; few models take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<ToolResultStatus>,
}

/// How a tool call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ToolResultStatus {
    /// It failed.
    Error,
}

/// A piece of a tool's result.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ToolResultBlock<'a> {
    /// Text, not blank.
    Text(Text<'a>),
    /// A picture.
    Image(Image<'a>),
    /// A document.
    Document(Document<'a>),
    /// A film.
    Video(Video<'a>),
}

/// Reasoning of an earlier turn.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ReasoningContent<'a> {
    /// Readable, with the model's signature.
    ReasoningText(ReasoningText<'a>),
    /// Encrypted, base64.
    RedactedContent(Text<'a>),
}

/// Readable reasoning.
#[derive(Serialize)]
pub struct ReasoningText<'a> {
    /// The reasoning.
    pub text: Text<'a>,
    /// The model's proof that the text is its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<Text<'a>>,
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
pub struct ToolConfig<'a> {
    /// At least one.
    pub tools: Vec<ToolWrapper<'a>>,
    /// Absent means that the model decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
}

/// A tool (a union: one member).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ToolWrapper<'a> {
    /// A tool that the client runs.
    ToolSpec(ToolSpec<'a>),
    /// A tool that Bedrock runs.
    SystemTool(ToolName),
    /// The prompt up to here shall be cached.
    CachePoint(CachePoint),
}

/// A tool's declaration.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolSpec<'a> {
    /// 1–64 of `[a-zA-Z0-9_-]`.
    pub name: Cow<'a, str>,
    /// At least one character.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text<'a>>,
    /// What arguments look like.
    pub input_schema: ToolInputSchema<'a>,
    /// Whether arguments must match the schema exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
}

/// The schema of a tool's arguments.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ToolInputSchema<'a> {
    /// A JSON schema whose root type is `object`.
    Json(Cow<'a, RawValue>),
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

/// A mark up to which the prompt shall be cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CachePoint {
    /// Always `default`.
    #[serde(rename = "type")]
    pub kind: CachePointKind,
    /// How long; five minutes when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<CacheTtl>,
}

/// The only kind of cache point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CachePointKind {
    /// `default`.
    #[default]
    Default,
}

/// How long a prompt is cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum CacheTtl {
    /// Five minutes.
    #[serde(rename = "5m")]
    FiveMinutes,
    /// An hour.
    #[serde(rename = "1h")]
    OneHour,
}

/// `outputConfig`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutputConfig {
    /// The shape of the answer's text.
    pub text_format: TextFormat,
}

/// `outputConfig.textFormat`: a JSON schema.
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "type", content = "structure")]
pub enum TextFormat {
    /// The text is a JSON document of this schema.
    JsonSchema(JsonSchemaStructure),
}

/// `structure` (a union: one member).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum JsonSchemaStructure {
    /// A schema.
    JsonSchema(JsonSchema),
}

/// A JSON schema, as text.
#[derive(Serialize)]
pub struct JsonSchema {
    /// The schema as the text of a JSON object.
    pub schema: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// `guardrailConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GuardrailConfig {
    /// Its id or ARN.
    pub guardrail_identifier: String,
    /// `DRAFT`, or a number.
    pub guardrail_version: String,
    /// `enabled`, `disabled` or `enabled_full`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// `sync` or `async`; streams only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_processing_mode: Option<String>,
}

/// `performanceConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PerformanceConfig {
    /// `standard` or `optimized`.
    pub latency: String,
}

/// `serviceTier`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceTier {
    /// `priority`, `default`, `flex` or `reserved`.
    #[serde(rename = "type")]
    pub kind: String,
}

private_debug!(
    OutputConfig,
    TextFormat,
    JsonSchemaStructure,
    JsonSchema,
    Request<'a>,
    ContentBlock<'a>,
    SystemBlock<'a>,
    ToolUseBlock<'a>,
    ToolResultBlock<'a>,
    ReasoningContent<'a>,
    ReasoningText<'a>,
    InferenceConfig,
    ToolSpec<'a>,
    ToolInputSchema<'a>
);

// === impl InferenceConfig ===

impl InferenceConfig {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
