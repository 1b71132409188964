//! What Bedrock refuses is refused, in words that clients look for, and nothing else is.

use bedrock_gateway::emulator::Settings;
use serde_json::{Value, json};

use crate::cases::*;
use crate::support::{path, start};

#[tokio::test]
async fn shapes_are_those_of_the_service_model() {
    let long = "x".repeat(65);
    let meta: serde_json::Map<String, Value> = (0..17).map(|n| (format!("k{n}"), json!("v"))).collect();
    let two = json!([{"text": "a", "toolUse": {"toolUseId": "t", "name": "f", "input": {}}}]);
    refused(vec![
        (NOVA, with(json!({"top_k": 5})), "extraneous key [top_k]"),
        (NOVA, with(json!({"inferenceConfig": {"topK": 5}})), "#/inferenceConfig: extraneous key [topK]"),
        (NOVA, request(json!([{"role": "user", "content": [{"text": "a"}], "name": "x"}]), json!({})), "[name]"),
        (NOVA, with(json!({"inferenceConfig": {"maxTokens": 0}})), "Value '0' at 'inferenceConfig.maxTokens' failed"),
        (NOVA, with(json!({"inferenceConfig": {"maxTokens": "9"}})), "STRING_VALUE can not be converted to an Integer"),
        (NOVA, with(json!({"inferenceConfig": {"maxTokens": 1.5}})), "NUMBER_VALUE can not be converted"),
        (NOVA, with(json!({"inferenceConfig": {"temperature": 1.5}})), "less than or equal to 1"),
        (NOVA, with(json!({"inferenceConfig": {"topP": -0.1}})), "'inferenceConfig.topP' failed"),
        (NOVA, with(json!({"inferenceConfig": {"stopSequences": [""]}})), "'inferenceConfig.stopSequences.1.member'"),
        (
            NOVA,
            with(json!({"inferenceConfig": {"maxTokens": 0, "topP": 2}})),
            "2 validation errors detected: Value '0' at",
        ),
        (NOVA, with(json!({"system": "text"})), "STRING_VALUE can not be converted to a List"),
        (NOVA, with(json!({"system": [{"text": ""}]})), "'system.1.member.text' failed"),
        (NOVA, with(json!({"toolConfig": {"tools": []}})), "Value '[]' at 'toolConfig.tools' failed"),
        (NOVA, with(json!({"toolConfig": {"toolChoice": {"auto": {}}}})), "'toolConfig.tools' failed"),
        (NOVA, with(json!({"toolConfig": {"tools": [tool(&long)]}})), "less than or equal to 64"),
        (NOVA, with(json!({"toolConfig": {"tools": [tool("a.b")]}})), "regular expression pattern: [a-zA-Z0-9_-]+"),
        (
            NOVA,
            with(json!({"toolConfig": {"tools": [tool("f")], "toolChoice": {"none": {}}}})),
            "#/toolConfig/toolChoice: extraneous key [none]",
        ),
        (
            NOVA,
            with(json!({"toolConfig": {"tools": [tool("f")], "toolChoice": {"auto": {}, "any": {}}}})),
            "Exactly one member must be set at 'toolConfig.toolChoice', but 2 are",
        ),
        (
            NOVA,
            with(json!({"toolConfig": {"tools": [{"toolSpec": {"name": "f", "description": "", "inputSchema": {"json": {"type": "object"}}}}]}})),
            "toolSpec.description",
        ),
        (NOVA, request(json!([{"role": "tool", "content": [{"text": "a"}]}]), json!({})), "[user, assistant, system]"),
        (NOVA, request(json!([{"role": "user"}]), json!({})), "'messages.1.member.content' failed"),
        (NOVA, request(json!([user(json!("text"))]), json!({})), "STRING_VALUE can not be converted to a List"),
        (NOVA, request(json!([user(json!([{}]))]), json!({})), "at 'messages.1.member.content.1.member', but 0 are"),
        (NOVA, request(json!([assistant(two)]), json!({})), "but 2 are"),
        (NOVA, turn(json!([call("bad id")]), json!([result("bad id")])), "toolUse.toolUseId"),
        (NOVA, turn(json!([call(&long)]), json!([result(&long)])), "less than or equal to 64"),
        (NOVA, with(json!({"requestMetadata": {}})), "greater than or equal to 1"),
        (NOVA, with(json!({"requestMetadata": meta})), "less than or equal to 16"),
        (NOVA, with(json!({"requestMetadata": {"k": "{}"}})), "'requestMetadata.k.value' failed"),
        (NOVA, with(json!({"serviceTier": {"type": "scale"}})), "[priority, default, flex, reserved]"),
        (NOVA, with(json!({"performanceConfig": {"latency": "fast"}})), "[standard, optimized]"),
        (NOVA, with(json!({"additionalModelResponseFieldPaths": ["x"]})), "not a valid JSON Pointer"),
    ])
    .await;
}

