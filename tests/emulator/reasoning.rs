//! Which reasoning parameters are refused, and beside what.

use bedrock_gateway::emulator::Settings;
use serde_json::{Value, json};

use crate::cases::*;
use crate::support::start;

const R1: &str = "us.deepseek.r1-v1:0";
const DEEPSEEK: &str = "deepseek.v3-v1:0";
const GLM: &str = "zai.glm-4.7";
const GLM_5_3: &str = "us.zai.glm-5.3";
const OPUS_4_5: &str = "us.anthropic.claude-opus-4-5-20251101-v1:0";
const OPUS_4_6: &str = "us.anthropic.claude-opus-4-6-v1";
const SONNET_5_5: &str = "us.anthropic.claude-sonnet-5-5";
const CODER: &str = "qwen.qwen3-coder-30b-a3b-v1:0";

fn budget(tokens: i64) -> Value {
    native(json!({"thinking": {"type": "enabled", "budget_tokens": tokens}}))
}

fn effort(word: &str) -> Value {
    native(json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": word}}))
}

#[tokio::test]
async fn the_shapes_of_other_families_are_refused() {
    let shapes = [
        ("thinking", json!({"thinking": {"type": "enabled", "budget_tokens": 1024}})),
        ("output_config", json!({"output_config": {"effort": "low"}})),
        ("reasoningConfig", json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}})),
        ("reasoning_effort", json!({"reasoning_effort": "low"})),
        ("reasoning_config", json!({"reasoning_config": "low"})),
        ("reasoning", json!({"reasoning": {"effort": "low"}})),
    ];
    let own: [(&str, &[&str]); 17] = [
        (CLAUDE_3, &[]),
        (CLAUDE_3_7, &["thinking"]),
        (CLAUDE_4_5, &["thinking"]),
        (OPUS_4_6, &["thinking", "output_config"]),
        (NOVA, &[]),
        (NOVA_2, &["reasoningConfig"]),
        (LLAMA, &[]),
        (MISTRAL, &[]),
        (R1, &[]),
        (DEEPSEEK, &["reasoning_effort"]),
        (QWEN, &["reasoning_config"]),
        (CODER, &[]),
        (GPT_OSS, &["reasoning_effort"]),
        (GPT, &["reasoning"]),
        (GROK, &["reasoning"]),
        (GLM_5_3, &["reasoning_effort"]),
        ("moonshot.kimi-k2-thinking", &[]),
    ];
    let (mut wrong, mut right) = (Vec::new(), Vec::new());
    for (model, members) in own {
        for (member, fields) in &shapes {
            if members.contains(member) {
                right.push((model, native(fields.clone())));
            } else {
                wrong.push((model, native(fields.clone()), "extraneous key ["));
            }
        }
    }
    refused(wrong).await;
    accepted(right).await;
}

#[tokio::test]
async fn only_known_native_members_pass() {
    refused(vec![
        (CLAUDE_4_5, native(json!({"no_such": 1})), "extraneous key [no_such]"),
        (NOVA, native(json!({"top_k": 5})), "extraneous key [top_k]"),
        (LLAMA, native(json!({"top_k": 5})), "extraneous key [top_k]"),
        (GPT, native(json!({"top_k": 5})), "`top_k` is deprecated"),
        (NOVA, native(json!({"inferenceConfig": {"top_k": 5}})), "#/inferenceConfig: extraneous key [top_k]"),
        (NOVA, native(json!({"inferenceConfig": {"topK": 129}})), "not an integer from 0 to 128"),
        (NOVA, native(json!("text")), "must be a JSON object"),
    ])
    .await;
    accepted(vec![
        (CLAUDE_4_5, native(json!({"top_k": 5}))),
        (NOVA, native(json!({"inferenceConfig": {"topK": 5}}))),
    ])
    .await;
}

