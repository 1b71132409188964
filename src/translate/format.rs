//! The shape of the answer: `response_format` (translation reference §2.2).

use super::{Context, Judge, Refusal, shown};
use crate::openai::chat::ChatRequest;
use serde_json::Value;

/// How the answer gets the shape that the client wants.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Format {
    /// Any text.
    #[default]
    Text,
}

/// Reads `response_format`.
pub(super) fn format(
    request: &mut ChatRequest,
    _cx: Context<'_>,
    _judge: &mut Judge,
) -> Result<Format, Refusal> {
    match request
        .response_format
        .take()
        .map(|mut format| format.get_mut("type").map(Value::take).unwrap_or_default())
    {
        None => Ok(Format::Text),
        Some(Value::String(kind)) if kind == "text" => Ok(Format::Text),
        Some(kind) => {
            let message = format!(
                "`response_format.type` must be \"text\"; {} is not supported by this version.",
                kind.as_str()
                    .map_or_else(|| "anything else".to_owned(), |kind| format!("\"{}\"", shown(kind)))
            );
            Err(Refusal::unsupported_value("response_format", message))
        }
    }
}
