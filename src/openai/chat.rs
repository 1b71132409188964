//! The body of `POST /v1/chat/completions`.
//!
//! Every member of OpenAI's reference has a field here, and whatever else a client sends is kept in `rest`: the
//! translation must be able to name each thing that it does not honour. Parts that only pass through (tool
//! schemas) stay raw JSON, which keeps a client's bytes stable for Bedrock's prompt cache and spares a tree.

mod around;
mod fill;
mod format;
mod media;
mod message;
mod tool;

pub use around::{
    CacheBreakpoint, CacheControl, CacheOptions, GuardrailOptions, PerformanceOptions, WebSearchOptions,
};
pub use format::{NamedSchema, ResponseFormat};
pub use media::{Citations, FileObject, InputAudio, MediaSource, MediaUrl, UrlObject};
pub use message::{
    AssistantToolCall, Content, CustomText, FunctionText, Message, Part, ReasoningDetail, ReplayedThinking,
    Role,
};
pub use tool::{
    AllowedTool, AllowedTools, CustomDefinition, CustomFormat, FunctionDefinition, Named, NamedChoice, Tool,
    ToolChoice,
};

use crate::text::is_looked_into;
use serde::{Deserialize, de::Error};
use serde_json::{Map, Value, value::RawValue};
use std::collections::BTreeMap;

/// Members that have no field of their own.
pub type Rest = Map<String, Value>;

/// A chat completion request.
#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
pub struct ChatRequest<'a> {
    /// An alias or a Bedrock id; the configured default model when absent.
    pub model: Option<String>,
    /// The conversation so far. Its absence is left to the translation, which can name it.
    #[serde(borrow, default)]
    pub messages: Vec<Message<'a>>,
    /// Answer as server-sent events.
    pub stream: Option<bool>,
    /// What a stream should carry besides the answer.
    pub stream_options: Option<StreamOptions>,
    /// Upper bound of output tokens (deprecated spelling).
    pub max_tokens: Option<i64>,
    /// Upper bound of output tokens.
    pub max_completion_tokens: Option<i64>,
    /// 0 to 2 at OpenAI, 0 to 1 at Bedrock.
    pub temperature: Option<f64>,
    /// 0 to 1.
    pub top_p: Option<f64>,
    /// Where to stop.
    pub stop: Option<Stop>,
    /// What the model may call.
    #[serde(borrow)]
    pub tools: Option<Vec<Tool<'a>>>,
    /// Whether and what it must call.
    pub tool_choice: Option<ToolChoice>,
    /// Whether it may call several at once.
    pub parallel_tool_calls: Option<bool>,
    /// How many answers.
    pub n: Option<i64>,
    /// The shape of the answer.
    #[serde(borrow)]
    pub response_format: Option<ResponseFormat<'a>>,
    /// How much to think.
    pub reasoning_effort: Option<String>,
    /// Anthropic's way to say how much to think (an extension).
    pub thinking: Option<Value>,
    /// Anthropic's name of the effort (an extension).
    pub output_config: Option<Value>,
    /// OpenRouter's way to say how much to think (an extension).
    pub reasoning: Option<Value>,
    /// Choose among this many most likely tokens (an extension).
    pub top_k: Option<Value>,
    /// Tools in the deprecated form.
    #[serde(borrow)]
    pub functions: Option<Vec<FunctionDefinition<'a>>>,
    /// The choice among `functions`.
    pub function_call: Option<Value>,
    /// How the prompt is cached.
    pub prompt_cache_options: Option<CacheOptions>,
    /// How long the prompt may be cached: `in_memory` or `24h` (deprecated).
    pub prompt_cache_retention: Option<String>,
    /// Which requests share a prompt; a hint for routing.
    pub prompt_cache_key: Option<String>,
    /// The guardrail, as Bedrock spells it (an extension).
    #[serde(rename = "guardrailConfig", alias = "guardrail_config")]
    pub guardrail_config: Option<GuardrailOptions>,
    /// Which class of service.
    pub service_tier: Option<String>,
    /// How fast, as Bedrock spells it (an extension).
    #[serde(rename = "performanceConfig", alias = "performance_config")]
    pub performance_config: Option<PerformanceOptions>,
    /// The client's own labels.
    pub metadata: Option<Rest>,
    /// Labels for Bedrock's invocation log (an extension).
    #[serde(rename = "requestMetadata", alias = "request_metadata")]
    pub request_metadata: Option<BTreeMap<String, String>>,
    /// The client's name of its user (deprecated spelling).
    pub user: Option<Value>,
    /// The client's name of its user.
    pub safety_identifier: Option<Value>,
    /// Ground the answer with the web.
    pub web_search_options: Option<WebSearchOptions>,
    /// Parameters in the model's own terms (an extension).
    #[serde(rename = "additionalModelRequestFields", alias = "additional_model_request_fields")]
    pub additional_model_request_fields: Option<Rest>,
    /// JSON pointers to members of the model's own answer that shall come along (an extension).
    #[serde(rename = "additionalModelResponseFieldPaths", alias = "additional_model_response_field_paths")]
    pub additional_model_response_field_paths: Option<Vec<String>>,
    /// Further members, by clients that do not merge them into the body.
    #[serde(borrow)]
    pub extra_body: Option<ExtraBody<'a>>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// `stream_options`.
