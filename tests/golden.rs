//! Golden files: what goes in beside what comes out, one folder of `tests/golden/` per case.
//!
//! | input | expected |
//! |---|---|
//! | `openai.json` (a client's body, byte for byte) | `converse.json` and, if there are any, `warnings.txt`; or `refusal.json` |
//! | `answer.json` (a Converse answer) | `completion.json` or `failure.json` |
//! | `events.jsonl` (ConverseStream events, one a line) | `chunks.sse` or, before the first event, `failure.json` |
//! | `openai.json` with one of the others | what either would produce; `chunks.sse` of an `answer.json` for a stream |
//! | `fault.json` (Bedrock's refusal, before any of the others) | what they would produce, and `retry.json` if a second request was sent |
//!
//! Every case goes through the handler of `POST /v1/chat/completions`, with a transport that takes the request's bytes
//! and gives Bedrock's: what is compared is what Bedrock and the client would read. `about.txt` says what the case
//! shows and where it comes from (§ is a section of the translation reference, `LL#1` a thread: LL is BerriAI/litellm,
//! AG agentgateway/agentgateway, BAG aws-samples/bedrock-access-gateway, pi earendil-works/pi); `case.json` has the
//! circumstances ([`Case`]). The events are encoded into frames by AWS's own encoder, each payload with the padding
//! member that Bedrock adds, and read in one piece and byte by byte.
//!
//! `UPDATE_GOLDEN=1` rewrites what is expected; read the difference before you commit it. A folder without
//! expectations, or with a file that belongs to nothing, is a failure.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a case that cannot be read has failed")]

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use axum::{Extension, body::Body, extract::State, response::IntoResponse};
use bedrock_gateway::{
    api::{
        SseSettings,
        chat::{ChatState, X_GATEWAY_WARNINGS, completions},
    },
    bedrock::{Call, Deadlines, Fault, Operation, Reply, Transport},
    clock::Clock,
    config::{self, Config, Environment},
    dispatch::Dispatcher,
    lifecycle::Lifecycle,
    middleware::body::Bodies,
    route::Models,
    telemetry::{
        labels::Route,
        metrics::Metrics,
        record::{CallRecord, Received},
    },
};
use bytes::Bytes;
use futures_util::{future::BoxFuture, stream};
use http_body::Frame as BodyFrame;
use http_body_util::{BodyExt, StreamBody};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

/// The files that may be expected; what a case does not produce must not be there.
const OUTPUTS: [&str; 7] = [
    "converse.json",
    "retry.json",
    "warnings.txt",
    "refusal.json",
    "completion.json",
    "failure.json",
    "chunks.sse",
];

/// The circumstances of a case.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Case {
    model: String,
    strict: bool,
    max_tokens: Option<u32>,
    temperature: Option<f64>,
    include_usage: bool,
    /// More of the configuration, as the YAML file would have it.
    config: Value,
    #[serde(skip)]
    fault: Option<Fault>,
}

impl Default for Case {
    fn default() -> Self {
        let model = "amazon.nova-lite-v1:0".to_owned();
        Self {
            model,
            strict: false,
            max_tokens: None,
            temperature: None,
            include_usage: false,
            config: Value::Null,
            fault: None,
        }
    }
}

/// One line of `events.jsonl`: an event or an exception, with its payload; `text` stands for a payload that is not
/// what it should be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    event: Option<String>,
    exception: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    text: Option<String>,
}

/// `fault.json`: how Bedrock refuses the first request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    status: u16,
    error_type: String,
    message: String,
}

type Files = BTreeMap<&'static str, String>;

#[test]
fn every_case_gives_what_is_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut names: Vec<String> =
        fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(!names.is_empty());
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let failures: Vec<String> =
        names.iter().filter_map(|name| check(&root.join(name), update).err()).collect();
    let (failed, all) = (failures.len(), names.len());
    assert!(failures.is_empty(), "{failed} of {all} cases:\n{}", failures.join("\n"));
}

