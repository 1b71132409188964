//! Requests at random: mostly what clients send, and now and then what they should not.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// One or two of each family, and one that nobody knows.
pub(crate) const MODELS: &[&str] = &[
    "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
    "anthropic.claude-3-haiku-20240307-v1:0",
    "us.anthropic.claude-sonnet-4-20250514-v1:0",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "us.anthropic.claude-sonnet-4-6",
    "us.anthropic.claude-opus-4-7",
    "us.anthropic.claude-opus-4-8",
    "us.anthropic.claude-sonnet-5",
    "us.anthropic.claude-opus-5-5",
    "us.anthropic.claude-sonnet-5-5",
    "amazon.nova-micro-v1:0",
    "amazon.nova-pro-v1:0",
    "us.amazon.nova-2-lite-v1:0",
    "amazon.titan-text-express-v1",
    "meta.llama3-1-70b-instruct-v1:0",
    "meta.llama3-8b-instruct-v1:0",
    "us.meta.llama4-scout-17b-instruct-v1:0",
    "mistral.mistral-7b-instruct-v0:2",
    "mistral.mistral-large-2402-v1:0",
    "us.mistral.pixtral-large-2502-v1:0",
    "mistral.ministral-3-8b-instruct",
    "us.deepseek.r1-v1:0",
    "deepseek.v3-v1:0",
    "qwen.qwen3-32b-v1:0",
    "openai.gpt-oss-120b-1:0",
    "us.openai.gpt-5.5",
    "us.xai.grok-4.6",
    "cohere.command-r-v1:0",
    "ai21.jamba-1-5-large-v1:0",
    "us.writer.palmyra-x5-v1:0",
    "moonshotai.kimi-k2.5",
    "us.moonshotai.kimi-k3",
    "minimax.minimax-m2",
    "zai.glm-4.7",
    "nvidia.nemotron-nano-9b-v2",
    "google.gemma-3-27b-it",
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456",
];

const TEXTS: &[&str] = &[
    "Hello",
    "Use get_weather, please",
    "What now?",
    "Go on.",
    "Größe: 5 €\n",
    " ",
    "",
    "x\u{1f600}",
    "ends in space ",
];

/// A white pixel.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4////fwAJ+wP9CNHoHgAAAABJRU5ErkJggg==";

const TOOL_NAMES: &[&str] = &[
    "get_weather",
    "mcp__filesystem_server__read_text_file_with_line_numbers_and_more_words",
    "files.read/text",
    "9lives",
];

/// A request for chat completions.
pub(super) fn any_request() -> BoxedStrategy<Value> {
    (select(MODELS), conversation(), parameters(), tools(), answer_shape(), rarities())
        .prop_map(|(model, messages, parameters, tools, shape, rarities)| {
            let mut body = Map::new();
            body.insert("model".into(), model.into());
            body.insert("messages".into(), messages.into());
            for part in [parameters, tools, shape, rarities] {
                body.extend(part);
            }
            if body.get("stream") != Some(&Value::Bool(true)) {
                body.remove("stream_options");
            }
            Value::Object(body)
        })
        .boxed()
}

/// A member that is there now and then.
fn member(
    name: &'static str,
    chance: f64,
    values: impl Strategy<Value = Value> + 'static,
) -> BoxedStrategy<Option<(String, Value)>> {
    proptest::option::weighted(chance, values.prop_map(move |value| (name.to_owned(), value))).boxed()
}

fn one_of(values: &[Value]) -> impl Strategy<Value = Value> + use<> {
    select(values.to_vec())
}

fn members(
    members: Vec<BoxedStrategy<Option<(String, Value)>>>,
) -> impl Strategy<Value = Map<String, Value>> {
    members.prop_map(|members| members.into_iter().flatten().collect())
}

// --- messages ---

fn conversation() -> impl Strategy<Value = Vec<Value>> {
    let head = proptest::collection::vec(instructions(), 0..2);
    let round = prop_oneof![
        4 => user().prop_map(|user| vec![user]),
        2 => (user(), assistant()).prop_map(|(user, assistant)| vec![user, assistant]),
        3 => (user(), calls()).prop_map(|(user, mut calls)| { calls.insert(0, user); calls }),
        1 => instructions().prop_map(|instructions| vec![instructions]),
    ];
    let last = prop_oneof![6 => user(), 1 => assistant()];
    (head, proptest::collection::vec(round, 0..3), last).prop_map(|(head, rounds, last)| {
        head.into_iter().chain(rounds.into_iter().flatten()).chain([last]).collect()
    })
}

fn instructions() -> impl Strategy<Value = Value> {
    (select(&["system", "developer"][..]), select(TEXTS))
        .prop_map(|(role, text)| json!({"role": role, "content": text}))
}

fn user() -> impl Strategy<Value = Value> {
    let content = prop_oneof![
        3 => select(TEXTS).prop_map(Value::from),
        2 => proptest::collection::vec(part(), 1..4).prop_map(Value::from),
    ];
    content.prop_map(|content| json!({"role": "user", "content": content}))
}

