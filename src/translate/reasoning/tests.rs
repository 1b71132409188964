use super::super::{Policy, Unsupported, Warning, request as translate};
use crate::{
    catalog::{Capabilities, Catalog, Defaults, ModelId, ReasoningShape, Sampling},
    converse::Request,
};
use serde_json::{Value, json};

const EFFORTS: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

fn can(model: &str) -> Capabilities {
    Catalog::built_in().unwrap().model(&ModelId::parse(model).unwrap()).can.clone()
}

/// A request with these members, for a model that can do this.
fn sent(can: &Capabilities, members: Value) -> (Request<'static>, Vec<Warning>) {
    let mut body = json!({"messages": [{"role": "user", "content": "Hi"}]});
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let policy = Policy { unsupported: Unsupported::Lenient, ..Policy::default() };
    let media = super::super::Fetched::default();
    let cx = super::super::Context { can, defaults: Defaults::default(), policy: &policy, media: &media };
    let translated = translate(serde_json::from_str(body.to_string().leak()).unwrap(), cx).unwrap();
    (translated.body, translated.warnings)
}

/// One model of each family that reasons, and some that do not.
const MODELS: [&str; 22] = [
    "anthropic.claude-3-haiku-20240307-v1:0",
    "anthropic.claude-3-7-sonnet-20250219-v1:0",
    "anthropic.claude-opus-4-1-20250805-v1:0",
    "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "anthropic.claude-sonnet-4-6",
    "anthropic.claude-opus-4-8",
    "anthropic.claude-opus-5",
    "anthropic.claude-sonnet-5-5",
    "anthropic.claude-fable-5-1",
    "amazon.nova-pro-v1:0",
    "amazon.nova-2-lite-v1:0",
    "openai.gpt-oss-20b-1:0",
    "openai.gpt-5.6-sol",
    "xai.grok-4.7",
    "deepseek.r1-v1:0",
    "deepseek.v3.1",
    "qwen.qwen3-235b-a22b-2507-v1:0",
    "zai.glm-5",
    "zai.glm-5.3",
    "moonshotai.kimi-k3",
    "meta.llama4-scout-17b-instruct-v1:0",
    "acme.nobody-knows-v1",
];

#[test]
fn whatever_is_asked_of_whichever_model_what_is_sent_goes_together() {
    let dialects = EFFORTS.map(|effort| json!({"reasoning_effort": effort})).into_iter().chain([
        json!({}),
        json!({"thinking": {"type": "adaptive", "display": "omitted"}}),
        json!({"thinking": {"type": "disabled"}}),
        json!({"reasoning": {"max_tokens": 40_000}}),
    ]);
    for wish in dialects {
        for model in MODELS {
            for tokens in [None, Some(1), Some(1024), Some(1025), Some(5000), Some(100_000)] {
                let tokens = tokens.filter(|_| wish["reasoning"].is_null());
                let mut members = json!({"temperature": 0.3, "top_p": 0.9, "top_k": 5, "max_tokens": tokens});
                members.as_object_mut().unwrap().extend(wish.as_object().unwrap().clone());
                let can = can(model);
                let (body, _) = sent(&can, members.clone());
                goes_together(&can, &body, &format!("{model} {members}"));
            }
        }
    }
}

/// The rules of the translation reference §5.2, and of §5.1 on sampling.
fn goes_together(can: &Capabilities, body: &Request, shown: &str) {
    let fields = Value::Object(body.additional_model_request_fields.clone());
    let (config, thinking) = (&body.inference_config, &fields["thinking"]);
    let claude = matches!(can.reasoning, ReasoningShape::Budget | ReasoningShape::Adaptive);
    if let Some(budget) = thinking["budget_tokens"].as_u64() {
        assert!(can.reasoning == ReasoningShape::Budget && budget >= 1024, "{shown}");
        assert!(config.max_tokens.is_none_or(|most| budget < u64::from(most)), "{shown}");
    }
    let on = !thinking.is_null() && thinking["type"] != "disabled";
    assert!(claude || (thinking.is_null() && fields["output_config"].is_null()), "{shown}");
    let sampled = config.temperature.is_some() || config.top_p.is_some() || !fields["top_k"].is_null();
    assert!(!(sampled && (on || can.sampling == Sampling::None)), "{shown}");
    let both = config.temperature.is_some() && config.top_p.is_some();
    assert!(!(both && can.sampling == Sampling::OneOf), "{shown}");
    let unlimited = fields["reasoningConfig"]["maxReasoningEffort"] == "high";
    assert!(!unlimited || (config.max_tokens.is_none() && !sampled), "{shown}");
    assert!(config.max_tokens.is_none_or(|tokens| tokens >= can.min_max_tokens), "{shown}");
    let asks = !body.additional_model_response_field_paths.is_empty();
    let reasons = on || (thinking.is_null() && can.reasoning_by_default);
    assert_eq!(asks, reasons && can.reasoning_tokens, "{shown}");
}

#[test]
fn a_budget_stays_below_what_the_model_gives() {
    let can = can("anthropic.claude-sonnet-4-5-20250929-v1:0");
    let can = Capabilities { max_output: 32_001, max_output_exclusive: true, ..can };
    let (body, warnings) = sent(&can, json!({"reasoning_effort": "max"}));
    assert_eq!(body.additional_model_request_fields["thinking"]["budget_tokens"], 32_000 - 4096);
    assert_eq!(body.inference_config.max_tokens, None);
    assert_eq!(warnings.len(), 1);
}

#[test]
fn a_limit_stays_within_what_the_model_takes_and_gives() {
    let can = Capabilities { max_output: 4096, min_max_tokens: 16, ..can("amazon.nova-pro-v1:0") };
    for (asked, sends) in [(15, 16), (16, 16), (4096, 4096), (4097, 4096)] {
        let (body, warnings) = sent(&can, json!({"max_completion_tokens": asked}));
        assert_eq!(body.inference_config.max_tokens, Some(sends));
        assert_eq!(warnings.len(), usize::from(asked != sends));
    }
}

#[test]
fn an_entry_of_the_catalog_that_fits_no_shape_is_left_out() {
    let levels = can("anthropic.claude-sonnet-4-5-20250929-v1:0").reasoning_levels;
    let can = Capabilities { reasoning_levels: levels, ..can("anthropic.claude-opus-4-8") };
    let (body, warnings) = sent(&can, json!({"reasoning_effort": "high"}));
    assert!(body.additional_model_request_fields.is_empty());
    assert_eq!(warnings[0].param, "reasoning_effort");
}
