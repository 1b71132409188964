//! An OpenAI-compatible gateway to AWS Bedrock.

pub mod account;
pub mod error;
pub mod lifecycle;
pub mod limit;
pub mod middleware;
pub mod openai;
pub mod server;
pub mod telemetry;
pub mod usage;