#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
pub struct StreamOptions {
    /// End the stream with a chunk that carries the usage.
    pub include_usage: Option<bool>,
    /// OpenAI's padding against traffic analysis; accepted, has no effect.
    pub include_obfuscation: Option<bool>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// `stop`: one string or a list.
#[derive(Clone, PartialEq, Eq)]
pub enum Stop {
    /// One sequence.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// `extra_body`.
pub struct ExtraBody<'a> {
    /// What it holds.
    pub members: Rest,
    /// The same as it stands in the request.
    pub json: &'a RawValue,
}

private_debug!(ChatRequest<'a>, StreamOptions, Stop, ExtraBody<'a>);

// === impl ExtraBody ===

impl<'de: 'a, 'a> Deserialize<'de> for ExtraBody<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if is_looked_into() {
            return Ok(Self { members: Rest::deserialize(deserializer)?, json: RawValue::NULL });
        }
        let json = <&RawValue>::deserialize(deserializer)?;
        Ok(Self { members: Rest::deserialize(json).map_err(D::Error::custom)?, json })
    }
}

// === impl Stop ===

impl<'de> Deserialize<'de> for Stop {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        string_or::deserialize(
            deserializer,
            "a string or a list of strings",
            |one| Stop::One(one.to_owned()),
            Stop::Many,
        )
    }
}

/// A member that is a string or a list.
///
/// Written by hand because serde's untagged enums buffer the input, which loses the path of an error inside the
/// list and makes raw JSON impossible.
mod string_or {
    use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
    use std::{fmt, marker::PhantomData};

    pub(super) fn deserialize<'de, D, T, O>(
        deserializer: D,
        expected: &'static str,
        string: impl FnOnce(&str) -> O,
        list: impl FnOnce(Vec<T>) -> O,
    ) -> Result<O, D::Error>
    where
        D: Deserializer<'de>,
        T: Deserialize<'de>,
    {
        deserializer.deserialize_any(StringOrList { expected, string, list, item: PhantomData })
    }

    struct StringOrList<S, L, T> {
        expected: &'static str,
        string: S,
        list: L,
        item: PhantomData<T>,
    }

    impl<'de, T, O, S, L> Visitor<'de> for StringOrList<S, L, T>
    where
        T: Deserialize<'de>,
        S: FnOnce(&str) -> O,
        L: FnOnce(Vec<T>) -> O,
    {
        type Value = O;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str(self.expected)
        }

        fn visit_str<E>(self, value: &str) -> Result<O, E> {
            Ok((self.string)(value))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<O, A::Error> {
            let mut items = Vec::with_capacity(seq.size_hint().unwrap_or(0).min(1024));
            while let Some(item) = seq.next_element()? {
                items.push(item);
            }
            Ok((self.list)(items))
        }
    }
}
