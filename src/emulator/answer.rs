//! What the emulator says when no script tells it to: a text that shows it is no model, a tool call when one was
//! asked for, a quote of a tool's result, a document in the form that was asked for. Equal requests get equal answers.
//!
//! The first row that fits tells the answer; reasoning comes before it where the model reasons:
//!
//! | request | answer |
//! |---|---|
//! | a guardrail named `blocked` | its own text, `guardrail_intervened` |
//! | a forced tool; without results also a last user text with a tool's name or the word "tool" | a call that the schema allows |
//! | a schema in `outputConfig` | a JSON document of it |
//! | a system prompt that asks for JSON | a JSON object in a fence, of the schema if one is shown |
//! | tool results | a text that quotes them |
//! | a document that can be cited, or a tool of the server | an echo, with citations or the tool's blocks |
//! | anything else | an echo |

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde_json::Value;

use super::ledger::Ledger;
use super::models::{Family, Kind, Model};
use super::script::{Block, Script};

mod calls;
mod form;
mod sources;
mod surroundings;
mod thought;

pub(super) use thought::THOUGHT;

/// How every default text begins, so that nobody takes it for a model's.
pub(super) const MARK: &str = "[emulated by bedrock-gateway: no model was called] ";

/// How much of a text is quoted, in characters.
const QUOTE_CHARS: usize = 120;

/// The answer to a Converse request that the rules let through. Its tokens are booked in `ledger`.
pub(super) fn to(request: &Value, model: &Model, ledger: &Ledger) -> Script {
    let Kind::Chat(family) = model.kind else { return Script::default() };
    let script = match surroundings::intervention(request) {
        Some(text) => Script::text(chunks(&text)).stop_reason("guardrail_intervened"),
        None => thought::before(spoken(request, family), request, family),
    };
    let script = surroundings::echoed(script, request, family);
    let output: usize = script.blocks.iter().map(chars).sum();
    let output = u64::try_from(output.div_ceil(4)).unwrap_or(u64::MAX);
    let usage = ledger.book(model.id, family.cache, request).usage(output);
    script.usage_json(usage)
}

/// What is answered to the last message of the user.
fn spoken(request: &Value, family: &Family) -> Script {
    let last = last_of_user(request);
    let results: Vec<&Value> = last.iter().filter_map(|block| block.get("toolResult")).collect();
    if let Some(tool) = calls::wanted(request, last, !results.is_empty()) {
        return calls::call(request, tool, family);
    }
    if let Some(document) = form::document(request, family) {
        return limited(request, pieces(&document, 12));
    }
    if results.is_empty() {
        let text = format!("{MARK}You said: \"{}\".{}", quote(&text_of(last)), sources::shown(last));
        return sources::cited(limited(request, chunks(&text)), request, last);
    }
    let texts: Vec<String> = results.into_iter().map(result_text).collect();
    limited(request, chunks(&format!("{MARK}The tool answered: \"{}\".", quote(&texts.join(" ")))))
}

/// A text answer, ended by a stop sequence or `maxTokens` where those apply.
fn limited(request: &Value, chunks: Vec<String>) -> Script {
    let config = &request["inferenceConfig"];
    let text = chunks.concat();
    let stops = config["stopSequences"].as_array().map_or(&[][..], Vec::as_slice);
    let stops = stops.iter().filter_map(Value::as_str);
    let stop = stops.filter_map(|stop| text.find(stop).map(|at| (at, stop))).min();
    let shown = stop.map_or(&*text, |(at, _)| &text[..at]);
    let allowed = max_chars(config);
    if shown.chars().count() > allowed {
        return Script::text(cut(chunks, allowed)).stop_reason("max_tokens");
    }
    let script = Script::text(cut(chunks, shown.chars().count()));
    match stop {
        // Read by `surroundings::echoed`.
        Some((_, stop)) => script.stop_reason("stop_sequence").additional_fields(stop.into()),
        None => script.stop_reason("end_turn"),
    }
}

/// The first so many characters of the chunks.
fn cut(chunks: Vec<String>, mut allowed: usize) -> Vec<String> {
    let mut kept = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let count = chunk.chars().count();
        if count > allowed {
            kept.push(chunk.chars().take(allowed).collect());
            break;
        }
        allowed -= count;
        kept.push(chunk);
    }
    kept
}

fn chars(block: &Block) -> usize {
    let count = |texts: &[String]| texts.iter().map(|text| text.chars().count()).sum::<usize>();
    match block {
        Block::Text { chunks } | Block::Reasoning { chunks, .. } | Block::Citations { chunks, .. } => {
            count(chunks)
        }
        Block::ToolUse { name, fragments, .. } | Block::ServerToolUse { name, fragments, .. } => {
            name.len() + count(fragments)
        }
        Block::ServerToolResult { text, .. } => text.chars().count(),
        Block::Redacted { data_base64 } => data_base64.len(),
    }
}

fn max_chars(config: &Value) -> usize {
    let tokens = config["maxTokens"].as_u64().and_then(|tokens| usize::try_from(tokens).ok());
    tokens.unwrap_or(usize::MAX).saturating_mul(4)
}

/// The blocks of the last message that the user sent.
fn last_of_user(request: &Value) -> &[Value] {
    let messages = request["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let last = messages.iter().rev().find(|message| message["role"] == "user");
    last.and_then(|message| message["content"].as_array()).map_or(&[], Vec::as_slice)
}

/// The text blocks of a message, those that a guardrail is to read too.
fn text_of(content: &[Value]) -> String {
    let text = |block: &Value| {
        block["text"].as_str().or(block["guardContent"]["text"]["text"].as_str()).map(str::to_owned)
    };
    content.iter().filter_map(text).collect::<Vec<_>>().join(" ")
}

/// A tool's result as text.
fn result_text(result: &Value) -> String {
    let part = |part: &Value| match part.as_object().and_then(|part| part.iter().next()) {
        Some((kind, value)) if kind == "text" => value.as_str().unwrap_or_default().to_owned(),
        Some((kind, value)) if kind == "json" => value.to_string(),
        Some((kind, _)) => format!("[{kind}]"),
        None => String::new(),
    };
    result["content"].as_array().into_iter().flatten().map(part).collect::<Vec<_>>().join(" ")
}

/// The beginning of a text on one line.
fn quote(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTE_CHARS) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// The deltas of a text: an empty one first, as Bedrock begins, then a word each.
fn chunks(text: &str) -> Vec<String> {
    std::iter::once("").chain(text.split_inclusive(' ')).map(str::to_owned).collect()
}

/// Pieces of so many characters.
fn pieces(text: &str, size: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(size).map(|piece| piece.iter().collect()).collect()
}

/// An id for a call of a tool: another request gets another one.
fn id(request: &Value, family: &Family) -> String {
    let mut hasher = DefaultHasher::new();
    request["messages"].to_string().hash(&mut hasher);
    let hash = hasher.finish();
    if family.nine_character_ids {
        return format!("{:09x}", hash & 0xf_ffff_ffff);
    }
    format!("tooluse_{hash:022x}")
}

#[cfg(test)]
mod tests;