fn part() -> impl Strategy<Value = Value> {
    let text = json!({"type": "text", "text": "Look."});
    let image = |label: &str| json!({"type": "image_url", "image_url": {"url": format!("data:{label};base64,{PNG}")}});
    let file = |name: &str, label: &str, data: &str| json!({"type": "file", "file": {"filename": name, "file_data": format!("data:{label};base64,{data}")}});
    prop_oneof![
        16 => one_of(&[text.clone(), json!({"type": "text", "text": "cached", "cache_control": {"type": "ephemeral"}}),
            json!({"type": "text", "text": "cached longer", "cache_control": {"type": "ephemeral", "ttl": "1h"}}),
            json!({"type": "text", "text": " "})]),
        3 => one_of(&[image("image/png"), image("image/jpg"), image("IMAGE/JPEG")]),
        2 => one_of(&[
            file("Jahres bericht.v2.txt", "text/plain", "SGVsbG8="),
            file("报告.pdf", "application/pdf", "JVBERi0xLjQKJSVFT0YK"),
            file("table.csv", "text/csv", "YSxiCjEsMgo="),
        ]),
        1 => one_of(&[
            json!({"type": "input_audio", "input_audio": {"format": "wav", "data": "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA="}}),
            json!({"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}),
            json!({"type": "image_url", "image_url": {"url": "data:image/svg+xml;base64,PHN2Zy8+"}}),
            json!({"type": "file", "file": {"file_id": "file-1"}}),
        ]),
    ]
}

fn assistant() -> impl Strategy<Value = Value> {
    (select(TEXTS), proptest::option::weighted(0.3, thoughts())).prop_map(|(text, thoughts)| {
        let mut message = json!({"role": "assistant", "content": text});
        merge(&mut message, thoughts);
        message
    })
}

/// Reasoning without proof: what has been signed only comes of a real answer.
fn thoughts() -> impl Strategy<Value = Value> {
    one_of(&[
        json!({"reasoning_content": "Hm."}),
        json!({"thinking_blocks": [{"type": "thinking", "thinking": "Hm."}]}),
    ])
}

fn merge(message: &mut Value, members: Option<Value>) {
    if let (Some(message), Some(Value::Object(members))) = (message.as_object_mut(), members) {
        message.extend(members);
    }
}

/// An assistant's calls and their results.
fn calls() -> impl Strategy<Value = Vec<Value>> {
    let ids = proptest::sample::subsequence(
        vec![
            "call_1",
            "tooluse_a.b:c",
            "weird id/€",
            "call_00000000000000000000000000000000000000000000000000000000000000000000",
        ],
        1..3,
    );
    let arguments =
        select(&["{}", "", "{\"city\":\"Oslo\"}", "{\"city\": \"Oslo\", \"deep\": {\"a\": [1, null]}}"][..]);
    let result = prop_oneof![
        4 => select(TEXTS).prop_map(Value::from),
        1 => Just(json!([{"type": "text", "text": "21 degrees"}])),
        1 => Just(json!([{"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{PNG}")}}])),
        1 => one_of(&[
            json!([{"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjQKJSVFT0YK"}}]),
            json!([{"type": "file", "file": {"filename": "a.csv", "file_data": "data:text/csv;base64,YSxiCjEsMgo="}}]),
        ]),
    ];
    (ids, select(TOOL_NAMES), arguments, result, select(TEXTS), any::<bool>()).prop_map(
        |(ids, name, arguments, result, text, reversed)| {
            let calls: Vec<Value> = ids
                .iter()
                .map(|id| json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}))
                .collect();
            let mut results: Vec<Value> =
                ids.iter().map(|id| json!({"role": "tool", "tool_call_id": id, "content": result})).collect();
            if reversed {
                results.reverse();
            }
            let turn = json!({"role": "assistant", "content": text, "tool_calls": calls});
            [turn].into_iter().chain(results).collect()
        },
    )
}

// --- members ---

fn parameters() -> impl Strategy<Value = Map<String, Value>> {
    members(vec![
        member("stream", 0.4, one_of(&[json!(true), json!(true), json!(false)])),
        member("stream_options", 0.3, Just(json!({"include_usage": true}))),
        member(
            "max_tokens",
            0.2,
            one_of(&[json!(1), json!(16), json!(1024), json!(4000), json!(1_000_000), json!(0)]),
        ),
        member("max_completion_tokens", 0.2, one_of(&[json!(5), json!(2048), json!(64_000), json!(200_000)])),
        member("temperature", 0.25, one_of(&[json!(0), json!(0.3), json!(1), json!(1.7)])),
        member("top_p", 0.2, one_of(&[json!(0.9), json!(1), json!(0)])),
        member("top_k", 0.1, one_of(&[json!(1), json!(40)])),
        member(
            "stop",
            0.15,
            one_of(&[json!("END"), json!(["a", "b", "c", "d", "e"]), json!("\n"), json!("")]),
        ),
        member(
            "reasoning_effort",
            0.25,
            select(&["none", "minimal", "low", "medium", "high", "xhigh", "max"][..]).prop_map(Value::from),
        ),
        member(
            "thinking",
            0.1,
            one_of(&[
                json!({"type": "enabled", "budget_tokens": 2048}),
                json!({"type": "enabled", "budget_tokens": 10}),
                json!({"type": "adaptive"}),
                json!({"type": "disabled"}),
            ]),
        ),
    ])
}

