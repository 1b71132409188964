//! AWS event-stream framing (`application/vnd.amazon.eventstream`), incremental and zero-copy.
//!
//! ```text
//! | total length | headers length | CRC32 of both | headers | payload | CRC32 of all before |
//! ```
//! Numbers are 32 bits, big-endian. A frame and a network read have nothing to do with each other: the
//! decoder takes any split of the bytes, never looks at an incomplete prelude or frame as if it were whole,
//! and copies only the frame that straddles two reads. Both checksums and every header are checked. What the
//! headers mean is decided in [`events`](super::events).
//!
//! Written here because `aws-smithy-eventstream` (the oracle of the tests) consumes a 12-byte prelude too
//! early and builds a vector of owned headers for every frame.

use std::fmt;

use bytes::{Buf, Bytes, BytesMut};

/// Two lengths and their checksum.
const PRELUDE: usize = 12;
/// The smallest frame: a prelude and the message checksum.
const SMALLEST: usize = PRELUDE + 4;
/// The largest frame the format allows: more than this is not data, but a wrong place in the bytes.
pub const LARGEST: usize = 16 * 1024 * 1024;

/// Cuts a stream of bytes into messages.
#[derive(Default)]
pub struct FrameDecoder {
    /// The beginning of a frame whose end has not come; everything in it precedes `read`.
    partial: BytesMut,
    /// What is left of the newest read.
    read: Bytes,
}

/// One decoded frame.
pub struct Message {
    headers: Bytes,
    /// The payload, sharing the buffer it was read into.
    pub payload: Bytes,
}

/// The value of a header. The types that Bedrock never sends are skipped over correctly and not looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderValue<'a> {
    /// Type 7.
    Text(&'a str),
    /// Any other type, as its number and its raw bytes.
    Other(u8, &'a [u8]),
}

/// Bytes that are no event stream. The decoder is of no use after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// A length that no frame can have.
    Length,
    /// The checksum of the two lengths is wrong.
    PreludeChecksum,
    /// The checksum of the frame is wrong.
    MessageChecksum,
    /// The headers do not fill their length, have an unknown type, or are not UTF-8 where they must be.
    Headers,
}

/// The header type of a string. The others: 0 true, 1 false, 2 byte, 3 i16, 4 i32, 5 i64, 6 bytes, 8
/// timestamp, 9 UUID.
const TEXT: u8 = 7;

// === impl FrameDecoder ===

impl FrameDecoder {
    /// Adds the next bytes of the stream.
    pub fn push(&mut self, bytes: Bytes) {
        if !self.read.is_empty() {
            self.partial.extend_from_slice(&self.read);
        }
        self.read = bytes;
    }

    /// The next whole message, or `None` until more bytes are pushed.
    ///
    /// # Errors
    /// [`FrameError`] when the bytes cannot be an event stream, as soon as that is known.
    pub fn next_message(&mut self) -> Result<Option<Message>, FrameError> {
        let Some(frame) = (if self.partial.is_empty() { self.cut_read()? } else { self.complete_partial()? })
        else {
            return Ok(None);
        };
        decode(frame).map(Some)
    }

    /// True when every byte pushed has been given out as part of a message: the only place where a stream may
    /// end.
    #[must_use]
    pub fn at_boundary(&self) -> bool {
        self.partial.is_empty() && self.read.is_empty()
    }

    /// A frame that lies whole in the newest read costs no copy.
    fn cut_read(&mut self) -> Result<Option<Bytes>, FrameError> {
        match frame_length(&self.read)? {
            Some(total) if total <= self.read.len() => Ok(Some(self.read.split_to(total))),
            _ => {
                // The tail is copied rather than kept, for a kept slice would hold its whole read in memory.
                self.partial.extend_from_slice(&self.read);
                self.read = Bytes::new();
                Ok(None)
            }
        }
    }

    /// Completes the frame that an earlier read began, taking no byte beyond it.
    fn complete_partial(&mut self) -> Result<Option<Bytes>, FrameError> {
        self.fill(PRELUDE);
        let Some(total) = frame_length(&self.partial)? else { return Ok(None) };
        self.fill(total);
        if self.partial.len() < total {
            return Ok(None);
        }
        Ok(Some(self.partial.split_to(total).freeze()))
    }

