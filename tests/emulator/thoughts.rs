//! Which reasoning blocks are refused in a history, and in what form reasoning comes.

use bedrock_gateway::emulator::{Emulator, Script, Settings};
use serde_json::{Value, json};

use crate::cases::*;
use crate::support::{path, post, start};

const R1: &str = "us.deepseek.r1-v1:0";
const DEEPSEEK: &str = "deepseek.v3-v1:0";
const GLM: &str = "zai.glm-4.7";
const GLM_5_3: &str = "us.zai.glm-5.3";
const OPUS_4_6: &str = "us.anthropic.claude-opus-4-6-v1";
const CODER: &str = "qwen.qwen3-coder-30b-a3b-v1:0";

/// What the model answers, for the next turn.
async fn content(emulator: &Emulator, model: &str, body: &Value) -> Value {
    let (status, answer, _) = post(emulator, &path(model, "converse"), body).await;
    assert_eq!(status, 200, "{answer}");
    answer["output"]["message"]["content"].clone()
}

/// The next request of a tool loop.
fn continued(first: &Value, content: &Value) -> Value {
    let call = content.as_array().into_iter().flatten().find_map(|block| block.get("toolUse"));
    let id = call.and_then(|call| call["toolUseId"].as_str()).expect("a call");
    let mut next = first.clone();
    next["messages"] = json!([first["messages"][0], assistant(content.clone()), user(json!([result(id)]))]);
    next
}

fn asks_for_f(fields: Value) -> Value {
    let asks = user(json!([{"text": "Call f"}]));
    request(json!([asks]), plus(tools(), json!({"additionalModelRequestFields": fields})))
}

#[tokio::test]
async fn thoughts_come_back_signed_first_and_unchanged() {
    let emulator = start(Settings::default()).await;
    let first = asks_for_f(json!({"thinking": {"type": "enabled", "budget_tokens": 2_000}}));
    let thought = content(&emulator, CLAUDE_4_5, &first).await;
    assert!(thought[0]["reasoningContent"]["reasoningText"]["text"].is_string(), "{thought}");
    let said = async |content: &Value| answer(&emulator, CLAUDE_4_5, true, &continued(&first, content)).await;
    assert_eq!(said(&thought).await, Ok(()));

    let expects = |got: Result<(), (u16, String)>, text: &str| {
        assert!(got.as_ref().is_err_and(|(_, message)| message.contains(text)), "{got:?}");
    };
    let without = json!([thought[1]]);
    expects(
        said(&without).await,
        "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`",
    );
    let reasoning = |text: Value| json!([{"reasoningContent": {"reasoningText": text}}, thought[1]]);
    let signature = &thought[0]["reasoningContent"]["reasoningText"]["signature"];
    expects(
        said(&reasoning(json!({"text": "changed", "signature": signature}))).await,
        "Invalid `signature`",
    );
    expects(said(&reasoning(json!({"text": "hm", "signature": "c2ln"}))).await, "Invalid `signature`");
    expects(
        said(&reasoning(json!({"text": "hm"}))).await,
        "messages.1.content.0.thinking.signature: Field required",
    );
    let redacted = json!([{"reasoningContent": {"redactedContent": "c2ln"}}, thought[1]]);
    expects(said(&redacted).await, "Invalid `data` in `redacted_thinking` block");
}

#[tokio::test]
async fn what_a_script_signed_is_sound() {
    let emulator = start(Settings::default()).await;
    let turn =
        |block: Value| request(json!([hi(), assistant(json!([block, {"text": "a"}])), hi()]), json!({}));
    let signed = turn(json!({"reasoningContent": {"reasoningText": {"text": "hm", "signature": "c2ln"}}}));
    let hidden = turn(json!({"reasoningContent": {"redactedContent": "aGlkZGVu"}}));
    assert!(answer(&emulator, CLAUDE_4_5, false, &signed).await.is_err());
    emulator.script(Script::default().and_reasoning(["hm"], Some("c2ln")).and_redacted("hidden"));
    for body in [&signed, &hidden] {
        assert_eq!(answer(&emulator, CLAUDE_4_5, false, body).await, Ok(()));
    }
}

