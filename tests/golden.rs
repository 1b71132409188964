//! Golden files: what goes in beside what comes out, one folder of `tests/golden/` per case.
//!
//! | input | expected |
//! |---|---|
//! | `openai.json` (a client's body, byte for byte) | `converse.json` and, if there are any, `warnings.txt`; or `refusal.json` |
//! | `answer.json` (a Converse answer) | `completion.json` or `failure.json` |
//! | `events.jsonl` (ConverseStream events, one a line) | `chunks.sse` |
//!
//! `about.txt` says what the case shows and where it comes from (§ is a section of the translation reference, `LL#1` a
//! thread: LL is BerriAI/litellm, AG agentgateway/agentgateway, BAG aws-samples/bedrock-access-gateway, pi
//! earendil-works/pi); `case.json` has the circumstances ([`Case`]). The
//! events are encoded into frames by AWS's own encoder, each payload with the padding member that Bedrock adds, and
//! read back in one piece and byte by byte. `UPDATE_GOLDEN=1` rewrites what is expected; read the difference before
//! you commit it. A folder without expectations, or with a file that belongs to nothing, is a failure.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a case that cannot be read has failed")]

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bedrock_gateway::{
    bedrock::{Deadlines, Frames, Reply},
    catalog::{Defaults, ModelId},
    converse::{Answer, StreamEvent},
    error::GatewayError,
    openai::{
        chat::ChatRequest,
        chunk::Chunk,
        error::{ErrorBody, ErrorObject, ErrorType},
    },
    translate::{self, ChunkMachine, Refusal, ReplyHead, Unsupported},
};
use bytes::Bytes;
use futures_util::stream;
use http_body::Frame as BodyFrame;
use http_body_util::StreamBody;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The files that may be expected; what a case does not produce must not be there.
const OUTPUTS: [&str; 6] =
    ["converse.json", "warnings.txt", "refusal.json", "completion.json", "failure.json", "chunks.sse"];

/// The circumstances of a case.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Case {
    model: String,
    strict: bool,
    max_tokens: Option<u32>,
    temperature: Option<f64>,
    include_usage: bool,
}

impl Default for Case {
    fn default() -> Self {
        let model = "amazon.nova-lite-v1:0".to_owned();
        Self { model, strict: false, max_tokens: None, temperature: None, include_usage: false }
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
    let case: Case = match fs::read(folder.join("case.json")) {
        Ok(json) => serde_json::from_slice(&json).map_err(|error| format!("{name}: case.json: {error}"))?,
        Err(_) => Case::default(),
    };
    let inputs: Vec<&str> =
        ["openai.json", "answer.json", "events.jsonl"].into_iter().filter(|i| files.contains(*i)).collect();
    let [input] = inputs[..] else { return Err(format!("{name}: one input is needed, not {inputs:?}")) };
    let bytes = fs::read(folder.join(input)).unwrap();
    let produced = match input {
        "openai.json" => request(&bytes, &case),
        "answer.json" => answer(&bytes),
        _ => events(&String::from_utf8(bytes).unwrap(), &case),
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
    let belongs =
        |file: &str| [input, "about.txt", "case.json"].contains(&file) || produced.contains_key(file);
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

// === requests ===

fn request(bytes: &[u8], case: &Case) -> Files {
    let request = match parse(bytes) {
        Ok(request) => request,
        Err(error) => return Files::from([("refusal.json", pretty(&error))]),
    };
    let model = ModelId::parse(&case.model).unwrap();
    let defaults = Defaults { max_tokens: case.max_tokens, temperature: case.temperature };
    let policy = if case.strict { Unsupported::Strict } else { Unsupported::Lenient };
    match translate::request(request, &model, defaults, policy) {
        Ok(translated) => {
            let mut files = Files::from([("converse.json", pretty(&translated.body))]);
            if !translated.warnings.is_empty() {
                let lines = translated.warnings.iter().map(|warning| format!("{warning}\n")).collect();
                files.insert("warnings.txt", lines);
            }
            files
        }
        Err(Refusal { param, code, message }) => {
            let (param, code) = (Some(param), Some(code.as_str()));
            let error = ErrorObject { message, kind: ErrorType::InvalidRequestError, param, code };
            Files::from([("refusal.json", pretty(&ErrorBody { error }))])
        }
    }
}

/// The body as a request, or what the client is told.
fn parse(bytes: &[u8]) -> Result<ChatRequest, ErrorBody> {
    let invalid = |message: String, param| {
        Err(ErrorBody { error: GatewayError::InvalidBody { message, param }.report().error })
    };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize(&mut json) {
        Ok(request) => match json.end() {
            Ok(()) => Ok(request),
            Err(error) => invalid(error.to_string(), None),
        },
        Err(error) => {
            let path = error.path().to_string();
            let error = error.into_inner();
            invalid(error.to_string(), error.is_data().then_some(path))
        }
    }
}

// === answers ===

fn head() -> ReplyHead {
    ReplyHead { id: "chatcmpl-golden".to_owned(), created: 1_700_000_000, model: "gpt-4o".to_owned() }
}

fn answer(bytes: &[u8]) -> Files {
    let answer: Answer = serde_json::from_slice(bytes).unwrap();
    match translate::reply(answer, head()) {
        Ok(completion) => Files::from([("completion.json", pretty(&completion))]),
        Err(error) => Files::from([("failure.json", pretty(&error.to_string()))]),
    }
}

// === streams ===

fn events(lines: &str, case: &Case) -> Files {
    let wire: Vec<u8> = lines.lines().enumerate().flat_map(|(index, line)| frame(index, line)).collect();
    let whole = sse(vec![Bytes::from(wire.clone())], case);
    let bytewise = sse(wire.chunks(1).map(Bytes::copy_from_slice).collect(), case);
    assert_eq!(whole, bytewise, "the way in which the bytes arrive must not matter");
    Files::from([("chunks.sse", whole)])
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

/// What the client reads.
fn sse(reads: Vec<Bytes>, case: &Case) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let reads = reads.into_iter().map(|read| Ok(BodyFrame::data(read)));
        let body = Box::pin(StreamBody::new(stream::iter(reads)));
        let content_type = Some("application/vnd.amazon.eventstream".into());
        let reply = Reply { request_id: None, content_type, body };
        let mut frames = Frames::new(reply, &Deadlines::default()).unwrap();
        let mut machine = ChunkMachine::new(head(), case.include_usage);
        let mut out = String::new();
        let end = loop {
            let mut emit = |chunk: &Chunk<'_>| data(&mut out, chunk);
            match frames.next().await {
                None => break machine.finish(&mut emit).map(|_| ()).map_err(|error| error.to_string()),
                Some(Err(fault)) => break Err(format!("{} ({})", fault.message, fault.kind.name())),
                Some(Ok(frame)) => {
                    let event = match StreamEvent::decode(&frame.event_type, &frame.payload) {
                        Ok(event) => event,
                        Err(error) => break Err(error.to_string()),
                    };
                    if let Err(error) = machine.on(event, &mut emit) {
                        break Err(error.to_string());
                    }
                }
            }
        };
        match end {
            Ok(()) => out.push_str("data: [DONE]\n\n"),
            Err(error) => out.push_str(&format!("broken: {error}\n")),
        }
        out
    })
}

fn data(out: &mut String, chunk: &impl Serialize) {
    out.push_str(&format!("data: {}\n\n", serde_json::to_string(chunk).unwrap()));
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}
