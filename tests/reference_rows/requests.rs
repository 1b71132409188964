//! The tables of the translation reference §2, in short words, and what shows their rows.

use super::Row;

/// §2.1, messages and content parts.
pub(crate) const MESSAGES: [Row; 26] = [
    ("system / developer, leading", &["request-system-leading", "33-developer-is-system", "30-system-blank"]),
    (
        "system / developer, mid-conversation",
        &[
            "request-system-mid-conversation",
            "request-system-turn",
            "request-system-turn-misplaced",
            "request-system-between-call-and-result",
        ],
    ),
    ("system on a model without", &["request-system-unsupported", "format-without-system"]),
    ("user text", &["request-text", "request-user-parts", "28-blank-parts", "29-blank-message"]),
    (
        "image_url data URI",
        &[
            "request-image-types-by-bytes",
            "62-image-labels",
            "62-image-svg",
            "refused-image-bmp",
            "refused-image-tiff",
            "refused-image-avif",
            "refused-image-not-base64",
        ],
    ),
    ("image_url https", &["63-image-https"]),
    ("image_url s3", &["request-image-s3", "refused-image-s3-policy", "refused-image-s3-model"]),
    ("image_url.detail", &["request-image-detail"]),
    ("input_audio", &["66-input-audio", "66-input-audio-refused"]),
    (
        "file (file_data)",
        &[
            "request-file-pdf",
            "request-file-media",
            "request-file-alone",
            "60-file-names-odd",
            "61-file-names-equal",
            "65-file-types",
            "refused-files-many",
        ],
    ),
    ("file (file_id)", &["refused-file-id"]),
    ("video_url", &["request-video-url", "refused-video-model"]),
    (
        "prompt_cache_breakpoint on a part",
        &["request-cache-marks", "74-mark-after-a-text-document", "76-too-many-marks"],
    ),
    (
        "cache_control on part, message, tool",
        &["request-cache-marks", "77-tool-mark", "request-cache-hour-unknown"],
    ),
    ("refusal part, assistant.refusal", &["request-refusal-history"]),
    ("assistant.content null with tool_calls", &["request-tool-call-content-null"]),
    (
        "assistant.tool_calls function",
        &[
            "request-tool-loop",
            "26-arguments-empty",
            "26-arguments-array",
            "26-arguments-truncated",
            "request-tool-call-id-mapped",
        ],
    ),
    ("assistant.tool_calls custom", &["request-tool-call-custom", "request-custom-tool-loop"]),
    ("assistant.function_call, role function", &["request-functions-loop"]),
    ("assistant.audio", &["refused-assistant-audio"]),
    (
        "assistant.reasoning_content and its carriers",
        &[
            "80-dialect-reasoning-signature",
            "80-dialect-reasoning-details",
            "80-signature-replayed",
            "request-reasoning-unsigned",
            "request-reasoning-not-taken",
        ],
    ),
    (
        "tool message, string or parts",
        &[
            "request-tool-result-parts",
            "request-tool-result-blank",
            "request-tool-result-error",
            "request-image-in-tool-result",
            "request-image-beside-tool-result",
        ],
    ),
    (
        "tool results order",
        &[
            "19-results-in-one-turn",
            "20-result-twice",
            "refused-tool-result-unknown",
            "refused-tool-call-unanswered",
        ],
    ),
    (
        "tool result followed by user text",
        &["24-result-then-user", "24-result-then-user-llama", "24-result-then-user-mistral"],
    ),
    ("message name", &["request-message-name"]),
    ("empty messages", &["refused-messages-empty"]),
];

