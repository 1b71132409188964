//! An OpenAI-compatible gateway to AWS Bedrock.

pub mod converse;
pub mod error;
pub mod openai;
