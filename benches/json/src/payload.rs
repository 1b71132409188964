//! Requests of the kind that agents send: tools with schemas, and rounds of calls and their results, which are code.

use serde_json::{Value, json};

/// A request of about so many bytes with so many tools.
pub(crate) fn request(bytes: usize, tools: usize) -> Vec<u8> {
    let tools: Vec<Value> = (0..tools).map(tool).collect();
    let mut messages =
        vec![json!({"role": "user", "content": "Find out why the nightly build fails and repair it."})];
    loop {
        let body = json!({"model": "claude-haiku", "messages": messages, "tools": tools}).to_string();
        if body.len() >= bytes {
            return body.into_bytes();
        }
        messages.extend(round(messages.len()));
    }
}

fn tool(number: usize) -> Value {
    json!({
        "name": format!("tool_{number}"),
        "description": "Reads a part of a file of the repository. Prefer it to a shell command, for it knows what is \
                        ignored. The answer is cut at 2000 lines.",
        "parameters": {
            "type": "object",
            "properties": {
                "path": {"type": "string", "description": "The file, relative to the root of the repository."},
                "lines": {"type": "object", "properties": {"from": {"type": "integer", "minimum": 1}}},
                "encoding": {"type": "string", "enum": ["utf-8", "latin-1", "utf-16"]},
            },
            "required": ["path"],
            "additionalProperties": false,
        },
    })
}

fn round(number: usize) -> [Value; 2] {
    let id = format!("tooluse_{number:08}");
    let arguments = json!({"path": format!("src/module_{number}.rs"), "lines": {"from": 1}}).to_string();
    let call = json!({"id": id, "name": "tool_0", "arguments": arguments});
    let code = "fn compile(input: &str) -> Result<Unit, \"Error\"> {\n\tparse(input)?\n}\n".repeat(9);
    [
        json!({"role": "assistant", "content": "I will look at the module.", "tool_calls": [call]}),
        json!({"role": "tool", "content": code, "tool_call_id": id}),
    ]
}
