//! Conversations of many rounds with every family of models, as an agent has them: it appends the message that it got as
//! it came, runs the tools that it is asked to run, and asks on. Nothing may be refused on the way: the emulated Bedrock
//! verifies signatures, pairs calls with results, and knows what each family takes back.

use serde_json::{Value, json};

use crate::breadth::MODELS;
use crate::running::TestGateway;

/// Rounds of the user's.
const ROUNDS: usize = 3;

/// How often a tool is called in a round at most.
const CALLS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_family_takes_back_what_it_said() {
    let gateway = TestGateway::start().await;
    let (mut silent, mut signed) = (Vec::new(), 0);
    for model in MODELS {
        for effort in [None, Some("none"), Some("high")] {
            for stream in [false, true] {
                let (calls, thought) = converse(&gateway, model, effort, stream).await;
                if calls == 0 {
                    silent.push(*model);
                }
                signed += usize::from(thought);
            }
        }
    }
    silent.dedup();
    assert!(silent.len() * 3 < MODELS.len(), "tools were hardly ever called: {silent:?}");
    assert!(signed > 20, "models hardly ever reasoned: {signed} conversations");
}

/// One conversation; gives the number of tool calls in it, and whether the model signed what it thought.
async fn converse(gateway: &TestGateway, model: &str, effort: Option<&str>, stream: bool) -> (usize, bool) {
    let mut body = json!({
        "model": model,
        "messages": [{"role": "system", "content": "Be brief."}],
        "stream": stream,
        "max_completion_tokens": 4000,
        "tools": [{"type": "function", "function": {"name": "get.weather", "parameters": {
            "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
        }}}],
    });
    if let Some(effort) = effort {
        body["reasoning_effort"] = effort.into();
    }
    let mut calls = 0;
    for round in 0..ROUNDS {
        let question = json!({"role": "user", "content": format!("Use a tool, for the {round}. time")});
        body["messages"].as_array_mut().unwrap().push(question);
        for call in 0.. {
            assert!(call < CALLS, "{model} does not come to an end: {body:#}");
            let message = ask(gateway, &mut body).await;
            let asked: Vec<Value> = message["tool_calls"].as_array().cloned().unwrap_or_default();
            let messages = body["messages"].as_array_mut().unwrap();
            messages.push(message);
            if asked.is_empty() {
                break;
            }
            for call in asked {
                assert_eq!(call["function"]["name"], "get.weather");
                let arguments = call["function"]["arguments"].as_str().unwrap();
                assert!(serde_json::from_str::<Value>(arguments).unwrap().is_object(), "{arguments}");
                messages.push(json!({"role": "tool", "tool_call_id": call["id"], "content": "21 degrees"}));
                calls += 1;
            }
        }
    }
    (calls, is_signed(&body))
}

fn is_signed(body: &Value) -> bool {
    let mut messages = body["messages"].as_array().unwrap().iter();
    messages.any(|message| message.get("thinking_blocks").is_some())
}

/// The next message of the assistant, as a client keeps it.
async fn ask(gateway: &TestGateway, body: &mut Value) -> Value {
    gateway.emulator.clear_requests();
    let mut answer = gateway.chat(body).await;
    if answer.status == 400 && answer.text().contains("this model takes no tools") {
        body.as_object_mut().unwrap().remove("tools");
        answer = gateway.chat(body).await;
    }
    let mut calls = gateway.emulator.requests();
    calls.retain(|call| call.path.contains("/converse"));
    let sent = calls.last().map(|call| String::from_utf8_lossy(&call.body).into_owned()).unwrap_or_default();
    assert_eq!((answer.status, calls.len()), (200, 1), "{}\nasked: {body:#}\nsent: {sent}", answer.text());
    let thought = is_signed(body);
    assert_eq!(
        thought,
        sent.contains("reasoningContent"),
        "signed reasoning goes back: {body:#}\nsent: {sent}"
    );
    match body["stream"] == true {
        true => gathered(answer.text()),
        false => serde_json::from_str::<Value>(answer.text()).unwrap()["choices"][0]["message"].take(),
    }
}

/// A message from its pieces: strings grow, lists grow by their index.
fn gathered(text: &str) -> Value {
    let mut message = json!({});
    for line in text.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|line| *line != "[DONE]") {
        let chunk: Value = serde_json::from_str(line).unwrap();
        assert_eq!(chunk.get("error"), None, "{text}");
        grow(&mut message, &chunk["choices"][0]["delta"]);
    }
    message
}

fn grow(whole: &mut Value, piece: &Value) {
    match (whole, piece) {
        (whole @ Value::Null, piece) => *whole = piece.clone(),
        (Value::String(whole), Value::String(piece)) => whole.push_str(piece),
        (Value::Object(whole), Value::Object(piece)) => {
            for (name, piece) in piece {
                grow(whole.entry(name.as_str()).or_insert(Value::Null), piece);
            }
        }
        (Value::Array(whole), Value::Array(pieces)) => {
            for piece in pieces {
                match whole.iter_mut().find(|entry| entry["index"] == piece["index"]) {
                    Some(entry) => grow(entry, piece),
                    None => whole.push(piece.clone()),
                }
            }
        }
        (whole, piece) => *whole = piece.clone(),
    }
}