/// Runs one case and compares it with its folder.
fn check(folder: &Path, update: bool) -> Result<(), String> {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let files: BTreeSet<String> = fs::read_dir(folder)
        .map_err(|error| format!("{name}: {error}"))?
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let about = fs::read_to_string(folder.join("about.txt")).unwrap_or_default();
    if about.trim().is_empty() || about.trim().lines().count() != 1 {
        return Err(format!("{name}: about.txt must be one line"));
    }
    let mut case: Case = match fs::read(folder.join("case.json")) {
        Ok(json) => serde_json::from_slice(&json).map_err(|error| format!("{name}: case.json: {error}"))?,
        Err(_) => Case::default(),
    };
    if let Ok(json) = fs::read(folder.join("fault.json")) {
        let Refused { status, error_type, message } =
            serde_json::from_slice(&json).map_err(|error| format!("{name}: fault.json: {error}"))?;
        case.fault = Some(Fault::classify(&error_type, status, &message, None, None));
    }
    let inputs: Vec<&str> =
        ["openai.json", "answer.json", "events.jsonl"].into_iter().filter(|i| files.contains(*i)).collect();
    let read = |input: &str| fs::read(folder.join(input)).unwrap();
    let plain = || br#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}]}"#.to_vec();
    let produced = match inputs[..] {
        ["openai.json"] if case.fault.is_some() => refused(read("openai.json"), &case),
        ["openai.json"] => request(read("openai.json"), &case),
        ["answer.json"] => answer(plain(), read("answer.json"), &case).1,
        ["events.jsonl"] => events(streaming(&case), read("events.jsonl"), &case).1,
        ["openai.json", "answer.json"] => {
            let (sent, read) = answer(read("openai.json"), read("answer.json"), &case);
            sent.into_iter().chain(read).collect()
        }
        ["openai.json", "events.jsonl"] => {
            let (sent, read) = events(read("openai.json"), read("events.jsonl"), &case);
            sent.into_iter().chain(read).collect()
        }
        _ => return Err(format!("{name}: these inputs do not go together: {inputs:?}")),
    };
    if update {
        for output in OUTPUTS {
            let _ = fs::remove_file(folder.join(output));
        }
        for (file, content) in &produced {
            fs::write(folder.join(file), content).unwrap();
        }
        return Ok(());
    }
    let belongs = |file: &str| {
        inputs.contains(&file)
            || ["about.txt", "case.json", "fault.json"].contains(&file)
            || produced.contains_key(file)
    };
    if let Some(stray) = files.iter().find(|file| !belongs(file)) {
        return Err(format!("{name}: {stray} is expected of nothing"));
    }
    for (file, content) in &produced {
        let expected = fs::read_to_string(folder.join(file)).unwrap_or_default();
        if expected != *content {
            return Err(format!("{name}/{file}\n--- expected\n{expected}\n--- produced\n{content}"));
        }
    }
    Ok(())
}

// === what goes through ===

/// What the client reads, and what Bedrock read.
struct Exchange {
    status: u16,
    warnings: Option<String>,
    body: String,
    asked: Vec<Bytes>,
}

/// A Bedrock that takes a request's bytes and gives these ones, once it has refused the first request if it must.
struct Canned {
    asked: Mutex<Vec<Bytes>>,
    fault: Mutex<Option<Fault>>,
    reply: fn(Operation, &[Bytes]) -> Reply,
    reads: Vec<Bytes>,
}

struct Noon;

impl Transport for Canned {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Reply, Fault>> {
        self.asked.lock().unwrap().push(call.body);
        let reply = match self.fault.lock().unwrap().take() {
            Some(fault) => Err(fault),
            None => Ok((self.reply)(call.operation, &self.reads)),
        };
        Box::pin(async { reply })
    }
}

impl Clock for Noon {
    fn unix_seconds(&self) -> u64 {
        1_700_000_000
    }
}

fn reply(operation: Operation, reads: &[Bytes]) -> Reply {
    let content_type = match operation {
        Operation::Converse | Operation::GetInferenceProfile => "application/json",
        Operation::ConverseStream => "application/vnd.amazon.eventstream",
    };
    let reads: Vec<_> = reads.iter().map(|read| Ok(BodyFrame::data(read.clone()))).collect();
    let body = Box::pin(StreamBody::new(stream::iter(reads)));
    Reply { request_id: None, content_type: Some(content_type.into()), body }
}

