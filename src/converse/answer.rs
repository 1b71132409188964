//! The body of a successful Converse call.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, value::RawValue};
use std::{borrow::Cow, convert::Infallible, str::FromStr};

/// A whole answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// What the model said.
    pub output: Output,
    /// Why it stopped.
    pub stop_reason: StopReason,
    /// Tokens used; recorded answers always have it, the parser does not insist.
    pub usage: Option<TokenUsage>,
    /// What `additionalModelResponseFieldPaths` selected.
    pub additional_model_response_fields: Option<ModelFields>,
    /// The class of service that the call had.
    pub service_tier: Option<ServedTier>,
    /// How the answer came about.
    pub trace: Option<Trace>,
}

/// A class of service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ServedTier {
    /// `priority`, `default`, `flex` or `reserved`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// How the answer came about.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// What the guardrail found, if its trace was asked for.
    pub guardrail: Option<Value>,
    /// What a prompt router did.
    pub prompt_router: Option<PromptRouter>,
}

/// What a prompt router did.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PromptRouter {
    /// The model that it chose.
    pub invoked_model_id: Option<String>,
}

/// Members of the model's own answer, in its own terms.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct ModelFields(pub Value);

/// The output union.
#[derive(Debug, Default, Deserialize)]
pub struct Output {
    /// The model's turn.
    pub message: Option<AnswerMessage>,
}

/// The model's turn.
#[derive(Debug, Default, Deserialize)]
pub struct AnswerMessage {
    /// Several text blocks are possible: citations split the text.
    #[serde(default)]
    pub content: Vec<AnswerBlock>,
}

/// A piece of the answer: a union whose members we know so far.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerBlock {
    /// Text.
    pub text: Option<String>,
    /// A call.
    pub tool_use: Option<ToolUse>,
    /// What a tool gave that Bedrock ran.
    pub tool_result: Option<ServerResult>,
    /// What the model thought.
    pub reasoning_content: Option<Reasoning>,
    /// Text with its sources.
    pub citations_content: Option<CitationsContent>,
    /// A picture.
    pub image: Option<AnswerImage>,
}

/// A picture.
#[derive(Deserialize)]
pub struct AnswerImage {
    /// `png`, `jpeg`, `gif` or `webp`.
    pub format: String,
    /// The picture itself; absent when it could not be made.
    pub source: Option<ImageBytes>,
}

/// The bytes of a picture.
#[derive(Deserialize)]
pub struct ImageBytes {
    /// Base64.
    pub bytes: Option<String>,
}

/// A tool call.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolUse {
    /// Ties the call to its result.
    pub tool_use_id: String,
    /// Which tool.
    pub name: String,
    /// A JSON object.
    pub input: Option<Box<RawValue>>,
    /// `server_tool_use` when Bedrock runs the tool itself.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// What a tool gave that Bedrock ran.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerResult {
    /// Ties it to its call.
    #[serde(default)]
    pub tool_use_id: String,
    /// The kind of result, `nova_grounding_result` for one.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `success` or `error`.
    pub status: Option<String>,
    /// What it is.
    #[serde(default)]
    pub content: ResultContent,
}

/// Texts and documents of a result, as Bedrock has them.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Value")]
pub struct ResultContent(pub Vec<Value>);

/// A reasoning block.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reasoning {
    /// Readable reasoning.
    pub reasoning_text: Option<ReasoningText>,
    /// Encrypted reasoning, base64.
    pub redacted_content: Option<String>,
}

/// Readable reasoning.
#[derive(Default, Deserialize)]
pub struct ReasoningText {
    /// The reasoning.
    #[serde(default)]
    pub text: String,
    /// The model's proof that the text is its own.
    pub signature: Option<String>,
}

/// Text with its sources.
#[derive(Debug, Default, Deserialize)]
pub struct CitationsContent {
    /// The text.
    #[serde(default)]
    pub content: Vec<CitedText>,
    /// Where it has it from.
    #[serde(default)]
    pub citations: Vec<Citation>,
}

/// A source: `title`, `source`, `sourceContent` and a `location`, of which there are many kinds.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Citation(pub Map<String, Value>);

/// A piece of cited text.
#[derive(Default, Deserialize)]
pub struct CitedText {
    /// The text.
    pub text: Option<String>,
}

/// Why the model stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// It was done.
    EndTurn,
    /// It waits for tool results.
    ToolUse,
    /// `maxTokens` was reached.
    MaxTokens,
    /// A stop sequence was met.
    StopSequence,
    /// A guardrail ended it.
    GuardrailIntervened,
    /// The model's own filter ended it.
    ContentFiltered,
    /// The model wrote something that is no answer.
    MalformedModelOutput,
    /// The model wrote a broken tool call.
    MalformedToolUse,
    /// Input and output filled the context window.
    ModelContextWindowExceeded,
    /// A reason that is newer than this program.
    Other(String),
}

