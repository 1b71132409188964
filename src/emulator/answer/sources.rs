//! What an answer rests on: the media that it was shown, documents that it cites, the web that it looked at.

use serde_json::{Value, json};

use super::super::script::{Block, Script};
use super::{chunks, pieces, quote, text_of};

/// What the emulated web has on everything.
const PAGE: &str = "https://example.com/";

/// Names the media of a message, so that a client can tell that they arrived.
pub(super) fn shown(last: &[Value]) -> String {
    let name = |block: &Value| {
        let (kind, medium) = block.as_object()?.iter().next()?;
        let format = medium["format"].as_str().unwrap_or("text");
        match kind.as_str() {
            "document" => {
                Some(format!("document \"{}\" ({format})", medium["name"].as_str().unwrap_or_default()))
            }
            "image" | "video" | "audio" => Some(format!("{kind} ({format})")),
            _ => None,
        }
    };
    let names: Vec<String> = last.iter().filter_map(name).collect();
    if names.is_empty() { String::new() } else { format!(" You showed: {}.", names.join(", ")) }
}

/// Adds what tools of the server found, and citations of the documents that can be cited.
pub(super) fn cited(mut script: Script, request: &Value, last: &[Value]) -> Script {
    let documents = documents(request);
    if !documents.is_empty() {
        let citations = documents.iter().enumerate().map(|(number, document)| citation(number, document));
        let chunks = vec!["It says so".to_owned(), " in the documents.".to_owned()];
        script.blocks.push(Block::Citations { chunks, citations: citations.collect() });
    }
    let tools = request["toolConfig"]["tools"].as_array().into_iter().flatten();
    let Some(tool) = tools.filter_map(|tool| tool["systemTool"]["name"].as_str()).next() else {
        return script;
    };
    let id = "tooluse_server_0".to_owned();
    let input = json!({"query": quote(&text_of(last))}).to_string();
    let call = Block::ServerToolUse { id: id.clone(), name: tool.to_owned(), fragments: pieces(&input, 12) };
    let kind = format!("{tool}_result");
    let result = Block::ServerToolResult { id, kind, text: "One page was found.".to_owned() };
    script.blocks.splice(0..0, [call, result]);
    if tool == "nova_grounding" {
        let location = json!({"web": {"url": PAGE, "domain": "example.com"}});
        let citations = vec![json!({"location": location})];
        script.blocks.push(Block::Citations { chunks: chunks("The web says so."), citations });
    }
    script
}

/// The documents of all messages that can be cited, in their order.
fn documents(request: &Value) -> Vec<&Value> {
    let messages = request["messages"].as_array().into_iter().flatten();
    let blocks = messages.filter_map(|message| message["content"].as_array()).flatten();
    let documents = blocks.filter_map(|block| block.get("document"));
    documents.filter(|document| document["citations"]["enabled"] == true).collect()
}

fn citation(number: usize, document: &Value) -> Value {
    let place = |start: u64, end: u64| json!({"documentIndex": number, "start": start, "end": end});
    let location = match document["source"].get("content") {
        Some(_) => json!({"documentChunk": place(0, 1)}),
        None if document["format"] == "pdf" => json!({"documentPage": place(1, 2)}),
        None => json!({"documentChar": place(0, 10)}),
    };
    json!({"title": document["name"], "sourceContent": [{"text": "An excerpt."}], "location": location})
}