#[tokio::test]
async fn conversations_are_well_formed() {
    let wild = |kind: &str| user(json!([{kind: {"toolUseId": "t", "name": "f", "input": {}}}]));
    refused(vec![
        (NOVA, request(json!([]), json!({})), "at least one message"),
        (NOVA, json!({}), "at least one message"),
        (NOVA, request(json!([hi(), hi()]), json!({})), "must alternate between user and assistant"),
        (NOVA, request(json!([user(json!([]))]), json!({})), "The content field in the Message object at messages.0"),
        (NOVA, request(json!([user(json!([{"text": " \n"}]))]), json!({})), "at messages.0.content.0 is blank"),
        (NOVA, with(json!({"system": [{"guardContent": {"text": {"text": " "}}}]})), "SystemContentBlock"),
        (NOVA, request(json!([user(json!([{"guardContent": {"text": {"text": ""}}}]))]), json!({})), "at messages.0.content.0 is blank"),
        (NOVA, with(json!({"system": [{"text": " "}]})), "SystemContentBlock object at system.0 is blank"),
        (NOVA, request(json!([wild("toolUse")]), tools()), "The toolUse block at messages.0.content.0"),
        (
            NOVA,
            request(json!([hi(), assistant(json!([result("t")]))]), tools()),
            "toolResult block at messages.1.content.0 must be in a message of the user role",
        ),
        (NOVA, request(json!([assistant(json!([{"text": "Hi"}])), hi()]), json!({})), "must start with a user message"),
        (LLAMA, request(json!([assistant(json!([{"text": "Hi"}])), hi()]), json!({})), "must start with a user message"),
        (
            CLAUDE_4_8,
            request(json!([{"role": "system", "content": [{"text": "s"}]}, hi()]), json!({})),
            "system message at messages.0",
        ),
        (
            CLAUDE_4_6,
            request(json!([hi(), {"role": "system", "content": [{"text": "s"}]}]), json!({})),
            "doesn't support messages of the system role",
        ),
        (
            CLAUDE_4_5,
            with(json!({"system": [{"text": "a"}, {"cachePoint": {"type": "default"}}, {"cachePoint": {"type": "default"}},
                {"cachePoint": {"type": "default"}}, {"cachePoint": {"type": "default"}}, {"cachePoint": {"type": "default"}}]})),
            "Found 5",
        ),
        (
            CLAUDE_4_5,
            with(json!({"toolConfig": {"tools": [tool("f"), {"cachePoint": {"type": "default"}}]},
                "system": [{"text": "s"}, {"cachePoint": {"type": "default", "ttl": "1h"}}]})),
            "must not come after",
        ),
        (NOVA, request(json!([user(json!([{"cachePoint": {"type": "default"}}]))]), json!({})), "Field required"),
    ])
    .await;
}