/// §2.2, parameters.
pub(crate) const PARAMETERS: [Row; 48] = [
    ("model", &["request-model-id", "refused-model", "refused-model-missing"]),
    ("stream", &["89-end-turn-stream", "18-llama-tools-streamed", "18-mistral-tools-streamed"]),
    ("stream_options.include_usage", &["12-usage-chunk", "12-usage-not-asked-for"]),
    ("stream_options.include_obfuscation", &["request-include-obfuscation"]),
    ("stream_options without stream", &["refused-stream-options-without-stream"]),
    (
        "max_completion_tokens / max_tokens",
        &[
            "request-max-tokens",
            "request-max-tokens-both",
            "request-max-tokens-absent",
            "request-max-tokens-below-minimum",
            "refused-max-tokens-zero",
            "51-max-tokens-at-the-published-cap",
        ],
    ),
    (
        "temperature",
        &[
            "request-sampling",
            "request-ones-on-claude",
            "request-temperature-above-one",
            "refused-strict-temperature",
            "49-temperature-on-claude-4-7",
        ],
    ),
    ("top_p", &["request-sampling", "request-ones-on-claude", "48-temperature-and-top-p"]),
    (
        "stop",
        &[
            "request-stop-string",
            "request-stop-empty",
            "request-stop-five",
            "53-stop-white-space",
            "49-sampling-on-grok",
            "49-sampling-on-grok-strict",
        ],
    ),
    ("n", &["request-no-ops", "refused-n"]),
    (
        "frequency_penalty / presence_penalty",
        &[
            "request-no-ops",
            "request-hints-left-out",
            "refused-strict-frequency-penalty",
            "refused-strict-presence-penalty",
        ],
    ),
    ("logit_bias", &["request-no-ops", "refused-logit-bias"]),
    ("logprobs / top_logprobs", &["request-no-ops", "refused-logprobs", "refused-top-logprobs"]),
    ("seed", &["request-hints-left-out", "refused-strict-seed"]),
    (
        "tools function",
        &[
            "request-tools",
            "38-tool-name-long",
            "38-tool-name-unicode",
            "39-parameters-missing",
            "39-parameters-type-refused",
            "40-description-blank",
            "41-references-written-out",
            "42-definitions-kept",
        ],
    ),
    (
        "tools[].function.strict",
        &[
            "request-tool-strict",
            "request-tool-strict-open-schema",
            "request-tool-strict-too-many",
            "43-strict-unsupported",
        ],
    ),
    (
        "tools custom",
        &["request-tool-custom", "answer-custom-tool", "stream-custom-tool", "refused-tool-custom-grammar"],
    ),
    ("functions / function_call", &["request-functions", "answer-function-call", "stream-function-call"]),
    ("tool_choice auto", &["request-tool-choice-auto"]),
    (
        "tool_choice none",
        &["36-tool-choice-none", "36-tool-choice-none-history", "36-tool-choice-none-history-claude"],
    ),
    ("tool_choice required", &["request-tool-choice-required", "37-required-without-any"]),
    (
        "tool_choice function",
        &[
            "request-tool-choice-function",
            "request-tool-choice-function-one-tool",
            "38-tool-name-long",
            "refused-tool-choice-function-unknown",
        ],
    ),
    ("tool_choice custom", &["request-tool-choice-custom"]),
    ("tool_choice allowed_tools", &["request-allowed-tools-auto", "request-allowed-tools-required"]),
    (
        "parallel_tool_calls=false",
        &[
            "request-parallel-false-claude",
            "request-parallel-false-claude-required",
            "request-parallel-false-nova",
        ],
    ),
    ("parallel_tool_calls=true", &["request-parallel-true"]),
    ("response_format text", &["47-format-text"]),
    (
        "response_format json_schema",
        &[
            "46-format-native",
            "46-format-tool",
            "46-format-instruction",
            "format-not-strict",
            "refused-strict-format-keywords",
            "refused-citations-and-format",
        ],
    ),
    ("response_format json_object", &["format-object", "format-object-is-prose"]),
    (
        "reasoning_effort",
        &[
            "request-effort-claude-3-7-low",
            "request-effort-claude-5-high",
            "request-effort-gpt-minimal",
            "request-effort-nova-2-medium",
            "request-effort-nova-minimal",
            "request-effort-llama-high",
            "refused-reasoning-effort-word",
        ],
    ),
    ("verbosity", &["request-no-ops", "request-hints-left-out", "refused-strict-verbosity"]),
    (
        "service_tier",
        &[
            "request-service-tier-auto",
            "request-service-tier-default",
            "request-service-tier-flex",
            "request-service-tier-priority",
            "request-service-tier-fast",
            "request-service-tier-reserved",
            "refused-service-tier-scale",
            "answer-service-tier",
        ],
    ),
    ("metadata", &["54-metadata-json", "54-metadata-off", "54-metadata-reserved"]),
    ("user / safety_identifier", &["request-metadata-user", "request-no-ops"]),
    ("store", &["request-no-ops", "request-hints-left-out", "refused-strict-store"]),
    ("prompt_cache_key", &["request-no-ops"]),
    ("prompt_cache_options.mode", &["request-cache-options-explicit", "request-cache-options-implicit"]),
    (
        "prompt_cache_options.ttl / prompt_cache_retention",
        &["request-cache-options-implicit", "request-cache-retention", "request-cache-hour-unknown"],
    ),
    ("prediction", &["request-no-ops"]),
    ("modalities", &["request-no-ops", "refused-modalities"]),
    ("audio", &["refused-audio"]),
    ("web_search_options", &["request-web-search", "refused-web-search-options"]),
    ("moderation", &["refused-moderation"]),
    ("top_k", &["52-top-k-on-claude", "52-top-k-on-nova", "52-top-k-on-llama"]),
    (
        "thinking",
        &[
            "request-thinking-enabled",
            "request-thinking-adaptive",
            "refused-thinking",
            "refused-thinking-budget-over-max-tokens",
        ],
    ),
    (
        "extra_body contents",
        &[
            "request-extra-body-literal",
            "request-additional-fields-listed",
            "request-unknown-members",
            "refused-strict-unknown-member",
        ],
    ),
    (
        "guardrail selection",
        &["request-guardrail-of-operator", "request-guardrail-of-client", "refused-guardrail-config"],
    ),
    ("timeout, extra headers", &["request-client-settings"]),
];
