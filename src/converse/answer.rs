//! The body of a successful Converse call.

use serde::{Deserialize, Deserializer};
use serde_json::{Value, value::RawValue};
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
    /// What the model thought.
    pub reasoning_content: Option<Reasoning>,
    /// Text with its sources.
    pub citations_content: Option<CitationsContent>,
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
}

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

private_debug!(AnswerBlock, ToolUse, Reasoning, ReasoningText, CitedText, ModelFields);

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
