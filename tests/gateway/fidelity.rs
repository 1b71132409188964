//! Promises 2 and 3: nothing that the client asked for is dropped in silence, and nothing that it did not ask for is
//! sent. Bedrock's side is compared byte for byte.

use bedrock_gateway::emulator::Script;
use serde_json::{Value, json};

use crate::running::{MODEL, TestGateway, chat, streamed};

/// `chat()` with some members more.
fn with(members: Value) -> Value {
    let mut body = chat();
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// What Bedrock got for a request.
async fn sent(gateway: &TestGateway, body: &Value) -> String {
    gateway.emulator.clear_requests();
    let answer = gateway.chat(body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    String::from_utf8(gateway.only_call().body.into()).unwrap()
}

#[tokio::test]
async fn a_plain_request_is_sent_with_nothing_added() {
    let gateway = TestGateway::start().await;
    let expected = r#"{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}"#;
    assert_eq!(sent(&gateway, &chat()).await, expected);
    assert_eq!(gateway.only_call().path, "/model/amazon.nova-pro-v1%3A0/converse");
    assert_eq!(sent(&gateway, &streamed()).await, expected);
    assert_eq!(gateway.only_call().path, "/model/amazon.nova-pro-v1%3A0/converse-stream");
}

#[tokio::test]
async fn what_was_asked_for_is_sent_and_no_more() {
    let gateway = TestGateway::start().await;
    let body = with(json!({
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": [{"type": "text", "text": "And kind."}, {"type": "text", "text": " "}]},
            {"role": "user", "content": "What is the weather?", "name": "somebody"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\": \"Oslo\", \"n\": 1.00}"}},
            ]},
            {"role": "tool", "tool_call_id": "c1", "content": "21 degrees"},
        ],
        "max_completion_tokens": 77, "temperature": 0.25, "top_p": 0.5, "stop": ["END", ""],
        "tools": [{"type": "function", "function": {"name": "weather", "description": "", "parameters":
            {"type": "object", "properties": {"city": {"type": "string"}}}}}],
        "tool_choice": "auto", "user": "u-1", "n": 1, "response_format": {"type": "text"},
    }));
    let expected = [
        r#"{"messages":[{"role":"user","content":[{"text":"What is the weather?"}]},"#,
        r#"{"role":"assistant","content":[{"toolUse":{"toolUseId":"c1","name":"weather","#,
        r#""input":{"city": "Oslo", "n": 1.00}}}]},"#,
        r#"{"role":"user","content":[{"toolResult":{"toolUseId":"c1","content":[{"text":"21 degrees"}]}}]}],"#,
        r#""system":[{"text":"Be brief."},{"text":"And kind."}],"#,
        r#""inferenceConfig":{"maxTokens":77,"temperature":0.25,"topP":0.5,"stopSequences":["END"]},"#,
        r#""toolConfig":{"tools":[{"toolSpec":{"name":"weather","inputSchema":{"json":"#,
        r#"{"properties":{"city":{"type":"string"}},"type":"object"}}}}]}}"#,
    ];
    assert_eq!(sent(&gateway, &body).await, expected.concat());
}

/// Operators may set defaults; the client's own values win over them.
#[tokio::test]
async fn an_operators_defaults_are_used_where_the_client_is_silent() {
    let gateway = TestGateway::start().await;
    let mut body = chat();
    body["model"] = json!("with-defaults");
    let config = |sent: String| serde_json::from_str::<Value>(&sent).unwrap()["inferenceConfig"].take();
    assert_eq!(config(sent(&gateway, &body).await), json!({"maxTokens": 500, "temperature": 0.5}));
    body["max_tokens"] = json!(9);
    assert_eq!(config(sent(&gateway, &body).await), json!({"maxTokens": 9, "temperature": 0.5}));
    body["temperature"] = json!(0);
    assert_eq!(config(sent(&gateway, &body).await), json!({"maxTokens": 9, "temperature": 0.0}));
}

#[tokio::test]
async fn ids_and_arns_are_passed_on_as_they_are_encoded_once() {
    let gateway = TestGateway::with(&[("GATEWAY__CATALOG__RESOLVE_PROFILES", "false")]).await;
    for (model, path) in [
        ("amazon.nova-lite-v1:0", "amazon.nova-lite-v1%3A0"),
        ("us.amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1%3A0"),
        (
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456",
            "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fabc123def456",
        ),
    ] {
        for mut body in [chat(), streamed()] {
            body["model"] = json!(model);
            gateway.emulator.clear_requests();
            let answer = gateway.chat(&body).await;
            assert_eq!((answer.status, answer.header("x-gateway-model")), (200, Some(model)));
            assert!(gateway.only_call().path.starts_with(&format!("/model/{path}/converse")));
        }
    }
}

