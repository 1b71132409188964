//! What the emulator says when no script tells it to: a text that shows it is no model, a tool call when one was
//! asked for, a quote of a tool's result.

use serde_json::Value;

use super::ledger::Ledger;
use super::models::{Family, Kind, Model, Shown};
use super::script::{Block, Script};
use super::seal::{self, Prefix};
use super::{random, sample};

/// How every default text begins, so that nobody takes it for a model's.
pub(super) const MARK: &str = "[emulated by bedrock-gateway: no model was called] ";

/// What every emulated model thinks.
pub(super) const THOUGHT: &str = "No model is thinking here, so there is nothing to weigh.";

/// How much of a text is quoted, in characters.
const QUOTE_CHARS: usize = 120;

/// The answer to a Converse request that the rules let through. Its tokens are booked in `ledger`.
pub(super) fn to(request: &Value, model: &Model, ledger: &Ledger) -> Script {
    let last = request["messages"].as_array().and_then(|messages| messages.last());
    let last = last.and_then(|message| message["content"].as_array()).map_or(&[][..], Vec::as_slice);
    let script = if let Some(result) = last.iter().find_map(|block| block.get("toolResult")) {
        spoken(request, &format!("{MARK}The tool answered: \"{}\".", quote(&result_text(result))))
    } else if let Some(tool) = wanted_tool(request, last) {
        called(request, tool)
    } else {
        spoken(request, &format!("{MARK}You said: \"{}\".", quote(&text_of(last))))
    };
    let script = match model.kind {
        Kind::Chat(family) => reasoned(script, request, family),
        Kind::Embedding(_) => script,
    };
    metered(script, request, model, ledger)
}

/// A text answer, ended by a stop sequence or `maxTokens` where those apply.
fn spoken(request: &Value, text: &str) -> Script {
    let config = &request["inferenceConfig"];
    let stops = config["stopSequences"].as_array().map_or(&[][..], Vec::as_slice);
    let stop = stops.iter().filter_map(Value::as_str).filter_map(|stop| text.find(stop)).min();
    let shown = stop.map_or(text, |at| &text[..at]);
    let allowed = max_chars(config);
    if shown.chars().count() > allowed {
        let cut: String = shown.chars().take(allowed).collect();
        return Script::text(chunks(&cut)).stop_reason("max_tokens");
    }
    Script::text(chunks(shown)).stop_reason(if stop.is_some() { "stop_sequence" } else { "end_turn" })
}

/// A call of `tool` with the simplest input that its schema allows.
fn called(request: &Value, tool: &Value) -> Script {
    let name = tool["name"].as_str().unwrap_or_default();
    let input = sample::of(&tool["inputSchema"]["json"]);
    // A call without arguments comes as a block without deltas.
    let text = if input.as_object().is_some_and(serde_json::Map::is_empty) {
        String::new()
    } else {
        input.to_string()
    };
    let allowed = max_chars(&request["inferenceConfig"]);
    let cut: String = text.chars().take(allowed).collect();
    let stop = if cut.len() < text.len() { "max_tokens" } else { "tool_use" };
    let id = format!("tooluse_{:011x}{:011x}", random::next() >> 20, random::next() >> 20);
    Script::tool_use(id, name, pieces(&cut, 12)).stop_reason(stop)
}

/// The tool that the request forces, or that the last user text names.
fn wanted_tool<'a>(request: &'a Value, last: &[Value]) -> Option<&'a Value> {
    let config = request.get("toolConfig")?;
    let specs = || config["tools"].as_array().into_iter().flatten().filter_map(|tool| tool.get("toolSpec"));
    let text = text_of(last);
    let named = || specs().find(|spec| spec["name"].as_str().is_some_and(|name| mentions(&text, name)));
    let choice = &config["toolChoice"];
    if let Some(forced) = choice["tool"]["name"].as_str() {
        return specs().find(|spec| spec["name"] == forced);
    }
    if choice.get("any").is_some() {
        return named().or_else(|| specs().next());
    }
    named()
}

/// Whether `name` stands in `text` as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.split(|c| !inside(c)).any(|word| word.eq_ignore_ascii_case(name))
}

/// Puts the reasoning before the answer, in the form in which the family shows it.
fn reasoned(mut script: Script, request: &Value, family: &Family) -> Script {
    let fields = &request["additionalModelRequestFields"];
    if !family.reasoning.wanted(fields) {
        return script;
    }
    let prefix = Prefix::of(request, usize::MAX);
    let signed = |text: &str| Block::Reasoning {
        chunks: if text.is_empty() { Vec::new() } else { chunks(text) },
        signature: Some(seal::sign(prefix, text)),
    };
    let display = fields["thinking"]["display"].as_str();
    let block = match (family.reasoning.shown, display) {
        (Shown::Plain, _) => Block::Reasoning { chunks: chunks(THOUGHT), signature: None },
        (Shown::Redacted, _) => Block::Redacted { data_base64: seal::redact(prefix, THOUGHT) },
        (Shown::Signed, None) | (Shown::Signed | Shown::Omitted, Some("summarized")) => signed(THOUGHT),
        (Shown::Signed | Shown::Omitted, _) => signed(""),
    };
    script.blocks.insert(0, block);
    script
}

