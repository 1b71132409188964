//! Rules about tool calls and their results: every call is answered in the very next message, once, and by nothing
//! else.

use std::collections::HashSet;

use serde_json::Value;

use super::{Conversation, Refusal, Rule, Turn, ensure};

pub(super) const RULES: &[Rule] = &[inputs_are_objects, ids_are_unique_in_a_turn, calls_are_answered];

fn inputs_are_objects(c: &Conversation<'_>) -> Result<(), Refusal> {
    let wrong = |place: String| {
        format!(
            "The format of the value at {place} is invalid. Provide a json object for the field and try again."
        )
    };
    for (place, _, block) in c.blocks() {
        let input = block.get("toolUse").map(|call| &call["input"]);
        ensure(input.is_none_or(Value::is_object), || wrong(format!("{place}.toolUse.input")))?;
        let parts = block["toolResult"]["content"].as_array().into_iter().flatten();
        for (number, part) in parts.enumerate() {
            let json = part.get("json");
            ensure(json.is_none_or(Value::is_object), || {
                wrong(format!("{place}.toolResult.content.{number}.json"))
            })?;
        }
    }
    Ok(())
}

fn ids_are_unique_in_a_turn(c: &Conversation<'_>) -> Result<(), Refusal> {
    for (place, turn) in c.turns.iter().enumerate() {
        for kind in ["toolUse", "toolResult"] {
            let (mut seen, mut twice) = (HashSet::new(), Vec::new());
            for id in ids(turn, kind) {
                if !seen.insert(id) {
                    twice.push(id);
                }
            }
            ensure(twice.is_empty(), || {
                format!(
                    "The {kind} blocks at messages.{place}.content contain duplicate Ids: {}",
                    twice.join(", ")
                )
            })?;
        }
    }
    Ok(())
}

/// Looks at each message together with the one before it.
fn calls_are_answered(c: &Conversation<'_>) -> Result<(), Refusal> {
    // Mid-conversation system messages stand between a call and its result at no time, so they are no neighbours.
    let turns: Vec<(usize, &Turn<'_>)> =
        c.turns.iter().enumerate().filter(|(_, turn)| turn.role != "system").collect();
    for (order, (place, turn)) in turns.iter().enumerate() {
        let calls: Vec<&str> = match order.checked_sub(1).map(|before| turns[before].1) {
            Some(before) if before.role == "assistant" => ids(before, "toolUse").collect(),
            _ => Vec::new(),
        };
        let results: Vec<&str> =
            if turn.role == "user" { ids(turn, "toolResult").collect() } else { Vec::new() };
        ensure(results.iter().all(|id| calls.contains(id)), || {
            format!(
                "The number of toolResult blocks at messages.{place}.content exceeds the number of toolUse blocks of \
                 previous turn."
            )
        })?;
        unanswered(&calls, &results, *place)?;
    }
    match turns.last() {
        Some((place, turn)) if turn.role == "assistant" => {
            unanswered(&ids(turn, "toolUse").collect::<Vec<_>>(), &[], place + 1)
        }
        _ => Ok(()),
    }
}

fn unanswered(calls: &[&str], results: &[&str], place: usize) -> Result<(), Refusal> {
    let missing: Vec<&str> = calls.iter().copied().filter(|id| !results.contains(id)).collect();
    ensure(missing.is_empty(), || {
        format!(
            "Expected toolResult blocks at messages.{place}.content for the following Ids: {}",
            missing.join(", ")
        )
    })
}

/// The ids of the client's own calls or results; those of tools that ran on the server have a `type`.
fn ids<'a>(turn: &Turn<'a>, kind: &'static str) -> impl Iterator<Item = &'a str> {
    turn.all(kind).filter(|block| block["type"].is_null()).filter_map(|block| block["toolUseId"].as_str())
}
