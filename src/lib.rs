//! An OpenAI-compatible HTTP gateway to AWS Bedrock.

pub mod cli;
pub mod config;
