//! The tables of the translation reference §3, in short words, and what shows their rows.

use super::Row;

/// §3.1, `finish_reason`.
pub(crate) const FINISH_REASONS: [Row; 10] = [
    ("end_turn", &["89-end-turn", "91-end-turn-with-call", "91-end-turn-with-call-stream"]),
    ("tool_use", &["35-text-and-tool", "90-tool-use-without-call", "answer-function-call", "46-format-tool"]),
    ("stop_sequence", &["92-stop-sequence", "92-stop-sequence-stream", "answer-response-fields"]),
    (
        "max_tokens",
        &["answer-stop-max-tokens", "answer-stop-max-tokens-in-call", "stream-stop-max-tokens-in-call"],
    ),
    (
        "model_context_window_exceeded",
        &["answer-stop-model-context-window-exceeded", "stream-stop-model-context-window-exceeded"],
    ),
    ("guardrail_intervened", &["86-guardrail", "87-guardrail-stream", "answer-trace"]),
    ("content_filtered", &["answer-stop-content-filtered", "stream-stop-content-filtered"]),
    ("malformed_tool_use", &["88-malformed-tool-use", "88-malformed-tool-use-stream"]),
    ("malformed_model_output", &["88-malformed-model-output", "88-malformed-model-output-stream"]),
    ("unknown future value", &["answer-stop-bored-of-the-future", "stream-stop-bored-of-the-future"]),
];

/// §3.2, `usage`.
pub(crate) const USAGE: [Row; 8] = [
    ("prompt_tokens", &["67-cache-read", "73-inclusive-input-tokens"]),
    ("completion_tokens", &["78-reasoning-tokens", "69-cache-write"]),
    ("total_tokens", &["67-cache-read", "answer-usage-without-total"]),
    ("cached_tokens", &["67-cache-read", "71-stream-usage-cached", "70-count-spelling"]),
    ("cache_write_tokens", &["69-cache-write", "70-count-spelling-streamed"]),
    ("cache ttl split", &["69-cache-write-two-lifetimes", "69-cache-write-details-disagree"]),
    (
        "reasoning_tokens",
        &["78-reasoning-tokens", "78-reasoning-tokens-stream", "78-reasoning-tokens-unknown"],
    ),
    ("accepted and rejected prediction, audio", &["answer-nothing-made-up"]),
];

/// §3.3, body fields.
pub(crate) const BODY: [Row; 17] = [
    ("id", &["89-end-turn", "89-end-turn-stream"]),
    ("object", &["89-end-turn", "89-end-turn-stream"]),
    ("created", &["89-end-turn", "89-end-turn-stream"]),
    ("model", &["89-end-turn", "request-model-id"]),
    ("choices[0].index", &["01-choice-index-is-zero"]),
    (
        "message.content",
        &[
            "34-several-text-blocks",
            "35-text-and-tool",
            "answer-citations",
            "answer-tool-only",
            "answer-empty",
        ],
    ),
    ("message.refusal", &["86-guardrail"]),
    (
        "message.tool_calls",
        &[
            "answer-parallel-tools",
            "answer-arguments-verbatim",
            "38-tool-name-dots",
            "answer-tool-without-input",
        ],
    ),
    ("message.annotations", &["answer-citations-of-all-kinds", "stream-citations-of-all-kinds"]),
    ("message.reasoning_content", &["answer-reasoning-signed", "answer-reasoning-unsigned"]),
    ("logprobs", &["89-end-turn", "89-end-turn-stream"]),
    ("system_fingerprint", &["answer-nothing-made-up"]),
    (
        "service_tier",
        &[
            "answer-service-tier",
            "answer-service-tier-unasked",
            "stream-service-tier",
            "stream-service-tier-unasked",
        ],
    ),
    ("metadata", &["answer-nothing-made-up"]),
    ("image output blocks", &["answer-image", "stream-image"]),
    ("server tool blocks", &["answer-server-tool", "answer-server-tool-beside-a-call", "stream-server-tool"]),
    (
        "response headers",
        &[
            "test:every_answer_has_a_request_id",
            "test:the_headers_of_a_stream_keep_proxies_from_buffering_it",
        ],
    ),
];

/// §3.4, reasoning by ecosystem: out, in a stream, and back in.
pub(crate) const REASONING: [Row; 6] = [
    (
        "DeepSeek API",
        &["answer-reasoning-unsigned", "stream-reasoning-unsigned", "request-reasoning-never-signed"],
    ),
    ("vLLM / SGLang", &["answer-reasoning-unsigned", "80-dialect-reasoning-details"]),
    ("OpenRouter", &["80-dialect-reasoning-details", "request-reasoning-detail-unknown"]),
    (
        "LiteLLM",
        &[
            "answer-reasoning-signed",
            "answer-reasoning-redacted",
            "stream-reasoning",
            "80-dialect-provider-specific-fields",
        ],
    ),
    ("agentgateway", &["80-dialect-reasoning-signature"]),
    ("bedrock-access-gateway", &["83-gpt-oss-reasoning"]),
];

/// §3.5, the sequence of chunks.
pub(crate) const CHUNKS: [Row; 12] = [
    (
        "0: the first event is known",
        &["09-refusal-of-a-stream", "85-throttled-before-the-stream", "stream-broken-exception-first"],
    ),
    ("1: messageStart", &["89-end-turn-stream", "stream-start-missing"]),
    ("2: reasoning text", &["stream-reasoning"]),
    ("3: signature, redacted", &["stream-reasoning", "stream-reasoning-redacted"]),
    ("4: text", &["89-end-turn-stream", "stream-empty-deltas"]),
    ("5: start of a call", &["02-tool-index-is-dense", "02-tools-without-text", "stream-server-tool"]),
    ("6: piece of a call", &["03-parallel-tools", "05-interleaved-tools"]),
    ("7: end of a call without input", &["07-tool-without-input", "stream-tool-empty-input"]),
    ("8: messageStop", &["89-end-turn-stream", "stream-metadata-first"]),
    ("9: metadata", &["12-usage-chunk", "12-usage-not-asked-for"]),
    ("10: end", &["89-end-turn-stream"]),
    (
        "err",
        &["10-exception-after-deltas", "11-end-without-stop", "11-end-within-call", "stream-broken-payload"],
    ),
];
