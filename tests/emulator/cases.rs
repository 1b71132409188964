//! Requests for the rules, and what the emulator makes of them.

use bedrock_gateway::emulator::{Emulator, Settings};
use serde_json::{Value, json};

use crate::support::{path, post, start};

pub(crate) const CLAUDE_3: &str = "anthropic.claude-3-haiku-20240307-v1:0";
pub(crate) const CLAUDE_3_7: &str = "us.anthropic.claude-3-7-sonnet-20250219-v1:0";
pub(crate) const CLAUDE_4_5: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
pub(crate) const CLAUDE_4_6: &str = "us.anthropic.claude-sonnet-4-6";
pub(crate) const CLAUDE_4_8: &str = "us.anthropic.claude-opus-4-8";
pub(crate) const CLAUDE_5: &str = "us.anthropic.claude-opus-5";
pub(crate) const CLAUDE_5_5: &str = "us.anthropic.claude-opus-5-5";
pub(crate) const NOVA: &str = "amazon.nova-lite-v1:0";
pub(crate) const NOVA_2: &str = "us.amazon.nova-2-lite-v1:0";
pub(crate) const LLAMA: &str = "us.meta.llama3-3-70b-instruct-v1:0";
pub(crate) const MISTRAL: &str = "mistral.mistral-large-2407-v1:0";
pub(crate) const GPT: &str = "us.openai.gpt-6-sol";
pub(crate) const GROK: &str = "us.xai.grok-4.6";
pub(crate) const QWEN: &str = "qwen.qwen3-32b-v1:0";
pub(crate) const GPT_OSS: &str = "openai.gpt-oss-120b-1:0";

/// A request of these messages, with `more` members beside them.
pub(crate) fn request(messages: Value, more: Value) -> Value {
    let mut request = json!({"messages": messages});
    if let (Value::Object(request), Value::Object(more)) = (&mut request, more) {
        request.extend(more);
    }
    request
}

pub(crate) fn user(content: Value) -> Value {
    json!({"role": "user", "content": content})
}

pub(crate) fn assistant(content: Value) -> Value {
    json!({"role": "assistant", "content": content})
}

pub(crate) fn hi() -> Value {
    user(json!([{"text": "Hi"}]))
}

pub(crate) fn with(more: Value) -> Value {
    request(json!([hi()]), more)
}

pub(crate) fn tool(name: &str) -> Value {
    json!({"toolSpec": {"name": name, "inputSchema": {"json": {"type": "object", "properties": {}}}}})
}

pub(crate) fn tools() -> Value {
    json!({"toolConfig": {"tools": [tool("f")]}})
}

pub(crate) fn call(id: &str) -> Value {
    json!({"toolUse": {"toolUseId": id, "name": "f", "input": {}}})
}

pub(crate) fn result(id: &str) -> Value {
    json!({"toolResult": {"toolUseId": id, "content": [{"text": "ok"}]}})
}

/// A request with `additionalModelRequestFields`.
pub(crate) fn native(fields: Value) -> Value {
    with(json!({"additionalModelRequestFields": fields}))
}

pub(crate) fn thinking(kind: &str) -> Value {
    native(json!({"thinking": {"type": kind}}))
}

/// The same request with another member.
pub(crate) fn plus(mut request: Value, more: Value) -> Value {
    if let (Value::Object(request), Value::Object(more)) = (&mut request, more) {
        request.extend(more);
    }
    request
}

/// `outputConfig` with a schema.
pub(crate) fn schema_format(schema: Value) -> Value {
    let schema = json!({"schema": schema.to_string(), "name": "answer"});
    json!({"textFormat": {"type": "json_schema", "structure": {"jsonSchema": schema}}})
}

/// A call and what answers it.
pub(crate) fn turn(calls: Value, results: Value) -> Value {
    request(json!([hi(), assistant(calls), user(results)]), tools())
}

pub(crate) async fn answer(
    emulator: &Emulator,
    model: &str,
    streams: bool,
    body: &Value,
) -> Result<(), (u16, String)> {
    let operation = if streams { "converse-stream" } else { "converse" };
    let (status, json, _) = post(emulator, &path(model, operation), body).await;
    if status == 200 {
        Ok(())
    } else {
        Err((status, json["message"].as_str().unwrap_or_default().to_owned()))
    }
}

/// Each case must be refused with a text that has the fragment in it, by both operations.
pub(crate) async fn refused(cases: Vec<(&str, Value, &str)>) {
    refused_by(&[false, true], cases).await;
}

/// The same of families without tools in streams, so that Converse alone can say it.
pub(crate) async fn refused_whole(cases: Vec<(&str, Value, &str)>) {
    refused_by(&[false], cases).await;
}

async fn refused_by(operations: &[bool], cases: Vec<(&str, Value, &str)>) {
    let emulator = start(Settings::default()).await;
    for (model, body, fragment) in cases {
        for &streams in operations {
            let got = answer(&emulator, model, streams, &body).await;
            let (status, message) =
                got.expect_err(&format!("{model} took {body}, which {fragment} is wrong of"));
            assert_eq!(status, 400, "{body}: {message}");
            assert!(message.contains(fragment), "{model} {body}\n  said {message}\n  not  {fragment}");
        }
    }
}

pub(crate) async fn accepted(cases: Vec<(&str, Value)>) {
    let emulator = start(Settings::default()).await;
    for (model, body) in cases {
        assert_eq!(answer(&emulator, model, false, &body).await, Ok(()), "{model} {body}");
    }
}
