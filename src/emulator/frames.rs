//! AWS event-stream framing, written from the format's description and from nothing the gateway uses to read it.
//!
//! A frame is: total length, headers length, CRC of these eight bytes, headers, payload, CRC of all before it.

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::Value;

use super::random;

/// The header value type of a string, the only one that Bedrock uses.
const STRING: u8 = 7;

/// Both lengths, the prelude's CRC and the message's CRC.
const FIXED_BYTES: usize = 16;

/// A modelled event: `:message-type` is `event`.
pub(super) fn event(name: &str, payload: &Value) -> Bytes {
    let headers = [(":event-type", name), (":content-type", "application/json"), (":message-type", "event")];
    frame(&headers, padded(payload).to_string().as_bytes())
}

/// A modelled exception: `:message-type` is `exception`, and the stream is over.
pub(super) fn exception(name: &str, payload: &Value) -> Bytes {
    let headers =
        [(":exception-type", name), (":content-type", "application/json"), (":message-type", "exception")];
    frame(&headers, payload.to_string().as_bytes())
}

/// An unmodelled error: `:message-type` is `error`, everything is in the headers and there is no payload.
pub(super) fn error(code: &str, message: &str) -> Bytes {
    frame(&[(":error-code", code), (":error-message", message), (":message-type", "error")], b"")
}

/// Adds the `p` member that Bedrock pads each event with, so that sizes betray nothing about the text.
fn padded(payload: &Value) -> Value {
    const PADDING: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut payload = payload.clone();
    if let Value::Object(members) = &mut payload {
        let length = usize::try_from(random::next() % 62).unwrap_or(0) + 1;
        members.entry("p").or_insert_with(|| PADDING[..length].into());
    }
    payload
}

/// Puts one frame together. A header value longer than the format allows is cut at 65,535 bytes.
fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Bytes {
    let mut head = BytesMut::new();
    for (name, value) in headers {
        let value = &value.as_bytes()[..value.len().min(usize::from(u16::MAX))];
        head.put_u8(u8::try_from(name.len()).unwrap_or(u8::MAX));
        head.put_slice(name.as_bytes());
        head.put_u8(STRING);
        head.put_u16(u16::try_from(value.len()).unwrap_or(u16::MAX));
        head.put_slice(value);
    }
    let total = head.len() + payload.len() + FIXED_BYTES;
    let mut out = BytesMut::with_capacity(total);
    out.put_u32(u32::try_from(total).unwrap_or(u32::MAX));
    out.put_u32(u32::try_from(head.len()).unwrap_or(u32::MAX));
    out.put_u32(crc32fast::hash(&out));
    out.put_slice(&head);
    out.put_slice(payload);
    out.put_u32(crc32fast::hash(&out));
    out.freeze()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The empty message and the one-header message of the format's published test vectors.
    #[test]
    fn frames_match_the_published_test_vectors() {
        assert_eq!(hex::encode(frame(&[], b"")), "000000100000000005c248eb7d98c8ff");
        let json = frame(&[], b"{'foo':'bar'}");
        assert_eq!(hex::encode(json), "0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936");
    }

    #[test]
    fn every_event_is_padded_but_an_own_p_is_kept() {
        assert!(padded(&json!({"role": "assistant"}))["p"].as_str().is_some_and(|p| !p.is_empty()));
        assert_eq!(padded(&json!({"p": "mine"})), json!({"p": "mine"}));
    }
}
