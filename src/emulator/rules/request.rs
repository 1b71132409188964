//! The shape of a Converse request, as the service model of Bedrock Runtime (API reference, Converse and
//! ConverseStream) has it.

use super::shape::{Charset, Member, Shape};

const fn must(name: &'static str, shape: &'static Shape) -> Member {
    Member { name, required: true, shape }
}

const fn may(name: &'static str, shape: &'static Shape) -> Member {
    Member { name, required: false, shape }
}

const fn text(min: usize, max: usize) -> Shape {
    Shape::Text { min, max, charset: None }
}

const fn list(of: &'static Shape, min: usize, max: usize) -> Shape {
    Shape::List { of, min, max }
}

/// No upper bound.
const MANY: usize = usize::MAX;

/// The body of Converse.
pub(super) static CONVERSE: Shape = Shape::Struct(&CONVERSE_MEMBERS);
/// The body of ConverseStream, whose guardrail has a mode more.
pub(super) static CONVERSE_STREAM: Shape = Shape::Struct(&STREAM_MEMBERS);

static CONVERSE_MEMBERS: [Member; 13] = members(&GUARDRAIL);
static STREAM_MEMBERS: [Member; 13] = members(&STREAM_GUARDRAIL);

const fn members(guardrail: &'static Shape) -> [Member; 13] {
    [
        // Belongs into the path; the service tolerates it here.
        may("modelId", &STRING),
        may("messages", &MESSAGES),
        may("system", &SYSTEM),
        may("inferenceConfig", &INFERENCE_CONFIG),
        may("toolConfig", &TOOL_CONFIG),
        may("guardrailConfig", guardrail),
        may("additionalModelRequestFields", &Shape::Document),
        may("promptVariables", &PROMPT_VARIABLES),
        may("additionalModelResponseFieldPaths", &RESPONSE_FIELD_PATHS),
        may("requestMetadata", &REQUEST_METADATA),
        may("performanceConfig", &PERFORMANCE),
        may("serviceTier", &SERVICE_TIER),
        may("outputConfig", &OUTPUT_CONFIG),
    ]
}

static STRING: Shape = text(0, MANY);
static NON_EMPTY: Shape = text(1, MANY);
static INDEX: Shape = Shape::Integer { min: 0 };

// --- messages ---

static MESSAGES: Shape = list(&MESSAGE, 0, MANY);
static MESSAGE: Shape = Shape::Struct(&[must("role", &ROLE), must("content", &CONTENT)]);
static ROLE: Shape = Shape::Choice(&["user", "assistant", "system"]);
static CONTENT: Shape = list(&CONTENT_BLOCK, 0, MANY);
static CONTENT_BLOCK: Shape = Shape::Union(&[
    may("text", &STRING),
    may("image", &IMAGE),
    may("document", &DOCUMENT),
    may("video", &VIDEO),
    may("audio", &AUDIO),
    may("toolUse", &TOOL_USE),
    may("toolResult", &TOOL_RESULT),
    may("guardContent", &GUARD_CONTENT),
    may("cachePoint", &CACHE_POINT),
    may("reasoningContent", &REASONING),
    may("citationsContent", &CITATIONS_CONTENT),
    may("searchResult", &SEARCH_RESULT),
    may("toolAddition", &TOOL_CHANGE),
    may("toolRemoval", &TOOL_CHANGE),
]);

static CACHE_POINT: Shape =
    Shape::Struct(&[must("type", &Shape::Choice(&["default"])), may("ttl", &Shape::Choice(&["5m", "1h"]))]);
static REASONING: Shape = Shape::Union(&[
    may("reasoningText", &Shape::Struct(&[must("text", &STRING), may("signature", &STRING)])),
    may("redactedContent", &Shape::Blob { min: 0 }),
]);
static GUARD_CONTENT: Shape = Shape::Union(&[
    may("text", &Shape::Struct(&[must("text", &STRING), may("qualifiers", &QUALIFIERS)])),
    may("image", &Shape::Struct(&[must("format", &Shape::Choice(&["png", "jpeg"])), must("source", &BYTES)])),
]);
static QUALIFIERS: Shape = list(&Shape::Choice(&["grounding_source", "query", "guard_content"]), 0, MANY);
static TOOL_CHANGE: Shape = Shape::Struct(&[must(
    "tool",
    &Shape::Struct(&[
        may("type", &text(1, 64)),
        may("name", &text(1, 128)),
        may("serverName", &text(1, 128)),
    ]),
)]);

