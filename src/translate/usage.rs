//! Tokens used (translation reference §3.2).

use crate::{
    converse::TokenUsage,
    openai::completion::{PromptTokensDetails, Usage},
};

/// OpenAI's counters: cached tokens are part of the prompt there, while Bedrock leaves them out of
/// `inputTokens`.
pub(super) fn usage(counters: &TokenUsage) -> Usage {
    let (read, write) = (counters.cache_read(), counters.cache_write());
    let prompt_tokens = counters.input_tokens.saturating_add(read).saturating_add(write);
    let total_tokens =
        counters.total_tokens.unwrap_or_else(|| prompt_tokens.saturating_add(counters.output_tokens));
    let details =
        PromptTokensDetails { cached_tokens: read, cache_write_tokens: (write > 0).then_some(write) };
    Usage {
        prompt_tokens,
        completion_tokens: counters.output_tokens,
        total_tokens,
        prompt_tokens_details: Some(details),
    }
}
