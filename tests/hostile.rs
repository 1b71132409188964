//! Requests, and answers to them, that were made to be expensive: whatever they hold, the work is in proportion to
//! their size. Each of these takes a second or two when it is, and minutes or all the memory when it is not.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use bedrock_gateway::{
    catalog::{Catalog, Defaults, ModelId},
    converse::Answer,
    openai::chat::ChatRequest,
    translate::{Context, Fetched, Policy, Refusal, ReplyHead, Translated, reply, request},
};
use serde_json::{Value, json};
use std::{sync::mpsc, thread, time::Duration};

const CLAUDE: &str = "anthropic.claude-sonnet-4-5-20250929-v1:0";
const NOVA: &str = "amazon.nova-pro-v1:0";
const QWEN: &str = "qwen.qwen3-32b-v1:0";

/// Far more than a debug build needs on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, waiting) = mpsc::channel();
    thread::spawn(move || drop(done.send(work())));
    waiting.recv_timeout(PATIENCE).expect("it takes too long")
}

fn translated(model: &str, body: Value) -> Result<Translated<'static>, Refusal> {
    let parsed: ChatRequest = serde_json::from_str(body.to_string().leak()).unwrap();
    let model = Catalog::built_in().unwrap().model(&ModelId::parse(model).unwrap());
    let (policy, media) = (Policy::default(), Fetched::default());
    let cx = Context { can: &model.can, defaults: Defaults::default(), policy: &policy, media: &media };
    request(parsed, cx)
}

/// The size of what is sent.
fn sent(model: &'static str, body: Value) -> usize {
    in_time(move || {
        let translated = translated(model, body).unwrap();
        serde_json::to_vec(&translated.body).unwrap().len()
    })
}

fn with_parameters(parameters: Value) -> Value {
    let function = json!({"name": "f", "parameters": parameters});
    json!({"messages": [{"role": "user", "content": "?"}], "tools": [{"type": "function", "function": function}]})
}

fn with_schema(schema: Value) -> Value {
    let format =
        json!({"type": "json_schema", "json_schema": {"name": "a", "strict": true, "schema": schema}});
    json!({"messages": [{"role": "user", "content": "?"}], "response_format": format})
}

/// A schema within a schema within a schema.
fn nested(depth: usize, wrap: fn(Value) -> Value) -> Value {
    let inner = (0..depth).fold(json!({"type": "string"}), |schema, _| wrap(schema));
    json!({"type": "object", "properties": {"a": inner}})
}

#[test]
fn what_moves_to_a_description_moves_once() {
    let contains = || nested(100, |schema| json!({"contains": schema}));
    assert!(sent(QWEN, with_parameters(contains())) < 20_000);
    assert!(sent(CLAUDE, with_schema(contains())) < 20_000);
    let patterns = nested(50, |schema| json!({"patternProperties": {"(?=a)": schema}}));
    assert!(sent("moonshotai.kimi-k3", with_parameters(patterns)) < 20_000);
}

#[test]
fn references_are_looked_up() {
    let count = 100_000;
    let names = || (0..count).map(|index| format!("n{index}"));
    let definitions: Value =
        names().map(|name| (name, json!(true))).collect::<serde_json::Map<_, _>>().into();
    let references: Vec<_> = names().map(|name| json!({"$ref": format!("#/$defs/{name}")})).collect();
    for model in [CLAUDE, NOVA] {
        let schema =
            json!({"type": "object", "properties": {"a": {"anyOf": references}}, "$defs": definitions});
        sent(model, with_parameters(schema));
    }
}

#[test]
fn what_stands_beside_a_reference_is_looked_up() {
    let mut beside = serde_json::Map::from_iter((0..100_000).map(|index| (format!("x{index}"), json!(0))));
    beside.insert("$ref".to_owned(), json!("#/$defs/a"));
    let schema = json!({"type": "object", "properties": {"a": beside}, "$defs": {"a": {"type": "string"}}});
    sent(NOVA, with_parameters(schema));
}

