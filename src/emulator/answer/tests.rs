use serde_json::json;

use super::super::models;
use super::*;

fn answer(request: &Value) -> Value {
    let Ok(model) = models::resolve("us.anthropic.claude-haiku-4-5-20251001-v1:0", &Default::default())
    else {
        panic!("no model")
    };
    to(request, model, &Ledger::default()).to_answer()
}

fn says(text: &str) -> Value {
    json!({"messages": [{"role": "user", "content": [{"text": text}]}]})
}

fn text(answer: &Value) -> &str {
    answer.pointer("/output/message/content/0/text").and_then(Value::as_str).unwrap_or_default()
}

fn spec(name: &str) -> Value {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    json!({"toolSpec": {"name": name, "inputSchema": {"json": schema}}})
}

#[test]
fn echoes_visibly_emulated() {
    let answer = answer(&says("Hello\n  there"));
    assert_eq!(text(&answer), format!("{MARK}You said: \"Hello there\"."));
    assert_eq!(answer["stopReason"], "end_turn");
}

#[test]
fn keeps_to_max_tokens_and_stop_sequences() {
    let mut request = says("Hello");
    request["inferenceConfig"] = json!({"maxTokens": 3});
    let short = answer(&request);
    assert_eq!((text(&short), &short["stopReason"]), ("[emulated by", &json!("max_tokens")));
    assert_eq!(short["usage"]["outputTokens"], 3);
    request["inferenceConfig"] = json!({"stopSequences": ["gateway", "emul"]});
    let stopped = answer(&request);
    assert_eq!((text(&stopped), &stopped["stopReason"]), ("[", &json!("stop_sequence")));
    assert_eq!(stopped.get("additionalModelResponseFields"), None);
    request["additionalModelResponseFieldPaths"] =
        json!(["/stop_sequence", "/usage/output_tokens_details", "/x"]);
    let expected =
        json!({"stop_sequence": "emul", "usage": {"output_tokens_details": {"thinking_tokens": 0}}});
    assert_eq!(answer(&request)["additionalModelResponseFields"], expected);
}

#[test]
fn calls_the_tool_that_is_named_or_forced_and_quotes_its_result() {
    let mut request = says("Please use get_weather now");
    request["toolConfig"] = json!({"tools": [spec("other"), spec("get_weather")]});
    let call = answer(&request);
    assert_eq!(call, answer(&request), "equal requests get equal answers");
    let used = &call["output"]["message"]["content"][0]["toolUse"];
    assert_eq!((&used["name"], &used["input"]), (&json!("get_weather"), &json!({"city": "example"})));
    assert_eq!(call["stopReason"], "tool_use");

    request["toolConfig"]["toolChoice"] = json!({"tool": {"name": "other"}});
    assert_eq!(answer(&request)["output"]["message"]["content"][0]["toolUse"]["name"], "other");

    let result = |text: &str| json!({"toolUseId": used["toolUseId"], "content": [{"text": text}]});
    let mut after = request.clone();
    let results = json!([{"toolResult": result("21 degrees")}, {"toolResult": result("rain")}]);
    after["messages"] = json!([{"role": "user", "content": results}]);
    let forced = answer(&after);
    assert_eq!(forced["output"]["message"]["content"][0]["toolUse"]["name"], "other");
    after["toolConfig"]["toolChoice"] = Value::Null;
    assert!(text(&answer(&after)).ends_with("The tool answered: \"21 degrees rain\"."));
}

#[test]
fn does_not_call_a_tool_that_nobody_asked_for() {
    let mut request = says("Tell me about get_weather_history");
    request["toolConfig"] = json!({"tools": [spec("get_weather")]});
    assert_eq!(answer(&request)["stopReason"], "end_turn");
    request["messages"] = says("Take a tool")["messages"].clone();
    assert_eq!(answer(&request)["stopReason"], "tool_use");
    request["additionalModelRequestFields"] = json!({"tool_choice": {"type": "none"}});
    assert_eq!(answer(&request)["stopReason"], "end_turn");
}

#[test]
fn thinks_when_told_to() {
    let mut request = says("Hello");
    request["additionalModelRequestFields"] = json!({"thinking": {"type": "enabled", "budget_tokens": 1024}});
    request["additionalModelResponseFieldPaths"] = json!(["/usage/output_tokens_details"]);
    let answer = answer(&request);
    let content = &answer["output"]["message"]["content"];
    assert!(content[0]["reasoningContent"]["reasoningText"]["signature"].is_string(), "{content}");
    assert!(content[1]["text"].is_string());
    let tokens = answer.pointer("/additionalModelResponseFields/usage/output_tokens_details/thinking_tokens");
    assert_eq!(tokens, Some(&json!(14)));
}
