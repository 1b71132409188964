//! How a failure is recognised: Bedrock's error types, statuses and sentences become a [`FaultKind`].
//!
//! The error type decides where it can. `ValidationException` and `AccessDeniedException` say nearly
//! everything in their text, so those are read: substrings of what Bedrock and the models behind it write
//! (translation reference §4.1, §4.2), compared in lower case with plain apostrophes. A text that nobody knows falls
//! back to the type, an unknown type to the status, so a new error is never worse than vague.

use std::time::Duration;

use serde::Deserialize;

use super::param;
use super::{Fault, FaultKind};

/// The body of an error answer, or the payload of an in-stream exception.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    #[serde(alias = "Message")]
    message: Option<String>,
    #[serde(rename = "__type")]
    error_type: Option<String>,
    #[serde(rename = "originalStatusCode")]
    original_status: Option<u16>,
    #[serde(rename = "originalMessage")]
    original_message: Option<String>,
}

/// Texts of a request that does not fit the model's window (translation reference §4.2).
const TOO_LONG: &[&str] = &[
    "input is too long for requested model",
    "input length and `max_tokens` exceed context limit",
    "input length and max_tokens exceed context limit",
    "prompt is too long",
    "too many total text bytes",
    "this model's maximum context length is",
    "too many input tokens",
    "expected maxlength",
    "prompt: length: 1..",
];

/// Error types that mean our own credentials, clock or signature.
const CREDENTIALS: &[&str] = &[
    "UnrecognizedClientException",
    "UnrecognizedClient",
    "InvalidClientTokenId",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidSignature",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "AuthFailure",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
];

// === impl Fault ===

impl Fault {
    /// The fault that an error type, a status and a sentence describe.
    ///
    /// `error_type` may be as it stands in `x-amzn-errortype`, with a namespace before `#` and a URL after
    /// `:`.
    #[must_use]
    pub fn classify(
        error_type: &str,
        status: u16,
        message: &str,
        request_id: Option<Box<str>>,
        retry_after: Option<Duration>,
    ) -> Self {
        let kind = kind(bare(error_type), status, message);
        let message = if message.is_empty() { unsaid(bare(error_type), status) } else { message.to_owned() };
        Self { kind, message, status: Some(status), request_id, retry_after }
    }

    /// The fault of a non-2xx answer. `header` looks a response header up by its lower-case name.
    pub(super) fn from_answer<'a>(
        status: u16,
        header: impl Fn(&str) -> Option<&'a str>,
        body: &[u8],
    ) -> Self {
        let body = ErrorBody::read(body);
        let error_type = header("x-amzn-errortype").or(body.error_type.as_deref()).unwrap_or_default();
        let retry_after = header("retry-after").and_then(|seconds| seconds.trim().parse().ok());
        let request_id = header("x-amzn-requestid").map(Box::from);
        let retry_after = retry_after.map(Duration::from_secs);
        Self::classify(error_type, status, body.sentence(), request_id, retry_after).with_original(&body)
    }

    /// The fault of an in-stream exception, with the status that the service model gives it. (botocore says
    /// 400 for all of them; translation reference §1.5.)
    #[must_use]
    pub fn from_exception(exception_type: &str, payload: &[u8]) -> Self {
        let body = ErrorBody::read(payload);
        Self::from_error(exception_type, body.sentence()).with_original(&body)
    }

    /// The fault of an in-stream failure that has no payload.
    pub(super) fn from_error(code: &str, message: &str) -> Self {
        // In a stream the names of the exceptions begin in lower case.
        let mut letters = code.chars();
        let name: String =
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
        Self::classify(&name, modelled_status(&name), message, None, None)
    }

    /// True when the signature was refused for its time: the SDK has learnt the right time from that answer,
    /// and the next attempt can succeed.
    pub(super) fn is_clock_skew(&self) -> bool {
        let words =
            ["signature expired", "not yet current", "request has expired", "requestexpired", "skewed"];
        self.kind == FaultKind::Credentials && says(&self.message.to_lowercase(), &words)
    }

    /// True when Bedrock does not know, or no longer knows, who signed: other credentials can succeed.
    pub(super) fn is_refused_identity(&self) -> bool {
        self.kind == FaultKind::Credentials && self.status.is_some()
    }

    fn with_original(mut self, body: &ErrorBody) -> Self {
        if let FaultKind::ModelError { original_status } | FaultKind::ModelStreamError { original_status } =
            &mut self.kind
        {
            *original_status = body.original_status;
        }
        self
    }
}

// === impl ErrorBody ===