#[tokio::test]
async fn calls_and_results_pair_up() {
    refused(vec![
        (
            NOVA,
            turn(json!([call("a"), call("b")]), json!([result("a")])),
            "messages.2.content for the following Ids: b",
        ),
        (NOVA, turn(json!([call("a")]), json!([{"text": "no"}])), "Expected toolResult blocks at messages.2"),
        (
            NOVA,
            turn(json!([call("a")]), json!([result("a"), result("z")])),
            "exceeds the number of toolUse blocks",
        ),
        (NOVA, turn(json!([call("a")]), json!([result("a"), result("a")])), "duplicate Ids: a"),
        (
            NOVA,
            turn(json!([call("a"), call("a")]), json!([result("a")])),
            "toolUse blocks at messages.1.content contain",
        ),
        (NOVA, request(json!([user(json!([result("a")]))]), tools()), "exceeds the number of toolUse blocks"),
        (
            CLAUDE_3,
            request(json!([hi(), assistant(json!([call("a")]))]), tools()),
            "Expected toolResult blocks at messages.2",
        ),
        (
            NOVA,
            request(json!([hi(), assistant(json!([call("a")])), user(json!([result("a")]))]), json!({})),
            "The toolConfig field must be defined",
        ),
        (
            NOVA,
            turn(json!([{"toolUse": {"toolUseId": "a", "name": "f", "input": "{}"}}]), json!([result("a")])),
            "messages.1.content.0.toolUse.input is invalid. Provide a json object",
        ),
        (
            NOVA,
            turn(json!([call("a")]), json!([{"toolResult": {"toolUseId": "a", "content": [{"text": ""}]}}])),
            "toolResult.content.0 is blank",
        ),
        (
            CLAUDE_4_8,
            turn(json!([call("a"), {"text": "late"}]), json!([result("a")])),
            "text follows a tool call",
        ),
    ])
    .await;
}

#[tokio::test]
async fn results_fit_the_model() {
    let beside = |id: &str| turn(json!([call(id)]), json!([result(id), {"text": "and?"}]));
    let status = json!({"toolResult": {"toolUseId": "a", "status": "success", "content": [{"text": "x"}]}});
    let status = turn(json!([call("a")]), json!([status]));
    let empty = turn(json!([call("a")]), json!([{"toolResult": {"toolUseId": "a", "content": []}}]));
    let choice = with(json!({"toolConfig": {"tools": [tool("f")], "toolChoice": {"auto": {}}}}));
    let same_turn = "cannot be provided in the same turn";
    refused_whole(vec![
        (MISTRAL, beside("abcdefghi"), same_turn),
        (LLAMA, beside("a"), same_turn),
        ("us.writer.palmyra-x5-v1:0", status.clone(), "doesn't support the status field"),
        (LLAMA, status.clone(), "doesn't support the status field"),
        (GPT, status.clone(), "doesn't support the status field"),
        ("nvidia.nemotron-nano-9b-v2", empty, "The content field in toolResult is empty"),
        (MISTRAL, turn(json!([call("tooluse_1")]), json!([result("tooluse_1")])), "with a length of 9"),
        ("cohere.command-r-v1:0", choice, "toolChoice.auto"),
    ])
    .await;
    accepted(vec![
        (MISTRAL, turn(json!([call("abcdefghi")]), json!([result("abcdefghi")]))),
        (NOVA, status.clone()),
        (CLAUDE_4_5, status),
    ])
    .await;
}

