//! What Bedrock refuses of a Converse request: first by shape, then as a conversation, then for the model.

use serde_json::Value;

use super::models::Model;
use super::reply::Refusal;

/// Checks a request body for a call of `model`. The first thing wrong is what the refusal is about.
pub(super) fn check(_model: &Model, body: &Value, _streams: bool) -> Result<(), Refusal> {
    if body["messages"].as_array().is_none_or(Vec::is_empty) {
        return Err(Refusal::validation(
            "A conversation must have at least one message. Try again with a conversation that has at least one \
             message.",
        ));
    }
    Ok(())
}
