//! Tools that Bedrock runs itself: never the client's to run, but there to be read (translation reference §3.3).

use crate::openai::citation::ServerTool;
use serde_json::Value;

/// A call. `before`: how many entries there are already.
pub(super) fn call(before: usize, id: String, name: String, input: String) -> ServerTool {
    let kind = "server_tool_use".to_owned();
    let (name, input) = (Some(name), Some(input));
    ServerTool { index: index(before), kind, id, name, input, status: None, content: Vec::new() }
}

/// What a call gave.
pub(super) fn result(
    before: usize,
    id: String,
    kind: Option<String>,
    status: Option<String>,
    content: Vec<Value>,
) -> ServerTool {
    let kind = kind.unwrap_or_else(|| "tool_result".to_owned());
    ServerTool { index: index(before), kind, id, name: None, input: None, status, content }
}

fn index(before: usize) -> u32 {
    u32::try_from(before).unwrap_or(u32::MAX)
}
