//! Where cache points are refused, and how cached tokens are booked.

use bedrock_gateway::emulator::Settings;
use serde_json::{Value, json};

use crate::cases::*;
use crate::support::{path, post, start};

const TTL: &str = "ttl of 1h";

fn point() -> Value {
    json!({"cachePoint": {"type": "default"}})
}

fn long() -> Value {
    json!({"cachePoint": {"type": "default", "ttl": "1h"}})
}

fn system(blocks: Value) -> Value {
    with(json!({"system": blocks}))
}

fn text(text: &str) -> Value {
    json!({"text": text})
}

#[tokio::test]
async fn cache_points_are_for_families_that_cache() {
    let cached = || system(json!([text("s"), point()]));
    let without = [
        LLAMA,
        MISTRAL,
        GPT,
        GROK,
        QWEN,
        GPT_OSS,
        CLAUDE_3,
        "us.moonshotai.kimi-k3",
        "us.zai.glm-5.3",
        "deepseek.v3-v1:0",
        "anthropic.claude-3-5-sonnet-20240620-v1:0",
    ];
    refused(without.map(|model| (model, cached(), "prompt caching")).into()).await;
    let unlisted = with(json!({"toolConfig": {"tools": [tool("f"), point()]}}));
    let in_message = request(json!([user(json!([text("a"), point()]))]), json!({}));
    refused(vec![
        (LLAMA, in_message.clone(), "prompt caching"),
        (NOVA, unlisted.clone(), "cachePoint field in toolConfig.tools"),
        (NOVA, system(json!([text("s"), long()])), TTL),
        (CLAUDE_3_7, system(json!([text("s"), long()])), TTL),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", system(json!([text("s"), long()])), TTL),
    ])
    .await;
    let with = [CLAUDE_3_7, CLAUDE_4_5, CLAUDE_4_6, CLAUDE_4_8, CLAUDE_5, CLAUDE_5_5, NOVA, NOVA_2];
    accepted(with.map(|model| (model, cached())).into()).await;
    accepted(vec![
        (NOVA, in_message),
        (CLAUDE_4_5, unlisted),
        (CLAUDE_4_5, system(json!([text("s"), long()]))),
    ])
    .await;
}

#[tokio::test]
async fn cache_points_are_in_place() {
    let required = "Field required";
    let content = |blocks: Value| request(json!([user(blocks)]), json!({}));
    let file = |format: &str| {
        let bytes = if format == "pdf" { "JVBERi0xLjc=" } else { "AAAA" };
        json!({"document": {"format": format, "name": "a", "source": {"bytes": bytes}}})
    };
    let video = json!({"video": {"format": "mp4", "source": {"bytes": "AAAA"}}});
    let four = json!([text("a"), point(), text("b"), point(), text("c"), point(), text("d"), point()]);
    let mut five = system(four.clone());
    five["messages"] = json!([user(json!([text("e"), point()]))]);
    let mut late = system(json!([text("s"), long()]));
    late["toolConfig"] = json!({"tools": [tool("f"), point()]});
    let mut early = system(json!([text("s"), point()]));
    early["toolConfig"] = json!({"tools": [tool("f"), long()]});
    refused(vec![
        (NOVA, content(json!([point()])), required),
        (CLAUDE_4_5, content(json!([point(), text("a")])), required),
        (CLAUDE_4_5, content(json!([text("a"), point(), point()])), required),
        (CLAUDE_4_5, system(json!([point()])), required),
        (CLAUDE_4_5, with(json!({"toolConfig": {"tools": [point(), tool("f")]}})), required),
        (CLAUDE_4_5, content(json!([text("a"), file("txt"), point()])), "cannot follow a document"),
        (NOVA, content(json!([text("a"), file("md"), point()])), "cannot follow a document"),
        (NOVA, content(json!([text("a"), video, point()])), "cannot follow a video"),
        (CLAUDE_4_5, five, "Found 5"),
        (CLAUDE_4_5, late, "must not come after"),
    ])
    .await;
    accepted(vec![
        (CLAUDE_4_5, system(four)),
        (CLAUDE_4_5, early),
        (CLAUDE_4_5, content(json!([text("a"), file("pdf"), point()]))),
        (CLAUDE_4_5, content(json!([file("txt"), text("a"), point()]))),
    ])
    .await;
}

#[tokio::test]
async fn usage_books_what_was_written_and_read() {
    let emulator = start(Settings::default()).await;
    let short = system(json!([text("s"), point()]));
    let mut cached = system(json!([text(&"word ".repeat(4_000)), long()]));
    let path = path(CLAUDE_4_5, "converse");
    let usage = async |body: &Value| post(&emulator, &path, body).await.1["usage"].clone();
    let none = usage(&short).await;
    assert_eq!((&none["cacheWriteInputTokens"], none.get("cacheDetails")), (&json!(0), None));
    let written = usage(&cached).await;
    assert_eq!(written["cacheWriteInputTokens"], 5_001, "{written}");
    assert_eq!(written["cacheDetails"], json!([{"ttl": "1h", "inputTokens": 5_001}]));
    cached["messages"] = json!([hi(), assistant(json!([text("Hello")])), hi()]);
    let read = usage(&cached).await;
    assert_eq!((&read["cacheReadInputTokens"], &read["cacheWriteInputTokens"]), (&json!(5_001), &json!(0)));
    let sum: u64 =
        ["inputTokens", "outputTokens", "cacheReadInputTokens"].iter().filter_map(|m| read[m].as_u64()).sum();
    assert_eq!(read["totalTokens"], sum);
    assert!(read["inputTokens"].as_u64().is_some_and(|tokens| tokens < 100));
}
