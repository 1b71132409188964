//! Which schemas are refused, for tools and for structured output.

use serde_json::{Value, json};

use crate::cases::*;

const DEEPSEEK: &str = "deepseek.v3-v1:0";
const KIMI_K3: &str = "us.moonshotai.kimi-k3";

fn spec(schema: Value, strict: bool) -> Value {
    let mut spec = json!({"name": "f", "inputSchema": {"json": schema}});
    if strict {
        spec["strict"] = true.into();
    }
    with(json!({"toolConfig": {"tools": [{"toolSpec": spec}]}}))
}

fn format(schema: Value) -> Value {
    with(json!({"outputConfig": schema_format(schema)}))
}

/// An object whose only property is this.
fn object(property: Value) -> Value {
    json!({"type": "object", "properties": {"a": property}, "required": ["a"], "additionalProperties": false})
}

#[tokio::test]
async fn grammars_are_made_of_simple_schemas() {
    let cases = [
        (
            json!({"type": "object", "properties": {}}),
            "'additionalProperties' must be explicitly set to false",
        ),
        (object(json!({"type": "object"})), "'additionalProperties' must be explicitly"),
        (object(json!({"type": ["object", "null"]})), "'additionalProperties' must be explicitly"),
        (
            object(json!({"type": "array", "items": {"type": "object"}})),
            "'additionalProperties' must be explicitly",
        ),
        (
            object(json!({"anyOf": [{"properties": {}}, {"type": "null"}]})),
            "'additionalProperties' must be explicitly",
        ),
        (object(json!({"type": "integer", "minimum": 1})), "property 'minimum' is not supported"),
        (
            object(json!({"type": "integer", "exclusiveMaximum": 1})),
            "property 'exclusiveMaximum' is not supported",
        ),
        (object(json!({"type": "number", "multipleOf": 2})), "property 'multipleOf' is not supported"),
        (object(json!({"type": "string", "maxLength": 2})), "property 'maxLength' is not supported"),
        (object(json!({"type": "array", "maxItems": 2})), "property 'maxItems' is not supported"),
        (object(json!({"type": "array", "minItems": 2})), "'minItems' values other than 0 or 1"),
        (object(json!({"type": "string", "pattern": "^(?!x)"})), "look-around"),
        (object(json!({"$ref": "#"})), "Circular reference"),
        (object(json!({"$ref": "https://example.com/schema.json"})), "External schema references"),
        (object(json!({"$ref": "#/$defs/none"})), "'/$defs/none' does not exist"),
    ];
    let mut circular = object(json!({"$ref": "#/$defs/node"}));
    circular["$defs"] =
        json!({"node": object(json!({"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}))});
    let mut wrong = vec![(CLAUDE_4_5, format(circular), "Circular reference")];
    for (schema, text) in cases {
        wrong.push((CLAUDE_4_5, format(schema.clone()), text));
        wrong.push((CLAUDE_4_5, spec(schema, true), text));
    }
    refused(wrong).await;
    let mut sound =
        object(json!({"anyOf": [{"$ref": "#/$defs/who"}, {"$ref": "#/$defs/who"}, {"type": "null"}]}));
    sound["$defs"] =
        json!({"who": object(json!({"type": "array", "minItems": 1, "items": {"enum": ["a", 1]}}))});
    let named = object(json!({"type": "string", "pattern": "^a+$", "description": "minimum"}));
    accepted(vec![
        (CLAUDE_4_5, format(sound.clone())),
        (CLAUDE_4_5, spec(sound, true)),
        (CLAUDE_4_5, format(named)),
        (
            CLAUDE_4_5,
            spec(
                json!({"type": "object", "properties": {"minimum": {"type": "integer", "minimum": 1}}}),
                false,
            ),
        ),
    ])
    .await;
}

#[tokio::test]
async fn structured_output_is_for_some() {
    let sound = || format(object(json!({"type": "string"})));
    let without = [
        CLAUDE_3,
        CLAUDE_3_7,
        CLAUDE_4_8,
        CLAUDE_5,
        CLAUDE_5_5,
        NOVA,
        NOVA_2,
        LLAMA,
        MISTRAL,
        GPT,
        GROK,
        GPT_OSS,
        "mistral.devstral-2-123b",
        "zai.glm-4.7",
        KIMI_K3,
        "qwen.qwen3-coder-next",
        "nvidia.nemotron-nano-9b-v2",
    ];
    refused(without.map(|model| (model, sound(), "outputConfig.textFormat")).into()).await;
    let mut prose = sound();
    prose["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"] = "a list".into();
    let mut prefilled = sound();
    prefilled["messages"] = json!([hi(), assistant(json!([{"text": "{"}]))]);
    refused(vec![
        (CLAUDE_4_5, prose, "not a valid JSON schema"),
        (CLAUDE_4_5, prefilled, "together with a prefill"),
    ])
    .await;
    let has = [
        CLAUDE_4_5,
        CLAUDE_4_6,
        QWEN,
        DEEPSEEK,
        "zai.glm-5",
        "us.zai.glm-5.3",
        "moonshot.kimi-k2-thinking",
        "minimax.minimax-m2",
        "mistral.ministral-3-8b-instruct",
        "google.gemma-3-27b-it",
        "nvidia.nemotron-nano-3-30b",
        "us.anthropic.claude-mythos-5-1",
        "us.xai.grok-4.7",
    ];
    accepted(has.map(|model| (model, sound())).into()).await;
}

#[tokio::test]
async fn strict_tools_are_for_some_and_few() {
    let sound = || spec(object(json!({"type": "string"})), true);
    let without = [CLAUDE_3_7, CLAUDE_4_8, CLAUDE_5_5, NOVA, GPT, GROK, GPT_OSS, DEEPSEEK];
    refused(without.map(|model| (model, sound(), "tools.0.custom.strict: Extra inputs")).into()).await;
    let has = [
        CLAUDE_4_5,
        CLAUDE_4_6,
        QWEN,
        "mistral.ministral-3-8b-instruct",
        "zai.glm-4.7",
        "minimax.minimax-m2",
    ];
    accepted(has.map(|model| (model, sound())).into()).await;
    let many = |count: usize| {
        let tool = |n: usize| {
            let schema = json!({"type": "object", "additionalProperties": false});
            json!({"toolSpec": {"name": format!("f{n}"), "strict": true, "inputSchema": {"json": schema}}})
        };
        with(json!({"toolConfig": {"tools": (0..count).map(tool).collect::<Vec<_>>()}}))
    };
    refused(vec![(CLAUDE_4_5, many(21), "Too many strict tools (21)")]).await;
    accepted(vec![(CLAUDE_4_5, many(20)), (QWEN, many(21))]).await;
}

#[tokio::test]
async fn families_refuse_keywords_that_they_cannot_follow() {
    let pattern = || {
        spec(json!({"type": "object", "properties": {"a": {"type": "string", "pattern": "(?=x)"}}}), false)
    };
    let contains = || {
        spec(
            json!({"type": "object", "properties": {"a": {"type": "array", "contains": {"type": "string"}}}}),
            false,
        )
    };
    let refers = || {
        let defs = json!({"p": {"type": "string"}});
        spec(json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/p"}}, "$defs": defs}), false)
    };
    let union =
        || spec(json!({"type": "object", "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}), false);
    refused(vec![
        (
            CLAUDE_4_5,
            union(),
            "tools.0.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf",
        ),
        (GROK, pattern(), "look-around"),
        (KIMI_K3, pattern(), "look-around"),
        (QWEN, contains(), "the keyword contains"),
        (NOVA, refers(), "$ref cannot be resolved"),
        (GPT_OSS, refers(), "$ref cannot be resolved"),
    ])
    .await;
    accepted(vec![
        (CLAUDE_4_5, pattern()),
        ("mistral.ministral-3-8b-instruct", contains()),
        (CLAUDE_4_5, refers()),
        (QWEN, refers()),
        (NOVA, union()),
        (QWEN, spec(json!({"type": "object", "properties": {"contains": {"type": "string"}}}), false)),
    ])
    .await;
}