// --- tools in messages ---

/// Ids of tool calls.
static TOOL_USE_ID: Shape = Shape::Text {
    min: 1,
    max: 64,
    charset: Some(&Charset {
        pattern: "[a-zA-Z0-9_.:-]+",
        allows: |c| c.is_ascii_alphanumeric() || "_.:-".contains(c),
    }),
};
/// Names of tools.
static TOOL_NAME: Shape = Shape::Text {
    min: 1,
    max: 64,
    charset: Some(&Charset {
        pattern: "[a-zA-Z0-9_-]+",
        allows: |c| c.is_ascii_alphanumeric() || "_-".contains(c),
    }),
};
static TOOL_USE: Shape = Shape::Struct(&[
    must("toolUseId", &TOOL_USE_ID),
    must("name", &TOOL_NAME),
    must("input", &Shape::Document),
    may("type", &Shape::Choice(&["server_tool_use"])),
]);
static TOOL_RESULT: Shape = Shape::Struct(&[
    must("toolUseId", &TOOL_USE_ID),
    must("content", &list(&TOOL_RESULT_CONTENT, 0, MANY)),
    may("status", &Shape::Choice(&["success", "error"])),
    may("type", &STRING),
]);
static TOOL_RESULT_CONTENT: Shape = Shape::Union(&[
    may("json", &Shape::Document),
    may("text", &STRING),
    may("image", &IMAGE),
    may("document", &DOCUMENT),
    may("video", &VIDEO),
    may("searchResult", &SEARCH_RESULT),
]);

// --- media ---

static BYTES: Shape = Shape::Union(&[may("bytes", &Shape::Blob { min: 1 })]);
static MEDIA_SOURCE: Shape =
    Shape::Union(&[may("bytes", &Shape::Blob { min: 1 }), may("s3Location", &S3_LOCATION)]);
static S3_LOCATION: Shape = Shape::Struct(&[must("uri", &text(1, 1024)), may("bucketOwner", &ACCOUNT_ID)]);
static ACCOUNT_ID: Shape = Shape::Text {
    min: 12,
    max: 12,
    charset: Some(&Charset { pattern: "[0-9]{12}", allows: |c| c.is_ascii_digit() }),
};
static MEDIA_ERROR: Shape = Shape::Struct(&[may("message", &STRING)]);
static IMAGE: Shape = Shape::Struct(&[
    must("format", &Shape::Choice(&["png", "jpeg", "gif", "webp"])),
    must("source", &MEDIA_SOURCE),
    may("error", &MEDIA_ERROR),
]);
static VIDEO: Shape = Shape::Struct(&[
    must("format", &Shape::Choice(&["mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp"])),
    must("source", &MEDIA_SOURCE),
]);
static AUDIO: Shape = Shape::Struct(&[
    must(
        "format",
        &Shape::Choice(&[
            "mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka", "x-aac", "m4a", "mpeg", "mpga",
            "pcm", "webm",
        ]),
    ),
    must("source", &MEDIA_SOURCE),
    may("error", &MEDIA_ERROR),
]);
static DOCUMENT: Shape = Shape::Struct(&[
    may("format", &Shape::Choice(&["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"])),
    must("name", &text(1, 200)),
    must("source", &DOCUMENT_SOURCE),
    may("context", &STRING),
    may("citations", &CITATIONS_CONFIG),
]);
static DOCUMENT_SOURCE: Shape = Shape::Union(&[
    may("bytes", &Shape::Blob { min: 1 }),
    may("s3Location", &S3_LOCATION),
    may("text", &STRING),
    may("content", &TEXTS),
]);

// --- citations ---

static TEXTS: Shape = list(&Shape::Union(&[may("text", &STRING)]), 0, MANY);
static CITATIONS_CONFIG: Shape = Shape::Struct(&[must("enabled", &Shape::Boolean)]);
static SEARCH_RESULT: Shape = Shape::Struct(&[
    must("source", &STRING),
    must("title", &STRING),
    must("content", &list(&Shape::Struct(&[must("text", &STRING)]), 0, MANY)),
    may("citations", &CITATIONS_CONFIG),
]);
static CITATIONS_CONTENT: Shape =
    Shape::Struct(&[may("content", &TEXTS), may("citations", &list(&CITATION, 0, MANY))]);
