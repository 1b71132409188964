//! Sound conversations: they translate, keep Bedrock's rules, and grow without changing what was already said, which
//! is what prompt caching and signed reasoning need.

use crate::{
    bodies::{generous, translate, translate_by},
    media, rules,
};
use bedrock_gateway::translate::Unsupported;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A step of a conversation that leaves no call open.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    System(String),
    User(Vec<String>),
    Assistant {
        text: String,
        signed: bool,
    },
    /// Calls, in what order they are answered, and whether the user cuts in.
    Tools {
        text: String,
        calls: usize,
        rotate: usize,
        interrupt: bool,
    },
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[ -~]{1,12}", 1 => "\\PC{0,8}", 1 => Just(" \n".to_owned())]
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => words().prop_map(Step::System),
        3 => prop::collection::vec(words(), 1..3).prop_map(Step::User),
        2 => (words(), any::<bool>()).prop_map(|(text, signed)| Step::Assistant { text, signed }),
        2 => (words(), 1..5_usize, 0..5_usize, any::<bool>())
            .prop_map(|(text, calls, rotate, interrupt)| Step::Tools { text, calls, rotate, interrupt }),
    ]
}

/// The messages of a step; `at` makes its ids its own.
pub(crate) fn messages(at: usize, step: &Step) -> Vec<Value> {
    match step {
        Step::System(text) => vec![json!({"role": "system", "content": text})],
        Step::User(texts) => {
            let parts: Vec<Value> = texts.iter().map(|text| json!({"type": "text", "text": text})).collect();
            vec![json!({"role": "user", "content": parts})]
        }
        Step::Assistant { text, signed } => {
            let thinking = json!([{"type": "thinking", "thinking": text, "signature": "c2ln"}]);
            let thinking = if *signed { thinking } else { Value::Null };
            vec![json!({"role": "assistant", "content": text, "thinking_blocks": thinking})]
        }
        Step::Tools { text, calls, rotate, interrupt } => {
            let ids: Vec<String> = (0..*calls).map(|call| format!("call_{at}_{call}")).collect();
            let called: Vec<Value> = ids
                .iter()
                .map(|id| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{\"a\": 1}"}}))
                .collect();
            let mut all = vec![json!({"role": "assistant", "content": text, "tool_calls": called})];
            if *interrupt {
                all.push(json!({"role": "user", "content": text}));
            }
            let answers = ids.iter().cycle().skip(*rotate).take(ids.len());
            all.extend(answers.map(|id| json!({"role": "tool", "tool_call_id": id, "content": text})));
            all
        }
    }
}

fn conversation(steps: &[Step]) -> Value {
    let mut all = vec![json!({"role": "user", "content": "Begin."})];
    all.extend(steps.iter().enumerate().flat_map(|(at, step)| messages(at, step)));
    let tool = json!({"type": "function", "function": {"name": "f"}});
    json!({"messages": all, "tools": [tool]})
}

/// The translated body and its turns as bytes.
fn turns(request: &Value) -> (Value, Vec<String>) {
    let request = request.to_string();
    let translated = translate(request.as_bytes(), false, false).unwrap().unwrap();
    let turns = translated.messages.iter().map(|turn| serde_json::to_string(turn).unwrap()).collect();
    (serde_json::to_value(&translated).unwrap(), turns)
}

/// What Bedrock compares when it looks for a cached prompt, as bytes: all blocks in their order, without the points.
fn prompt(request: &Value) -> (Value, Vec<Value>) {
    let policy = generous(Unsupported::Lenient);
    let request = request.to_string();
    let translated = translate_by(request.as_bytes(), true, &policy).unwrap().unwrap();
    let body = serde_json::to_value(&translated).unwrap();
    rules::check(&body);
    media::apart(body["messages"].as_array().unwrap());
    let point = |block: &Value| block.get("cachePoint").is_some();
    let mut blocks = Vec::new();
    for message in body["messages"].as_array().unwrap() {
        blocks.push(message["role"].clone());
        blocks.extend(message["content"].as_array().unwrap().iter().filter(|block| !point(block)).cloned());
    }
    (json!([body["toolConfig"], body["system"]]), blocks)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sound_conversation_keeps_the_rules(steps in prop::collection::vec(step(), 0..8)) {
        let request = conversation(&steps);
        let (body, bytes) = turns(&request);
        rules::check(&body);
        prop_assert_eq!(bytes, turns(&request).1, "the same request gives the same bytes");
    }

    /// A longer conversation begins with the bytes of the shorter one. The last turn of the shorter one may go on,
    /// and so may be sorted anew: it is compared when the longer one begins a new turn there.
    #[test]
    fn a_conversation_grows_at_its_end(steps in prop::collection::vec(step(), 1..8), cut in 0..8_usize) {
        let (long, bytes) = turns(&conversation(&steps));
        let (short, mut prefix) = turns(&conversation(&steps[..cut.min(steps.len())]));
        // What the user says only because nothing follows yet.
        prefix.pop_if(|last| last == r#"{"role":"user","content":[{"text":"Continue."}]}"#);
        prop_assert_eq!(&short["system"], &long["system"]);
        prop_assert!(prefix.len() <= bytes.len());
        let (last, done) = prefix.split_last().unwrap();
        prop_assert_eq!(done, &bytes[..done.len()]);
        let same_blocks = short["messages"][done.len()]["content"].as_array().unwrap().len()
            == long["messages"][done.len()]["content"].as_array().unwrap().len();
        prop_assert!(!same_blocks || *last == bytes[done.len()]);
    }

    /// With the operator's cache points too: tools and system are the same to the last byte, points included, and the
    /// blocks of the shorter conversation begin the longer one. Only whole turns are compared, see above.
    #[test]
    fn a_cached_conversation_grows_at_its_end(
        steps in prop::collection::vec(step(), 1..8),
        cut in 0..8_usize,
        instructions in 0..30_000_usize,
    ) {
        let request = |steps: &[Step]| {
            let mut request = conversation(steps);
            let system = json!({"role": "system", "content": format!("Be kind.{}", "!".repeat(instructions))});
            request["messages"].as_array_mut().unwrap().insert(0, system);
            request
        };
        let (long_head, long) = prompt(&request(&steps));
        let (short_head, short) = prompt(&request(&steps[..cut.min(steps.len())]));
        prop_assert_eq!(short_head, long_head);
        let last_turn = short.iter().rposition(Value::is_string).unwrap();
        prop_assert_eq!(&short[..last_turn], &long[..last_turn]);
    }
}
