//! A stream from a model that cannot stream: it is made of the whole answer, and is a stream in every other respect.

use std::time::Duration;

use bedrock_gateway::bedrock::Fault;
use bedrock_gateway::emulator::Script;
use bedrock_gateway::lifecycle::Phase;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::client::failure;
use crate::memory::{Memory, Step, hello, next};
use crate::running::{TestGateway, soon};
use crate::sse::Transcript;

/// Takes no tools in a stream.
const LLAMA: &str = "us.meta.llama3-3-70b-instruct-v1:0";

fn wait(seconds: u64) -> Step {
    Step::Wait(Duration::from_secs(seconds))
}

fn asked() -> Value {
    let tool = json!({"type": "function", "function": {"name": "weather"}});
    let messages = [json!({"role": "user", "content": "What is the weather?"})];
    json!({"model": LLAMA, "messages": messages, "tools": [tool], "stream": true,
           "stream_options": {"include_usage": true}})
}

fn throttled() -> Fault {
    Fault::classify("ThrottlingException", 429, "Too many requests, please wait.", None, None)
}

#[tokio::test]
async fn row_18_tools_are_streamed_where_bedrock_refuses_to() {
    let gateway = TestGateway::start().await;
    gateway.emulator.script(Script::text(["Sunny."]));
    let answer = gateway.chat(&asked()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        answer.header("x-gateway-warnings"),
        Some("stream: this model does not stream with tools, answered in one piece")
    );
    let transcript = answer.transcript();
    assert_eq!((transcript.content(), transcript.finish_reasons()), ("Sunny.".to_owned(), vec!["stop"]));
    assert!(transcript.is_done());
    assert!(transcript.chunks().last().unwrap()["usage"]["total_tokens"].as_u64().unwrap() > 0);
    assert!(gateway.only_call().path.ends_with("/converse"), "{}", gateway.only_call().path);
    let outcomes = gateway.metrics("stream_outcomes_total").await;
    assert_eq!(outcomes.last().unwrap(), r#"stream_outcomes_total{outcome="ok"} 1"#);
}

/// Proxies give up on a connection that is silent for a minute, and a whole answer can take longer.
#[tokio::test(start_paused = true)]
async fn a_long_wait_is_filled_with_comments() {
    let memory = Memory::whole([wait(32), hello()]);
    let gateway = memory.gateway(&[("GATEWAY__SERVER__KEEP_ALIVE", "15s")]);
    let began = Instant::now();
    let mut response = gateway.post(&asked()).await;
    let mut seen = vec![(began.elapsed().as_secs(), response.status().to_string())];
    let mut whole = String::new();
    while let Some(data) = next(&mut response).await {
        seen.push((began.elapsed().as_secs(), Transcript::parse(&data).content()));
        whole.push_str(&data);
    }
    let expected = [(10, "200 OK"), (25, ""), (32, "Hello")];
    assert_eq!(seen, expected.map(|(second, said)| (second, said.to_owned())));
    assert!(Transcript::parse(&whole).is_done());
    assert_eq!(gateway.memory.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_early_failure_is_an_http_error_and_a_late_one_a_frame() {
    let gateway = Memory::whole([wait(9), Step::Fail(throttled())]).gateway(&[]);
    let early = gateway.answer(&asked()).await;
    assert_eq!(early.failure(), "429 rate_limit_error rate_limit_exceeded - 5 -");
    let gateway = Memory::whole([wait(11), Step::Fail(throttled())]).gateway(&[]);
    let late = gateway.answer(&asked()).await;
    assert_eq!(late.status, 200);
    assert_eq!(failure(late.transcript().error().unwrap()), "rate_limit_error rate_limit_exceeded -");
    assert_eq!(late.transcript().chunks().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_answer_is_an_error_early_and_late() {
    for body in ["{", r#"{"output":{},"stopReason":"end_turn","usage":{}}"#] {
        for (seconds, status) in [(1, 502), (11, 200)] {
            let steps = [wait(seconds), Step::Bytes(body.into())];
            let answer = Memory::whole(steps).gateway(&[]).answer(&asked()).await;
            assert_eq!(answer.status, status, "{body} after {seconds}");
            assert!(!answer.text().contains("[DONE]") && answer.text().contains("\"error\""));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn hanging_up_closes_the_upstream_before_and_after_the_head() {
    let gateway = Memory::whole([Step::Hang]).gateway(&[]);
    let early = tokio::time::timeout(Duration::from_secs(5), gateway.post(&asked())).await;
    assert!(early.is_err());
    assert_eq!((gateway.memory.calls(), gateway.memory.open()), (1, 0));
    let mut response = gateway.post(&asked()).await;
    assert_eq!(next(&mut response).await.unwrap(), ": keep-alive\n\n");
    assert_eq!(gateway.memory.open(), 1);
    drop(response);
    assert_eq!((gateway.memory.calls(), gateway.memory.open()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_drain_is_told() {
    let gateway = Memory::whole([Step::Hang]).gateway(&[]);
    let mut response = gateway.post(&asked()).await;
    soon(next(&mut response)).await;
    gateway.lifecycle().enter(Phase::Closing);
    gateway.lifecycle().enter(Phase::Cut);
    let last = Transcript::parse(&next(&mut response).await.unwrap());
    assert_eq!(failure(last.error().unwrap()), "server_error gateway_shutting_down -");
    assert_eq!(next(&mut response).await, None);
}

/// The request lives as long as the call does, and so does its room.
#[tokio::test(start_paused = true)]
async fn the_room_of_a_request_is_kept_while_its_answer_is_waited_for() {
    let total = asked().to_string().len().div_ceil(1024);
    let limits =
        [("GATEWAY__SERVER__MAX_BODY_TOTAL", &*format!("{total}KiB")), ("GATEWAY__SERVER__MAX_BODY", "1KiB")];
    let gateway = Memory::whole([wait(30), hello()]).gateway(&limits);
    let waiting = gateway.post(&asked()).await;
    assert_eq!(gateway.post(&asked()).await.status(), 503);
    drop(waiting);
    assert_eq!(gateway.answer(&asked()).await.status, 200);
}
