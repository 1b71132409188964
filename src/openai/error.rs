//! OpenAI's error envelope: `{"error":{"message","type","param","code"}}`, used as an HTTP body and as a
//! frame inside a broken stream.

use serde::Serialize;

/// The body of every failed call.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorObject,
}

/// The object that OpenAI's SDKs read `type`, `param` and `code` from.
///
/// It must be an object: the Python SDK turns a plain string into a generic message
/// (`docs/translation.md`, errors).
#[derive(Debug, Clone, Serialize)]
pub struct ErrorObject {
    /// A sentence for a person.
    pub message: String,
    /// The class of the error.
    #[serde(rename = "type")]
    pub kind: ErrorType,
    /// The path of the offending request field, in the client's own terms (`messages[2].content[0]`).
    pub param: Option<String>,
    /// A stable word for programs.
    pub code: Option<&'static str>,
}

/// OpenAI's error classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorType {
    /// The request cannot succeed as it is.
    InvalidRequestError,
    /// The caller may not do this.
    PermissionError,
    /// Too many requests or tokens for now.
    RateLimitError,
    /// A quota is used up; waiting a moment does not help.
    InsufficientQuota,
    /// The gateway or Bedrock failed.
    ServerError,
}
