//! Which settings around the messages are refused.

use serde_json::{Value, json};

use crate::cases::*;

fn guardrail(config: Value) -> Value {
    with(json!({"guardrailConfig": config}))
}

#[tokio::test]
async fn guardrails_have_a_name_and_a_version() {
    let of =
        |id: &str, version: &str| guardrail(json!({"guardrailIdentifier": id, "guardrailVersion": version}));
    refused(vec![
        (NOVA, guardrail(json!({"guardrailIdentifier": "abc"})), "needs both"),
        (NOVA, guardrail(json!({"guardrailVersion": "1"})), "needs both"),
        (NOVA, guardrail(json!({"trace": "enabled"})), "needs both"),
        (NOVA, of("abc", "latest"), "is not valid"),
        (NOVA, of("abc", "123456789"), "is not valid"),
        (NOVA, of("A B", "1"), "is not valid"),
        (
            NOVA,
            guardrail(json!({"guardrailIdentifier": "a", "guardrailVersion": "1", "trace": "on"})),
            "enabled_full",
        ),
    ])
    .await;
    refused_whole(vec![(
        NOVA,
        guardrail(json!({"streamProcessingMode": "sync"})),
        "extraneous key [streamProcessingMode]",
    )])
    .await;
    let arn = "arn:aws:bedrock:us-east-1:123456789012:guardrail/abc123";
    accepted(vec![(NOVA, of("abc", "1")), (NOVA, of(arn, "DRAFT"))]).await;
}

#[tokio::test]
async fn latency_is_optimized_for_some_models() {
    let optimized = || with(json!({"performanceConfig": {"latency": "optimized"}}));
    let text = "Latency performance configuration is not supported";
    refused([NOVA, CLAUDE_4_5, LLAMA, GPT].map(|model| (model, optimized(), text)).into()).await;
    let has = [
        "amazon.nova-pro-v1:0",
        "us.anthropic.claude-3-5-haiku-20241022-v1:0",
        "us.meta.llama3-1-70b-instruct-v1:0",
        "us.meta.llama3-1-405b-instruct-v1:0",
    ];
    accepted(has.map(|model| (model, optimized())).into()).await;
    accepted(vec![(NOVA, with(json!({"performanceConfig": {"latency": "standard"}})))]).await;
}

#[tokio::test]
async fn prompts_and_server_tools_are_refused_where_there_are_none() {
    let grounded = |name: &str| with(json!({"toolConfig": {"tools": [{"systemTool": {"name": name}}]}}));
    refused(vec![
        (NOVA, with(json!({"promptVariables": {"a": {"text": "b"}}})), "prompt resource"),
        (NOVA, grounded("nova_grounding"), "system tool nova_grounding"),
        (CLAUDE_4_5, grounded("nova_grounding"), "system tool nova_grounding"),
        (NOVA_2, grounded("web_search"), "system tool web_search"),
    ])
    .await;
    accepted(vec![(NOVA_2, grounded("nova_grounding")), (NOVA_2, grounded("nova_code_interpreter"))]).await;
}

#[tokio::test]
async fn response_fields_are_json_pointers() {
    let paths = |paths: Value| with(json!({"additionalModelResponseFieldPaths": paths}));
    refused(vec![
        (NOVA, paths(json!(["x"])), "not a valid JSON Pointer"),
        (NOVA, paths(json!(["/a~2"])), "not a valid JSON Pointer"),
        (NOVA, paths(json!(["/a~"])), "not a valid JSON Pointer"),
        (NOVA, paths(json!([""])), "greater than or equal to 1"),
        (NOVA, paths(json!(["/a".repeat(129)])), "less than or equal to 256"),
        (NOVA, paths(json!(vec!["/a"; 11])), "less than or equal to 10"),
    ])
    .await;
    accepted(vec![(NOVA, paths(json!(["/a~0b~1c/0"])))]).await;
}

#[tokio::test]
async fn tokens_are_within_what_the_model_gives() {
    let asks = |tokens: u64| with(json!({"inferenceConfig": {"maxTokens": tokens}}));
    let text = "exceeds the model limit of";
    let long = |tokens: usize| {
        let text = json!([{"text": "abcd".repeat(tokens)}]);
        request(json!([user(text)]), json!({"inferenceConfig": {"maxTokens": 8_000}}))
    };
    refused(vec![
        (CLAUDE_4_5, asks(64_000), text),
        (CLAUDE_4_8, asks(128_000), text),
        (CLAUDE_3, asks(4_097), text),
        (CLAUDE_3_7, long(195_000), "input length and `max_tokens` exceed context limit"),
    ])
    .await;
    accepted(vec![
        (CLAUDE_4_5, asks(63_999)),
        (CLAUDE_3, asks(4_096)),
        (NOVA, asks(10_000)),
        (CLAUDE_3_7, long(190_000)),
        (CLAUDE_4_5, long(195_000)),
    ])
    .await;
}

#[tokio::test]
async fn tools_are_chosen_as_the_family_can() {
    let choose = |choice: &str| {
        let choice = if choice == "tool" { json!({"tool": {"name": "f"}}) } else { json!({choice: {}}) };
        with(json!({"toolConfig": {"tools": [tool("f")], "toolChoice": choice}}))
    };
    let unsupported = "doesn't support the toolConfig.toolChoice.";
    let mut wrong = Vec::new();
    let auto_only = [
        GPT_OSS,
        QWEN,
        "mistral.ministral-3-8b-instruct",
        "minimax.minimax-m2",
        "google.gemma-3-27b-it",
        CLAUDE_5_5,
        "nvidia.nemotron-nano-9b-v2",
    ];
    for model in auto_only {
        wrong.extend([(model, choose("any"), unsupported), (model, choose("tool"), unsupported)]);
    }
    for model in ["deepseek.v3-v1:0", "zai.glm-4.7", "moonshotai.kimi-k2.5"] {
        wrong.push((model, choose("tool"), unsupported));
    }
    refused(wrong).await;
    let whole = [LLAMA, "us.mistral.pixtral-large-2502-v1:0", "us.writer.palmyra-x5-v1:0"];
    refused_whole(whole.map(|model| (model, choose("any"), unsupported)).into()).await;
    refused_whole(vec![(MISTRAL, choose("tool"), unsupported)]).await;
    let mut right: Vec<_> = auto_only.map(|model| (model, choose("auto"))).into();
    right.extend(
        [MISTRAL, "zai.glm-4.7", "deepseek.v3-v1:0", "us.moonshotai.kimi-k3"]
            .map(|model| (model, choose("any"))),
    );
    right.extend(
        [CLAUDE_4_5, NOVA, GPT, GROK, "us.zai.glm-5.3", "minimax.minimax-m2.1"]
            .map(|model| (model, choose("tool"))),
    );
    accepted(right).await;
}
