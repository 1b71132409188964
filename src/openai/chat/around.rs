//! What stands around the conversation: how the prompt is cached, and what Bedrock has that OpenAI does not.

use super::Rest;
use serde::Deserialize;
use serde_json::Value;

/// `cache_control`: Anthropic's mark that the prompt up to here shall be cached (an extension).
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct CacheControl {
    /// `ephemeral`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `5m` or `1h`.
    pub ttl: Option<String>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// `prompt_cache_breakpoint`: OpenAI's mark of the same.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct CacheBreakpoint {
    /// `explicit`.
    pub mode: String,
    /// The shortest lifetime wanted: `30m` or `12h`.
    pub ttl: Option<String>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// `prompt_cache_options`.
#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
pub struct CacheOptions {
    /// `implicit` or `explicit`.
    pub mode: Option<String>,
    /// The shortest lifetime wanted of every mark that does not say it itself.
    pub ttl: Option<String>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// `guardrailConfig`, as Bedrock spells it (an extension).
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct GuardrailOptions {
    /// Its id or ARN.
    #[serde(rename = "guardrailIdentifier", alias = "guardrail_identifier")]
    pub identifier: Option<String>,
    /// `DRAFT`, or a number.
    #[serde(rename = "guardrailVersion", alias = "guardrail_version")]
    pub version: Option<String>,
    /// `enabled`, `disabled` or `enabled_full`.
    pub trace: Option<String>,
    /// `sync` or `async`; streams only.
    #[serde(rename = "streamProcessingMode", alias = "stream_processing_mode")]
    pub stream_mode: Option<String>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// `performanceConfig`, as Bedrock spells it (an extension).
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct PerformanceOptions {
    /// `standard` or `optimized`.
    pub latency: String,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

/// `web_search_options`.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub struct WebSearchOptions {
    /// `low`, `medium` or `high`.
    pub search_context_size: Option<String>,
    /// Where the user is.
    pub user_location: Option<Value>,
    /// Everything else, by name.
    #[serde(flatten)]
    pub rest: Rest,
}

private_debug!(
    CacheControl,
    CacheBreakpoint,
    CacheOptions,
    GuardrailOptions,
    PerformanceOptions,
    WebSearchOptions
);
