//! Whatever is sent as a body, the answer is 200 or a client's error in OpenAI's envelope, never a panic.

use axum::body::Body;
use http::Request;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client::{Answer, failure, request};
use crate::memory::{Memory, Step, Still, beginning, ending, whole};
use crate::running::chat;

fn gateway(overrides: &[(&str, &str)]) -> Still {
    Memory::stream([Step::Bytes(beginning()), Step::Bytes(ending())]).gateway(overrides)
}

fn upload(body: impl Into<Body>) -> Request<Body> {
    let mut request = request("/v1/chat/completions", Some(&chat()));
    *request.body_mut() = body.into();
    request
}

async fn send(gateway: &Still, body: impl Into<Body>) -> Answer {
    whole(gateway.send(upload(body)).await).await
}

/// 200, or 400 or 404 in the envelope.
fn assert_sane(answer: &Answer) {
    match answer.status {
        200 => {}
        400 | 404 => {
            assert!(failure(&answer.json()).starts_with("invalid_request_error "), "{}", answer.text())
        }
        _ => panic!("{} {}", answer.status, answer.text()),
    }
}

#[tokio::test]
async fn what_is_no_json_is_refused_in_words() {
    let gateway = gateway(&[]);
    let deep = |open: &str| format!("{{\"unknown\":{}", open.repeat(100_000)).into_bytes();
    let no_json = "400 invalid_request_error invalid_json - - -";
    for body in [
        Vec::new(),
        b" ".to_vec(),
        b"hello".to_vec(),
        b"{".to_vec(),
        b"{\"messages\":[}".to_vec(),
        b"{\"messages\":[]} trailing".to_vec(),
        b"\xef\xbb\xbf{\"messages\":[]}".to_vec(),
        b"{\"model\":\"\xff\xfe\"}".to_vec(),
        b"{\"model\":\"\xc3\"}".to_vec(),
        b"{\"model\":\"\\ud800\"}".to_vec(),
        b"{\"model\":\"a\0b\"}".to_vec(),
        b"{\"max_tokens\":1e999}".to_vec(),
        b"model=gpt-4o&messages=hi".to_vec(),
        deep("["),
        deep("{\"a\":"),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let answer = send(&gateway, body).await;
        assert_eq!(answer.failure(), no_json, "{shown}");
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("line 1 column") && message.len() < 200, "{shown}: {message}");
    }
    assert_eq!(gateway.memory.calls(), 0);
}

