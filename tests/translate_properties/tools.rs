//! Tools of any name and kind: what Bedrock gets is legal, and the client reads its own names again.

use crate::rules;
use bedrock_gateway::{
    catalog::{Catalog, Defaults, ModelId},
    converse::Answer,
    openai::chat::ChatRequest,
    translate::{self, Context, Fetched, Policy, ReplyHead, Translated},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::LazyLock};

/// Families that differ in what they make of tools.
const MODELS: [&str; 6] = [
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "amazon.nova-lite-v1:0",
    "mistral.mistral-large-2402-v1:0",
    "qwen.qwen3-32b-v1:0",
    "moonshotai.kimi-k3",
    "openai.gpt-oss-120b-1:0",
];

fn translate(request: &Value, model: &str) -> Translated<'static> {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::built_in().unwrap());
    let model = CATALOG.model(&ModelId::parse(model).unwrap());
    let policy = Policy::default();
    let media = Fetched::default();
    let cx = Context { can: &model.can, defaults: Defaults::default(), policy: &policy, media: &media };
    let request: ChatRequest = serde_json::from_str(request.to_string().leak()).unwrap();
    translate::request(request, cx).unwrap()
}

/// Tools by name; true: custom.
fn tools() -> impl Strategy<Value = BTreeMap<String, bool>> {
    let name = prop_oneof!["\\PC{1,90}", "[a-z]{1,3}[./:][a-z]{1,3}", "[a-zA-Z0-9_-]{60,70}"];
    prop::collection::btree_map(name, any::<bool>(), 1..6)
}

fn call(name: &str, custom: bool) -> Value {
    match custom {
        true => {
            json!({"id": format!("call|{name}"), "type": "custom", "custom": {"name": name, "input": "x"}})
        }
        false => json!({"id": format!("call|{name}"), "type": "function", "function": {"name": name}}),
    }
}

/// Schemas with all that some family refuses, references to nowhere aside.
fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(true)),
        Just(json!({"type": "string", "pattern": "^(?!x)"})),
        Just(json!({"type": "array", "contains": {"const": 1}})),
        Just(json!({"$ref": "#/$defs/a"})),
        Just(json!({"$ref": "#"})),
        Just(json!({"$ref": "https://example.com/a"})),
    ];
    let inner = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|schema| json!({"type": "object", "properties": {"x": schema}})),
            prop::collection::vec(inner, 1..3).prop_map(|any| json!({"anyOf": any})),
        ]
    });
    (inner.clone(), inner)
        .prop_map(|(a, root)| json!({"properties": {"r": root}, "anyOf": [a], "$defs": {"a": a}}))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_name_comes_back(tools in tools(), model in prop::sample::select(&MODELS[..])) {
        let declared: Vec<Value> = tools.iter().map(|(name, custom)| match custom {
            true => json!({"type": "custom", "custom": {"name": name}}),
            false => json!({"type": "function", "function": {"name": name}}),
        }).collect();
        let calls: Vec<Value> = tools.iter().map(|(name, custom)| call(name, *custom)).collect();
        let results = calls.iter().map(|call| json!({"role": "tool", "tool_call_id": call["id"], "content": "ok"}));
        let mut messages = vec![json!({"role": "user", "content": "Hi"}), json!({"role": "assistant", "tool_calls": calls})];
        messages.extend(results);
        let translated = translate(&json!({"messages": messages, "tools": declared}), model);
        let body = serde_json::to_value(&translated.body).unwrap();
        rules::check(&body);
        let blocks: Vec<Value> = body["toolConfig"]["tools"].as_array().unwrap().iter().map(|tool| {
            json!({"toolUse": {"toolUseId": "t", "name": tool["toolSpec"]["name"], "input": {"input": "x"}}})
        }).collect();
        let used: Vec<&Value> = body["messages"][1]["content"].as_array().unwrap().iter().map(|b| &b["toolUse"]["name"]).collect();
        prop_assert_eq!(used, blocks.iter().map(|block| &block["toolUse"]["name"]).collect::<Vec<_>>());
        let answer = json!({"output": {"message": {"content": blocks}}, "stopReason": "tool_use", "usage": {}});
        let answer: Answer = serde_json::from_str(&answer.to_string()).unwrap();
        let head = ReplyHead { id: String::new(), created: 0, model: String::new() };
        let reply = translate::reply(answer, head, &translated.restore).unwrap();
        let message = serde_json::to_value(&reply.choices[0].message).unwrap();
        let names: Vec<(&str, bool)> = message["tool_calls"].as_array().unwrap().iter().map(|call| {
            let kind = call["type"].as_str().unwrap();
            (call[kind]["name"].as_str().unwrap(), kind == "custom")
        }).collect();
        prop_assert_eq!(names, tools.iter().map(|(name, custom)| (name.as_str(), *custom)).collect::<Vec<_>>());
    }

    #[test]
    fn a_schema_keeps_what_the_family_refuses_out(schema in schema(), model in prop::sample::select(&MODELS[..])) {
        let tool = json!({"type": "function", "function": {"name": "f", "parameters": schema, "strict": true}});
        let request = json!({"messages": [{"role": "user", "content": "Hi"}], "tools": [tool]});
        let body = serde_json::to_value(&translate(&request, model).body).unwrap();
        rules::check(&body);
        let sent = &body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"];
        let text = sent.to_string();
        let refused: &[&str] = match model {
            model if model.contains("claude") => &[],
            model if model.contains("qwen") => &["\"contains\":"],
            model if model.contains("kimi") => &["\"pattern\":"],
            model if model.contains("mistral") => &[],
            _ => &["\"$ref\":"],
        };
        prop_assert!(refused.iter().all(|word| !text.contains(word)), "{}", text);
        prop_assert!(!model.contains("claude") || sent.get("anyOf").is_none(), "{}", text);
    }
}
