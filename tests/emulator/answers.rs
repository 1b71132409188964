//! What made-up answers have beside their text, whole and streamed alike.

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use bedrock_gateway::emulator::{Emulator, Settings};
use bytes::BytesMut;
use serde_json::{Value, json};

use crate::cases::*;
use crate::support::{http, path, post, start};

/// The events of a streamed answer, each as `{type: payload}`.
async fn events(emulator: &Emulator, model: &str, body: &Value) -> Vec<Value> {
    let response = http(emulator, "POST", &path(model, "converse-stream"), body.to_string()).await;
    let mut bytes = BytesMut::from(response.body().as_ref());
    let mut decoder = MessageFrameDecoder::new();
    let mut events = Vec::new();
    while let Ok(DecodedFrame::Complete(frame)) = decoder.decode_frame(&mut bytes) {
        let kind = frame.headers().iter().find(|header| header.name().as_str() == ":event-type");
        let kind = kind.and_then(|header| header.value().as_string().ok()).map_or("", |kind| kind.as_str());
        let payload: Value = serde_json::from_slice(frame.payload()).expect("JSON");
        events.push(json!({kind: payload}));
    }
    events
}

/// All that the events say of one member, e.g. `/contentBlockDelta/delta/text`.
fn all(events: &[Value], pointer: &str) -> Vec<Value> {
    events.iter().filter_map(|event| event.pointer(pointer).cloned()).collect()
}

fn joined(events: &[Value], pointer: &str) -> String {
    all(events, pointer).iter().filter_map(Value::as_str).collect()
}

async fn whole(emulator: &Emulator, model: &str, body: &Value) -> Value {
    let (status, answer, _) = post(emulator, &path(model, "converse"), body).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

fn content(answer: &Value) -> &Value {
    &answer["output"]["message"]["content"]
}

#[tokio::test]
async fn structured_answers_are_documents_of_the_schema() {
    let emulator = start(Settings::default()).await;
    let schema = json!({
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "array", "items": {"enum": ["mon", "tue"]}}},
        "required": ["city", "days"],
        "additionalProperties": false,
    });
    let body = with(json!({"outputConfig": schema_format(schema)}));
    let expected = r#"{"city":"example","days":["mon"]}"#;
    assert_eq!(content(&whole(&emulator, CLAUDE_4_5, &body).await)[0]["text"], expected);
    assert_eq!(
        joined(&events(&emulator, CLAUDE_4_5, &body).await, "/contentBlockDelta/delta/text"),
        expected
    );
}

#[tokio::test]
async fn a_blocking_guardrail_speaks_for_the_model() {
    let emulator = start(Settings::default()).await;
    let guarded = |id: &str, more: Value| {
        let mut config = json!({"guardrailIdentifier": id, "guardrailVersion": "1"});
        if let (Value::Object(config), Value::Object(more)) = (&mut config, more) {
            config.extend(more);
        }
        with(json!({"guardrailConfig": config}))
    };
    let blocked = "Sorry, the guardrail blocked this.";
    let answer = whole(&emulator, NOVA, &guarded("blocked", json!({"trace": "enabled"}))).await;
    assert_eq!(
        (&answer["stopReason"], &content(&answer)[0]["text"]),
        (&json!("guardrail_intervened"), &json!(blocked))
    );
    assert_eq!(answer["trace"]["guardrail"]["actionReason"], "Guardrail blocked.");
    let arn = "arn:aws:bedrock:us-east-1:123456789012:guardrail/blocked";
    let answer = whole(&emulator, NOVA, &guarded(arn, json!({}))).await;
    assert_eq!((&answer["stopReason"], answer.get("trace")), (&json!("guardrail_intervened"), None));
    assert_eq!(whole(&emulator, NOVA, &guarded("mild", json!({}))).await["stopReason"], "end_turn");

    for (mode, whole) in [("sync", true), ("async", false)] {
        let body = guarded("blocked", json!({"trace": "enabled_full", "streamProcessingMode": mode}));
        let events = events(&emulator, NOVA, &body).await;
        let text = joined(&events, "/contentBlockDelta/delta/text");
        assert!(text.ends_with(blocked) && (text == blocked) == whole, "{mode}: {text}");
        assert_eq!(all(&events, "/messageStop/stopReason"), ["guardrail_intervened"]);
        assert_eq!(all(&events, "/metadata/trace/guardrail/actionReason"), ["Guardrail blocked."]);
    }
}

#[tokio::test]
async fn tiers_latency_and_response_fields_come_back() {
    let emulator = start(Settings::default()).await;
    let body = with(json!({"serviceTier": {"type": "flex"}, "performanceConfig": {"latency": "standard"}}));
    let answer = whole(&emulator, NOVA, &body).await;
    assert_eq!(answer["serviceTier"], json!({"type": "flex"}));
    assert_eq!(answer["performanceConfig"], json!({"latency": "standard"}));
    let streamed = events(&emulator, NOVA, &body).await;
    assert_eq!(all(&streamed, "/metadata/serviceTier/type"), ["flex"]);
    assert_eq!(whole(&emulator, NOVA, &with(json!({}))).await.get("serviceTier"), None);

    let paths = json!(["/usage/output_tokens_details", "/stop_sequence"]);
    let body = with(json!({"additionalModelResponseFieldPaths": paths}));
    let fields = "additionalModelResponseFields";
    assert_eq!(whole(&emulator, NOVA, &body).await.get(fields), None);
    let answer = whole(&emulator, CLAUDE_5, &body).await;
    assert_eq!(answer[fields]["usage"]["output_tokens_details"]["thinking_tokens"], 14, "{answer}");
    let streamed = events(&emulator, CLAUDE_5, &body).await;
    assert_eq!(all(&streamed, "/messageStop/additionalModelResponseFields"), [answer[fields].clone()]);
}