impl ErrorBody {
    /// A body that is not the JSON we know still has a status and headers, so it is no failure of its own.
    fn read(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    fn sentence(&self) -> &str {
        self.message.as_deref().or(self.original_message.as_deref()).unwrap_or_default()
    }
}

/// `com.amazon.coral.service#ThrottlingException:http://…` is a `ThrottlingException`.
fn bare(error_type: &str) -> &str {
    let name = error_type.split(':').next().unwrap_or_default();
    name.rsplit('#').next().unwrap_or_default().trim()
}

/// A sentence for an answer that has none.
fn unsaid(error_type: &str, status: u16) -> String {
    match error_type {
        "" => format!("Bedrock answered with status {status} and no message"),
        name => format!("Bedrock answered with {name} and no message"),
    }
}

/// The status of an exception in the service model (translation reference §1.5, §4.1).
fn modelled_status(name: &str) -> u16 {
    match name {
        "ValidationException" | "ServiceQuotaExceededException" | "ConflictException" => 400,
        "AccessDeniedException" => 403,
        "ResourceNotFoundException" => 404,
        "ModelTimeoutException" => 408,
        "ModelErrorException" | "ModelStreamErrorException" => 424,
        "ThrottlingException" | "ModelNotReadyException" => 429,
        "ServiceUnavailableException" => 503,
        _ => 500,
    }
}

fn kind(name: &str, status: u16, message: &str) -> FaultKind {
    let text = message.to_lowercase().replace('\u{2019}', "'");
    match name {
        "ThrottlingException" | "TooManyRequestsException" => throttled(&text),
        "ModelNotReadyException" => FaultKind::ModelNotReady,
        "ServiceQuotaExceededException" => FaultKind::ServiceQuotaExceeded,
        "AccessDeniedException" => denied(&text),
        "MPAgreementBeingCreated" => FaultKind::ModelAccessPending,
        "FTUFormNotFilled" => FaultKind::UseCaseFormRequired,
        "ResourceNotFoundException" => not_found(&text),
        "ValidationException" => invalid(&text, message),
        "ModelErrorException" => FaultKind::ModelError { original_status: None },
        "ModelTimeoutException" => FaultKind::ModelTimeout,
        "ModelStreamErrorException" => FaultKind::ModelStreamError { original_status: None },
        "InternalServerException" | "InternalFailure" => FaultKind::Internal,
        "ServiceUnavailableException" => FaultKind::ServiceUnavailable,
        "overloaded_error" | "Overloaded_error" => FaultKind::Overloaded,
        "ConflictException" => FaultKind::Conflict,
        name if CREDENTIALS.contains(&name) => FaultKind::Credentials,
        _ => by_status(status, &text, message),
    }
}

/// What is left when the error type says nothing.
fn by_status(status: u16, text: &str, message: &str) -> FaultKind {
    match status {
        400 | 422 => invalid(text, message),
        401 => FaultKind::Credentials,
        403 => denied(text),
        404 => not_found(text),
        408 => FaultKind::ModelTimeout,
        409 => FaultKind::Conflict,
        413 => FaultKind::TooLarge,
        424 => FaultKind::ModelError { original_status: None },
        429 => throttled(text),
        503 => FaultKind::ServiceUnavailable,
        529 => FaultKind::Overloaded,
        402..=499 => FaultKind::Invalid { param: None },
        500..=599 => FaultKind::Internal,
        _ => FaultKind::Protocol,
    }
}

/// Whether to come back in a moment or tomorrow.
fn throttled(text: &str) -> FaultKind {
    if says(text, &["per day", "daily"]) { FaultKind::DailyQuota } else { FaultKind::Throttled }
}

/// `AccessDeniedException`, which also stands for a wrong API key, a form and an agreement.
fn denied(text: &str) -> FaultKind {
    if says(
        text,
        &["api key is valid", "authentication failed", "bearer token", "security token", "signature"],
    ) {
        FaultKind::Credentials
    } else if says(text, &["mpagreementbeingcreated", "agreement is being"]) {
        FaultKind::ModelAccessPending
    } else if says(text, &["ftuformnotfilled", "use case details"]) {
        FaultKind::UseCaseFormRequired
    } else if says(text, &["data retention"]) {
        FaultKind::DataRetentionRequired
    } else if says(text, &["access to the model", "model access is denied", "not available for this account"])
    {
        FaultKind::ModelAccessDenied
    } else {
        FaultKind::AccessDenied
    }
}

/// `ResourceNotFoundException`, which also stands for a missing form.
fn not_found(text: &str) -> FaultKind {
    if says(text, &["ftuformnotfilled", "use case details"]) {
        FaultKind::UseCaseFormRequired
    } else {
        FaultKind::ModelNotFound
    }
}

/// `ValidationException`: the request, or something about the model or the account.
fn invalid(text: &str, message: &str) -> FaultKind {
    let param = param::guess(message);
    if says(text, &["model identifier is invalid", "resolve the foundation model"]) {
        FaultKind::ModelNotFound
    } else if says(text, &["on-demand throughput"]) {
        FaultKind::InferenceProfileRequired
    } else if says(text, &["data retention"]) {
        FaultKind::DataRetentionRequired
    } else if says(text, &["maximum tokens you requested exceed", "maximum allowed number of output tokens"])
    {
        FaultKind::MaxTokensTooHigh
    } else if says(text, TOO_LONG) && is_of_the_prompt(text, param.as_deref()) {
        FaultKind::ContextLengthExceeded
    } else if says(
        text,
        &["compiled grammar", "grammar is too", "schema is too complex", "structured output"],
    ) || param.as_deref() == Some("response_format")
    {
        FaultKind::StructuredOutputRejected
    } else {
        FaultKind::Invalid { param }
    }
}

/// Throttling speaks of "too many tokens" too, and a tool's name can exceed its `maxLength` as well as a
/// prompt.
fn is_of_the_prompt(text: &str, param: Option<&str>) -> bool {
    !says(text, &["please wait", "per day", "too many requests"])
        && param.is_none_or(|param| param.starts_with("messages") || param == "max_tokens")
}

fn says(text: &str, any: &[&str]) -> bool {
    any.iter().any(|part| text.contains(part))
}

#[cfg(test)]
mod tests;