fn metered(script: Script, request: &Value, model: &Model, ledger: &Ledger) -> Script {
    let output: usize = script.blocks.iter().map(chars).sum();
    let output = u64::try_from(output.div_ceil(4)).unwrap_or(u64::MAX);
    let cache = if let Kind::Chat(family) = model.kind { family.cache } else { None };
    let usage = ledger.book(model.id, cache, request).usage(output);
    script.usage_json(usage)
}

fn chars(block: &Block) -> usize {
    let count = |texts: &[String]| texts.iter().map(|text| text.chars().count()).sum();
    match block {
        Block::Text { chunks } | Block::Reasoning { chunks, .. } | Block::Citations { chunks, .. } => {
            count(chunks)
        }
        Block::ToolUse { name, fragments, .. } => name.len() + count(fragments),
        Block::Redacted { data_base64 } => data_base64.len(),
    }
}

fn max_chars(config: &Value) -> usize {
    let tokens = config["maxTokens"].as_u64().and_then(|tokens| usize::try_from(tokens).ok());
    tokens.unwrap_or(usize::MAX).saturating_mul(4)
}

/// The text blocks of a message.
fn text_of(content: &[Value]) -> String {
    let texts: Vec<&str> = content.iter().filter_map(|block| block["text"].as_str()).collect();
    texts.join(" ")
}

/// A tool's result as text.
fn result_text(result: &Value) -> String {
    let parts = result["content"].as_array().into_iter().flatten();
    let parts: Vec<String> = parts
        .map(|part| part["text"].as_str().map_or_else(|| part["json"].to_string(), str::to_owned))
        .collect();
    parts.join(" ")
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::models;
    use super::*;

    fn answer(request: &Value) -> Value {
        let Ok(model) = models::resolve("us.anthropic.claude-haiku-4-5-20251001-v1:0") else {
            panic!("no model")
        };
        to(request, model, &Ledger::default()).to_answer()
    }

    fn says(text: &str) -> Value {
        json!({"messages": [{"role": "user", "content": [{"text": text}]}]})
    }

    fn text(answer: &Value) -> &str {
        answer.pointer("/output/message/content/0/text").and_then(Value::as_str).unwrap_or_default()
    }

    #[test]
    fn echoes_visibly_emulated() {
        let answer = answer(&says("Hello\n  there"));
        assert_eq!(text(&answer), format!("{MARK}You said: \"Hello there\"."));
        assert_eq!(answer["stopReason"], "end_turn");
    }

    #[test]
    fn keeps_to_max_tokens_and_stop_sequences() {
        let mut request = says("Hello");
        request["inferenceConfig"] = json!({"maxTokens": 3});
        let short = answer(&request);
        assert_eq!((text(&short), &short["stopReason"]), ("[emulated by", &json!("max_tokens")));
        assert_eq!(short["usage"]["outputTokens"], 3);
        request["inferenceConfig"] = json!({"stopSequences": ["gateway", "emul"]});
        let stopped = answer(&request);
        assert_eq!((text(&stopped), &stopped["stopReason"]), ("[", &json!("stop_sequence")));
    }

    #[test]
    fn calls_the_tool_that_is_named_or_forced_and_quotes_its_result() {
        let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
        let spec = |name: &str| json!({"toolSpec": {"name": name, "inputSchema": {"json": schema}}});
        let mut request = says("Please use get_weather now");
        request["toolConfig"] = json!({"tools": [spec("other"), spec("get_weather")]});
        let call = answer(&request);
        let used = &call["output"]["message"]["content"][0]["toolUse"];
        assert_eq!((&used["name"], &used["input"]), (&json!("get_weather"), &json!({"city": "example"})));
        assert_eq!(call["stopReason"], "tool_use");

        request["toolConfig"]["toolChoice"] = json!({"tool": {"name": "other"}});
        assert_eq!(answer(&request)["output"]["message"]["content"][0]["toolUse"]["name"], "other");

        let result = json!({"toolUseId": used["toolUseId"], "content": [{"text": "21 degrees"}]});
        let mut after = request.clone();
        after["messages"] = json!([{"role": "user", "content": [{"toolResult": result}]}]);
        assert!(text(&answer(&after)).ends_with("The tool answered: \"21 degrees\"."));
    }

    #[test]
    fn does_not_call_a_tool_that_nobody_asked_for() {
        let mut request = says("Tell me about get_weather_history");
        let spec = json!({"toolSpec": {"name": "get_weather", "inputSchema": {"json": {"type": "object"}}}});
        request["toolConfig"] = json!({"tools": [spec]});
        assert_eq!(answer(&request)["stopReason"], "end_turn");
    }

    #[test]
    fn thinks_when_told_to() {
        let mut request = says("Hello");
        request["additionalModelRequestFields"] =
            json!({"thinking": {"type": "enabled", "budget_tokens": 1024}});
        let content = &answer(&request)["output"]["message"]["content"];
        assert!(content[0]["reasoningContent"]["reasoningText"]["signature"].is_string(), "{content}");
        assert!(content[1]["text"].is_string());
    }
}