#[tokio::test]
async fn documents_are_cited_and_the_web_is_searched() {
    let emulator = start(Settings::default()).await;
    let document = |source: Value, name: &str| json!({"document": {"name": name, "source": source, "citations": {"enabled": true}}});
    let parts = [
        document(json!({"text": "t"}), "a"),
        document(json!({"content": [{"text": "t"}]}), "b"),
        json!({"text": "So?"}),
    ];
    let body = request(json!([user(json!(parts))]), json!({}));
    let cited = content(&whole(&emulator, CLAUDE_4_5, &body).await)[1]["citationsContent"].clone();
    assert!(cited["content"][0]["text"].is_string(), "{cited}");
    assert_eq!(
        (&cited["citations"][0]["title"], &cited["citations"][1]["title"]),
        (&json!("a"), &json!("b"))
    );
    assert_eq!(
        cited["citations"][1]["location"],
        json!({"documentChunk": {"documentIndex": 1, "start": 0, "end": 1}})
    );
    let streamed = events(&emulator, CLAUDE_4_5, &body).await;
    assert_eq!(json!(all(&streamed, "/contentBlockDelta/delta/citation")), cited["citations"]);

    let body = with(json!({"toolConfig": {"tools": [{"systemTool": {"name": "nova_grounding"}}]}}));
    let found = content(&whole(&emulator, NOVA_2, &body).await).clone();
    let id = &found[0]["toolUse"]["toolUseId"];
    assert_eq!(found[0]["toolUse"]["type"], "server_tool_use");
    assert_eq!(
        (&found[1]["toolResult"]["toolUseId"], &found[1]["toolResult"]["status"]),
        (id, &json!("success"))
    );
    let web = "/citationsContent/citations/0/location/web/url";
    assert_eq!(found[3].pointer(web), Some(&json!("https://example.com/")));
    let streamed = events(&emulator, NOVA_2, &body).await;
    let starts = all(&streamed, "/contentBlockStart/start");
    assert_eq!(
        starts[0]["toolUse"],
        json!({"toolUseId": id, "name": "nova_grounding", "type": "server_tool_use"})
    );
    assert_eq!(starts[1]["toolResult"]["type"], "nova_grounding_result");
    assert_eq!(all(&streamed, "/contentBlockDelta/delta/toolResult/0/text"), ["One page was found."]);
    assert_eq!(all(&streamed, "/contentBlockDelta/delta/citation/location/web/domain"), ["example.com"]);
    assert_eq!(all(&streamed, "/messageStop/stopReason"), ["end_turn"]);

    let mut next = body.clone();
    next["messages"] = json!([hi(), assistant(found), hi()]);
    assert_eq!(answer(&emulator, NOVA_2, false, &next).await, Ok(()), "an answer can be sent back");
}

#[tokio::test]
async fn every_made_up_answer_can_be_sent_back() {
    let emulator = start(Settings::default()).await;
    let asks = request(json!([user(json!([{"text": "Call f"}]))]), tools());
    for model in
        [CLAUDE_3, CLAUDE_4_5, CLAUDE_5, CLAUDE_5_5, NOVA, LLAMA, MISTRAL, GPT, QWEN, GPT_OSS, "zai.glm-5"]
    {
        let said = content(&whole(&emulator, model, &asks).await).clone();
        let call =
            said.as_array().into_iter().flatten().find_map(|block| block["toolUse"]["toolUseId"].as_str());
        let id = call.expect("a call").to_owned();
        let mut next = asks.clone();
        next["messages"] = json!([asks["messages"][0], assistant(said.clone()), user(json!([result(&id)]))]);
        let after = whole(&emulator, model, &next).await;
        assert_eq!(after["stopReason"], "end_turn", "{model}");
        let text = content(&after).as_array().into_iter().flatten().find_map(|block| block["text"].as_str());
        assert!(text.is_some_and(|text| text.ends_with("The tool answered: \"ok\".")), "{model}: {after}");
    }
}

#[tokio::test]
async fn application_profiles_have_the_rules_of_their_model() {
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456";
    let warm = with(json!({"inferenceConfig": {"temperature": 0.5}}));
    let emulator = start(Settings::default()).await;
    assert_eq!(answer(&emulator, arn, false, &warm).await, Ok(()));
    let profiles = json!({"profiles": {"abc123def456": "us.anthropic.claude-opus-4-8"}});
    http(&emulator, "PUT", "/_emulator/settings", profiles.to_string()).await;
    let said = answer(&emulator, arn, false, &warm).await;
    assert!(said.as_ref().is_err_and(|(_, text)| text.contains("`temperature` is deprecated")), "{said:?}");
    let found = http(&emulator, "GET", &format!("/inference-profiles/{}", arn.replace('/', "%2F")), "").await;
    let found: Value = serde_json::from_slice(found.body()).expect("JSON");
    let model = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-8";
    assert_eq!((&found["models"][0]["modelArn"], &found["type"]), (&json!(model), &json!("APPLICATION")));
    http(&emulator, "PUT", "/_emulator/settings", r#"{"listing_denied": true}"#).await;
    assert_eq!(http(&emulator, "GET", "/inference-profiles", "").await.status(), 403);
    assert_eq!(answer(&emulator, NOVA, false, &with(json!({}))).await, Ok(()));
}
