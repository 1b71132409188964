//! The edge over real sockets: what a client sees of the stack of layers, the listener and the drain. The handlers are
//! toys; nothing here knows about Bedrock.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod admission;
mod callers;
mod drain;
mod observation;
mod support;
mod transport;
