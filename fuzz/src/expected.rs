//! What the decoder must make of a stream: by the format where a frame is not whole, by the oracle where it is.
//!
//! The oracle takes a prelude from an incomplete frame as if the frame were whole, so it is given whole frames
//! only. Its verdict is ours in all but two things. It looks at headers before the checksum of the frame and we
//! after, so that a frame with both wrong has another error, though an error it has; and it knows no largest
//! frame, which would take an input of 16 MiB to tell. A length that its frame is too short for is an error to
//! it at once, and to us when the length is impossible; one that is possible waits for its bytes.

use crate::bedrock::frames::{FrameError, LARGEST};
use crate::input::be_u32;
use aws_smithy_eventstream::frame::read_message_from;
use aws_smithy_types::event_stream::Message;

/// Where each message ends, and how the stream ends.
pub(crate) struct Expected {
    /// Messages and the place in the stream from where on they must have been given out.
    pub(crate) messages: Vec<(usize, Message)>,
    /// An error and the place from where on it must be known.
    pub(crate) error: Option<(usize, FrameError)>,
}

const PRELUDE: usize = 12;
const SMALLEST: usize = 16;

/// What becomes of the whole of `stream`.
pub(crate) fn of(stream: &[u8]) -> Expected {
    let (mut messages, mut at) = (Vec::new(), 0);
    let error = loop {
        let rest = &stream[at..];
        if rest.len() < PRELUDE {
            break None;
        }
        let (total, headers) = (be_u32(rest) as usize, be_u32(&rest[4..]) as usize);
        let whole = rest.get(..total.max(PRELUDE));
        if let Some(error) = prelude(rest, total, headers) {
            assert!(
                whole.is_none_or(|mut frame| read_message_from(&mut frame).is_err()),
                "only we refuse it"
            );
            break Some((at + PRELUDE, error));
        }
        let Some(mut frame) = whole else { break None };
        let sound = crc32fast::hash(&frame[..total - 4]) == be_u32(&frame[total - 4..]);
        at += total;
        match read_message_from(&mut frame) {
            Ok(message) => messages.push((at, message)),
            Err(_) if sound => break Some((at, FrameError::Headers)),
            Err(_) => break Some((at, FrameError::MessageChecksum)),
        }
    };
    Expected { messages, error }
}

/// What a prelude alone tells.
fn prelude(rest: &[u8], total: usize, headers: usize) -> Option<FrameError> {
    if crc32fast::hash(&rest[..8]) != be_u32(&rest[8..]) {
        return Some(FrameError::PreludeChecksum);
    }
    let possible = (SMALLEST..=LARGEST).contains(&total) && SMALLEST + headers <= total;
    (!possible).then_some(FrameError::Length)
}
