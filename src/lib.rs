//! An HTTP gateway: OpenAI clients in, AWS Bedrock (Converse and ConverseStream) out.

#[cfg(feature = "emulator")]
pub mod emulator;
