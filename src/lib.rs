//! An OpenAI-compatible gateway to AWS Bedrock.

pub mod catalog;
pub mod clock;
pub mod converse;
pub mod error;
pub mod openai;
pub mod route;
pub mod translate;
pub mod usage;