    fn fill(&mut self, wanted: usize) {
        let missing = wanted.saturating_sub(self.partial.len()).min(self.read.len());
        // Not `advance`: an emptied `Bytes` would keep its whole read alive until the next one.
        self.partial.extend_from_slice(&self.read.split_to(missing));
    }
}

impl fmt::Debug for FrameDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameDecoder")
            .field("partial", &self.partial.len())
            .field("read", &self.read.len())
            .finish()
    }
}

/// The whole length of the frame that `bytes` begin with, once its prelude is there and sound.
fn frame_length(bytes: &[u8]) -> Result<Option<usize>, FrameError> {
    let Some(prelude) = bytes.first_chunk::<PRELUDE>() else { return Ok(None) };
    if crc32fast::hash(&prelude[..8]) != be_u32(&prelude[8..]) {
        return Err(FrameError::PreludeChecksum);
    }
    let (total, headers) = (be_u32(&prelude[..4]) as usize, be_u32(&prelude[4..8]) as usize);
    if !(SMALLEST..=LARGEST).contains(&total) || headers > total - SMALLEST {
        return Err(FrameError::Length);
    }
    Ok(Some(total))
}

/// Checks a whole frame and takes it apart.
fn decode(mut frame: Bytes) -> Result<Message, FrameError> {
    let checksum = frame.split_off(frame.len() - 4);
    if crc32fast::hash(&frame) != be_u32(&checksum) {
        return Err(FrameError::MessageChecksum);
    }
    let headers_length = be_u32(&frame[4..8]) as usize;
    frame.advance(PRELUDE);
    let headers = frame.split_to(headers_length);
    let mut rest = &headers[..];
    while !rest.is_empty() {
        next_header(&mut rest).ok_or(FrameError::Headers)?;
    }
    Ok(Message { headers, payload: frame })
}

/// Takes one header off the front of `rest` and checks it; `None` if it is malformed.
fn next_header<'a>(rest: &mut &'a [u8]) -> Option<(&'a str, HeaderValue<'a>)> {
    let (name, kind, raw) = cut_header(rest)?;
    let value = if kind == TEXT {
        HeaderValue::Text(str::from_utf8(raw).ok()?)
    } else {
        HeaderValue::Other(kind, raw)
    };
    Some((str::from_utf8(name).ok()?, value))
}

/// Takes one header off the front of `rest`: name, type and value. Their text is not looked into.
fn cut_header<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], u8, &'a [u8])> {
    let name_length = take(rest, 1)?[0];
    let name = take(rest, name_length.into())?;
    let kind = take(rest, 1)?[0];
    let length = match kind {
        0 | 1 => 0,
        2 => 1,
        3 => 2,
        4 => 4,
        5 | 8 => 8,
        6 | TEXT => u16::from_be_bytes(take(rest, 2)?.try_into().ok()?).into(),
        9 => 16,
        _ => return None,
    };
    Some((name, kind, take(rest, length)?))
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

/// The first four bytes; the callers have made sure of them.
fn be_u32(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |four| u32::from_be_bytes(*four))
}

// === impl Message ===

impl Message {
    /// All headers, in their order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, HeaderValue<'_>)> {
        let mut rest = &self.headers[..];
        std::iter::from_fn(move || if rest.is_empty() { None } else { next_header(&mut rest) })
    }

    /// The string header `name`.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        let mut rest = &self.headers[..];
        while let Some((found, kind, raw)) = cut_header(&mut rest) {
            if kind == TEXT && found == name.as_bytes() {
                return str::from_utf8(raw).ok();
            }
        }
        None
    }

    /// `part`, which must be borrowed from one of the headers, as bytes that outlive the message.
    pub(super) fn share(&self, part: &str) -> Bytes {
        self.headers.slice_ref(part.as_bytes())
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.headers())
            .entry(&"payload", &format_args!("{} bytes", self.payload.len()))
            .finish()
    }
}

// === impl FrameError ===

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "a frame has an impossible length",
            Self::PreludeChecksum => "the checksum of a frame's prelude is wrong",
            Self::MessageChecksum => "the checksum of a frame is wrong",
            Self::Headers => "a frame has malformed headers",
        })
    }
}

impl std::error::Error for FrameError {}

#[cfg(test)]
mod tests;