#[tokio::test]
async fn claude_thinks_as_its_generation_does() {
    let beside = |config: Value| plus(budget(2_000), json!({"inferenceConfig": config}));
    let missing = native(json!({"thinking": {"type": "enabled"}}));
    let bound = native(json!({"thinking": {"type": "adaptive", "block_binding": {}}}));
    let more = native(json!({"thinking": {"type": "adaptive", "budget_tokens": 2_000}}));
    let odd = native(json!({"thinking": {"type": "adaptive", "display": "all"}}));
    let off_but_max = native(json!({"thinking": {"type": "disabled"}, "output_config": {"effort": "max"}}));
    let prefill = plus(budget(2_000), json!({"messages": [hi(), assistant(json!([{"text": "So"}]))]}));
    refused(vec![
        (CLAUDE_4_5, thinking("adaptive"), "\"thinking.type.adaptive\" is not supported"),
        (CLAUDE_4_5, thinking("auto"), "does not match any of the expected tags"),
        (CLAUDE_4_5, missing, "budget_tokens: Input should be a valid integer"),
        (CLAUDE_4_5, budget(1023), "greater than or equal to 1024"),
        (CLAUDE_4_5, beside(json!({"maxTokens": 2_000})), "must be greater than `thinking.budget_tokens`"),
        (CLAUDE_4_5, budget(64_000), "must be greater than `thinking.budget_tokens`"),
        (CLAUDE_4_5, beside(json!({"temperature": 0.5})), "`temperature` may only be set to 1"),
        (CLAUDE_3_7, beside(json!({"topP": 0.9})), "`top_p` must be unset"),
        (
            CLAUDE_3_7,
            native(json!({"top_k": 5, "thinking": {"type": "enabled", "budget_tokens": 2_000}})),
            "`top_k` must be unset",
        ),
        (CLAUDE_4_5, prefill, "prefilled assistant message"),
        (CLAUDE_4_8, budget(2_000), "\"thinking.type.enabled\" is not supported"),
        (CLAUDE_4_8, thinking("disabled"), "\"thinking.type.disabled\" is not supported"),
        (CLAUDE_5, budget(2_000), "\"thinking.type.enabled\" is not supported"),
        (CLAUDE_5_5, thinking("disabled"), "\"thinking.type.disabled\" is not supported"),
        (SONNET_5_5, thinking("disabled"), "\"thinking.type.disabled\" is not supported"),
        (CLAUDE_5, thinking("between_tools"), "\"thinking.type.between_tools\" is not supported"),
        (CLAUDE_4_8, more, "thinking.adaptive.budget_tokens: Extra inputs"),
        (CLAUDE_4_8, bound, "thinking.adaptive.block_binding: Extra inputs"),
        (CLAUDE_4_8, odd, "display: Input should be"),
        (OPUS_4_6, effort("xhigh"), "effort: Input should be one of: 'low', 'medium', 'high', 'max'"),
        (CLAUDE_4_8, effort("minimal"), "effort: Input should be one of"),
        (CLAUDE_5, effort("none"), "effort: Input should be one of"),
        (CLAUDE_5, off_but_max, "efforts above 'high'"),
        (OPUS_4_5, native(json!({"output_config": {"effort": "low"}})), "output_config: Extra inputs"),
        (
            CLAUDE_4_8,
            native(json!({"output_config": {"verbosity": "low"}})),
            "output_config.verbosity: Extra inputs",
        ),
    ])
    .await;
    let beta = json!({"output_config": {"effort": "low"}, "anthropic_beta": ["effort-2025-11-24"]});
    accepted(vec![
        (CLAUDE_4_5, beside(json!({"maxTokens": 2_001, "temperature": 1}))),
        (OPUS_4_5, native(beta)),
        (OPUS_4_6, budget(2_000)),
        (OPUS_4_6, effort("max")),
        (CLAUDE_4_8, effort("xhigh")),
        (CLAUDE_5, thinking("disabled")),
        (SONNET_5_5, thinking("between_tools")),
        (CLAUDE_5_5, effort("low")),
    ])
    .await;
}

#[tokio::test]
async fn long_thoughts_are_streamed() {
    let emulator = start(Settings::default()).await;
    let asks = |tokens: u64| plus(budget(2_000), json!({"inferenceConfig": {"maxTokens": tokens}}));
    for (tokens, streams, fine) in [(21_333, false, true), (21_334, false, false), (21_334, true, true)] {
        let said = answer(&emulator, CLAUDE_4_5, streams, &asks(tokens)).await;
        assert_eq!(said.is_ok(), fine, "{tokens}: {said:?}");
    }
}

