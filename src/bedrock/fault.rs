//! What can go wrong between the gateway and Bedrock: one [`FaultKind`] per row of translation reference §4.1.
//!
//! A fault says what happened, in Bedrock's terms. Which HTTP status and which code a client sees is decided
//! once, at the edge. How the kinds are recognised is in `classify`.

use std::fmt;
use std::time::Duration;

/// A failed call, or the end of a broken stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What happened.
    pub kind: FaultKind,
    /// Bedrock's own sentence, or ours where there is none. Meant for the client: it may quote the request,
    /// and never contains a credential.
    pub message: String,
    /// The status Bedrock answered with, or the one that an in-stream exception is modelled with. `None` when
    /// there was no answer.
    pub status: Option<u16>,
    /// `x-amzn-requestid` of the failed exchange.
    pub request_id: Option<Box<str>>,
    /// How long Bedrock asks to wait. It seldom says (translation reference §8 row 6).
    pub retry_after: Option<Duration>,
}

/// The rows of translation reference §4.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// `ThrottlingException`: requests or tokens per minute.
    Throttled,
    /// `ThrottlingException` whose text speaks of a day.
    DailyQuota,
    /// `ModelNotReadyException`: the model is being loaded.
    ModelNotReady,
    /// `ServiceQuotaExceededException`.
    ServiceQuotaExceeded,
    /// `AccessDeniedException`: the caller's policy does not allow the action.
    AccessDenied,
    /// `AccessDeniedException`: the account has no access to this model.
    ModelAccessDenied,
    /// `AccessDeniedException`: the model's marketplace agreement is still being made.
    ModelAccessPending,
    /// The provider's use-case form has not been handed in (`FTUFormNotFilled`).
    UseCaseFormRequired,
    /// The account's data-retention mode does not allow this model.
    DataRetentionRequired,
    /// `ResourceNotFoundException`, or a model identifier that Bedrock calls invalid.
    ModelNotFound,
    /// The model can be invoked only through an inference profile.
    InferenceProfileRequired,
    /// The prompt, or prompt and answer together, exceed the model's window (translation reference §4.2).
    ContextLengthExceeded,
    /// More output tokens asked for than the model can give.
    MaxTokensTooHigh,
    /// The requested output schema was rejected.
    StructuredOutputRejected,
    /// Any other `ValidationException`.
    Invalid {
        /// The Chat Completions parameter that the text names, if it names one. Indices are those of the
        /// request that Bedrock saw, counted from 0.
        param: Option<String>,
    },
    /// `ModelErrorException`: the model failed.
    ModelError {
        /// The status that the model's own endpoint gave.
        original_status: Option<u16>,
    },
    /// `ModelTimeoutException`: the model did not finish in Bedrock's time.
    ModelTimeout,
    /// `ModelStreamErrorException`: the model failed while streaming.
    ModelStreamError {
        /// The status that the model's own endpoint gave.
        original_status: Option<u16>,
    },
    /// `InternalServerException`, and any 5xx without a better name.
    Internal,
    /// `ServiceUnavailableException`: no capacity in this region.
    ServiceUnavailable,
    /// Status 529: the model provider has no capacity.
    Overloaded,
    /// `ConflictException`.
    Conflict,
    /// The gateway's own AWS credentials are missing, expired or refused. Never the client's fault.
    Credentials,
    /// Bedrock refused the request for its size.
    TooLarge,
    /// No connection, a refused TLS handshake, or a connection that broke.
    Connection,
    /// One of our own deadlines passed.
    Timeout(Stage),
    /// Bytes that are not the protocol: not an event stream, a bad checksum, an end inside a frame.
    Protocol,
}

/// Which of the [`Deadlines`](super::Deadlines) passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Name lookup, TCP and TLS.
    Connect,
    /// Waiting for the status line.
    Head,
    /// Waiting for the first event.
    FirstEvent,
    /// Silence inside a body.
    Gap,
    /// The whole body.
    Total,
}

// === impl Fault ===

impl Fault {
    /// A fault that no answer of Bedrock's describes.
    #[must_use]
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), status: None, request_id: None, retry_after: None }
    }

    /// The same fault, known to belong to the exchange `request_id`.
    #[must_use]
    pub fn of_request(mut self, request_id: Option<Box<str>>) -> Self {
        self.request_id = self.request_id.or(request_id);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.name(), self.message)
    }
}

impl std::error::Error for Fault {}

// === impl FaultKind ===

impl FaultKind {
    /// A stable name for metric labels and logs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::DailyQuota => "daily_quota",
            Self::ModelNotReady => "model_not_ready",
            Self::ServiceQuotaExceeded => "service_quota_exceeded",
            Self::AccessDenied => "access_denied",
            Self::ModelAccessDenied => "model_access_denied",
            Self::ModelAccessPending => "model_access_pending",
            Self::UseCaseFormRequired => "use_case_form_required",
            Self::DataRetentionRequired => "data_retention_required",
            Self::ModelNotFound => "model_not_found",
            Self::InferenceProfileRequired => "inference_profile_required",
            Self::ContextLengthExceeded => "context_length_exceeded",
            Self::MaxTokensTooHigh => "max_tokens_too_high",
            Self::StructuredOutputRejected => "structured_output_rejected",
            Self::Invalid { .. } => "invalid",
            Self::ModelError { .. } => "model_error",
            Self::ModelTimeout => "model_timeout",
            Self::ModelStreamError { .. } => "model_stream_error",
            Self::Internal => "internal",
            Self::ServiceUnavailable => "service_unavailable",
            Self::Overloaded => "overloaded",
            Self::Conflict => "conflict",
            Self::Credentials => "credentials",
            Self::TooLarge => "too_large",
            Self::Connection => "connection",
            Self::Timeout(Stage::Connect) => "timeout_connect",
            Self::Timeout(Stage::Head) => "timeout_head",
            Self::Timeout(Stage::FirstEvent) => "timeout_first_event",
            Self::Timeout(Stage::Gap) => "timeout_gap",
            Self::Timeout(Stage::Total) => "timeout_total",
            Self::Protocol => "protocol",
        }
    }
}
