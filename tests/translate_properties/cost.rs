//! A request of a hundred thousand pieces costs a hundred thousand times one piece: the bounds are wide enough for a
//! busy machine and an unoptimised build, and far below what anything quadratic would take.

use crate::bodies::translate;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

const PIECES: usize = 100_000;
const BOUND: Duration = Duration::from_secs(20);

fn many(piece: impl Fn(usize) -> Value) -> Vec<Value> {
    (0..PIECES).map(piece).collect()
}

fn call(at: usize) -> Value {
    json!({"id": format!("c{at}"), "type": "function", "function": {"name": format!("f{at}"), "arguments": "{}"}})
}

fn result(at: usize) -> Value {
    json!({"role": "tool", "tool_call_id": format!("c{at}"), "content": "ok"})
}

/// Translates and gives the number of turns, or nothing for a refusal.
fn timed(what: &str, request: &Value) -> Option<usize> {
    let body = request.to_string();
    let start = Instant::now();
    let translated = translate(body.as_bytes(), true, false).unwrap();
    let took = start.elapsed();
    assert!(took < BOUND, "{what}: {took:?}");
    Some(translated.ok()?.messages.len())
}

#[test]
fn many_messages() {
    let messages = many(|at| json!({"role": (["user", "assistant"][at % 2]), "content": "Hi"}));
    assert_eq!(timed("messages", &json!({"messages": messages})), Some(PIECES));
    let merged = many(|_| json!({"role": "user", "content": "Hi"}));
    assert_eq!(timed("merged messages", &json!({"messages": merged})), Some(1));
}

#[test]
fn many_parts() {
    let parts = many(|_| json!({"type": "text", "text": "Hi"}));
    assert_eq!(timed("parts", &json!({"messages": [{"role": "user", "content": parts}]})), Some(1));
    let marked =
        many(|_| json!({"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral", "x": 1}}));
    assert_eq!(
        timed("marks and warnings", &json!({"messages": [{"role": "user", "content": marked}]})),
        Some(1)
    );
}

#[test]
fn many_tool_calls() {
    let calls = json!({"role": "assistant", "tool_calls": many(call)});
    let conversation = |results: Vec<Value>| {
        let mut messages = vec![json!({"role": "user", "content": "Hi"}), calls.clone()];
        messages.extend(results);
        json!({"messages": messages})
    };
    let backwards = many(|at| result(PIECES - 1 - at));
    assert_eq!(timed("results in the wrong order", &conversation(backwards)), Some(3));
    assert_eq!(timed("strays", &conversation(many(|at| result(PIECES + at)))), None);
    let mut repeated = many(result);
    repeated.extend(many(|_| result(0)));
    assert_eq!(timed("repeated results", &conversation(repeated)), Some(3));
}

#[test]
fn many_rounds() {
    let mut messages = vec![json!({"role": "user", "content": "Hi"})];
    for at in 0..PIECES / 2 {
        messages.extend([json!({"role": "assistant", "tool_calls": [call(at)]}), result(at)]);
    }
    assert_eq!(timed("rounds", &json!({"messages": messages})), Some(PIECES + 1));
}

#[test]
fn many_tools_and_members() {
    let hello = json!([{"role": "user", "content": "Hi"}]);
    let tools = many(|at| json!({"type": "function", "function": {"name": format!("f{at}")}}));
    assert_eq!(timed("tools", &json!({"messages": hello, "tools": tools})), Some(1));
    let mut request = json!({"messages": hello});
    for at in 0..PIECES {
        request[format!("x{at}")] = json!(at);
    }
    assert_eq!(timed("unknown members", &request), Some(1));
    let blocks = many(|_| json!({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}));
    let thinking = json!({"role": "assistant", "content": "Hi", "thinking_blocks": blocks});
    assert_eq!(timed("thinking blocks", &json!({"messages": [hello[0], thinking, hello[0]]})), Some(3));
}
