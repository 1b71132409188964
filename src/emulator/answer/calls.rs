//! Calls of the client's tools.

use serde_json::{Map, Value};

use super::super::models::Family;
use super::super::sample;
use super::super::script::Script;
use super::{id, max_chars, pieces, text_of};

/// The tool that the request forces, or that the user's last text names; for the word "tool" it is the first. Once
/// there are results a tool is called only where one must be, and of several the last.
pub(super) fn wanted<'a>(request: &'a Value, last: &[Value], answered: bool) -> Option<&'a Value> {
    let config = request.get("toolConfig")?;
    let native = &request["additionalModelRequestFields"]["tool_choice"];
    if native["type"] == "none" {
        return None;
    }
    let specs = || config["tools"].as_array().into_iter().flatten().filter_map(|tool| tool.get("toolSpec"));
    let text = text_of(last);
    let named = || specs().find(|spec| spec["name"].as_str().is_some_and(|name| mentions(&text, name)));
    let choice = &config["toolChoice"];
    if let Some(forced) = choice["tool"]["name"].as_str().or(native["name"].as_str()) {
        return specs().find(|spec| spec["name"] == forced);
    }
    let any = choice.get("any").is_some() || native["type"] == "any";
    match (answered, any) {
        (true, true) => specs().next_back(),
        (true, false) => None,
        (false, any) => named().or_else(|| specs().next().filter(|_| any || mentions(&text, "tool"))),
    }
}

/// Whether `name` stands in `text` as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.split(|c| !inside(c)).any(|word| word.eq_ignore_ascii_case(name))
}

/// A call of `tool` with the simplest input that its schema allows.
pub(super) fn call(request: &Value, tool: &Value, family: &Family) -> Script {
    let name = tool["name"].as_str().unwrap_or_default();
    let input = sample::of(&tool["inputSchema"]["json"]);
    // A call without arguments comes as a block without deltas.
    let text = if input.as_object().is_some_and(Map::is_empty) { String::new() } else { input.to_string() };
    let allowed = max_chars(&request["inferenceConfig"]);
    let cut: String = text.chars().take(allowed).collect();
    let stop = if cut.len() < text.len() { "max_tokens" } else { "tool_use" };
    Script::tool_use(id(request, family), name, pieces(&cut, 12)).stop_reason(stop)
}