#[tokio::test]
async fn the_newest_models_bind_thoughts_to_what_they_had_read() {
    let emulator = start(Settings::default()).await;
    let first = plus(asks_for_f(json!({})), json!({"system": [{"text": "Be brief."}]}));
    for (model, binds) in [(CLAUDE_5_5, true), (CLAUDE_5, false)] {
        let thought = content(&emulator, model, &first).await;
        assert_eq!(thought[0]["reasoningContent"]["reasoningText"]["text"], "", "{thought}");
        let mut next = continued(&first, &thought);
        assert_eq!(answer(&emulator, model, false, &next).await, Ok(()));
        next["system"] = json!([{"text": "Be brief."}, {"cachePoint": {"type": "default"}}]);
        assert_eq!(answer(&emulator, model, false, &next).await, Ok(()));
        next["system"] = json!([{"text": "Be long."}]);
        assert_eq!(answer(&emulator, model, false, &next).await.is_err(), binds, "{model}");
        if binds {
            let binding = json!({"prefix_mismatch_behavior": "drop_block"});
            let thinking = json!({"type": "adaptive", "block_binding": binding});
            next["additionalModelRequestFields"] = json!({"thinking": thinking});
            assert_eq!(answer(&emulator, model, false, &next).await, Ok(()));
        }
    }
}

#[tokio::test]
async fn histories_hold_only_reasoning_that_the_family_takes() {
    let emulator = start(Settings::default()).await;
    let thread =
        |block: &Value| request(json!([hi(), assistant(json!([block, {"text": "a"}])), hi()]), json!({}));
    let plain = thread(&json!({"reasoningContent": {"reasoningText": {"text": "hm"}}}));
    let hidden = content(&emulator, GPT, &with(json!({}))).await[0].clone();
    assert!(hidden["reasoningContent"]["redactedContent"].is_string(), "{hidden}");
    let hidden = thread(&hidden);
    for model in [
        NOVA,
        LLAMA,
        "google.gemma-3-27b-it",
        MISTRAL,
        "mistral.devstral-2-123b",
        GPT,
        GROK,
        CODER,
        "nvidia.nemotron-super-3-120b",
        "us.writer.palmyra-x5-v1:0",
        "mistral.ministral-3-8b-instruct",
    ] {
        let said = answer(&emulator, model, false, &plain).await;
        assert!(
            said.as_ref().is_err_and(|(_, text)| text.contains("reasoningContent block")),
            "{model}: {said:?}"
        );
    }
    for model in [DEEPSEEK, QWEN, GPT_OSS, GLM, "moonshot.kimi-k2-thinking", "mistral.magistral-small-2509"] {
        assert_eq!(answer(&emulator, model, false, &plain).await, Ok(()), "{model}");
        let said = answer(&emulator, model, false, &hidden).await;
        assert!(said.as_ref().is_err_and(|(_, text)| text.contains("redactedContent")), "{model}: {said:?}");
    }
    assert_eq!(answer(&emulator, GPT, false, &hidden).await, Ok(()));
}

#[tokio::test]
async fn answers_show_reasoning_in_the_familys_form() {
    let emulator = start(Settings::default()).await;
    let first = async |model: &str, body: Value| content(&emulator, model, &body).await[0].clone();
    for (model, body) in [
        (R1, with(json!({}))),
        (GPT_OSS, with(json!({}))),
        (GLM_5_3, with(json!({}))),
        (DEEPSEEK, native(json!({"reasoning_effort": "high"}))),
        (QWEN, native(json!({"reasoning_config": "high"}))),
        (NOVA_2, native(json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}}))),
    ] {
        let text = &first(model, body).await["reasoningContent"]["reasoningText"];
        assert!(text["text"].is_string() && text.get("signature").is_none(), "{model}: {text}");
    }
    for (model, body) in [
        (DEEPSEEK, native(json!({"reasoning_effort": "low"}))),
        (QWEN, with(json!({}))),
        (CLAUDE_4_8, with(json!({}))),
        (CLAUDE_5, thinking("disabled")),
        (GPT, native(json!({"reasoning": {"effort": "none"}}))),
    ] {
        assert!(first(model, body).await["text"].is_string(), "{model}");
    }
    let shown = native(json!({"thinking": {"type": "adaptive", "display": "summarized"}}));
    for (model, body, empty) in
        [(CLAUDE_5, with(json!({})), true), (CLAUDE_5, shown, false), (OPUS_4_6, thinking("adaptive"), false)]
    {
        let text = &first(model, body).await["reasoningContent"]["reasoningText"];
        assert!(text["signature"].is_string(), "{model}: {text}");
        assert_eq!(text["text"] == "", empty, "{model}: {text}");
    }
}