#[tokio::test]
async fn tool_configurations_fit_the_model() {
    let schema = |schema: Value| {
        with(json!({"toolConfig": {"tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": schema}}}]}}))
    };
    let choice = |choice: Value| with(json!({"toolConfig": {"tools": [tool("f")], "toolChoice": choice}}));
    let strict = |schema: Value| {
        with(
            json!({"toolConfig": {"tools": [{"toolSpec": {"name": "f", "strict": true, "inputSchema": {"json": schema}}}]}}),
        )
    };
    refused(vec![
        (NOVA, schema(json!({})), "tools.0.toolSpec.inputSchema.json.type must be one of the following: object"),
        (NOVA, schema(json!({"type": ["object", "null"]})), "must be one of the following: object"),
        (NOVA, schema(json!(null)), "inputSchema"),
        (NOVA, with(json!({"toolConfig": {"tools": [tool("f"), tool("f")]}})), "duplicate tool names: f"),
        (NOVA, choice(json!({"tool": {"name": "g"}})), "Tool 'g' not found"),
        ("us.deepseek.r1-v1:0", with(tools()), "This model doesn't support tool use."),
        (CLAUDE_5_5, choice(json!({"any": {}})), "doesn't support the toolConfig.toolChoice.any field"),
        (CLAUDE_5_5, choice(json!({"tool": {"name": "f"}})), "doesn't support the toolConfig.toolChoice.tool field"),
        (
            CLAUDE_4_5,
            with(json!({"toolConfig": {"tools": [tool("f")], "toolChoice": {"any": {}}},
                "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}}})),
            "Thinking may not be enabled when tool_choice forces tool use.",
        ),
        (
            CLAUDE_4_5,
            with(json!({"additionalModelRequestFields": {"tool_choice": {"type": "auto", "disable_parallel_tool_use": true}}})),
            "tool_choice may only be specified while providing tools",
        ),
        (
            CLAUDE_4_5,
            with(json!({"toolConfig": {"tools": [tool("f")], "toolChoice": {"any": {}}},
                "additionalModelRequestFields": {"tool_choice": {"type": "any"}}})),
            "conflicts",
        ),
        (NOVA, with(json!({"additionalModelRequestFields": {"tool_choice": {"type": "none"}}})), "[tool_choice]"),
        (CLAUDE_4_8, strict(json!({"type": "object", "additionalProperties": false})), "Extra inputs are not permitted"),
        (CLAUDE_4_5, strict(json!({"type": "object"})), "'additionalProperties' must be explicitly set to false"),
        (GROK, schema(json!({"type": "object", "properties": {"a": {"type": "string", "pattern": "(?=x)"}}})), "look-around"),
    ])
    .await;
}

#[tokio::test]
async fn tools_cannot_stream_everywhere() {
    let emulator = start(Settings::default()).await;
    for model in [LLAMA, MISTRAL, "us.writer.palmyra-x5-v1:0", "us.mistral.pixtral-large-2502-v1:0"] {
        assert_eq!(answer(&emulator, model, false, &with(tools())).await, Ok(()));
        let said = answer(&emulator, model, true, &with(tools())).await;
        assert_eq!(said, Err((400, "This model doesn't support tool use in streaming mode.".to_owned())));
    }
}

#[tokio::test]
async fn parameters_fit_the_model() {
    let config = |config: Value| with(json!({"inferenceConfig": config}));
    let reasoning =
        json!([{"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}}, {"text": "a"}]);
    let thought = request(json!([hi(), assistant(reasoning), hi()]), json!({}));
    let redacted = json!([{"reasoningContent": {"redactedContent": "c2ln"}}, {"text": "a"}]);
    let prefill = request(json!([hi(), assistant(json!([{"text": "So"}]))]), json!({}));
    let trailing = request(json!([hi(), assistant(json!([{"text": "So "}]))]), json!({}));
    refused(vec![
        (CLAUDE_4_6, prefill.clone(), "does not support assistant message prefill"),
        (CLAUDE_3, trailing, "cannot end with trailing whitespace"),
        (CLAUDE_4_5, config(json!({"temperature": 0.5, "topP": 0.5})), "cannot both be specified"),
        (CLAUDE_4_8, config(json!({"temperature": 1.0})), "`temperature` is deprecated for this model."),
        (CLAUDE_4_8, config(json!({"topP": 1.0})), "`top_p` is deprecated"),
        (CLAUDE_4_8, with(json!({"additionalModelRequestFields": {"top_k": 5}})), "`top_k` is deprecated"),
        ("us.moonshotai.kimi-k3", config(json!({"maxTokens": 15})), "below the model minimum of 16"),
        (GPT, config(json!({"maxTokens": 15})), "below the model minimum of 16"),
        (NOVA, config(json!({"maxTokens": 10_001})), "exceeds the model limit of 10000"),
        (GROK, config(json!({"stopSequences": ["x"]})), "doesn't support the stopSequences field"),
        (CLAUDE_4_5, config(json!({"stopSequences": ["\n"]})), "must contain non-whitespace"),
        (
            "mistral.mistral-7b-instruct-v0:2",
            with(json!({"system": [{"text": "s"}]})),
            "doesn't support the system field",
        ),
        (
            LLAMA,
            with(json!({"system": [{"text": "s"}, {"cachePoint": {"type": "default"}}]})),
            "prompt caching",
        ),
        (NOVA, thought, "reasoningContent block at messages.1.content.0"),
        ("deepseek.v3-v1:0", request(json!([hi(), assistant(redacted), hi()]), json!({})), "redactedContent"),
        (
            NOVA,
            with(json!({"additionalModelRequestFields": {"thinking": {"type": "enabled"}}})),
            "[thinking]",
        ),
        ("gpt-4o", with(json!({})), "The provided model identifier is invalid."),
        ("anthropic.claude-sonnet-4-6", with(json!({})), "on-demand throughput isn"),
        ("amazon.titan-embed-text-v2:0", with(json!({})), "doesn't support the model"),
    ])
    .await;
}

#[tokio::test]
async fn sound_requests_pass() {
    let long = turn(
        json!([{"text": "Let me see."}, call("a"), call("b")]),
        json!([result("b"), result("a"), {"text": "go"}]),
    );
    let system_turn = json!({"role": "system", "content": [{"text": "Be brief."}]});
    let config =
        json!({"inferenceConfig": {"maxTokens": 16, "temperature": 0.0, "stopSequences": ["a", "b"]}});
    accepted(vec![
        (CLAUDE_4_5, long.clone()),
        (NOVA, long),
        (NOVA, turn(json!([call("a"), {"text": "late"}]), json!([result("a")]))),
        (CLAUDE_3, request(json!([assistant(json!([{"text": "Hi"}])), hi()]), json!({}))),
        (CLAUDE_3, request(json!([hi(), assistant(json!([{"text": "So"}]))]), json!({}))),
        (CLAUDE_4_8, request(json!([hi(), system_turn]), json!({}))),
        (CLAUDE_4_5, with(config.clone())),
        (NOVA, with(config)),
        (NOVA, with(json!({"modelId": NOVA}))),
        (NOVA, with(json!({"system": null, "toolConfig": null}))),
        (NOVA, with(json!({"requestMetadata": {"team": "a b:c"}, "serviceTier": {"type": "flex"}}))),
        (CLAUDE_5_5, with(json!({"toolConfig": {"tools": [tool("f")], "toolChoice": {"auto": {}}}}))),
        (
            CLAUDE_4_5,
            with(json!({"toolConfig": {"tools": [tool("f")]},
                "additionalModelRequestFields": {"tool_choice": {"type": "none"}}})),
        ),
        ("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc", with(tools())),
    ])
    .await;
}

#[tokio::test]
async fn what_is_no_json_or_too_large_is_refused() {
    let emulator = start(Settings::default()).await;
    let path = path(NOVA, "converse");
    let broken = crate::support::http(&emulator, "POST", &path, "{\"messages\"").await;
    assert_eq!(broken.status(), 400);
    assert!(
        broken.headers()["x-amzn-errortype"].to_str().expect("text").starts_with("SerializationException")
    );
    let large = crate::support::http(&emulator, "POST", &path, vec![b' '; 25_000_001]).await;
    assert_eq!(large.status(), 413);
}