fn tools() -> impl Strategy<Value = Map<String, Value>> {
    let schema = one_of(&[
        json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": false}),
        json!({"type": "object", "properties": {"day": {"$ref": "#/$defs/day"}}, "$defs": {"day": {"type": "string"}}}),
        json!({"type": "object", "properties": {"tags": {"type": "array", "items": {"type": "string"}, "contains": {"const": "a"}}}}),
        json!({"type": "object", "properties": {"code": {"type": "string", "pattern": "^(?!x).*$"}}}),
        json!({"type": "object", "properties": {"node": {"$ref": "#"}}}),
        json!({"properties": {}}),
        json!({}),
        Value::Null,
    ]);
    let tool = (select(TOOL_NAMES), schema, proptest::option::weighted(0.3, any::<bool>()), any::<bool>()).prop_map(
        |(name, schema, strict, marked)| {
            let mut tool = json!({"type": "function", "function": {"name": name, "description": "", "parameters": schema}});
            if let Some(strict) = strict {
                tool["function"]["strict"] = strict.into();
            }
            if marked {
                tool["cache_control"] = json!({"type": "ephemeral"});
            }
            tool
        },
    );
    let custom =
        Just(json!({"type": "custom", "custom": {"name": "shell", "description": "Runs a command"}}));
    let list = proptest::collection::vec(prop_oneof![8 => tool, 1 => custom], 0..4).prop_map(|mut tools| {
        let mut seen = std::collections::HashSet::new();
        tools.retain(|tool| {
            seen.insert(tool["function"]["name"].to_string() + &tool["custom"]["name"].to_string())
        });
        Value::from(tools)
    });
    let choice = one_of(&[
        json!("auto"),
        json!("none"),
        json!("required"),
        json!({"type": "function", "function": {"name": "get_weather"}}),
        json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "get_weather"}}]}}),
    ]);
    members(vec![
        member("tools", 0.5, list),
        member("tool_choice", 0.3, choice),
        member("parallel_tool_calls", 0.2, any::<bool>().prop_map(Value::from)),
    ])
}

fn answer_shape() -> impl Strategy<Value = Map<String, Value>> {
    let format = |schema: Value, strict: bool| json!({"type": "json_schema", "json_schema": {"name": "city", "strict": strict, "schema": schema}});
    let city = json!({"type": "object", "properties": {"name": {"type": "string"}, "size": {"type": "integer"}},
        "required": ["name", "size"], "additionalProperties": false});
    let open = json!({"type": "object", "properties": {"name": {"type": "string", "minLength": 1}, "of": {"$ref": "#/$defs/of"}},
        "required": ["name"], "$defs": {"of": {"type": "array", "items": {"type": "number", "minimum": 0}, "maxItems": 3}}});
    members(vec![member(
        "response_format",
        0.25,
        one_of(&[
            json!({"type": "text"}),
            json!({"type": "json_object"}),
            format(city.clone(), true),
            format(city, false),
            format(open, true),
        ]),
    )])
}

fn rarities() -> impl Strategy<Value = Map<String, Value>> {
    members(vec![
        member("n", 0.03, one_of(&[json!(1), json!(2)])),
        member("seed", 0.1, Just(json!(7))),
        member("frequency_penalty", 0.05, one_of(&[json!(0), json!(0.5)])),
        member("logprobs", 0.03, any::<bool>().prop_map(Value::from)),
        member("user", 0.1, Just(json!("{\"id\": \"ü\"}"))),
        member("metadata", 0.1, Just(json!({"team": "Größe", "n": "1"}))),
        member(
            "service_tier",
            0.1,
            one_of(&[json!("auto"), json!("default"), json!("flex"), json!("priority"), json!("scale")]),
        ),
        member("prompt_cache_key", 0.05, Just(json!("k"))),
        member("prompt_cache_retention", 0.1, one_of(&[json!("in_memory"), json!("24h")])),
        member(
            "prompt_cache_options",
            0.1,
            one_of(&[json!({"mode": "implicit"}), json!({"mode": "explicit", "ttl": "30m"})]),
        ),
        member("performanceConfig", 0.05, Just(json!({"latency": "optimized"}))),
        member("web_search_options", 0.03, Just(json!({}))),
        member("verbosity", 0.05, Just(json!("low"))),
        member("odd_member", 0.05, Just(json!({"a": 1}))),
        member("extra_body", 0.05, one_of(&[json!({"top_k": 5}), json!({"seed": 5, "temperature": 0.5})])),
    ])
}
