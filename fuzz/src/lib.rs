//! What must hold of the event-stream decoder, whatever bytes come and however they are cut into reads.
//!
//! An input is not the bytes alone: see [`input`]. What is expected of them comes from [`expected`], which asks
//! `aws-smithy-eventstream`; [`check`] holds the decoder to it, read by read, and [`memory`] counts what it
//! keeps.

#[path = "../../src/bedrock"]
mod bedrock {
    pub(crate) mod frames;

    /// The one thing that only the decoder's siblings may call.
    pub(crate) fn share(message: &frames::Message, part: &str) -> bytes::Bytes {
        message.share(part)
    }
}
pub mod check;
pub mod expected;
pub mod input;
pub mod memory;
