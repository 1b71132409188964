//! The pure work of the gateway: bytes in, bytes out, no socket and no task between them.
//!
//! `event/..` is the whole way of one event of a burst: a frame is cut out and checked, decoded, made a chunk, and
//! written as a server-sent event. A burst has 200 of them, so the cost of the stream's own start and end is in it.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on must stop")]

#[path = "payload/requests.rs"]
mod requests;

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bedrock_gateway::{
    bedrock::{Deadlines, Fault, Frames, Reply},
    converse::{Answer, StreamEvent},
    openai::chunk::Chunk,
    translate::{self, ChunkMachine, ReplyHead, Restore},
};
use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use std::{
    hint::black_box,
    task::{Context, Poll, Waker},
};

/// Deltas per burst.
const EVENTS: usize = 200;

fn requests(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("request");
    for (name, body) in [
        ("small", requests::small(false)),
        ("agent", requests::agent(false)),
        ("huge", requests::huge(false)),
    ] {
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| requests::converse(black_box(&body))));
    }
    group.finish();
}

fn answers(criterion: &mut Criterion) {
    let usage = json!({"inputTokens": 30, "outputTokens": 150, "totalTokens": 180});
    let text = json!([{"text": "Paris has been the capital of France since 987. ".repeat(12)}]);
    let input = json!({"path": "src/main.rs", "lines": {"from": 1, "to": 200}});
    let call = |id: &str| json!({"toolUse": {"toolUseId": id, "name": "read", "input": input}});
    let calls = json!([{"text": "I will look."}, call("tooluse_1"), call("tooluse_2")]);
    let mut group = criterion.benchmark_group("answer");
    for (name, content, reason) in [("text", text, "end_turn"), ("tools", calls, "tool_use")] {
        let output = json!({"message": {"role": "assistant", "content": content}});
        let answer =
            json!({"output": output, "stopReason": reason, "usage": usage, "metrics": {"latencyMs": 9}});
        let body = answer.to_string().into_bytes();
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter_batched(head, |head| whole(black_box(&body), head), BatchSize::SmallInput);
        });
    }
    group.finish();
}

fn whole(body: &[u8], head: ReplyHead) -> Vec<u8> {
    let answer: Answer = serde_json::from_slice(body).unwrap();
    serde_json::to_vec(&translate::reply(answer, head, &Restore::default()).unwrap()).unwrap()
}

fn events(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _timers = runtime.enter();
    let mut group = criterion.benchmark_group("event");
    group.throughput(Throughput::Elements(EVENTS as u64));
    let tool = json!({"toolUse": {"toolUseId": "tooluse_1", "name": "read"}});
    let texts = burst(None, |number| json!({"text": format!("token{number} ")}));
    let inputs = burst(Some(tool), |number| json!({"toolUse": {"input": format!("\"key{number}\": 1,")}}));
    for (name, bytes) in [("text", texts), ("tool arguments", inputs)] {
        group.bench_function(name, |bencher| {
            bencher.iter_batched(head, |head| stream(bytes.clone(), head), BatchSize::SmallInput);
        });
    }
    group.finish();
}

/// The body of a ConverseStream answer of one block.
fn burst(start: Option<Value>, delta: impl Fn(usize) -> Value) -> Bytes {
    let reason = if start.is_some() { "tool_use" } else { "end_turn" };
    let usage = json!({"inputTokens": 30, "outputTokens": 200, "totalTokens": 230});
    let mut bytes = Vec::new();
    let mut write = |event: &'static str, mut payload: Value| {
        payload["p"] = "abcdefghijklmnopqrstuvwxyzABCD".into();
        let header =
            |name: &'static str, value: &'static str| Header::new(name, HeaderValue::String(value.into()));
        let message = Message::new(payload.to_string().into_bytes())
            .add_header(header(":event-type", event))
            .add_header(header(":content-type", "application/json"))
            .add_header(header(":message-type", "event"));
        write_message_to(&message, &mut bytes).unwrap();
    };
    write("messageStart", json!({"role": "assistant"}));
    if let Some(start) = start {
        write("contentBlockStart", json!({"contentBlockIndex": 0, "start": start}));
    }
    for number in 0..EVENTS {
        write("contentBlockDelta", json!({"contentBlockIndex": 0, "delta": delta(number)}));
    }
    write("contentBlockStop", json!({"contentBlockIndex": 0}));
    write("messageStop", json!({"stopReason": reason}));
    write("metadata", json!({"usage": usage, "metrics": {"latencyMs": 9}}));
    bytes.into()
}

fn stream(bytes: Bytes, head: ReplyHead) -> Vec<u8> {
    let body = Full::new(bytes).map_err(|never| -> Fault { match never {} });
    let reply = Reply {
        request_id: None,
        content_type: Some("application/vnd.amazon.eventstream".into()),
        body: Box::pin(body),
    };
    let mut frames = Frames::new(reply, &Deadlines::default()).unwrap();
    let mut machine = ChunkMachine::new(head, true, Restore::default());
    let mut out = Vec::new();
    let mut context = Context::from_waker(Waker::noop());
    let mut emit = |chunk: &Chunk<'_>| {
        out.extend_from_slice(b"data: ");
        serde_json::to_writer(&mut out, chunk).unwrap();
        out.extend_from_slice(b"\n\n");
    };
    while let Poll::Ready(Some(frame)) = frames.poll_next(&mut context) {
        let frame = frame.unwrap();
        let event = StreamEvent::decode(&frame.event_type, &frame.payload).unwrap();
        machine.on(event, &mut emit).unwrap();
    }
    machine.finish(&mut emit).unwrap();
    out
}

fn head() -> ReplyHead {
    let id = "chatcmpl-0123456789abcdef0123456789abcdef".to_owned();
    ReplyHead { id, created: 1_700_000_000, model: "claude-haiku".to_owned() }
}

criterion_group!(benches, requests, answers, events);
criterion_main!(benches);
