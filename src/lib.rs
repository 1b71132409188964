//! An OpenAI-compatible gateway to AWS Bedrock.

pub mod error;
pub mod openai;
