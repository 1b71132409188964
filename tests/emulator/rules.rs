//! What Bedrock refuses is refused.

use bedrock_gateway::emulator::Settings;
use serde_json::json;

use crate::support::{MODEL, path, post, start};

#[tokio::test]
async fn an_empty_conversation_is_refused() {
    let emulator = start(Settings::default()).await;
    let (status, json, _) = post(&emulator, &path(MODEL, "converse"), &json!({"messages": []})).await;
    assert_eq!(status, 400);
    assert!(json["message"].as_str().is_some_and(|m| m.starts_with("A conversation must have")), "{json}");
}
