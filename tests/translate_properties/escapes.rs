//! A string means the same however it is spelt: texts are carried as they stand, so what looks at one must read it.

use crate::bodies::{apply, change, generous, seeds, translate_by};
use bedrock_gateway::{
    converse::ContentBlock,
    translate::{Policy, Unsupported},
};
use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};
use std::fmt::Write;

/// The same JSON with characters of its strings and names as escapes: each, or by turns.
fn respelt(value: &Value, by_turns: bool) -> String {
    let mut out = String::new();
    write(value, by_turns, &mut out);
    out
}

fn write(value: &Value, by_turns: bool, out: &mut String) {
    match value {
        Value::String(text) => string(text, by_turns, out),
        Value::Array(items) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                out.push_str(if number == 0 { "" } else { "," });
                write(item, by_turns, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (number, (name, member)) in members.iter().enumerate() {
                out.push_str(if number == 0 { "" } else { "," });
                string(name, by_turns, out);
                out.push(':');
                write(member, by_turns, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

fn string(text: &str, by_turns: bool, out: &mut String) {
    out.push('"');
    for (at, character) in text.chars().enumerate() {
        match by_turns && at % 2 == 0 && !character.is_control() && !"\"\\".contains(character) {
            true => out.push(character),
            false => character
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| write!(out, "\\u{unit:04X}").unwrap()),
        }
    }
    out.push('"');
}

/// What becomes of a body; none if it is no request.
fn outcome(body: &str, claude: bool, policy: &Policy) -> Option<Result<Value, (String, String)>> {
    let translated = translate_by(body.as_bytes(), claude, policy).ok()?;
    let sent = translated.map(|body| serde_json::to_value(&body).unwrap());
    Some(sent.map_err(|refusal| (refusal.param, refusal.message)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_spelling_of_strings_changes_nothing(
        seed in any::<Index>(),
        changes in prop::collection::vec(change(), 0..3),
        claude: bool,
        strict: bool,
        by_turns: bool,
    ) {
        thread_local!(static SEEDS: Vec<Value> = seeds());
        let mut request = SEEDS.with(|seeds| seed.get(seeds).clone());
        changes.iter().for_each(|change| apply(&mut request, change));
        let (plain, respelt) = (request.to_string(), respelt(&request, by_turns));
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        // Not every floating-point number survives being read and written.
        prop_assume!(read(&plain) == request);
        prop_assert_eq!(read(&respelt), request);
        let unsupported = if strict { Unsupported::Strict } else { Unsupported::Lenient };
        for policy in [Policy { unsupported, ..Policy::default() }, generous(unsupported)] {
            prop_assert_eq!(outcome(&plain, claude, &policy), outcome(&respelt, claude, &policy));
        }
    }
}

#[test]
fn a_prompt_is_not_copied() {
    let prompt = "Tell me about Paris. ".repeat(100);
    let body = json!({"messages": [{"role": "user", "content": prompt}]}).to_string();
    let translated = translate_by(body.as_bytes(), true, &Policy::default()).unwrap().unwrap();
    let ContentBlock::Text(text) = &translated.messages[0].content[0] else { panic!("a text") };
    assert!(body.as_bytes().as_ptr_range().contains(&text.as_cow().as_ptr()));
}

/// In texts, in schemas, and in the text of arguments, which is JSON within JSON.
#[test]
fn half_a_character_is_refused_wherever_it_stands() {
    let bodies = seeds().into_iter().map(|seed| seed.to_string()).filter(|body| body.len() < 2_000);
    for (body, half) in bodies.flat_map(|body| [(body.clone(), "\\ud800"), (body, "\\\\ud800")]) {
        for at in (0..body.len()).filter(|at| body.is_char_boundary(*at)) {
            let broken = [&body[..at], half, &body[at..]].concat();
            if let Ok(Ok(sent)) = translate_by(broken.as_bytes(), true, &Policy::default()) {
                assert!(serde_json::to_value(&sent).is_ok(), "{broken}");
            }
        }
    }
}
