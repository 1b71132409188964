//! Rules about reasoning blocks in the history: who takes them, whose they are, and when they must be there.

use serde_json::Value;

use super::super::answer::THOUGHT;
use super::super::seal::{Prefix, Verdict, check_redacted, check_signature};
use super::{Conversation, Refusal, Rule, ensure};

pub(super) const RULES: &[Rule] =
    &[history_is_supported, thoughts_are_signed, thoughts_stay_in_place, loops_begin_with_thoughts];

fn history_is_supported(c: &Conversation<'_>) -> Result<(), Refusal> {
    for (place, _, block) in c.blocks() {
        let reasoning = &block["reasoningContent"];
        ensure(c.family.reasoning_history || reasoning["reasoningText"].is_null(), || {
            format!(
                "This model doesn't support the reasoningContent block at {place}. Remove it and try again."
            )
        })?;
        ensure(c.family.redacted_history || reasoning["redactedContent"].is_null(), || {
            format!("This model doesn't support the redactedContent at {place}. Remove it and try again.")
        })?;
    }
    Ok(())
}

/// What the provider sealed comes back as it was.
fn thoughts_are_signed(c: &Conversation<'_>) -> Result<(), Refusal> {
    for (place, verdict, block) in judged(c) {
        let redacted = block["reasoningContent"].get("redactedContent").is_some();
        let signed = !block["reasoningContent"]["reasoningText"]["signature"].is_null();
        ensure(redacted || signed, || format!("{place}.thinking.signature: Field required"))?;
        ensure(verdict != Verdict::Forged, || {
            if redacted {
                format!("{place}: Invalid `data` in `redacted_thinking` block")
            } else {
                format!("{place}: Invalid `signature` in `thinking` block")
            }
        })?;
    }
    Ok(())
}

/// The newest Claude models bind their thoughts to what they had read before.
fn thoughts_stay_in_place(c: &Conversation<'_>) -> Result<(), Refusal> {
    let binding = &c.additional("thinking")["block_binding"]["prefix_mismatch_behavior"];
    if !c.family.binds_prefix || binding == "drop_block" {
        return Ok(());
    }
    for (place, verdict, _) in judged(c) {
        ensure(verdict != Verdict::Moved, || {
            format!("{place}: `thinking` block does not match the conversation before it")
        })?;
    }
    Ok(())
}

/// The reasoning blocks of families that seal them, with their places and what is to be thought of them.
fn judged<'a>(c: &Conversation<'a>) -> Vec<(String, Verdict, &'a Value)> {
    let mut judged = Vec::new();
    if c.family.native.is_none() || !c.family.redacted_history {
        return judged;
    }
    for (message, turn) in c.turns.iter().enumerate() {
        for (number, block) in turn.blocks.iter().enumerate() {
            let Some(reasoning) = block.get("reasoningContent") else { continue };
            let text = &reasoning["reasoningText"];
            let seal =
                text["signature"].as_str().or(reasoning["redactedContent"].as_str()).unwrap_or_default();
            let prefix = Prefix::of(c.request, message);
            let verdict = match text["text"].as_str() {
                _ if c.spoken.contains(seal) => Verdict::Sound,
                Some(text) => check_signature(seal, prefix, text),
                None => check_redacted(seal, prefix, THOUGHT),
            };
            judged.push((format!("messages.{message}.content.{number}"), verdict, block));
        }
    }
    judged
}

/// A budget is for a whole turn: while its tool calls are answered, it goes on with the thoughts it began with.
/// Adaptive thinking does not ask for that (user guide, adaptive thinking).
fn loops_begin_with_thoughts(c: &Conversation<'_>) -> Result<(), Refusal> {
    if !c.family.anthropic || c.family.native.is_none() || c.additional("thinking")["type"] != "enabled" {
        return Ok(());
    }
    let answered = c.turns.last().is_some_and(|turn| turn.all("toolResult").next().is_some());
    let last = c.turns.iter().rposition(|turn| turn.role == "assistant").filter(|_| answered);
    let Some(place) = last else { return Ok(()) };
    let Some(first) = c.turns[place].blocks.first() else { return Ok(()) };
    ensure(first.get("reasoningContent").is_some(), || {
        let found = if first.get("toolUse").is_some() { "tool_use" } else { "text" };
        format!(
            "messages.{place}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{found}`. When \
             `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the \
             lastmost set of `tool_use` and `tool_result` blocks)."
        )
    })
}
