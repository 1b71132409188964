//! The requests that the benches send: the smallest that makes sense, and one as agents send them.

use bedrock_gateway::{
    catalog::{Catalog, Defaults, ModelId},
    openai::chat::ChatRequest,
    translate::{self, Context, Fetched, Policy},
};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The model of every request; the emulator knows it and refuses little.
pub(crate) const MODEL: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

/// What an agent sends: the size of the body in bytes, which its last message fits, and its tools.
struct Agent {
    bytes: usize,
    tools: usize,
    marks: bool,
}

/// A question under a short system prompt.
pub(crate) fn small(stream: bool) -> Vec<u8> {
    bytes(&json!({
        "model": MODEL,
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": "What is the capital of France, and since when?"},
        ],
        "max_tokens": 256,
        "temperature": 0.2,
        "stream": stream,
    }))
}

/// 52 KB with 16 tools: a coding agent in the middle of its work, rounds of two parallel calls and their results.
pub(crate) fn agent(stream: bool) -> Vec<u8> {
    work(&Agent { bytes: 52 * 1024, tools: 16, marks: false }, stream)
}

/// 400 KB, of which 60 KB are the schemas of 76 tools: the same agent hours later, with marks for the prompt cache.
pub(crate) fn huge(stream: bool) -> Vec<u8> {
    work(&Agent { bytes: 400 * 1024, tools: 76, marks: true }, stream)
}

fn work(agent: &Agent, stream: bool) -> Vec<u8> {
    let mut messages = vec![
        json!({"role": "system", "content": [marked(agent, "You are a careful software engineer. ".repeat(40))]}),
        json!({"role": "user", "content": "Find out why the nightly build fails and repair it."}),
    ];
    let mut round = 0;
    loop {
        let body = bytes(&agent_body(agent, &messages, stream));
        let room = agent.bytes.saturating_sub(body.len());
        if room < 2_000 {
            let last = marked(agent, "x".repeat(room.saturating_sub(90)));
            messages.push(json!({"role": "user", "content": [last]}));
            return bytes(&agent_body(agent, &messages, stream));
        }
        messages.extend(self::round(agent, round));
        round += 1;
    }
}

/// A text, with the mark that the prompt up to it shall be cached.
fn marked(agent: &Agent, text: String) -> Value {
    match agent.marks {
        true => json!({"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}),
        false => json!({"type": "text", "text": text}),
    }
}

fn agent_body(agent: &Agent, messages: &[Value], stream: bool) -> Value {
    let tools: Vec<Value> = (0..agent.tools).map(tool).collect();
    json!({
        "model": MODEL,
        "messages": messages,
        "tools": tools,
        "tool_choice": "auto",
        "max_completion_tokens": 4096,
        "stream": stream,
    })
}

/// The body of the call that the gateway makes of a request.
pub(crate) fn converse(body: &[u8]) -> Vec<u8> {
    let request: ChatRequest<'_> = serde_json::from_str(str::from_utf8(body).unwrap()).unwrap();
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::built_in().unwrap());
    let model = CATALOG.model(&ModelId::parse(MODEL).unwrap());
    let policy = Policy::default();
    let media = Fetched::default();
    let cx = Context { can: &model.can, defaults: Defaults::default(), policy: &policy, media: &media };
    let translated = translate::request(request, cx).unwrap();
    translated.body.into_json(body.len()).unwrap()
}

/// A schema of the size that editors and browsers offer to models.
fn tool(number: usize) -> Value {
    json!({"type": "function", "function": {
        "name": format!("tool_{number}"),
        "description": "Reads a part of a file of the repository. Prefer it to a shell command, for it knows \
                        what is ignored. The answer is cut at 2000 lines.",
        "parameters": {
            "type": "object",
            "properties": {
                "path": {"type": "string", "description": "The file, relative to the root of the repository."},
                "lines": {
                    "type": "object",
                    "description": "The lines wanted; all without it.",
                    "properties": {"from": {"type": "integer", "minimum": 1}, "to": {"type": "integer"}},
                    "required": ["from"],
                },
                "encoding": {"type": "string", "enum": ["utf-8", "latin-1", "utf-16"]},
                "patterns": {"type": "array", "items": {"type": "string"}, "maxItems": 20},
            },
            "required": ["path"],
            "additionalProperties": false,
        },
    }})
}

fn round(agent: &Agent, number: usize) -> Vec<Value> {
    let call = |half: usize| {
        let arguments = json!({"path": format!("src/module_{number}/part_{half}.rs"), "lines": {"from": 1}});
        json!({"id": id(number, half), "type": "function", "function": {
            "name": format!("tool_{}", (number + half) % agent.tools),
            "arguments": arguments.to_string(),
        }})
    };
    let result = |half: usize| {
        let content = "fn compile(input: &str) -> Result<Unit, \"Error\"> {\n\tparse(input)?\n}\n".repeat(9);
        json!({"role": "tool", "tool_call_id": id(number, half), "content": content})
    };
    let words = format!("Round {number}: I will look at both halves of the module.");
    let turn = json!({"role": "assistant", "content": words, "tool_calls": [call(0), call(1)]});
    vec![turn, result(0), result(1)]
}

fn id(round: usize, half: usize) -> String {
    format!("tooluse_{round:08}{half}")
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}