/// Members that Bedrock cannot honour, with what they are in `x-gateway-warnings`.
const HINTS: &[(&str, &str, &str)] = &[
    ("seed", "7", "seed: not supported by Bedrock, left out"),
    ("presence_penalty", "0.5", "presence_penalty: not supported by Bedrock, left out"),
    ("frequency_penalty", "-1", "frequency_penalty: not supported by Bedrock, left out"),
    ("metadata", r#"{"a":"b"}"#, "metadata: not passed on to Bedrock, left out"),
    ("store", "true", "store: the gateway stores no completions, left out"),
    ("requestMetadata", r#"{"a":"b"}"#, "requestMetadata: not passed on to Bedrock, left out"),
    ("verbosity", r#""low""#, "verbosity: not supported by Bedrock, left out"),
    ("reasoning_effort", r#""high""#, "reasoning_effort: this model cannot be told to reason, left out"),
    ("parallel_tool_calls", "false", "parallel_tool_calls: not supported by this model, left out"),
    ("temperature", "1.5", "temperature: Bedrock takes 0 to 1, lowered to 1"),
    ("top_secret_option", "1", "top_secret_option: unknown member, left out"),
];

fn hint(name: &str, value: &str) -> Value {
    let mut body = with(json!({"tools": [{"type": "function", "function": {"name": "f"}}]}));
    body[name] = serde_json::from_str(value).unwrap();
    body
}

#[tokio::test]
async fn lenient_reports_what_it_leaves_out() {
    let gateway = TestGateway::start().await;
    for (name, value, warning) in HINTS {
        for stream in [false, true] {
            let mut body = hint(name, value);
            body["stream"] = json!(stream);
            let answer = gateway.chat(&body).await;
            assert_eq!((answer.status, answer.header("x-gateway-warnings")), (200, Some(*warning)), "{name}");
        }
    }
    let calls = gateway.emulator.requests();
    assert!(calls.iter().all(|call| !String::from_utf8_lossy(&call.body).contains("top_secret_option")));
    let both = with(json!({"seed": 1, "store": true}));
    let answer = gateway.chat(&both).await;
    let expected =
        "seed: not supported by Bedrock, left out; store: the gateway stores no completions, left out";
    assert_eq!(answer.header("x-gateway-warnings"), Some(expected));
    assert_eq!(gateway.chat(&chat()).await.header("x-gateway-warnings"), None);
}

#[tokio::test]
async fn strict_refuses_by_name_what_lenient_reports() {
    let gateway = TestGateway::with(&[("GATEWAY__POLICY__UNSUPPORTED", "strict")]).await;
    for (name, value, _) in HINTS {
        let answer = gateway.chat(&hint(name, value)).await;
        let code = match *name {
            "top_secret_option" => "unknown_parameter",
            "temperature" => "unsupported_value",
            _ => "unsupported_parameter",
        };
        assert_eq!(answer.failure(), format!("400 invalid_request_error {code} {name} - -"));
        assert!(answer.json()["error"]["message"].as_str().unwrap().contains(name));
    }
    assert!(gateway.emulator.requests().is_empty());
    assert_eq!(gateway.chat(&hint("user", r#""u-1""#)).await.status, 200, "a documented no-op is no offence");
}

#[tokio::test]
async fn what_would_change_the_answer_is_refused_whatever_the_policy() {
    for policy in ["lenient", "strict"] {
        let gateway = TestGateway::with(&[("GATEWAY__POLICY__UNSUPPORTED", policy)]).await;
        for (member, code) in [
            (json!({"n": 2}), "unsupported_value n"),
            (json!({"logprobs": true}), "unsupported_parameter logprobs"),
            (json!({"top_logprobs": 3}), "unsupported_parameter top_logprobs"),
            (json!({"logit_bias": {"50256": -100}}), "unsupported_parameter logit_bias"),
            (json!({"response_format": {"type": "xml"}}), "unsupported_value response_format.type"),
            (
                json!({"response_format": {"type": "json_schema"}}),
                "missing_required_parameter response_format.json_schema",
            ),
            (json!({"modalities": ["text", "audio"]}), "unsupported_parameter modalities"),
            (json!({"audio": {"voice": "x"}}), "unsupported_parameter audio"),
            (json!({"web_search_options": {}}), "unsupported_parameter web_search_options"),
            (json!({"stream_options": {"include_usage": true}}), "invalid_value stream_options"),
            (
                json!({"tools": [{"type": "custom", "custom": {"name": "f", "format": {"type": "grammar"}}}]}),
                "unsupported_value tools[0].custom.format",
            ),
            (json!({"max_tokens": 0}), "invalid_value max_tokens"),
            (json!({"temperature": 2.5}), "invalid_value temperature"),
            (json!({"top_p": -0.1}), "invalid_value top_p"),
        ] {
            let answer = gateway.chat(&with(member.clone())).await;
            assert_eq!(
                answer.failure(),
                format!("400 invalid_request_error {code} - -"),
                "{policy} {member}"
            );
        }
        assert!(gateway.emulator.requests().is_empty(), "nothing was asked of Bedrock");
    }
}

#[tokio::test]
async fn what_a_role_cannot_say_is_refused_by_name() {
    let gateway = TestGateway::start().await;
    for part in [
        json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}),
        json!({"type": "image_url", "image_url": {"url": "https://example.com/x.png"}}),
        json!({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}),
        json!({"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA"}}),
        json!({"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AAAA"}}),
        json!({"type": "refusal", "refusal": "no"}),
        json!({"type": "hologram"}),
    ] {
        let kind = part["type"].as_str().unwrap().to_owned();
        for role in ["user", "system", "tool", "assistant"] {
            let allowed = match role {
                "assistant" => kind == "refusal",
                "user" => !["refusal", "hologram"].contains(&kind.as_str()),
                "tool" => ["image_url", "file", "video_url"].contains(&kind.as_str()),
                _ => false,
            };
            if allowed {
                continue;
            }
            let content = json!([{"type": "text", "text": "Look:"}, part]);
            let mut message = json!({"role": role, "content": content});
            if role == "tool" {
                message["tool_call_id"] = json!("c1");
            }
            let body = with(json!({"messages": [{"role": "user", "content": "Hi"}, message]}));
            let answer = gateway.chat(&body).await;
            let expected = "400 invalid_request_error unsupported_value messages[1].content[1].type - -";
            assert_eq!(answer.failure(), expected, "{kind} {role}");
            assert!(answer.json()["error"]["message"].as_str().unwrap().contains(&kind), "{kind}");
        }
    }
    assert!(gateway.emulator.requests().is_empty());
}

/// The operator allows URLs; what is not public stays out of reach all the same, by address and by name.
#[tokio::test]
async fn row_63_media_are_fetched_from_public_addresses_alone() {
    let gateway = TestGateway::with(&[("GATEWAY__POLICY__MEDIA__HTTPS", "true")]).await;
    for host in ["127.0.0.1", "[::1]", "localhost", "10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]"] {
        let part =
            json!({"type": "image_url", "image_url": {"url": format!("https://{host}/latest/meta-data")}});
        let body = with(json!({"messages": [{"role": "user", "content": [part]}]}));
        let answer = gateway.chat(&body).await;
        let param = "messages[0].content[0].image_url.url";
        let expected = format!("400 invalid_request_error invalid_value {param} - -");
        assert_eq!(answer.failure(), expected, "{host}: {}", answer.text());
        assert!(answer.text().contains("public address"), "{host}: {}", answer.text());
    }
    assert!(gateway.emulator.requests().is_empty());
}

#[tokio::test]
async fn what_is_done_differently_is_reported_in_strict_mode_too() {
    let gateway = TestGateway::with(&[("GATEWAY__POLICY__UNSUPPORTED", "strict")]).await;
    let body = with(json!({"messages": [
        {"role": "user", "content": "Hi"},
        {"role": "system", "content": "From now on in Norwegian."},
    ]}));
    let answer = gateway.chat(&body).await;
    let expected = "messages[1].role: instructions in mid-conversation, sent as a <system> text of the user";
    assert_eq!((answer.status, answer.header("x-gateway-warnings")), (200, Some(expected)));
    assert_eq!(
        gateway.only_call().json()["messages"],
        json!([{"role": "user", "content": [
            {"text": "Hi"}, {"text": "<system>\nFrom now on in Norwegian.\n</system>"},
        ]}])
    );
}

#[tokio::test]
async fn the_answer_is_passed_on_whole() {
    let gateway = TestGateway::start().await;
    let script = Script::default()
        .and_reasoning(["Let me ", "think."], Some("sig"))
        .and_text(["Hello ", "there"])
        .and_tool_use("tooluse_1", "weather", [r#"{"city":"#, r#""Oslo"}"#])
        .and_tool_use("tooluse_2", "now", [] as [&str; 0])
        .usage_with_cache(10, 20, 300, 4000);
    let mut body = chat();
    gateway.emulator.script(script.clone());
    let mut whole = gateway.chat(&body).await.json();
    assert!(whole["id"].take().as_str().is_some_and(|id| id.starts_with("chatcmpl-") && id.len() == 41));
    assert!(whole["created"].take().as_u64().is_some_and(|seconds| seconds > 1_700_000_000));
    let usage = json!({
        "prompt_tokens": 4310, "completion_tokens": 20, "total_tokens": 4330,
        "prompt_tokens_details": {"cached_tokens": 300, "cache_write_tokens": 4000},
    });
    let thinking = json!([{"type": "thinking", "index": 0, "thinking": "Let me think.", "signature": "sig"}]);
    let call = |id: &str, name: &str, arguments: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    let message = json!({
        "role": "assistant", "content": "Hello there", "refusal": null, "reasoning_content": "Let me think.",
        "thinking_blocks": thinking,
        "tool_calls": [call("tooluse_1", "weather", r#"{"city":"Oslo"}"#), call("tooluse_2", "now", "{}")],
    });
    let choice = json!({"index": 0, "message": message, "logprobs": null, "finish_reason": "tool_calls"});
    let expected = json!({
        "id": null, "object": "chat.completion", "created": null, "model": MODEL, "choices": [choice], "usage": usage,
    });
    assert_eq!(whole, expected);

    body["stream"] = json!(true);
    body["stream_options"] = json!({"include_usage": true});
    gateway.emulator.script(script);
    let transcript = gateway.chat(&body).await.transcript().anonymous();
    let piece = |index: u32, arguments: &str| json!({"tool_calls": [{"index": index, "function": {"arguments": arguments}}]});
    let start = |index: u32, id: &str, name: &str| {
        let mut call = call(id, name, "");
        call["index"] = json!(index);
        json!({"tool_calls": [call]})
    };
    let deltas = [
        json!({"role": "assistant", "content": ""}),
        json!({"reasoning_content": "Let me "}),
        json!({"reasoning_content": "think."}),
        json!({"content": "Hello "}),
        json!({"content": "there"}),
        start(0, "tooluse_1", "weather"),
        piece(0, r#"{"city":"#),
        piece(0, r#""Oslo"}"#),
        start(1, "tooluse_2", "now"),
        piece(1, "{}"),
        json!({"reasoning_content": "", "thinking_blocks": thinking}),
        json!({}),
    ];
    assert_eq!(transcript.deltas().cloned().collect::<Vec<_>>(), deltas);
    assert_eq!((transcript.finish_reasons(), transcript.is_done()), (vec!["tool_calls"], true));
    let chunks: Vec<_> = transcript.chunks().collect();
    let (last, others) = chunks.split_last().unwrap();
    let expected = json!({
        "id": null, "object": "chat.completion.chunk", "created": null, "model": MODEL, "choices": [], "usage": usage,
    });
    assert_eq!(**last, expected);
    assert!(others.iter().all(|chunk| chunk.get("usage") == Some(&Value::Null)));
}

#[tokio::test]
async fn the_model_that_a_router_chose_is_told() {
    let gateway = TestGateway::start().await;
    let answer = |model: &str| {
        Script::answer(json!({
            "output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}}, "stopReason": "end_turn",
            "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
            "trace": {"promptRouter": {"invokedModelId": model}}
        }))
    };
    let (chosen, routed) = ("us.amazon.nova-lite-v1:0", "amazon.nova-pro-v1:0");
    for (invoked, told) in [(chosen, chosen), ("no id", routed)] {
        gateway.emulator.script(answer(invoked));
        assert_eq!(gateway.chat(&chat()).await.header("x-gateway-model"), Some(told));
    }
}
