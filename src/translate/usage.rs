//! Tokens used (translation reference §3.2).

use super::tokens;
use crate::{
    converse::TokenUsage,
    openai::completion::{CacheWriteTokensDetails, CompletionTokensDetails, PromptTokensDetails, Usage},
};

/// OpenAI's counters: cached tokens are part of the prompt there, while Bedrock leaves them out of
/// `inputTokens`. Reasoning tokens are told where the model tells them, never estimated.
pub(super) fn usage(counters: &TokenUsage, reasoning_tokens: Option<u64>) -> Usage {
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
        completion_tokens_details: reasoning_tokens
            .map(|reasoning_tokens| CompletionTokensDetails { reasoning_tokens }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ChunkMachine, Context, Fetched, Policy, ReplyHead, Restore, request};
    use crate::{
        catalog::{Capabilities, Defaults},
        converse::StreamEvent,
        usage::Tokens,
    };
    use serde_json::Value;

    /// The usage chunk of a stream that ends with these counters, and what is booked.
    fn streamed(inclusive_input_tokens: bool, counters: &str) -> (Value, Tokens) {
        let head = ReplyHead { id: "chatcmpl-1".into(), created: 1, model: "m".into() };
        let mut restore = Restore::default();
        restore.inclusive_input_tokens |= inclusive_input_tokens;
        let mut machine = ChunkMachine::new(head, true, restore);
        let mut last = Value::Null;
        let mut booked = Tokens::default();
        let payload = format!(r#"{{"usage":{counters}}}"#);
        for (name, payload) in [("messageStop", r#"{"stopReason":"end_turn"}"#), ("metadata", &payload)] {
            let event = StreamEvent::decode(name, payload.as_bytes()).unwrap();
            if let StreamEvent::Metadata { usage: Some(counters), .. } = event {
                booked = machine.tokens(counters);
            }
            machine.on(event, &mut |_| {}).unwrap();
        }
        machine.finish(&mut |chunk| last = serde_json::to_value(chunk).unwrap()["usage"].take()).unwrap();
        (last, booked)
    }

    #[test]
    fn row_73_counters_that_count_cached_tokens_twice_are_put_right() {
        let counters =
            r#"{"inputTokens":1000,"outputTokens":5,"totalTokens":1905,"cacheWriteInputTokens":900}"#;
        let (usage, booked) = streamed(true, counters);
        assert_eq!((&usage["prompt_tokens"], &usage["total_tokens"]), (&1000.into(), &1005.into()));
        assert_eq!(booked, Tokens { input: 100, output: 5, cache_read: 0, cache_write: 900 });
        let (usage, booked) = streamed(false, counters);
        assert_eq!((&usage["prompt_tokens"], &usage["total_tokens"]), (&1900.into(), &1905.into()));
        assert_eq!(booked.input, 1000);
    }

    #[test]
    fn row_73_a_stream_that_is_made_of_a_whole_answer_has_its_counters() {
        for streaming in [true, false] {
            let can = Capabilities { streaming, inclusive_input_tokens: true, ..Capabilities::default() };
            let (policy, media) = (Policy::default(), Fetched::default());
            let cx = Context { can: &can, defaults: Defaults::default(), policy: &policy, media: &media };
            let body = r#"{"stream":true,"messages":[{"role":"user","content":"?"}]}"#;
            let translated = request(serde_json::from_str(body).unwrap(), cx).unwrap();
            assert_eq!(translated.whole, !streaming);
            assert_eq!(translated.restore.inclusive_input_tokens, streaming);
        }
    }

    #[test]
    fn row_73_counters_that_cannot_be_inclusive_are_believed() {
        for counters in [
            r#"{"inputTokens":100,"outputTokens":5,"totalTokens":1005,"cacheReadInputTokens":900}"#,
            r#"{"inputTokens":1000,"outputTokens":5,"totalTokens":1005}"#,
        ] {
            assert_eq!(streamed(true, counters), streamed(false, counters));
        }
    }
}
