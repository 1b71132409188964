//! What stands around a conversation, through the whole gateway to a Bedrock that refuses what Bedrock refuses: cache
//! points, guardrails, tiers, labels, and fields in the model's own terms.

use serde_json::{Value, json};

use crate::running::{TestGateway, chat, streamed};

/// A client's body with some members more.
fn with(mut body: Value, members: Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

const EPHEMERAL: &str = r#"{"type":"ephemeral"}"#;

/// A growing conversation with marks on everything that can have one, whole and streamed.
#[tokio::test]
async fn a_marked_conversation_is_taken_turn_by_turn() {
    let gateway = TestGateway::with(&[("GATEWAY__POLICY__PROMPT_CACHE__MESSAGES", "true")]).await;
    let mark: Value = serde_json::from_str(EPHEMERAL).unwrap();
    let mut messages = vec![
        json!({"role": "system", "content": [{"type": "text", "text": "Be kind.".repeat(4000), "cache_control": mark}]}),
    ];
    for turn in 0..3 {
        messages.push(json!({"role": "user", "content": format!("Question {turn}"), "cache_control": mark}));
        for model in ["claude", "gpt-4o"] {
            for stream in [false, true] {
                let body = json!({
                    "model": model, "messages": messages, "stream": stream, "max_tokens": 50,
                    "tools": [{"type": "function", "function": {"name": "f"}, "cache_control": mark}],
                });
                gateway.emulator.clear_requests();
                let answer = gateway.chat(&body).await;
                assert_eq!(answer.status, 200, "{}", answer.text());
                let sent = gateway.only_call().json().to_string();
                let tools = if model == "claude" { 1 } else { 0 };
                let points = sent.matches(r#"{"cachePoint":"#).count();
                assert_eq!(points, (1 + tools + turn + 1).min(4), "{model}, turn {turn}");
            }
        }
        messages.push(json!({"role": "assistant", "content": "Answer."}));
    }
}

/// The prompt of the next turn begins with the bytes of the last one's, which is what a cache is found by.
#[tokio::test]
async fn tools_and_system_are_the_same_bytes_in_every_turn() {
    let on = [
        ("GATEWAY__POLICY__PROMPT_CACHE__TOOLS", "true"),
        ("GATEWAY__POLICY__PROMPT_CACHE__SYSTEM", "true"),
        ("GATEWAY__POLICY__PROMPT_CACHE__MESSAGES", "true"),
        ("GATEWAY__POLICY__PROMPT_CACHE__TTL", "1h"),
    ];
    let gateway = TestGateway::with(&on).await;
    let mut messages = vec![json!({"role": "system", "content": "Be kind.".repeat(4000)})];
    let mut heads = Vec::new();
    for turn in 0..4 {
        messages.push(json!({"role": "user", "content": format!("Question {turn}")}));
        let function = json!({"name": "f", "description": "Long. ".repeat(4000)});
        let tools = json!([{"type": "function", "function": function}]);
        gateway.emulator.clear_requests();
        let answer = gateway.chat(&json!({"model": "claude", "messages": messages, "tools": tools})).await;
        assert_eq!((answer.status, answer.header("x-gateway-warnings")), (200, None));
        let sent = gateway.only_call().json();
        assert_eq!(sent["toolConfig"]["tools"][1], json!({"cachePoint": {"type": "default", "ttl": "1h"}}));
        assert_eq!(sent["system"][1], json!({"cachePoint": {"type": "default", "ttl": "1h"}}));
        heads.push((sent["toolConfig"].to_string(), sent["system"].to_string()));
        messages.push(json!({"role": "assistant", "content": "Answer."}));
    }
    assert!(heads.windows(2).all(|two| two[0] == two[1]));
}

#[tokio::test]
async fn the_operators_guardrail_goes_with_every_request_and_no_client_takes_it_off() {
    let on = [
        ("GATEWAY__POLICY__GUARDRAIL__ID", "gr1"),
        ("GATEWAY__POLICY__GUARDRAIL__VERSION", "DRAFT"),
        ("GATEWAY__POLICY__GUARDRAIL__STREAM_MODE", "async"),
    ];
    let gateway = TestGateway::with(&on).await;
    let named = json!({"guardrailIdentifier": "gr1", "guardrailVersion": "DRAFT"});
    let attempts = [
        json!({}),
        json!({"extra_body": {"additionalModelRequestFields": {"x": 1}}}),
        json!({"additionalModelRequestFields": {"nested": {"guardrailConfig": null}}}),
    ];
    for members in attempts {
        for (body, mode) in [(chat(), None), (streamed(), Some("async"))] {
            gateway.emulator.clear_requests();
            gateway.chat(&with(body, members.clone())).await;
            let mut expected = named.clone();
            if let Some(mode) = mode {
                expected["streamProcessingMode"] = json!(mode);
            }
            assert_eq!(gateway.only_call().json()["guardrailConfig"], expected, "{members}");
        }
    }
    gateway.emulator.clear_requests();
    let other = json!({"guardrailIdentifier": "gr2", "guardrailVersion": "1"});
    for members in [
        json!({"guardrailConfig": other}),
        json!({"guardrail_config": other}),
        json!({"extra_body": {"guardrailConfig": other}}),
        json!({"additionalModelRequestFields": {"guardrailConfig": other}}),
        json!({"additionalModelRequestFields": {"amazon-bedrock-guardrailConfig": {"tagSuffix": "x"}}}),
        json!({"extra_body": {"amazon-bedrock-guardrailConfig": {"tagSuffix": "x"}}}),
    ] {
        let answer = gateway.chat(&with(chat(), members.clone())).await;
        assert_eq!(answer.status, 400, "{members}");
        assert_eq!(answer.json()["error"]["code"], "unsupported_parameter", "{members}");
    }
    assert!(gateway.emulator.requests().is_empty());
}

#[tokio::test]
async fn what_the_operator_allows_is_taken_by_bedrock() {
    let on = [
        ("GATEWAY__POLICY__METADATA", "true"),
        ("GATEWAY__POLICY__GUARDRAIL__CLIENT_OVERRIDE", "true"),
        ("GATEWAY__POLICY__UNSUPPORTED", "strict"),
    ];
    let gateway = TestGateway::with(&on).await;
    let members = json!({
        "service_tier": "priority",
        "performanceConfig": {"latency": "optimized"},
        "guardrailConfig": {"guardrailIdentifier": "gr2", "guardrailVersion": "1", "trace": "enabled"},
        "metadata": {"user_id": "{\"a\":\"b\"}", "team": "a"},
        "safety_identifier": "somebody",
        "additionalModelResponseFieldPaths": ["/stopReason"],
    });
    for body in [chat(), streamed()] {
        gateway.emulator.clear_requests();
        let answer = gateway.chat(&with(body, members.clone())).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let sent = gateway.only_call().json();
        assert_eq!(sent["serviceTier"], json!({"type": "priority"}));
        assert_eq!(sent["performanceConfig"], json!({"latency": "optimized"}));
        assert_eq!(sent["requestMetadata"]["user_id"], "__a_:_b__");
        assert!(!sent.to_string().contains("somebody"), "the user is a hash");
        assert_eq!(sent["additionalModelResponseFieldPaths"], json!(["/stopReason"]));
    }
}

/// Claude is asked for two members of its own answer, one of them by the gateway alone.
#[tokio::test]
async fn response_fields_reach_the_client_that_asked_for_them() {
    let gateway = TestGateway::start().await;
    let members = json!({
        "model": "claude", "reasoning_effort": "low", "max_tokens": 4000,
        "additionalModelResponseFieldPaths": ["/stop_sequence"],
    });
    let answer = gateway.chat(&with(chat(), members.clone())).await.json();
    assert!(answer["usage"]["completion_tokens_details"]["reasoning_tokens"].is_u64(), "{answer}");
    let fields = answer["additionalModelResponseFields"].as_object().unwrap();
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["stop_sequence"], "{answer}");
    let answer = gateway.chat(&with(streamed(), members)).await;
    let told: Vec<Value> = answer
        .transcript()
        .chunks()
        .filter_map(|chunk| chunk.get("additionalModelResponseFields"))
        .cloned()
        .collect();
    assert_eq!(told, [Value::Object(fields.clone())], "{}", answer.text());
}