/// Any answer at all: the case is about the request.
fn reply_to_anything(operation: Operation, _: &[Bytes]) -> Reply {
    const ANSWER: &str =
        r#"{"output":{"message":{"content":[{"text":"Hi"}]}},"stopReason":"end_turn","usage":{}}"#;
    let bytes = match operation {
        Operation::Converse | Operation::GetInferenceProfile => ANSWER.into(),
        Operation::ConverseStream => frame(0, r#"{"event":"messageStart","payload":{}}"#),
    };
    reply(operation, &[Bytes::from(bytes)])
}

/// The configuration of the case: `gpt-4o` is its model.
fn config(case: &Case) -> Config {
    let mut defaults = json!({});
    for (name, value) in [("max_tokens", json!(case.max_tokens)), ("temperature", json!(case.temperature))] {
        if !value.is_null() {
            defaults[name] = value;
        }
    }
    let mut config = json!({
        "models": {"mappings": {"gpt-4o": case.model}, "model_configs": {"gpt-4o": defaults}},
        "policy": {"unsupported": if case.strict { "strict" } else { "lenient" }},
        "integrations": {"authentication": {"type": "none"}},
    });
    merge(&mut config, &case.config);
    config::parse_text(&config.to_string(), &Environment::default()).unwrap()
}

fn merge(below: &mut Value, over: &Value) {
    match (below, over) {
        (Value::Object(below), Value::Object(over)) => {
            for (name, value) in over {
                merge(below.entry(name.as_str()).or_insert(Value::Null), value);
            }
        }
        (_, Value::Null) => {}
        (below, over) => *below = over.clone(),
    }
}

/// One request through the handler.
fn exchange(
    body: Vec<u8>,
    case: &Case,
    reply: fn(Operation, &[Bytes]) -> Reply,
    reads: Vec<Bytes>,
) -> Exchange {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let bedrock =
        Arc::new(Canned { asked: Mutex::default(), fault: Mutex::new(case.fault.clone()), reply, reads });
    let config = config(case);
    let dispatcher = Dispatcher {
        transport: Arc::clone(&bedrock) as Arc<dyn Transport>,
        target: "golden".into(),
        models: Arc::new(Models::new(config.models, config.catalog)),
        profiles: None,
        policy: config.policy,
        deadlines: Deadlines::default(),
        metrics: Arc::new(Metrics::new("golden").unwrap()),
        lifecycle: Lifecycle::new(),
        clock: Arc::new(Noon),
    };
    let sse = SseSettings { keep_alive: Duration::from_secs(15), coalesce: Duration::ZERO };
    let bodies = Bodies::new(32 * 1024 * 1024, 32 * 1024 * 1024, Arc::clone(&dispatcher.metrics));
    let state = ChatState { dispatcher: Arc::new(dispatcher), bodies: Arc::new(bodies), sse };
    runtime.block_on(async {
        let received = Received {
            request_id: "golden".into(),
            method: http::Method::POST,
            route: Route::ChatCompletions,
        };
        let record = CallRecord::open(received);
        let response = completions(State(state), Extension(record), Body::from(body)).await.into_response();
        let (head, body) = response.into_parts();
        let warnings = head.headers.get(X_GATEWAY_WARNINGS).map(|value| value.to_str().unwrap().to_owned());
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().into()).unwrap();
        Exchange {
            status: head.status.as_u16(),
            warnings,
            body,
            asked: std::mem::take(&mut bedrock.asked.lock().unwrap()),
        }
    })
}

/// A client's body: what Bedrock reads of it, or what the client is told.
fn request(body: Vec<u8>, case: &Case) -> Files {
    let exchange = exchange(body, case, reply_to_anything, Vec::new());
    match sent(&exchange) {
        Some(files) => files,
        None => Files::from([("refusal.json", failure(exchange.status, &exchange.body))]),
    }
}

/// What Bedrock reads, with what the client is told of it.
fn sent(exchange: &Exchange) -> Option<Files> {
    let json = |asked: &Bytes| pretty(str::from_utf8(asked).unwrap());
    let mut files = Files::from([("converse.json", json(exchange.asked.first()?))]);
    files.extend(exchange.asked.get(1).map(|again| ("retry.json", json(again))));
    assert!(exchange.asked.len() <= 2, "one retry at most");
    let warnings = exchange.warnings.as_ref();
    files.extend(warnings.map(|warnings| ("warnings.txt", warnings.replace("; ", "\n") + "\n")));
    Some(files)
}

/// Bedrock's refusal of a body: what Bedrock reads, and what the client reads.
fn refused(body: Vec<u8>, case: &Case) -> Files {
    let exchange = exchange(body, case, reply_to_anything, Vec::new());
    sent(&exchange).unwrap().into_iter().chain(read(exchange)).collect()
}

/// Bedrock's whole answer to a body: what Bedrock reads, and what the client reads.
fn answer(body: Vec<u8>, answer: Vec<u8>, case: &Case) -> (Files, Files) {
    let exchange = exchange(body, case, reply, vec![Bytes::from(answer)]);
    (sent(&exchange).unwrap(), read(exchange))
}

