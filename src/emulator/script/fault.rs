//! The ways in which a scripted reply can go wrong, and how its bytes are cut into writes.

use serde::{Deserialize, Serialize};

use super::Event;

/// An HTTP error in Bedrock's shape.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The HTTP status.
    pub status: u16,
    /// The exception's name for `x-amzn-errortype`, e.g. `ThrottlingException`. A name with `:` or `#` in it is
    /// sent as it stands, others get the URI that Bedrock appends.
    pub kind: String,
    /// The `message` member of the body.
    pub message: String,
}

/// A reply of given bytes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RawReply {
    /// The HTTP status.
    pub status: u16,
    /// The `content-type` header.
    pub content_type: String,
    /// The body, in base64.
    pub body_base64: String,
}

/// How a stream ends. Counts are of events that were sent whole. A Converse answer counts as one event.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum End {
    /// All events, then the end of the response.
    #[default]
    Complete,
    /// So many events, then this one (an exception or an error), then the end of the response.
    EventAfter {
        /// Events before it.
        events: usize,
        /// What ends the stream.
        event: Event,
    },
    /// So many events, then the end of the response.
    CleanAfter {
        /// Events before the end.
        events: usize,
    },
    /// So many events, then the TCP connection is closed under the response.
    CutAfter {
        /// Events before the cut.
        events: usize,
    },
    /// The TCP connection is closed in the middle of a frame.
    CutInside {
        /// The event that is cut, from 0.
        event: usize,
        /// How many of its bytes are sent.
        bytes: usize,
    },
    /// So many events, then silence on an open connection.
    HangAfter {
        /// Events before the silence.
        events: usize,
    },
    /// Silence from the start: not even a status line.
    HangBeforeHead,
}

/// How a stream's bytes are cut into writes. Each write is flushed to the socket before the next.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Writes {
    /// One write per event.
    #[default]
    PerEvent,
    /// One single write for everything up to the next delay.
    Burst,
    /// Writes of so many bytes each, counted over frame borders; at least 1.
    Bytes(usize),
    /// Each event is cut at these offsets, e.g. `[5]` splits every prelude.
    SplitAt(Vec<usize>),
}