/// Bedrock's token counters. `input_tokens` leaves cache reads and writes out; `total_tokens` has everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TokenUsage {
    /// Input that was not cached.
    pub input_tokens: u64,
    /// Output, reasoning included.
    pub output_tokens: u64,
    /// Everything.
    pub total_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_write_input_tokens: Option<u64>,
    // Nova has been seen to use these spellings. Not serde aliases: both at once must not be an error.
    cache_read_input_token_count: Option<u64>,
    cache_write_input_token_count: Option<u64>,
    cache_details: Option<CacheWrites>,
}

/// The input tokens written into the prompt cache, by how long they are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Vec<CacheDetail>")]
pub struct CacheWrites {
    /// For five minutes.
    pub five_minutes: u64,
    /// For an hour.
    pub one_hour: u64,
}

/// One entry of `cacheDetails`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CacheDetail {
    ttl: Option<String>,
    input_tokens: Option<u64>,
}

private_debug!(
    Citation,
    Trace,
    PromptRouter,
    ImageBytes,
    AnswerImage,
    AnswerBlock,
    ToolUse,
    ServerResult,
    ResultContent,
    Reasoning,
    ReasoningText,
    CitedText,
    ModelFields
);

// === impl Citation ===

impl Citation {
    /// The address and the title of a source on the web.
    pub fn web(&self) -> Option<(&str, Option<&str>)> {
        let url = self.0.get("location")?.get("web")?.get("url")?.as_str()?;
        Some((url, self.0.get("title").and_then(Value::as_str).filter(|title| !title.is_empty())))
    }
}

// === impl ToolUse ===

impl ToolUse {
    /// Whether Bedrock runs the tool itself.
    pub fn is_server_side(&self) -> bool {
        self.kind.as_deref() == Some("server_tool_use")
    }
}

// === impl ResultContent ===

impl From<Value> for ResultContent {
    fn from(value: Value) -> Self {
        Self(match value {
            Value::Array(list) => list,
            Value::Null => Vec::new(),
            other => vec![other],
        })
    }
}

// === impl Answer ===

impl Answer {
    /// The model that a prompt router chose.
    pub fn invoked_model(&self) -> Option<&str> {
        self.trace.as_ref()?.prompt_router.as_ref()?.invoked_model_id.as_deref()
    }
}

// === impl ModelFields ===

impl ModelFields {
    /// How many of the output tokens were reasoning, as Anthropic's models say (Messages API, `usage`).
    pub fn reasoning_tokens(&self) -> Option<u64> {
        self.0.pointer("/usage/output_tokens_details/thinking_tokens")?.as_u64()
    }
}

// === impl StopReason ===

impl FromStr for StopReason {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(match word {
            "end_turn" => Self::EndTurn,
            "tool_use" => Self::ToolUse,
            "max_tokens" => Self::MaxTokens,
            "stop_sequence" => Self::StopSequence,
            "guardrail_intervened" => Self::GuardrailIntervened,
            "content_filtered" => Self::ContentFiltered,
            "malformed_model_output" => Self::MalformedModelOutput,
            "malformed_tool_use" => Self::MalformedToolUse,
            "model_context_window_exceeded" => Self::ModelContextWindowExceeded,
            other => Self::Other(other.to_owned()),
        })
    }
}

impl<'de> Deserialize<'de> for StopReason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Cow::<'de, str>::deserialize(deserializer)?;
        let Ok(reason) = word.parse();
        Ok(reason)
    }
}

// === impl TokenUsage ===

impl TokenUsage {
    /// Input tokens read from the prompt cache.
    pub fn cache_read(&self) -> u64 {
        self.cache_read_input_tokens.or(self.cache_read_input_token_count).unwrap_or(0)
    }

    /// Input tokens written into the prompt cache.
    pub fn cache_write(&self) -> u64 {
        self.cache_write_input_tokens.or(self.cache_write_input_token_count).unwrap_or(0)
    }

    /// The counters of a model that counts cached tokens in `inputTokens`, by the rule; its total counts them twice
    /// (translation reference §3.2).
    #[must_use]
    pub fn without_cached_input(self) -> Self {
        let cached = self.cache_read().saturating_add(self.cache_write());
        match self.input_tokens.checked_sub(cached) {
            Some(input_tokens) if cached > 0 => Self { input_tokens, total_tokens: None, ..self },
            _ => self,
        }
    }

    /// The same by lifetime, where Bedrock tells all of them.
    pub fn cache_writes(&self) -> Option<CacheWrites> {
        self.cache_details.filter(|writes| {
            let sum = writes.five_minutes.checked_add(writes.one_hour);
            sum.is_some_and(|sum| sum > 0 && sum == self.cache_write())
        })
    }
}

// === impl CacheWrites ===

impl From<Vec<CacheDetail>> for CacheWrites {
    fn from(details: Vec<CacheDetail>) -> Self {
        let mut writes = Self::default();
        for CacheDetail { ttl, input_tokens } in details {
            let sum = match ttl.as_deref() {
                Some("5m") => &mut writes.five_minutes,
                Some("1h") => &mut writes.one_hour,
                _ => continue,
            };
            *sum = sum.saturating_add(input_tokens.unwrap_or(0));
        }
        writes
    }
}
