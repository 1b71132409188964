//! A whole answer: `chat.completion`.

use super::citation::{Annotation, ImageOutput, ServerTool, SourceCitation};
use serde::Serialize;
use serde_json::Value;

/// The body of a successful call without `stream`.
#[derive(Debug, Clone, Serialize)]
pub struct ChatCompletion {
    /// `chatcmpl-…`, one per answer.
    pub id: String,
    /// Always `chat.completion`.
    pub object: &'static str,
    /// Unix seconds at which the request arrived.
    pub created: u64,
    /// The name that the client asked for.
    pub model: String,
    /// Always one choice: Converse gives one answer.
    pub choices: [Choice; 1],
    /// Tokens used.
    pub usage: Usage,
    /// The class of service that the call had, when the client chose one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_tier: Option<String>,
    /// What the guardrail found, when its trace is on: `{guardrail}`, as Bedrock has it (an extension).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
    /// The members of the model's own answer that the client asked for (an extension).
    #[serde(rename = "additionalModelResponseFields", skip_serializing_if = "Option::is_none")]
    pub response_fields: Option<ResponseFields>,
}

/// Members of the model's own answer, in its own terms.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ResponseFields(pub Value);

/// How the answer came about.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// What the guardrail found.
    pub guardrail: Value,
}

/// The answer.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// Always 0.
    pub index: u32,
    /// What the model said.
    pub message: AssistantMessage,
    /// Always null: Converse gives no log probabilities.
    pub logprobs: Option<()>,
    /// Why it stopped.
    pub finish_reason: FinishReason,
}

/// The model's turn.
#[derive(Clone, Default, Serialize)]
pub struct AssistantMessage {
    /// Always `assistant`.
    pub role: AssistantRole,
    /// All text blocks in order; null when there are only tool calls.
    pub content: Option<String>,
    /// Always null: what a guardrail says in place of an answer stays in `content`.
    pub refusal: Option<()>,
    /// The model's reasoning, where it is readable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<String>,
    /// Signed or encrypted reasoning, to be sent back unchanged on the next turn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thinking_blocks: Vec<ThinkingBlock>,
    /// Sources on the web.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<Annotation>,
    /// Other sources (an extension).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<SourceCitation>,
    /// Pictures (an extension).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImageOutput>,
    /// The tools that Bedrock ran itself, and what they gave (an extension).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub server_tools: Vec<ServerTool>,
    /// The calls that the client is asked to run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// The deprecated form of one call, for clients that declared `functions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_call: Option<FunctionCall>,
}

/// The only role of an answer.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AssistantRole {
    /// `assistant`.
    #[default]
    Assistant,
}

/// A call of one of the client's tools.
#[derive(Debug, Clone, Serialize)]
pub struct ToolCall {
    /// Bedrock's `toolUseId`.
    pub id: String,
    /// `function` or `custom`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Which function, with what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<FunctionCall>,
    /// Which custom tool, with what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom: Option<CustomCall>,
}

/// A function's name and arguments.
#[derive(Clone, Serialize)]
pub struct FunctionCall {
    /// The name that the client declared.
    pub name: String,
    /// A JSON object, as text.
    pub arguments: String,
}

/// A custom tool's name and input.
#[derive(Clone, Serialize)]
pub struct CustomCall {
    /// The name that the client declared.
    pub name: String,
    /// Any text.
    pub input: String,
}

/// Reasoning that must come back unchanged: `{type: thinking, thinking, signature}` or
/// `{type: redacted_thinking, data}`.
///
/// The shape is the one that LiteLLM's and Anthropic's clients replay. `index` keeps the Python SDK's stream
/// helper from raising on a second list delta, and tells several blocks apart.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ThinkingBlock {
    /// Readable reasoning with its signature.
    Thinking {
        /// Position among the blocks of one answer.
        index: u32,
        /// The reasoning; may be empty where the model shows none.
        thinking: String,
        /// The model's proof that the text is its own.
        signature: String,
    },
    /// Encrypted reasoning, base64.
    RedactedThinking {
        /// Position among the blocks of one answer.
        index: u32,
        /// Opaque.
        data: String,
    },
}

/// Why the model stopped (OpenAI's enum).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// It was done, or met a stop sequence.
    Stop,
    /// It ran out of tokens.
    Length,
    /// It waits for tool results.
    ToolCalls,
    /// The same, for clients that declared the deprecated `functions`.
    FunctionCall,
    /// A guardrail or the model's own filter ended it.
    ContentFilter,
}

/// Tokens used by one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// All input tokens, the cached ones included.
    pub prompt_tokens: u64,
    /// All output tokens, reasoning included.
    pub completion_tokens: u64,
    /// Input and output.
    pub total_tokens: u64,
    /// What of the input came from, or went into, the prompt cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_tokens_details: Option<PromptTokensDetails>,
    /// What of the output was not the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_tokens_details: Option<CompletionTokensDetails>,
}

/// Counters of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CompletionTokensDetails {
    /// Output tokens that were reasoning.
    pub reasoning_tokens: u64,
}

/// Cache counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PromptTokensDetails {
    /// Input tokens read from the cache.
    pub cached_tokens: u64,
    /// Input tokens written into the cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write_tokens: Option<u64>,
    /// The same by how long they are kept (an extension).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write_tokens_details: Option<CacheWriteTokensDetails>,
}

/// Tokens written into the prompt cache, by how long they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CacheWriteTokensDetails {
    /// For five minutes.
    #[serde(rename = "5m")]
    pub five_minutes: u64,
    /// For an hour.
    #[serde(rename = "1h")]
    pub one_hour: u64,
}

private_debug!(Trace, ResponseFields, AssistantMessage, FunctionCall, CustomCall, ThinkingBlock);
