//! What single families of models refuse, the gateway does not send them.

use serde_json::{Value, json};

use crate::running::TestGateway;

const LLAMA: &str = "us.meta.llama3-3-70b-instruct-v1:0";
const OPUS: &str = "us.anthropic.claude-opus-4-6-v1";
const SONNET: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

fn assistant(text: &str) -> Value {
    json!({"role": "assistant", "content": text})
}

fn looped() -> Vec<Value> {
    let function = json!({"name": "weather", "arguments": ""});
    let call = json!({"id": "call_1", "type": "function", "function": function});
    let called = json!({"role": "assistant", "content": "Let me look.", "tool_calls": [call]});
    vec![user("What is it?"), called, json!({"role": "tool", "tool_call_id": "call_1", "content": "21"})]
}

/// The emulator refuses each of these as it would stand in the request.
#[tokio::test]
async fn conversations_are_fitted_to_their_model() {
    let gateway = TestGateway::start().await;
    let system = json!({"role": "system", "content": "Be brief."});
    let spoken = || looped().into_iter().chain([user("Well?")]).collect::<Vec<_>>();
    let tool = json!({"type": "function", "function": {"name": "weather"}});
    for (model, messages, tools) in [
        (OPUS, vec![user("Hi"), assistant("{")], json!([])),
        (SONNET, vec![user("Hi"), assistant("{ \n")], json!([])),
        ("amazon.nova-pro-v1:0", vec![assistant("Hello."), user("Hi")], json!([])),
        ("mistral.mistral-7b-instruct-v0:2", vec![system, user("Hi")], json!([])),
        (LLAMA, spoken(), json!([tool])),
        (LLAMA, looped(), json!([tool])),
        ("us.writer.palmyra-x5-v1:0", spoken(), json!([tool])),
    ] {
        let strict = json!({"model": model, "messages": messages, "tools": tools});
        let answer = gateway.chat(&strict).await;
        assert_eq!(answer.status, 200, "{model}: {}", answer.text());
        assert!(answer.header("x-gateway-warnings").is_some_and(|text| text.starts_with("messages: ")));
    }
}
