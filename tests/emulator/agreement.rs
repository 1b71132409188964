//! Two opinions on what each model takes, written apart: what the gateway's catalog permits, the emulator accepts.
//!
//! The other way round they may differ: the catalog is free to be more careful.

use bedrock_gateway::catalog::{
    Capabilities, Catalog, Effort, Level, ModelId, ReasoningShape, Sampling, StructuredOutput,
    ToolResultMedia, TopK,
};
use bedrock_gateway::emulator::{Emulator, Settings};
use serde_json::{Value, json};

use crate::cases::*;
use crate::support::{http, start};

const PNG: &str = "iVBORw0KGgo=";

/// Something that the catalog permits, as a request.
struct Probe {
    what: String,
    streams: bool,
    body: Value,
}

fn probe(what: impl Into<String>, body: Value) -> Probe {
    Probe { what: what.into(), streams: false, body }
}

/// The ids by which the emulated chat models can be called.
async fn ids(emulator: &Emulator) -> Vec<String> {
    let list = async |path: &str| -> Value {
        serde_json::from_slice(http(emulator, "GET", path, "").await.body()).expect("JSON")
    };
    let models = list("/foundation-models?byOutputModality=TEXT").await;
    let profiles = list("/inference-profiles?maxResults=1000&type=SYSTEM_DEFINED").await;
    let summaries = models["modelSummaries"].as_array().cloned().unwrap_or_default();
    let id_of = |summary: Value| {
        let base = summary["modelId"].as_str()?.to_owned();
        let profiles = profiles["inferenceProfileSummaries"].as_array()?;
        let mut profiles = profiles.iter().filter_map(|profile| profile["inferenceProfileId"].as_str());
        let own = summary["inferenceTypesSupported"][0] == "ON_DEMAND";
        if own {
            Some(base)
        } else {
            profiles.find(|id| id.ends_with(&format!(".{base}"))).map(str::to_owned)
        }
    };
    summaries.into_iter().filter_map(id_of).collect()
}

fn shows(block: Value) -> Value {
    request(json!([user(json!([block, {"text": "Hi"}]))]), json!({}))
}

fn returned(content: Value) -> Value {
    let id = "abcdefghi";
    turn(json!([call(id)]), json!([{"toolResult": {"toolUseId": id, "content": [content]}}]))
}

fn image() -> Value {
    json!({"image": {"format": "png", "source": {"bytes": PNG}}})
}

fn document(more: Value) -> Value {
    let mut document = json!({"name": "a", "format": "txt", "source": {"text": "t"}});
    if let (Value::Object(document), Value::Object(more)) = (&mut document, more) {
        document.extend(more);
    }
    json!({"document": document})
}

fn content(can: &Capabilities, add: &mut impl FnMut(bool, &str, Value)) {
    let s3 = json!({"format": "png", "source": {"s3Location": {"uri": "s3://bucket/a.png"}}});
    add(can.system, "system", with(json!({"system": [{"text": "s"}]})));
    let later = json!([hi(), {"role": "system", "content": [{"text": "s"}]}]);
    add(can.system_in_conversation, "system in conversation", request(later, json!({})));
    let said = assistant(json!([{"text": "a"}]));
    add(can.leading_assistant, "leading assistant", request(json!([said, hi()]), json!({})));
    add(can.prefill, "prefill", request(json!([hi(), said]), json!({})));
    add(can.images, "images", shows(image()));
    add(can.documents, "documents", shows(document(json!({}))));
    add(can.citations, "citations", shows(document(json!({"citations": {"enabled": true}}))));
    add(can.s3, "s3", shows(json!({"image": s3})));
    add(can.video, "video", shows(json!({"video": {"format": "mp4", "source": {"bytes": "AAAA"}}})));
    add(can.audio, "audio", shows(json!({"audio": {"format": "mp3", "source": {"bytes": "AAAA"}}})));
    let inside = can.tools && can.tool_result_media == ToolResultMedia::Inside;
    let papers = can.tools
        && can.tool_result_media != ToolResultMedia::Beside
        && can.tool_result_media != ToolResultMedia::NextTurn;
    add(inside && can.images, "image in a tool result", returned(image()));
    add(papers && can.documents, "document in a tool result", returned(document(json!({}))));
}

