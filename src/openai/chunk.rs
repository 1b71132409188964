//! A piece of a streamed answer: `chat.completion.chunk`.
//!
//! Everything is borrowed: a chunk lives only until it is written.

use super::{
    citation::{Annotation, ImageOutput, ServerTool, SourceCitation},
    completion::{AssistantRole, FinishReason, ResponseFields, ThinkingBlock, Trace, Usage},
};
use serde::{Serialize, Serializer, ser::SerializeSeq};

/// One `data:` line.
#[derive(Debug, Serialize)]
pub struct Chunk<'a> {
    /// The same in all chunks of an answer.
    pub id: &'a str,
    /// Always `chat.completion.chunk`.
    pub object: &'static str,
    /// Unix seconds, the same in all chunks of an answer.
    pub created: u64,
    /// The name that the client asked for.
    pub model: &'a str,
    /// One choice, or none on the usage chunk.
    #[serde(serialize_with = "zero_or_one")]
    pub choices: Option<ChunkChoice<'a>>,
    /// Absent unless the client asked for usage; then null on all chunks but the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Option<Usage>>,
    /// On the usage chunk, when the client chose a class of service: the one that the call had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_tier: Option<&'a str>,
    /// On the usage chunk, when the guardrail's trace is on (an extension).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<&'a Trace>,
    /// On the chunk that ends the answer: the members of the model's own answer that the client asked for (an
    /// extension).
    #[serde(rename = "additionalModelResponseFields", skip_serializing_if = "Option::is_none")]
    pub response_fields: Option<&'a ResponseFields>,
}

/// What one chunk adds.
#[derive(Debug, Serialize)]
pub struct ChunkChoice<'a> {
    /// Always 0.
    pub index: u32,
    /// What is new.
    pub delta: Delta<'a>,
    /// Always null.
    pub logprobs: Option<()>,
    /// Set on exactly one chunk, the one that ends the answer.
    pub finish_reason: Option<FinishReason>,
}

/// What is new since the chunk before.
#[derive(Default, Serialize)]
pub struct Delta<'a> {
    /// On the first chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<AssistantRole>,
    /// Text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<&'a str>,
    /// Readable reasoning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<&'a str>,
    /// All signed or encrypted reasoning of the answer, on one chunk near its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thinking_blocks: Option<&'a [ThinkingBlock]>,
    /// Sources on the web, all of them ahead of the end.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub annotations: &'a [Annotation],
    /// Other sources, likewise (an extension).
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub citations: &'a [SourceCitation],
    /// Pictures, likewise (an extension).
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub images: &'a [ImageOutput],
    /// The tools that Bedrock ran itself, likewise (an extension).
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub server_tools: &'a [ServerTool],
    /// A tool call's start or a piece of its arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_calls: Option<[ToolCallDelta<'a>; 1]>,
    /// The same in the deprecated form, for clients that declared `functions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_call: Option<FunctionDelta<'a>>,
}

/// The start of a tool call (with `id`, `type` and `name`) or a piece of its arguments (without: the Python
/// SDK's helper concatenates repeated strings).
#[derive(Debug, Serialize)]
pub struct ToolCallDelta<'a> {
    /// Counts the client's tool calls from 0, without gaps.
    pub index: u32,
    /// Bedrock's `toolUseId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
    /// `function` or `custom`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// Name or arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<FunctionDelta<'a>>,
    /// Name or input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom: Option<CustomDelta<'a>>,
}

/// A custom tool's name (on the start) and the next piece of its input.
#[derive(Serialize)]
pub struct CustomDelta<'a> {
    /// The name that the client declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// A piece of text.
    pub input: &'a str,
}

/// A function's name (on the start) and the next piece of its arguments.
#[derive(Serialize)]
pub struct FunctionDelta<'a> {
    /// The name that the client declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// A piece of a JSON object's text.
    pub arguments: &'a str,
}

fn zero_or_one<S: Serializer>(choice: &Option<ChunkChoice<'_>>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(usize::from(choice.is_some())))?;
    if let Some(choice) = choice {
        list.serialize_element(choice)?;
    }
    list.end()
}

private_debug!(Delta<'a>, FunctionDelta<'a>, CustomDelta<'a>);
