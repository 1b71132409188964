//! What Bedrock refuses for something that can be left out is asked once more without it, and nothing else is.

use bedrock_gateway::bedrock::Fault;
use serde_json::{Value, json};

use crate::memory::Memory;
use crate::running::TestGateway;

/// A model whose limit the emulator knows.
const NOVA: &str = "amazon.nova-lite-v1:0";

fn refused(message: &str) -> Fault {
    Fault::classify("ValidationException", 400, message, None, None)
}

fn asked(stream: bool) -> Value {
    let messages = [json!({"role": "user", "content": "Hi"})];
    json!({"model": NOVA, "messages": messages, "max_tokens": 9_000_000, "stream": stream})
}

#[tokio::test]
async fn row_51_too_many_tokens_are_asked_for_once_more_below_the_limit() {
    let gateway = TestGateway::start().await;
    for stream in [false, true] {
        gateway.emulator.clear_requests();
        let answer = gateway.chat(&asked(stream)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let warning = answer.header("x-gateway-warnings").unwrap();
        assert!(warning.starts_with("max_tokens: over the model's limit, lowered to "), "{warning}");
    }
    let calls = gateway.metrics("upstream_requests_total").await;
    let results: Vec<_> =
        calls.iter().map(|line| line.contains("max_tokens_too_high") && line.ends_with(" 2")).collect();
    assert_eq!(results, [true, false], "each refusal is counted as one: {calls:?}");
}

#[tokio::test]
async fn a_second_refusal_is_the_answer() {
    let fault = refused("The maximum tokens you requested exceeds the model limit of 5000.");
    let gateway = Memory::failing(fault).gateway(&[]);
    let answer = gateway.answer(&asked(true)).await;
    assert_eq!(answer.failure(), "400 invalid_request_error invalid_value max_tokens - -");
    let sent: Vec<_> =
        gateway.memory.bodies().iter().map(|body| body["inferenceConfig"]["maxTokens"].clone()).collect();
    assert_eq!(sent, [9_000_000, 5000]);
}

#[tokio::test]
async fn what_cannot_be_left_out_is_asked_once() {
    for message in [
        "The text field in the ContentBlock object at messages.0.content.0 is blank.",
        "messages.1.content.0: Invalid `signature` in `thinking` block",
        "tools.0.custom.strict: Extra inputs are not permitted",
        "The maximum tokens you requested exceeds the model limit of 10000000.",
        "Too many tokens, please wait before trying again.",
    ] {
        let gateway = Memory::failing(refused(message)).gateway(&[]);
        assert_eq!(gateway.answer(&asked(false)).await.status, 400);
        assert_eq!(gateway.memory.calls(), 1, "{message}");
    }
    let throttled = Fault::classify("ThrottlingException", 429, "model limit of 5", None, None);
    let gateway = Memory::failing(throttled).gateway(&[]);
    assert_eq!(gateway.answer(&asked(false)).await.status, 429);
    assert_eq!(gateway.memory.calls(), 1);
}