fn tool_use(can: &Capabilities, add: &mut impl FnMut(bool, &str, Value)) {
    let config = |more: Value| {
        let mut config = json!({"tools": [tool("f")]});
        if let (Value::Object(config), Value::Object(more)) = (&mut config, more) {
            config.extend(more);
        }
        with(json!({"toolConfig": config}))
    };
    let schema = |schema: Value, strict: Value| {
        let spec = json!({"name": "f", "strict": strict, "inputSchema": {"json": schema}});
        with(json!({"toolConfig": {"tools": [{"toolSpec": spec}]}}))
    };
    let property = |property: Value| json!({"type": "object", "properties": {"a": property}, "additionalProperties": false});
    let id = if can.short_tool_ids { "abcdefghi" } else { "tooluse_1" };
    let answered = |more: Value| {
        let result = json!({"toolResult": {"toolUseId": id, "content": [{"text": "ok"}]}});
        let mut results = vec![result];
        results.extend(more.as_array().cloned().unwrap_or_default());
        turn(json!([call(id)]), json!(results))
    };
    add(can.tools, "tools", config(json!({})));
    add(can.tools, "tool ids", answered(json!([])));
    add(
        can.tools && !can.tool_results_alone,
        "text beside a tool result",
        answered(json!([{"text": "and?"}])),
    );
    let mut status = answered(json!([]));
    status["messages"][2]["content"][0]["toolResult"]["status"] = "error".into();
    add(can.tools && can.tool_result_status, "tool result status", status);
    let unforced = !can.reasoning_by_default || can.forced_choice_while_reasoning;
    add(can.tool_choice_any && unforced, "toolChoice.any", config(json!({"toolChoice": {"any": {}}})));
    let one = json!({"toolChoice": {"tool": {"name": "f"}}});
    add(can.tool_choice_tool && unforced, "toolChoice.tool", config(one));
    let mut native = config(json!({}));
    native["additionalModelRequestFields"] = json!({"tool_choice": {"type": "none"}});
    add(can.tool_choice_native, "native tool_choice", native);
    add(can.strict_tools, "strict tools", schema(property(json!({"type": "string"})), true.into()));
    let defined = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {"type": "string"}}});
    add(can.tools && !can.inline_schema_refs, "$ref", schema(defined, Value::Null));
    let contains = json!({"type": "array", "contains": {"type": "string"}});
    add(can.tools && !can.no_contains, "contains", schema(property(contains), Value::Null));
    let mut union = property(json!({"type": "string"}));
    union["anyOf"] = json!([{"required": ["a"]}]);
    add(can.tools && !can.no_root_union, "union at the root", schema(union, Value::Null));
    let lookaround = json!({"type": "string", "pattern": "(?=a)"});
    add(can.tools && !can.no_lookaround, "lookaround", schema(property(lookaround), Value::Null));
    let sound = property(json!({"type": "string"}));
    let native = can.structured_output == StructuredOutput::Native;
    add(native, "structured output", with(json!({"outputConfig": schema_format(sound)})));
    let grounding = json!({"toolConfig": {"tools": [{"systemTool": {"name": "nova_grounding"}}]}});
    add(can.web_search, "web search", with(grounding));
}

fn parameters(can: &Capabilities, add: &mut impl FnMut(bool, &str, Value)) {
    let point = |ttl: &str| json!({"cachePoint": {"type": "default", "ttl": ttl}});
    let cached = |ttl: &str| with(json!({"system": [{"text": "s"}, point(ttl)]}));
    let config = |config: Value| with(json!({"inferenceConfig": config}));
    let native = |fields: Value| with(json!({"additionalModelRequestFields": fields}));
    let free = !can.reasoning_by_default;
    add(can.cache_points > 0, "cache points", cached("5m"));
    add(can.cache_1h, "cache points of an hour", cached("1h"));
    let tools = json!({"toolConfig": {"tools": [tool("f"), point("5m")]}});
    add(can.cache_tools, "cache points among tools", with(tools));
    add(
        can.sampling != Sampling::None,
        "temperature",
        config(json!({"temperature": if free { 0.5 } else { 1.0 }})),
    );
    add(
        can.sampling == Sampling::Free && free,
        "temperature and topP",
        config(json!({"temperature": 0.5, "topP": 0.5})),
    );
    add(can.top_k == TopK::TopK && free, "top_k", native(json!({"top_k": 5})));
    add(can.top_k == TopK::Nested, "topK", native(json!({"inferenceConfig": {"topK": 5}})));
    add(can.stop_sequences, "stop sequences", config(json!({"stopSequences": ["x"]})));
    add(
        can.stop_sequences && can.blank_stop_sequences,
        "blank stop sequences",
        config(json!({"stopSequences": ["\n"]})),
    );
    add(can.min_max_tokens > 0, "the least maxTokens", config(json!({"maxTokens": can.min_max_tokens})));
    let latency = json!({"performanceConfig": {"latency": "optimized"}});
    add(can.optimized_latency, "latency", with(latency));
    let thought = json!([{"reasoningContent": {"reasoningText": {"text": "hm"}}}, {"text": "a"}]);
    let thread = request(json!([hi(), assistant(thought), hi()]), json!({}));
    // Claude seals its reasoning, so nothing made up here passes for it.
    add(
        can.reasoning_history && !can.reasoning_tokens && can.top_k != TopK::TopK,
        "reasoning history",
        thread,
    );
}