#[tokio::test]
async fn what_has_the_wrong_shape_is_named_by_its_path() {
    let gateway = gateway(&[]);
    let user = |member: &str| {
        format!(r#"{{"model":"gpt-4o","messages":[{{"role":"user","content":"Hi"}}],{member}}}"#)
    };
    let message = |message: &str| {
        format!(r#"{{"model":"gpt-4o","messages":[{{"role":"user","content":"Hi"}},{message}]}}"#)
    };
    for (body, code, param) in [
        ("null".to_owned(), "invalid_value", "body"),
        ("[]".to_owned(), "invalid_value", "body"),
        ("\"text\"".to_owned(), "invalid_value", "body"),
        (r#"{"model":"gpt-4o"}"#.to_owned(), "invalid_value", "messages"),
        (r#"{"model":7,"messages":[]}"#.to_owned(), "invalid_value", "model"),
        (r#"{"model":"gpt-4o","messages":[]}"#.to_owned(), "invalid_value", "messages"),
        (r#"{"model":"gpt-4o","messages":{}}"#.to_owned(), "invalid_value", "messages"),
        (message("7"), "invalid_value", "messages[1]"),
        (message("{}"), "missing_required_parameter", "messages[1].role"),
        (message(r#"{"role":"wizard","content":"x"}"#), "invalid_value", "messages[1].role"),
        (message(r#"{"role":"user"}"#), "missing_required_parameter", "messages[1].content"),
        (message(r#"{"role":"user","content":5}"#), "invalid_value", "messages[1].content"),
        (
            message(r#"{"role":"user","content":[{"type":"text"}]}"#),
            "missing_required_parameter",
            "messages[1].content[0].text",
        ),
        (
            message(r#"{"role":"user","content":[{"text":"x"}]}"#),
            "missing_required_parameter",
            "messages[1].content[0].type",
        ),
        (
            message(r#"{"role":"tool","content":"x"}"#),
            "missing_required_parameter",
            "messages[1].tool_call_id",
        ),
        (
            message(r#"{"role":"tool","content":"x","tool_call_id":"stray"}"#),
            "invalid_value",
            "messages[1].tool_call_id",
        ),
        (
            message(
                r#"{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"[1]"}}]}"#,
            ),
            "invalid_value",
            "messages[1].tool_calls[0].function.arguments",
        ),
        (
            message(r#"{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f"}}]}"#),
            "invalid_value",
            "messages[1].tool_calls[0].id",
        ),
        (user(r#""stream":"yes""#), "invalid_value", "stream"),
        (user(r#""max_tokens":1.5"#), "invalid_value", "max_tokens"),
        (user(r#""max_tokens":99999999999999999999999999"#), "invalid_value", "max_tokens"),
        (user(r#""max_tokens":9223372036854775807"#), "invalid_value", "max_tokens"),
        (user(r#""temperature":1e300"#), "invalid_value", "temperature"),
        (user(r#""temperature":"hot""#), "invalid_value", "temperature"),
        (user(r#""stop":[1]"#), "invalid_value", "stop[0]"),
        (user(r#""tools":[{}]"#), "missing_required_parameter", "tools[0].type"),
        (user(r#""tools":[{"type":"function"}]"#), "missing_required_parameter", "tools[0].function"),
        (
            user(r#""tools":[{"type":"function","function":{"name":""}}]"#),
            "invalid_value",
            "tools[0].function.name",
        ),
        (user(r#""tool_choice":7"#), "invalid_value", "tool_choice"),
        (user(r#""stream_options":[]"#), "invalid_value", "stream_options"),
        (user(r#""model":"again""#), "invalid_value", "model"),
    ] {
        let answer = send(&gateway, body.clone()).await;
        assert_eq!(answer.failure(), format!("400 invalid_request_error {code} {param} - -"), "{body}");
        assert!(answer.json()["error"]["message"].as_str().unwrap().contains(param), "{}", answer.text());
    }
    assert_eq!(gateway.memory.calls(), 0);
}

/// Clients that forget the header send JSON all the same.
#[tokio::test]
async fn the_content_type_does_not_matter() {
    let gateway = gateway(&[]);
    for content_type in [None, Some("text/plain"), Some("application/json; charset=utf-8"), Some("x")] {
        let mut request = upload(chat().to_string());
        request.headers_mut().remove("content-type");
        if let Some(value) = content_type {
            request.headers_mut().insert("content-type", value.parse().unwrap());
        }
        assert_eq!(gateway.send(request).await.status(), 200, "{content_type:?}");
    }
}

/// JSON of any shape, with the names of the API among its own.
fn json_value() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        4 => prop::sample::select(vec![
            "model", "messages", "role", "user", "assistant", "system", "tool", "content", "text", "type", "stream",
            "tools", "function", "name", "arguments", "parameters", "tool_calls", "tool_call_id", "tool_choice", "id",
            "stop", "temperature", "max_tokens", "stream_options", "include_usage", "gpt-4o", "thinking_blocks",
            "signature", "image_url", "n", "seed", "{}", "auto",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-2.0..3.0_f64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((word.clone(), inner), 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// A request that is right but for one member, somewhere.
fn nearly_right() -> impl Strategy<Value = Value> {
    let right = json!({
        "model": "gpt-4o", "stream": true, "stream_options": {"include_usage": true}, "temperature": 0.5, "top_p": 1,
        "max_tokens": 10, "stop": ["x"], "tool_choice": "auto", "parallel_tool_calls": false,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
            {"role": "assistant", "content": "Yes?", "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "1"},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
    });
    let paths: Vec<String> = paths(&right, "");
    (prop::sample::select(paths), json_value()).prop_map(move |(path, value)| {
        let mut changed = right.clone();
        *changed.pointer_mut(&path).unwrap() = value;
        changed
    })
}

/// The JSON pointers of everything in a value.
fn paths(value: &Value, at: &str) -> Vec<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    let below = below.into_iter().flat_map(|(name, value)| paths(value, &format!("{at}/{name}")));
    [at.to_owned()].into_iter().chain(below).collect()
}

fn check(gateway: &Still, body: impl Into<Body>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    assert_sane(&runtime.block_on(send(gateway, body)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_answered_sanely(body in json_value(), strict in any::<bool>()) {
        let policy = if strict { "strict" } else { "lenient" };
        check(&gateway(&[("GATEWAY__POLICY__UNSUPPORTED", policy)]), body.to_string());
    }

    #[test]
    fn any_slip_in_a_request_is_answered_sanely(body in nearly_right()) {
        check(&gateway(&[]), body.to_string());
    }

    #[test]
    fn any_bytes_are_answered_sanely(body in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&gateway(&[]), body);
    }
}
