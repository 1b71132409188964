//! A gateway from OpenAI clients to AWS Bedrock.

pub mod bedrock;