/// The request fields of an effort, in the shape that the catalog says.
fn effort(can: &Capabilities, level: &Level) -> Option<Value> {
    let fields = match (can.reasoning, level) {
        (_, Level::Word(word)) if word == "omit" => return None,
        (ReasoningShape::Budget, Level::Budget(tokens)) => {
            json!({"thinking": {"type": "enabled", "budget_tokens": tokens}})
        }
        (ReasoningShape::Adaptive, Level::Word(word)) if word == "disabled" || word == "between_tools" => {
            json!({"thinking": {"type": word}})
        }
        (ReasoningShape::Adaptive, Level::Word(word)) => {
            json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": word}})
        }
        (ReasoningShape::ReasoningConfig, Level::Word(word)) => {
            json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": word}})
        }
        (ReasoningShape::Effort, Level::Word(word)) => json!({"reasoning_effort": word}),
        (ReasoningShape::EffortObject, Level::Word(word)) => json!({"reasoning": {"effort": word}}),
        (ReasoningShape::EffortConfig, Level::Word(word)) => json!({"reasoning_config": word}),
        (_, level) => json!({"no shape": format!("{level:?}")}),
    };
    Some(fields)
}

fn probes(can: &Capabilities) -> Vec<Probe> {
    let mut probes = Vec::new();
    let mut add = |may: bool, what: &str, body: Value| {
        if may {
            probes.push(probe(what, body));
        }
    };
    content(can, &mut add);
    tool_use(can, &mut add);
    parameters(can, &mut add);
    let plain = probe("streaming", with(json!({})));
    probes.push(Probe { streams: can.streaming, ..plain });
    let tools = probe("tools in a stream", with(super::cases::tools()));
    if can.tools {
        probes.push(Probe { streams: can.tools_in_stream, ..tools });
    }
    for (name, level) in &can.reasoning_levels {
        let fits = |tokens: u32| can.max_output == 0 || tokens + 1 < can.max_output;
        if matches!(level, Level::Budget(tokens) if !fits(*tokens)) {
            continue;
        }
        if let Some(fields) = effort(can, level) {
            let name: Effort = *name;
            // With thinking, a budget fits into no fewer tokens than the model gives.
            let mut body = with(json!({"additionalModelRequestFields": fields}));
            if let Level::Budget(tokens) = level {
                body["inferenceConfig"] = json!({"maxTokens": tokens + 1});
            }
            probes.push(Probe { streams: true, ..probe(format!("effort {name:?}"), body) });
        }
    }
    probes
}

#[tokio::test]
async fn what_the_catalog_permits_the_emulator_accepts() {
    let emulator = start(Settings::default()).await;
    let catalog = Catalog::built_in().expect("sound data");
    let (mut checked, mut differences) = (0, Vec::new());
    for id in ids(&emulator).await {
        let known = catalog.model(&ModelId::parse(&id).expect("a model id"));
        assert!(known.id.is_some(), "the catalog does not know {id}");
        for Probe { what, streams, body } in probes(&known.can) {
            checked += 1;
            if let Err((_, why)) = answer(&emulator, &id, streams, &body).await {
                differences.push(format!("{id}, {what}: {why}"));
            }
        }
    }
    assert!(checked > 1_500, "{checked}");
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}
