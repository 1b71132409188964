//! Tokens used (translation reference §3.2).

use super::tokens;
use crate::{
    converse::TokenUsage,
    openai::completion::{CacheWriteTokensDetails, PromptTokensDetails, Usage},
};

/// OpenAI's counters: cached tokens are part of the prompt there, while Bedrock leaves them out of
/// `inputTokens`.
pub(super) fn usage(counters: &TokenUsage) -> Usage {
    let tokens = tokens(counters);
    let details = PromptTokensDetails {
        cached_tokens: tokens.cache_read,
        cache_write_tokens: (tokens.cache_write > 0).then_some(tokens.cache_write),
        cache_write_tokens_details: counters.cache_writes().map(|writes| CacheWriteTokensDetails {
            five_minutes: writes.five_minutes,
            one_hour: writes.one_hour,
        }),
    };
    Usage {
        prompt_tokens: tokens.prompt(),
        completion_tokens: tokens.output,
        total_tokens: counters.total_tokens.unwrap_or_else(|| tokens.total()),
        prompt_tokens_details: Some(details),
    }
}
