//! Whatever a model can do and cannot: its rules about turns are kept, and no word of the client is lost.

use crate::{
    bodies::translate_for,
    conversations::{Step, messages, step},
};
use bedrock_gateway::{catalog::Capabilities, translate::Policy};
use proptest::prelude::*;
use serde_json::{Value, json};

fn any_model() -> impl Strategy<Value = Capabilities> {
    any::<[bool; 6]>().prop_map(|[system, system_turns, leading, prefill, alone, redacted]| Capabilities {
        tools: true,
        streaming: true,
        system,
        system_in_conversation: system_turns,
        leading_assistant: leading,
        prefill,
        tool_results_alone: alone,
        reasoning_history: true,
        redacted_history: redacted,
        ..Capabilities::default()
    })
}

/// The words of the request in their order, without those that are blank.
fn written(messages: &[Value]) -> Vec<String> {
    let spoken = messages.iter().filter(|message| message["role"] != "tool");
    let texts = spoken.flat_map(|message| match &message["content"] {
        Value::Array(parts) => parts.iter().map(|part| part["text"].clone()).collect(),
        text => vec![text.clone()],
    });
    let texts = texts.map(|text| text.as_str().unwrap().to_owned());
    texts.filter(|text| !text.trim().is_empty()).collect()
}

fn texts(blocks: &Value) -> impl Iterator<Item = &str> {
    blocks.as_array().into_iter().flatten().filter_map(|block| block["text"].as_str())
}

fn check(can: &Capabilities, body: &Value, written: &[String]) {
    let turns = body["messages"].as_array().unwrap();
    let roles: Vec<&str> = turns.iter().map(|turn| turn["role"].as_str().unwrap()).collect();
    let spoken: Vec<&str> = roles.iter().copied().filter(|role| *role != "system").collect();
    assert!(spoken.windows(2).all(|two| two[0] != two[1]), "roles alternate: {roles:?}");
    assert!(can.leading_assistant || roles[0] == "user", "the user begins: {roles:?}");
    assert!(can.prefill || roles.last() != Some(&"assistant"), "the assistant does not end: {roles:?}");
    assert!(can.system || body.get("system").is_none());
    for (at, _) in roles.iter().enumerate().filter(|(_, role)| **role == "system") {
        assert!(can.system_in_conversation && at > 0 && roles[at - 1] == "user", "{roles:?}");
        assert!(matches!(roles.get(at + 1), None | Some(&"assistant")), "{roles:?}");
    }
    for turn in turns {
        let blocks = turn["content"].as_array().unwrap();
        let tools =
            blocks.iter().filter(|b| b.get("toolUse").is_some() || b.get("toolResult").is_some()).count();
        assert!(!can.tool_results_alone || tools == 0 || tools == blocks.len(), "{turn}");
    }
    if let Some(last) = turns.last().filter(|last| last["role"] == "assistant") {
        assert!(texts(&last["content"]).last().is_none_or(|text| text == text.trim_end()));
    }
    let mut sent = texts(&body["system"]).chain(turns.iter().flat_map(|turn| texts(&turn["content"])));
    for text in written {
        assert!(sent.any(|sent| sent.contains(text.trim_end())), "{text:?} is lost, or out of order: {body}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rules_of_any_family_are_kept(can in any_model(), steps in prop::collection::vec(step(), 1..8)) {
        let all: Vec<Value> = steps.iter().enumerate().flat_map(|(at, step)| messages(at, step)).collect();
        let written = written(&all);
        // Instructions alone are no conversation.
        prop_assume!(steps.iter().any(|step| !matches!(step, Step::System(_))) && !written.is_empty());
        let tool = json!({"type": "function", "function": {"name": "f"}});
        let request = json!({"messages": all, "tools": [tool]}).to_string();
        match translate_for(request.as_bytes(), &can, &Policy::default()).unwrap() {
            Ok(body) => check(&can, &serde_json::to_value(&body).unwrap(), &written),
            Err(refusal) => prop_assert_eq!(refusal.param, "messages"),
        }
    }
}
