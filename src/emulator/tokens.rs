//! Token counts by rule of thumb: about four characters of text to a token. Plausible, never exact.

use serde_json::Value;

/// Tokens of a text; 0 only for the empty one.
pub(super) fn of_text(text: &str) -> u64 {
    u64::try_from(text.chars().count().div_ceil(4)).unwrap_or(u64::MAX)
}

/// Tokens of all strings, numbers and member names inside a JSON value.
pub(super) fn of_json(value: &Value) -> u64 {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
        Value::String(text) => of_text(text),
        Value::Array(items) => items.iter().map(of_json).sum(),
        Value::Object(members) => members.iter().map(|(name, value)| of_text(name) + of_json(value)).sum(),
    }
}

/// Tokens of what a model would read of a Converse request: messages, system and tools.
pub(super) fn of_request(request: &Value) -> u64 {
    let read = ["messages", "system", "toolConfig"];
    read.iter().filter_map(|member| request.get(member)).map(of_json).sum::<u64>().max(1)
}
