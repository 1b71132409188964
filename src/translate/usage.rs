//! Tokens used (translation reference §3.2).

use super::tokens;
use crate::{
    converse::TokenUsage,
    openai::completion::{CompletionTokensDetails, PromptTokensDetails, Usage},
};

/// OpenAI's counters: cached tokens are part of the prompt there, while Bedrock leaves them out of
/// `inputTokens`. Reasoning tokens are told where the model tells them, never estimated.
pub(super) fn usage(counters: &TokenUsage, reasoning_tokens: Option<u64>) -> Usage {
    let tokens = tokens(counters);
    let details = PromptTokensDetails {
        cached_tokens: tokens.cache_read,
        cache_write_tokens: (tokens.cache_write > 0).then_some(tokens.cache_write),
    };
    Usage {
        prompt_tokens: tokens.prompt(),
        completion_tokens: tokens.output,
        total_tokens: counters.total_tokens.unwrap_or_else(|| tokens.total()),
        prompt_tokens_details: Some(details),
        completion_tokens_details: reasoning_tokens
            .map(|reasoning_tokens| CompletionTokensDetails { reasoning_tokens }),
    }
}
