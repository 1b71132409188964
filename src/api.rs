//! The OpenAI routes and the probes: thin handlers that read a request, hand it on, and write the answer.

pub mod chat;
pub mod models;
pub mod probes;
mod sse;
mod values;

pub use sse::SseSettings;