static CITATION: Shape = Shape::Struct(&[
    may("title", &STRING),
    may("source", &STRING),
    may("sourceContent", &TEXTS),
    may("location", &CITATION_LOCATION),
]);
static CITATION_LOCATION: Shape = Shape::Union(&[
    may("web", &Shape::Struct(&[may("url", &STRING), may("domain", &STRING)])),
    may("documentChar", &IN_DOCUMENT),
    may("documentPage", &IN_DOCUMENT),
    may("documentChunk", &IN_DOCUMENT),
    may(
        "searchResultLocation",
        &Shape::Struct(&[may("searchResultIndex", &INDEX), may("start", &INDEX), may("end", &INDEX)]),
    ),
]);
static IN_DOCUMENT: Shape =
    Shape::Struct(&[may("documentIndex", &INDEX), may("start", &INDEX), may("end", &INDEX)]);

// --- around the messages ---

static SYSTEM: Shape = list(
    &Shape::Union(&[
        may("text", &NON_EMPTY),
        may("guardContent", &GUARD_CONTENT),
        may("cachePoint", &CACHE_POINT),
    ]),
    0,
    MANY,
);
static INFERENCE_CONFIG: Shape = Shape::Struct(&[
    may("maxTokens", &Shape::Integer { min: 1 }),
    may("temperature", &Shape::Fraction),
    may("topP", &Shape::Fraction),
    may("stopSequences", &list(&NON_EMPTY, 0, 2500)),
]);
static TOOL_CONFIG: Shape =
    Shape::Struct(&[must("tools", &list(&TOOL, 1, MANY)), may("toolChoice", &TOOL_CHOICE)]);
static TOOL: Shape = Shape::Union(&[
    may("toolSpec", &TOOL_SPEC),
    may("systemTool", &Shape::Struct(&[must("name", &TOOL_NAME)])),
    may("cachePoint", &CACHE_POINT),
]);
static TOOL_SPEC: Shape = Shape::Struct(&[
    must("name", &TOOL_NAME),
    may("description", &NON_EMPTY),
    must("inputSchema", &Shape::Union(&[may("json", &Shape::Document)])),
    may("strict", &Shape::Boolean),
]);
static TOOL_CHOICE: Shape = Shape::Union(&[
    may("auto", &Shape::Struct(&[])),
    may("any", &Shape::Struct(&[])),
    may("tool", &Shape::Struct(&[must("name", &TOOL_NAME)])),
]);
static GUARDRAIL: Shape = Shape::Struct(&[
    may("guardrailIdentifier", &text(0, 2048)),
    may("guardrailVersion", &STRING),
    may("trace", &Shape::Choice(&["enabled", "disabled", "enabled_full"])),
]);
static STREAM_GUARDRAIL: Shape = Shape::Struct(&[
    may("guardrailIdentifier", &text(0, 2048)),
    may("guardrailVersion", &STRING),
    may("trace", &Shape::Choice(&["enabled", "disabled", "enabled_full"])),
    may("streamProcessingMode", &Shape::Choice(&["sync", "async"])),
]);
static PROMPT_VARIABLES: Shape =
    Shape::Map { key: &STRING, value: &Shape::Union(&[may("text", &STRING)]), min: 0, max: MANY };
static RESPONSE_FIELD_PATHS: Shape = list(&text(1, 256), 0, 10);
static METADATA_CHARS: Charset = Charset {
    pattern: r"[a-zA-Z0-9\s:_@$#=/+,-.]{1,256}",
    allows: |c| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || ":_@$#=/+,-.".contains(c),
};
static REQUEST_METADATA: Shape = Shape::Map {
    key: &Shape::Text { min: 1, max: 256, charset: Some(&METADATA_CHARS) },
    value: &Shape::Text { min: 0, max: 256, charset: Some(&METADATA_CHARS) },
    min: 1,
    max: 16,
};
static PERFORMANCE: Shape = Shape::Struct(&[may("latency", &Shape::Choice(&["standard", "optimized"]))]);
static SERVICE_TIER: Shape =
    Shape::Struct(&[must("type", &Shape::Choice(&["priority", "default", "flex", "reserved"]))]);
static OUTPUT_CONFIG: Shape = Shape::Struct(&[may("textFormat", &TEXT_FORMAT), may("effort", &text(0, 16))]);
static TEXT_FORMAT: Shape = Shape::Struct(&[
    must("type", &Shape::Choice(&["json_schema"])),
    must("structure", &Shape::Union(&[may("jsonSchema", &JSON_SCHEMA)])),
]);
static JSON_SCHEMA: Shape =
    Shape::Struct(&[must("schema", &STRING), may("name", &STRING), may("description", &STRING)]);
