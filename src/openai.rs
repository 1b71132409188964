//! OpenAI's wire types, as the public API reference and the official SDKs define them.
//!
//! Words only: parsing is tolerant (unknown members are kept in `rest`, so that the translation can refuse or
//! report them by name), and nothing here knows what Bedrock can do.

pub mod chat;
pub mod chunk;
pub mod citation;
pub mod completion;
pub mod error;
pub mod models;
