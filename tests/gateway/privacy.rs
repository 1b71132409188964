//! Promise 8, and the log: one line per request with its facts, and never a key, a prompt or an answer, however much
//! is asked to be logged.

use bedrock_gateway::emulator::Script;
use serde_json::{Value, json};

use crate::client::{request, send};
use crate::process::{Process, SECRET_ACCESS_KEY, emulator, signed};
use crate::running::soon;

const KEY: &str = "sk-the-key-of-a-client";
const PROMPT: &str = "the-prompt-of-a-person";
const ANSWER: &str = "the-answer-of-a-model";
const TOOL: &str = "an_argument_of_a_tool";

const CONFIG: &str = r#"  drain: { delay: 0s }
models: { mappings: { gpt-4o: "amazon.nova-pro-v1:0" } }
custom_settings: { features: { enable_debug_logging: true } }
"#;

async fn call(process: &Process, id: &str, key: &str, body: &Value) {
    let mut request = request("/v1/chat/completions", Some(body));
    request.headers_mut().insert("authorization", format!("Bearer {key}").parse().unwrap());
    request.headers_mut().insert("x-request-id", id.parse().unwrap());
    soon(async { send(process.address, request).await.whole().await }).await;
}

fn body(stream: bool) -> Value {
    json!({
        "model": "gpt-4o", "stream": stream, "seed": 1, "user": PROMPT,
        "messages": [
            {"role": "system", "content": PROMPT},
            {"role": "user", "content": PROMPT},
            {"role": "assistant", "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": format!(r#"{{"a":"{TOOL}"}}"#)}}]},
            {"role": "tool", "tool_call_id": "c1", "content": TOOL},
        ],
    })
}

#[tokio::test]
async fn the_log_has_every_request_and_none_of_its_content() {
    for filter in [
        "info",
        "trace",
        "trace,bedrock_gateway=trace,hyper=trace,aws_smithy_runtime=trace,aws_sdk_bedrockruntime=trace",
    ] {
        let emulator = emulator().await;
        let mut environment = signed(&emulator);
        environment.extend([("API_KEYS", KEY.to_owned()), ("RUST_LOG", filter.to_owned())]);
        let process = Process::serve(CONFIG, &environment).await;
        let quoting = |kind: &str| Script::failure(400, kind, format!("messages.0: {PROMPT} is wrong"));
        for (id, stream, script) in [
            ("whole", false, Script::text([ANSWER]).usage_with_cache(1, 2, 3, 4)),
            ("stream", true, Script::text([ANSWER, ANSWER]).and_tool_use("t1", "f", [TOOL])),
            ("broken", true, Script::text([ANSWER, ANSWER]).cut_after(2)),
            (
                "exception",
                true,
                Script::text([ANSWER, ANSWER]).exception_after(2, "validationException", PROMPT),
            ),
            ("refused", false, quoting("ValidationException")),
            ("throttled", true, quoting("ThrottlingException")),
            ("garbage", false, Script::raw(200, "application/json", format!("{{\"output\":\"{ANSWER}\"}}"))),
        ] {
            emulator.script(script);
            call(&process, id, KEY, &body(stream)).await;
        }
        let mut refused = body(false);
        refused["messages"][1]["content"] = json!([{"type": "image_url", "image_url": {"url": PROMPT}}]);
        call(&process, "unsupported", KEY, &refused).await;
        call(&process, "not-json", KEY, &json!(PROMPT)).await;
        call(&process, "stranger", "sk-of-a-stranger", &body(false)).await;
        process.call(&format!("/nowhere?key={KEY}"), None).await;
        let ids = [
            "whole",
            "stream",
            "broken",
            "exception",
            "refused",
            "throttled",
            "garbage",
            "unsupported",
            "not-json",
            "stranger",
        ];
        for id in ids {
            process.line(|line| line["request_id"] == id && line["message"] == "request").await;
        }
        process.signal("TERM");
        let (code, lines) = process.exit().await;
        assert_eq!(code, 0);
        for secret in [KEY, PROMPT, ANSWER, TOOL, "sk-of-a-stranger", SECRET_ACCESS_KEY, "AWS4-HMAC-SHA256"] {
            let told: Vec<_> = lines.iter().filter(|line| line.contains(secret)).collect();
            assert!(told.is_empty(), "{secret} with RUST_LOG={filter}: {told:#?}");
        }
        for id in ids {
            let of_request = |line: &&String| {
                line.contains(&format!(r#""request_id":"{id}""#)) && line.contains(r#""message":"request""#)
            };
            assert_eq!(lines.iter().filter(of_request).count(), 1, "{id}");
        }
        assert!(lines.iter().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{lines:#?}");
    }
}

#[tokio::test]
async fn the_line_of_a_request_has_its_facts() {
    let emulator = emulator().await;
    let mut environment = signed(&emulator);
    environment.push(("API_KEYS", KEY.to_owned()));
    let process = Process::serve(CONFIG, &environment).await;
    emulator.script(Script::text([ANSWER]).usage_with_cache(1, 2, 3, 4));
    call(&process, "facts", KEY, &body(true)).await;
    let mut line = process.line(|line| line["request_id"] == "facts" && line["message"] == "request").await;
    let call = emulator.requests().pop().unwrap();
    for name in ["duration_ms", "upstream_ms", "ttft_ms", "overhead_ms"] {
        assert!(line[name].take().as_f64().is_some_and(|ms| ms > 0.0), "{name}");
    }
    assert!(line["timestamp"].take().as_str().is_some_and(|time| time.ends_with('Z')));
    assert_eq!(
        line,
        json!({
            "timestamp": null, "level": "INFO", "message": "request", "request_id": "facts", "method": "POST",
            "route": "chat_completions", "status": 200, "outcome": "ok", "key_id": "2a5722b9", "model": "gpt-4o",
            "served_model": "amazon.nova-pro-v1:0", "target": "us-east-1", "stream": true, "input_tokens": 1,
            "output_tokens": 2, "cache_read_tokens": 3, "cache_write_tokens": 4, "duration_ms": null,
            "upstream_ms": null, "ttft_ms": null, "overhead_ms": null, "bedrock_request_id": call.request_id,
            "warnings": 2, "user_agent": "test/1.0",
        })
    );
    emulator.script(Script::text([ANSWER, ANSWER]).cut_after(2));
    self::call(&process, "facts-broken", KEY, &body(true)).await;
    let line =
        process.line(|line| line["request_id"] == "facts-broken" && line["message"] == "request").await;
    assert_eq!(
        (&line["status"], &line["outcome"], &line["error_code"]),
        (&json!(200), &json!("error"), &json!("upstream_connection_error"))
    );
}