/// Bedrock's events in answer to a body: what Bedrock reads, and what the client reads.
fn events(body: Vec<u8>, lines: Vec<u8>, case: &Case) -> (Files, Files) {
    let lines = String::from_utf8(lines).unwrap();
    let wire: Vec<u8> = lines.lines().enumerate().flat_map(|(index, line)| frame(index, line)).collect();
    let bytes = wire.chunks(1).map(Bytes::copy_from_slice).collect();
    let [whole, bytewise] = [vec![Bytes::from(wire.clone())], bytes].map(|reads| {
        let exchange = exchange(body.clone(), case, reply, reads);
        (sent(&exchange).unwrap(), read(exchange))
    });
    assert_eq!(whole, bytewise, "the way in which the bytes arrive must not matter");
    whole
}

fn read(exchange: Exchange) -> Files {
    let Exchange { status, body, .. } = exchange;
    match status {
        200 if body.starts_with('{') => Files::from([("completion.json", pretty(&redacted(body)))]),
        200 => Files::from([("chunks.sse", redacted(body))]),
        status => Files::from([("failure.json", failure(status, &body))]),
    }
}

/// A body that asks for a stream.
fn streaming(case: &Case) -> Vec<u8> {
    let options = if case.include_usage { r#","stream_options":{"include_usage":true}"# } else { "" };
    let messages = r#""messages":[{"role":"user","content":"Hi"}]"#;
    format!(r#"{{"model":"gpt-4o",{messages},"stream":true{options}}}"#).into_bytes()
}

/// One frame as Bedrock writes it.
fn frame(index: usize, line: &str) -> Vec<u8> {
    let Line { event, exception, payload, text } = serde_json::from_str(line).unwrap();
    let (message_type, type_header, name) = match (event, exception) {
        (Some(event), None) => ("event", ":event-type", event),
        (None, Some(exception)) => ("exception", ":exception-type", exception),
        _ => panic!("an event or an exception: {line}"),
    };
    let payload = match (payload, text) {
        (Some(payload), None) => padded(payload.get(), index),
        (None, Some(text)) => text,
        _ => panic!("a payload or a text: {line}"),
    };
    let header =
        |name: &str, value: &str| Header::new(name.to_owned(), HeaderValue::String(value.to_owned().into()));
    let message = Message::new(payload.into_bytes())
        .add_header(header(type_header, &name))
        .add_header(header(":content-type", "application/json"))
        .add_header(header(":message-type", message_type));
    let mut wire = Vec::new();
    write_message_to(&message, &mut wire).unwrap();
    wire
}

/// Bedrock's padding member, of a length that differs from event to event.
fn padded(payload: &str, index: usize) -> String {
    let padding = &"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[..1 + index * 7 % 62];
    let members = payload.trim().strip_suffix('}').unwrap();
    let comma = if members.trim_end().ends_with('{') { "" } else { "," };
    format!(r#"{members}{comma}"p":"{padding}"}}"#)
}

// === as it is read ===

/// The body of a failed call with its status.
fn failure(status: u16, body: &str) -> String {
    pretty(&format!(r#"{{"status":{status},{}"#, body.strip_prefix('{').unwrap()))
}

/// The random id of an answer, the same in all its chunks, under a name that stays.
fn redacted(body: String) -> String {
    const PREFIX: &str = "chatcmpl-";
    match body.find(PREFIX) {
        Some(at) => body.replace(&body[at..at + PREFIX.len() + 32], "chatcmpl-golden"),
        None => body,
    }
}

/// The JSON with line breaks and indents, and otherwise as it is: the order of its members, the digits of its
/// numbers, the spelling of its strings.
fn pretty(json: &str) -> String {
    let (mut out, mut depth, mut in_string, mut escaped) = (String::new(), 0, false, false);
    let mut characters = json.chars().filter(|c| !matches!(c, '\n' | '\r' | '\t')).peekable();
    while let Some(character) = characters.next() {
        if in_string {
            out.push(character);
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        match character {
            ' ' => {}
            '{' | '[' => {
                while characters.next_if_eq(&' ').is_some() {}
                out.push(character);
                if let Some(closing) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(closing);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth -= 1;
                line(&mut out, depth);
                out.push(character);
            }
            ',' => {
                out.push(character);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            other => {
                in_string = other == '"';
                out.push(other);
            }
        }
    }
    out + "\n"
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}
