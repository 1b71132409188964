//! An OpenAI-compatible gateway to AWS Bedrock.

pub mod account;
pub mod api;
pub mod app;
pub mod bedrock;
pub mod catalog;
pub mod cli;
pub mod clock;
pub mod config;
pub mod converse;
pub mod dispatch;
#[cfg(feature = "emulator")]
pub mod emulator;
pub mod error;
pub mod lifecycle;
pub mod limit;
pub mod middleware;
pub mod openai;
pub mod route;
pub mod server;
pub mod telemetry;
pub mod translate;
pub mod usage;
