//! Writes the seeds of the fuzzer: `cargo run --bin seeds`, in `fuzz/`.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::DateTime;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bedrock_gateway_fuzz::input::{FIT, REPAIR, REPAIR_PRELUDE};
use std::path::Path;
use std::{fs, io};

/// Everything in one read.
const WHOLE: [u8; 8] = [0x7f; 8];
/// Reads of a byte, some more, and none at all.
const SMALL: [u8; 8] = [1, 2, 12, 0, 17, 3, 100, 5];
/// Three reads before the decoder is asked.
const AHEAD: [u8; 8] = [0x83, 0x8c, 20, 0x90, 0x81, 30, 0x80, 40];

fn main() -> io::Result<()> {
    let answer = [
        event("messageStart", r#"{"p":"abcdefghij","role":"assistant"}"#),
        event("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Paris"},"p":"abcd"}"#),
        event("contentBlockStop", r#"{"contentBlockIndex":0,"p":"abcdefgh"}"#),
        event("messageStop", r#"{"p":"abcdef","stopReason":"end_turn"}"#),
        event(
            "metadata",
            r#"{"metrics":{"latencyMs":419},"usage":{"inputTokens":11,"outputTokens":2,"totalTokens":13}}"#,
        ),
    ];
    let exception =
        message("exception", ":exception-type", "throttlingException", r#"{"message":"Too many"}"#);
    let long = vec![answer[1].clone(); 20];
    seed("answer", REPAIR, WHOLE, &answer, 0)?;
    seed("answer-broken-off", REPAIR, WHOLE, &long, 40)?;
    seed("answer-cut", REPAIR, SMALL, &answer, 0)?;
    seed("answer-ahead", 0, AHEAD, &answer, 0)?;
    seed("exception", FIT, SMALL, &[answer[0].clone(), exception], 0)?;
    seed("headers", FIT, WHOLE, &[every_type(), every_type()], 0)?;
    seed("empty", REPAIR_PRELUDE, SMALL, &[Message::new(""), Message::new("{}"), Message::new("")], 0)
}

/// Writes a seed whose last `missing` bytes have not come.
fn seed(name: &str, modes: u8, reads: [u8; 8], messages: &[Message], missing: usize) -> io::Result<()> {
    let mut bytes = vec![modes];
    bytes.extend(reads);
    for message in messages {
        write_message_to(message, &mut bytes).map_err(io::Error::other)?;
    }
    bytes.truncate(bytes.len() - missing);
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/frames").join(name), bytes)
}

fn event(name: &'static str, json: &'static str) -> Message {
    message("event", ":event-type", name, json)
}

fn message(kind: &'static str, of: &'static str, name: &'static str, json: &'static str) -> Message {
    Message::new(json)
        .add_header(text(of, name))
        .add_header(text(":content-type", "application/json"))
        .add_header(text(":message-type", kind))
}

fn text(name: &'static str, value: &'static str) -> Header {
    Header::new(name, HeaderValue::String(value.into()))
}

fn every_type() -> Message {
    [
        HeaderValue::Bool(true),
        HeaderValue::Bool(false),
        HeaderValue::Byte(-1),
        HeaderValue::Int16(-2),
        HeaderValue::Int32(3),
        HeaderValue::Int64(4),
        HeaderValue::ByteArray("bytes".into()),
        HeaderValue::String("täxt".into()),
        HeaderValue::Timestamp(DateTime::from_secs(1_700_000_000)),
        HeaderValue::Uuid(5),
    ]
    .into_iter()
    .fold(Message::new("payload"), |message, value| message.add_header(Header::new("h", value)))
}
