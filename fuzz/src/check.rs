//! The properties, for one input.

use crate::bedrock::{
    frames::{FrameDecoder, HeaderValue, Message},
    share,
};
use crate::expected::{self, Expected};
use crate::input::{Reads, take_apart};
use crate::memory;
use aws_smithy_types::DateTime;
use aws_smithy_types::event_stream::{HeaderValue as OracleValue, Message as OracleMessage};
use bytes::Bytes;

/// What the decoder may keep: so many times what it had to put together, for `BytesMut` grows by doubling, what it
/// has given out from its beginning included.
const GROWTH: usize = 4;
/// And its book-keeping.
const SLACK: usize = 128;

/// The number of a header type that is a string.
const TEXT: u8 = 7;

/// Decodes the input's stream, read by read. After each read the decoder must have given out every message that
/// lies before its end, which are those of the oracle, must have failed if that could be known, and must stand
/// at a boundary exactly if it does: its result depends on the bytes alone and not on how they were cut. And what it
/// keeps is measured by the beginnings of frames that it had to put together, not by reads nor by the stream.
///
/// # Panics
/// When any of that does not hold.
pub fn check(input: &[u8]) {
    let Some((stream, sizes)) = take_apart(input) else { return };
    let Expected { messages, error } = expected::of(&stream);
    let before = memory::in_use();
    let mut decoder = FrameDecoder::default();
    let (mut pushed, mut given, mut largest) = (0, 0, 0);
    for (read, asked) in Reads::new(&stream, sizes) {
        largest = largest.max(pushed - start(&messages, given));
        decoder.push(Bytes::copy_from_slice(read));
        pushed += read.len();
        assert_eq!(decoder.at_boundary(), pushed == start(&messages, given));
        if !asked {
            continue;
        }
        while let Some((end, expected)) = messages.get(given).filter(|(end, _)| *end <= pushed) {
            let message = decoder.next_message().expect("no error yet").expect("a whole frame is there");
            compare(&message, expected);
            given += 1;
            largest = largest.max(end - start(&messages, given - 1));
        }
        if let Some((known, error)) = error
            && known <= pushed
        {
            assert_eq!(decoder.next_message().err(), Some(error));
            return;
        }
        assert!(decoder.next_message().expect("no error yet").is_none(), "a message that nobody sent");
        let partial = pushed - start(&messages, given);
        assert_eq!(decoder.at_boundary(), partial == 0);
        let kept = memory::in_use() - before;
        assert!(kept <= GROWTH * largest.max(partial) + SLACK, "{kept} bytes kept for {partial} of a frame");
    }
}

/// Where message `number` begins.
fn start(messages: &[(usize, OracleMessage)], number: usize) -> usize {
    number.checked_sub(1).map_or(0, |before| messages[before].0)
}

fn compare(ours: &Message, theirs: &OracleMessage) {
    assert_eq!(ours.payload, theirs.payload());
    let mut headers = ours.headers();
    let mut texts: Vec<&str> = Vec::new();
    for theirs in theirs.headers() {
        let (name, value) = headers.next().expect("a header is missing");
        assert_eq!(name, theirs.name().as_str());
        let (kind, raw) = match value {
            HeaderValue::Text(text) => (TEXT, text.as_bytes()),
            HeaderValue::Other(kind, raw) => (kind, raw),
        };
        assert!(same(kind, raw, theirs.value()), "{name}: {kind} {raw:?}, not {:?}", theirs.value());
        if let HeaderValue::Text(text) = value {
            if !texts.contains(&name) {
                assert_eq!(ours.text(name), Some(text), "the first of its name");
                texts.push(name);
            }
            assert_eq!(share(ours, text), text);
        }
    }
    assert!(headers.next().is_none(), "a header too many");
    assert_eq!(ours.text("\u{0}no such header\u{0}"), None);
}

fn same(kind: u8, raw: &[u8], theirs: &OracleValue) -> bool {
    match theirs {
        OracleValue::Bool(value) => kind == u8::from(!value) && raw.is_empty(),
        OracleValue::Byte(value) => kind == 2 && raw == value.to_be_bytes(),
        OracleValue::Int16(value) => kind == 3 && raw == value.to_be_bytes(),
        OracleValue::Int32(value) => kind == 4 && raw == value.to_be_bytes(),
        OracleValue::Int64(value) => kind == 5 && raw == value.to_be_bytes(),
        OracleValue::ByteArray(value) => kind == 6 && raw == &value[..],
        OracleValue::String(value) => kind == TEXT && raw == value.as_str().as_bytes(),
        // Not the other way round: a time near the ends of its range has no milliseconds there.
        OracleValue::Timestamp(value) => {
            kind == 8
                && raw.try_into().is_ok_and(|raw| DateTime::from_millis(i64::from_be_bytes(raw)) == *value)
        }
        OracleValue::Uuid(value) => kind == 9 && raw == value.to_be_bytes(),
        _ => false,
    }
}
