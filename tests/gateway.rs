//! The promises of the design, kept by the whole gateway: every layer from the socket to the transport, over the
//! emulated Bedrock, over a transport in memory where time or byte borders matter, and as a process of its own where
//! signals, logs and the environment do.
#![cfg(feature = "emulator")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, run the gateway on tasks that end with them, and may look at the clock"
)]

#[path = "gateway/support/client.rs"]
mod client;
#[path = "gateway/support/logs.rs"]
mod logs;
#[path = "gateway/support/memory.rs"]
mod memory;
#[path = "gateway/support/process.rs"]
mod process;
#[path = "gateway/support/running.rs"]
mod running;
#[path = "gateway/support/sse.rs"]
mod sse;

#[path = "gateway/around.rs"]
mod around;
#[path = "gateway/bodies.rs"]
mod bodies;
#[path = "gateway/books.rs"]
mod books;
#[path = "gateway/breadth.rs"]
mod breadth;
#[path = "gateway/broken.rs"]
mod broken;
#[path = "gateway/cancelled.rs"]
mod cancelled;
#[path = "gateway/drain.rs"]
mod drain;
#[path = "gateway/errors.rs"]
mod errors;
#[path = "gateway/families.rs"]
mod families;
#[path = "gateway/fidelity.rs"]
mod fidelity;
#[path = "gateway/identity.rs"]
mod identity;
#[path = "gateway/keys.rs"]
mod keys;
#[path = "gateway/limits.rs"]
mod limits;
#[path = "gateway/privacy.rs"]
mod privacy;
#[path = "gateway/repaired.rs"]
mod repaired;
#[path = "gateway/rounds.rs"]
mod rounds;
#[path = "gateway/routes.rs"]
mod routes;
#[path = "gateway/shapes.rs"]
mod shapes;
#[path = "gateway/unstreamed.rs"]
mod unstreamed;
#[path = "gateway/writes.rs"]
mod writes;