#[tokio::test]
async fn converses_own_effort_is_checked_alike() {
    let own = |word: &str| with(json!({"outputConfig": {"effort": word}}));
    let both = plus(effort("low"), json!({"outputConfig": {"effort": "low"}}));
    refused(vec![
        (NOVA, own("low"), "outputConfig.effort"),
        (CLAUDE_4_5, own("low"), "outputConfig.effort"),
        (CLAUDE_5, own("tiny"), "effort: Input should be one of"),
        (CLAUDE_5, both, "output_config conflicts"),
    ])
    .await;
    accepted(vec![(CLAUDE_5, own("low"))]).await;
}

#[tokio::test]
async fn other_families_have_words_of_their_own() {
    let word = |member: &str, word: &str| native(json!({member: word}));
    let nested = |word: &str| native(json!({"reasoning": {"effort": word}}));
    let nova =
        |word: &str| native(json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": word}}));
    let limited = plus(nova("high"), json!({"inferenceConfig": {"maxTokens": 100}}));
    refused(vec![
        (GPT_OSS, word("reasoning_effort", "none"), "Supported values are: 'low', 'medium', 'high'"),
        (GPT_OSS, word("reasoning_effort", "minimal"), "Supported values"),
        (GLM_5_3, word("reasoning_effort", "none"), "Supported values"),
        (GLM, word("reasoning_effort", "max"), "Supported values"),
        (DEEPSEEK, word("reasoning_effort", "max"), "Supported values"),
        (QWEN, word("reasoning_config", "max"), "Supported values"),
        (GPT, nested("minimal"), "Supported values"),
        ("us.openai.gpt-6-astra", nested("none"), "Supported values"),
        (GPT, native(json!({"reasoning": {"effort": "low", "summary": "auto"}})), "extraneous key [summary]"),
        (GROK, nested("none"), "Supported values"),
        (GROK, nested("max"), "Supported values"),
        (NOVA_2, nova("max"), "#/reasoningConfig"),
        (NOVA_2, native(json!({"reasoningConfig": {"type": "enabled"}})), "#/reasoningConfig"),
        (
            NOVA_2,
            native(json!({"reasoningConfig": {"type": "enabled", "budget": 1}})),
            "extraneous key [budget]",
        ),
        (NOVA_2, limited, "maxTokens must be unset"),
    ])
    .await;
    accepted(vec![
        (GPT_OSS, word("reasoning_effort", "high")),
        (GLM_5_3, word("reasoning_effort", "max")),
        (GLM, word("reasoning_effort", "none")),
        (GPT, nested("none")),
        (GPT, nested("xhigh")),
        (GROK, nested("xhigh")),
        (NOVA_2, nova("high")),
        (NOVA_2, native(json!({"reasoningConfig": {"type": "disabled"}}))),
    ])
    .await;
}

#[tokio::test]
async fn no_tool_is_forced_while_a_model_thinks() {
    let forced = |fields: Value| {
        let config = json!({"tools": [tool("f")], "toolChoice": {"any": {}}});
        with(json!({"toolConfig": config, "additionalModelRequestFields": fields}))
    };
    let text = "Thinking may not be enabled when tool_choice forces tool use.";
    let high = json!({"reasoning_effort": "high"});
    let budget = json!({"thinking": {"type": "enabled", "budget_tokens": 2_000}});
    refused(vec![
        (CLAUDE_4_5, forced(budget), text),
        (CLAUDE_4_8, forced(json!({"thinking": {"type": "adaptive"}})), text),
        (CLAUDE_5, forced(json!({})), text),
        (DEEPSEEK, forced(high), text),
    ])
    .await;
    accepted(vec![
        (CLAUDE_4_5, forced(json!({}))),
        (CLAUDE_5, forced(json!({"thinking": {"type": "disabled"}}))),
        (DEEPSEEK, forced(json!({}))),
        (GPT, forced(json!({}))),
    ])
    .await;
}
