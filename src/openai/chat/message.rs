//! Messages and their parts.

use super::{
    CacheBreakpoint, CacheControl, Rest,
    media::{Citations, FileObject, InputAudio, MediaSource, MediaUrl},
    string_or,
};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, IntoDeserializer},
};
use serde_json::Value;
use std::borrow::Cow;

/// One message. Which members make sense depends on the role; the translation checks that.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: Option<Content>,
    /// A participant's name; Converse has no place for it.
    pub name: Option<String>,
    /// The assistant's calls.
    pub tool_calls: Option<Vec<AssistantToolCall>>,
    /// Which call a tool message answers.
    pub tool_call_id: Option<String>,
    /// The call that a tool message answers has failed (Anthropic's word, an extension).
    pub is_error: Option<bool>,
    /// What the assistant said in place of an answer.
    pub refusal: Option<String>,
    /// Reasoning of an earlier turn, without proof of origin.
    pub reasoning_content: Option<String>,
    /// The same in OpenRouter's and vLLM's spelling.
    pub reasoning: Option<String>,
    /// The proof of origin of `reasoning_content` (agentgateway's dialect).
    pub reasoning_signature: Option<String>,
    /// Reasoning of an earlier turn in OpenRouter's dialect.
    pub reasoning_details: Option<Vec<ReasoningDetail>>,
    /// Signed or encrypted reasoning of an earlier turn.
    pub thinking_blocks: Option<Vec<ReplayedThinking>>,
    /// LiteLLM's place for what OpenAI has no member for; may hold `thinking_blocks`.
    pub provider_specific_fields: Option<Value>,
    /// The deprecated form of one tool call.
    pub function_call: Option<Box<FunctionText>>,
    /// A reference to spoken output of an earlier turn.
    pub audio: Option<IgnoredAny>,
    /// Anthropic's mark that the prompt up to here shall be cached (an extension).
    pub cache_control: Option<Box<CacheControl>>,
    /// Citations of an earlier turn, which clients send back with the rest of the message.
    pub annotations: Option<IgnoredAny>,
    /// The same for sources that are not on the web (an extension).
    pub citations: Option<IgnoredAny>,
    /// Pictures of an earlier turn, which clients send back likewise (an extension).
    pub images: Option<IgnoredAny>,
    /// The tools that Bedrock ran in an earlier turn, which clients send back likewise (an extension).
    pub server_tools: Option<IgnoredAny>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", remote = "Self")]
pub enum Role {
    /// Instructions.
    System,
    /// Instructions, OpenAI's newer word.
    Developer,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The result of a tool call.
    Tool,
    /// The result of a function call (deprecated).
    Function,
}

/// A string, or parts.
pub enum Content {
    /// Plain text.
    Text(String),
    /// Parts of several kinds.
    Parts(Vec<Part>),
}

/// One part of a message.
#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
pub struct Part {
    /// `text`, `refusal`, `image_url`, `input_audio`, `file`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The text of a `text` part.
    pub text: Option<String>,
    /// The text of a `refusal` part.
    pub refusal: Option<String>,
    /// The picture of an `image_url` part.
    pub image_url: Option<Box<MediaUrl>>,
    /// The film of a `video_url` part (an extension).
    pub video_url: Option<Box<MediaUrl>>,
    /// The sound of an `input_audio` part.
    pub input_audio: Option<Box<InputAudio>>,
    /// The file of a `file` part.
    pub file: Option<Box<FileObject>>,
    /// The medium of an `image` or `document` part (Anthropic's words, an extension).
    pub source: Option<Box<MediaSource>>,
    /// The name of the document of a `document` part (an extension).
    pub title: Option<String>,
    /// Whether the answer shall cite the document of this part (an extension).
    pub citations: Option<Box<Citations>>,
    /// Anthropic's mark that the prompt up to here shall be cached (an extension).
    pub cache_control: Option<Box<CacheControl>>,
    /// OpenAI's mark of the same.
    pub prompt_cache_breakpoint: Option<Box<CacheBreakpoint>>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A call that the assistant made in an earlier turn.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct AssistantToolCall {
    /// Ties the call to its result.
    pub id: String,
    /// `function` or `custom`; some clients leave it out.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The function's name and arguments.
    pub function: Option<FunctionText>,
    /// The custom tool's name and input.
    pub custom: Option<Box<CustomText>>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A function's name, and its arguments as JSON text.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct FunctionText {
    /// The name that the client declared.
    pub name: String,
    /// A JSON object as text; empty, null or absent for a call without arguments.
    pub arguments: Option<String>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A custom tool's name and its input.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct CustomText {
    /// The name that the client declared.
    pub name: String,
    /// Any text.
    pub input: String,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A [`ThinkingBlock`](crate::openai::completion::ThinkingBlock) that comes back.
#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
pub struct ReplayedThinking {
    /// `thinking` or `redacted_thinking`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The reasoning of a `thinking` block; may be empty where the model shows none.
    pub thinking: Option<String>,
    /// The proof of a `thinking` block that the text is the model's own.
    pub signature: Option<String>,
    /// The content of a `redacted_thinking` block, base64.
    pub data: Option<String>,
    /// Position among the blocks of one answer, from the stream; the list has the order.
    pub index: Option<u32>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// An entry of OpenRouter's `reasoning_details`.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct ReasoningDetail {
    /// `reasoning.text`, `reasoning.summary` or `reasoning.encrypted`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The reasoning of a `reasoning.text`.
    pub text: Option<String>,
    /// The proof that the text is the model's own.
    pub signature: Option<String>,
    /// The content of a `reasoning.summary`.
    pub summary: Option<String>,
    /// The content of a `reasoning.encrypted`, base64.
    pub data: Option<String>,
    /// A name that OpenRouter gave it.
    pub id: Option<Value>,
    /// Whose format it has.
    pub format: Option<Value>,
    /// Position among the details of one answer; the list has the order.
    pub index: Option<Value>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

private_debug!(
    Message,
    Content,
    Part,
    AssistantToolCall,
    FunctionText,
    CustomText,
    ReplayedThinking,
    ReasoningDetail
);

// === impl Role ===

impl<'de> Deserialize<'de> for Role {
    /// By way of a string: `serde_json` calls a number in the place of an enum bad syntax, not a wrong type.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Cow::<str>::deserialize(deserializer)?;
        Self::deserialize(IntoDeserializer::<D::Error>::into_deserializer(&*word))
    }
}

// === impl Content ===

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        string_or::deserialize(deserializer, "a string or a list of parts", Content::Text, Content::Parts)
    }
}