#[test]
fn calls_without_ids_find_their_results() {
    let count = 100_000;
    let call =
        |index| json!({"role": "assistant", "content": null, "function_call": {"name": format!("f{index}")}});
    let result = |index| json!({"role": "function", "name": format!("f{index}"), "content": "1"});
    let messages: Vec<_> = (0..count).map(call).chain((0..count).rev().map(result)).collect();
    assert!(in_time(move || translated(CLAUDE, json!({"messages": messages})).is_ok()));
}

#[test]
fn allowed_tools_are_looked_up() {
    let named = |index| json!({"type": "function", "function": {"name": format!("function_{index}")}});
    let tools: Vec<_> = (0..100_000).map(named).collect();
    let choice = json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": tools}});
    let messages = json!([{"role": "user", "content": "?"}]);
    sent(CLAUDE, json!({"messages": messages, "tools": tools, "tool_choice": choice}));
}

#[test]
fn cache_points_find_their_place() {
    let film = "data:video/mp4;base64,AAAAGGZ0eXBtcDQyAAAAAA==";
    let video =
        json!({"type": "video_url", "video_url": {"url": film}, "cache_control": {"type": "ephemeral"}});
    let mut parts = vec![json!({"type": "text", "text": "?"})];
    parts.extend(std::iter::repeat_n(video, 60_000));
    sent(NOVA, json!({"messages": [{"role": "user", "content": parts}]}));
}

/// Reads a model's document against a schema.
fn read(schema: Value, document: Value) -> bool {
    in_time(move || {
        let restore = translated("meta.llama3-1-70b-instruct-v1:0", with_schema(schema)).unwrap().restore;
        let answer = json!({
            "output": {"message": {"role": "assistant", "content": [{"text": document.to_string()}]}},
            "stopReason": "end_turn",
            "usage": {"inputTokens": 1, "outputTokens": 1},
        });
        let answer: Answer = serde_json::from_value(answer).unwrap();
        let head = ReplyHead { id: "chatcmpl-1".into(), created: 1, model: "m".into() };
        reply(answer, head, &restore).is_ok()
    })
}

/// A schema that looks at the same thing half a million times.
fn doubled(last: Value) -> Value {
    let mut definitions = serde_json::Map::from_iter([("n18".to_owned(), last)]);
    for index in 0..18 {
        let next = json!({"$ref": format!("#/$defs/n{}", index + 1)});
        definitions.insert(format!("n{index}"), json!({"allOf": [next, next]}));
    }
    json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/n0"}}, "$defs": definitions})
}

#[test]
fn every_look_at_a_document_is_counted() {
    let (list, text) = (json!(vec![0; 50_000]), json!("a".repeat(200_000)));
    let members: serde_json::Map<_, _> = (0..20_000).map(|index| (format!("m{index}"), json!(0))).collect();
    for (schema, document) in [
        (json!({"items": true}), list.clone()),
        (json!({"const": list}), list.clone()),
        (json!({"enum": [list]}), list),
        (json!({"maxLength": 1_000_000}), text.clone()),
        (json!({"const": text}), text.clone()),
        (json!({"pattern": "^(a{0,30}){0,30}b?"}), text),
        (json!({"additionalProperties": true}), members.clone().into()),
        (json!({"propertyNames": true}), members.into()),
    ] {
        assert!(!read(doubled(schema.clone()), json!({"a": document})), "{schema}");
    }
    // Looks at one member, and at nothing within it.
    assert!(read(doubled(json!({"dependentSchemas": {"a": true}})), json!({"a": {"a": vec![0; 50_000]}})));
}

#[test]
fn patterns_are_counted() {
    let patterns: serde_json::Map<_, _> =
        (0..20_000).map(|index| (format!("^.{{0,200}}{index}$"), json!(true))).collect();
    let schema = json!({"type": "object", "patternProperties": patterns});
    assert!(!read(schema, json!({"a": 1})));
}
