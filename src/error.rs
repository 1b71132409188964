//! Every way in which a call can fail, and the one place where a failure becomes an HTTP answer or a frame in a
//! stream (translation reference §4).

mod upstream;

use crate::{
    dispatch,
    openai::error::{ErrorBody, ErrorObject, ErrorType},
};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use std::{fmt, time::Duration};

/// Tells OpenAI's SDKs whether to try again; they obey it before any rule of their own.
pub const X_SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// Why a call was refused or failed.
#[derive(Debug)]
pub enum GatewayError {
    /// The body is larger than `server.max_body` (bytes).
    BodyTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The body holds more JSON values than any model could take.
    TooManyValues {
        /// The limit.
        limit: usize,
    },
    /// The body did not arrive in time.
    BodyTimeout,
    /// The connection broke while the body was read, or its framing was wrong.
    BodyUnreadable,
    /// The body is not the JSON that the route takes.
    InvalidBody {
        /// What kind of wrong, in OpenAI's word.
        code: &'static str,
        /// What is wrong, with the position.
        message: String,
        /// The path of the field, when the JSON is well formed.
        param: Option<String>,
    },
    /// `server.max_in_flight` requests are being served, or their bodies leave no room in `server.max_body_total`.
    Overloaded,
    /// The gateway is about to stop and cuts what still runs.
    ShuttingDown,
    /// No API key came with the request.
    MissingApiKey,
    /// The API key is not one of ours.
    InvalidApiKey,
    /// A rate limit of the gateway.
    RateLimited {
        /// When the next request can pass.
        retry_after: Duration,
    },
    /// Nothing answers here.
    UnknownRoute {
        /// The method and path asked for.
        request: String,
    },
    /// The route exists, the method does not.
    MethodNotAllowed {
        /// The method and path asked for.
        request: String,
    },
    /// No model has this name.
    ModelNotFound {
        /// The name asked for.
        model: String,
    },
    /// The call failed on its way to Bedrock or back.
    Call(dispatch::Error),
    /// A bug of ours; the details are in the log.
    Internal,
}

/// What a client is told: the status and headers before the first byte, the object also inside a stream.
#[derive(Debug)]
pub struct Report {
    /// The HTTP status.
    pub status: StatusCode,
    /// OpenAI's error object.
    pub error: ErrorObject,
    /// When to try again.
    pub retry_after: Option<Duration>,
    /// Overrules the SDKs' own retry rules.
    pub should_retry: Option<bool>,
}

// === impl GatewayError ===

impl GatewayError {
    /// The one exhaustive table from failures to answers.
    pub fn report(&self) -> Report {
        use ErrorType::{InvalidRequestError, RateLimitError, ServerError};
        match self {
            Self::BodyTooLarge { limit } => Report::new(StatusCode::PAYLOAD_TOO_LARGE, InvalidRequestError)
                .code("request_too_large")
                .message(format!("The request body is larger than the limit of {limit} bytes.")),
            Self::TooManyValues { limit } => Report::new(StatusCode::PAYLOAD_TOO_LARGE, InvalidRequestError)
                .code("request_too_large")
                .message(format!("The request body holds more than {limit} JSON values.")),
            Self::BodyTimeout => Report::new(StatusCode::REQUEST_TIMEOUT, InvalidRequestError)
                .code("request_timeout")
                .message("The request body did not arrive in time."),
            Self::BodyUnreadable => Report::new(StatusCode::BAD_REQUEST, InvalidRequestError)
                .code("unreadable_body")
                .message("The request body could not be read to its end."),
            Self::InvalidBody { code, message, param } => {
                Report::new(StatusCode::BAD_REQUEST, InvalidRequestError)
                    .code(code)
                    .maybe_param(param.clone())
                    .message(message.clone())
            }
            Self::Overloaded => Report::new(StatusCode::SERVICE_UNAVAILABLE, ServerError)
                .code("gateway_overloaded")
                .retry_after(Duration::from_secs(1))
                .message("The gateway is serving as many requests as it may. Try again in a moment."),
            Self::ShuttingDown => Report::new(StatusCode::SERVICE_UNAVAILABLE, ServerError)
                .code("gateway_shutting_down")
                .retry_after(Duration::from_secs(1))
                .message("The gateway is shutting down and had to end this call."),
            Self::MissingApiKey => {
                Report::new(StatusCode::UNAUTHORIZED, InvalidRequestError).code("invalid_api_key").message(
                    "No API key was provided. Send it as `Authorization: Bearer KEY` or `x-api-key: KEY`.",
                )
            }
            Self::InvalidApiKey => Report::new(StatusCode::UNAUTHORIZED, InvalidRequestError)
                .code("invalid_api_key")
                .message("The API key is not valid."),
            Self::RateLimited { retry_after } => Report::new(StatusCode::TOO_MANY_REQUESTS, RateLimitError)
                .code("rate_limit_exceeded")
                .retry_after(*retry_after)
                .message("The gateway's request rate limit is reached. Try again later."),
            Self::UnknownRoute { request } => Report::new(StatusCode::NOT_FOUND, InvalidRequestError)
                .code("unknown_url")
                .message(format!("Unknown request URL: {request}.")),
            Self::MethodNotAllowed { request } => {
                Report::new(StatusCode::METHOD_NOT_ALLOWED, InvalidRequestError)
                    .code("method_not_allowed")
                    .message(format!("The method is not allowed for this URL: {request}."))
            }
            Self::ModelNotFound { model } => Report::new(StatusCode::NOT_FOUND, InvalidRequestError)
                .code("model_not_found")
                .param("model")
                .message(format!("The model `{model}` does not exist.")),
            Self::Call(error) => upstream::report(error),
            Self::Internal => Report::new(StatusCode::INTERNAL_SERVER_ERROR, ServerError)
                .code("internal_error")
                .message("The gateway failed to serve this request."),
        }
    }
}

impl fmt::Display for GatewayError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.report().error.message)
    }
}

impl std::error::Error for GatewayError {}

impl From<dispatch::Error> for GatewayError {
    fn from(error: dispatch::Error) -> Self {
        match error {
            dispatch::Error::Overloaded => Self::Overloaded,
            dispatch::Error::ShuttingDown => Self::ShuttingDown,
            dispatch::Error::Internal => Self::Internal,
            error => Self::Call(error),
        }
    }
}

impl IntoResponse for GatewayError {
    fn into_response(self) -> Response {
        self.report().into_response()
    }
}

// === impl Report ===

impl Report {
    fn new(status: StatusCode, kind: ErrorType) -> Self {
        let error = ErrorObject { message: String::new(), kind, param: None, code: None };
        Self { status, error, retry_after: None, should_retry: None }
    }

    fn message(mut self, message: impl Into<String>) -> Self {
        self.error.message = message.into();
        self
    }

    fn code(mut self, code: &'static str) -> Self {
        self.error.code = Some(code);
        self
    }

    fn param(self, param: impl Into<String>) -> Self {
        self.maybe_param(Some(param.into()))
    }

    fn maybe_param(mut self, param: Option<String>) -> Self {
        self.error.param = param;
        self
    }

    fn maybe_retry_after(mut self, after: Option<Duration>) -> Self {
        self.retry_after = after;
        self
    }

    fn should_retry(mut self, retry: bool) -> Self {
        self.should_retry = Some(retry);
        self
    }

    fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }
}

impl IntoResponse for Report {
    fn into_response(self) -> Response {
        let code = self.error.code;
        let mut response = (self.status, axum::Json(ErrorBody { error: self.error })).into_response();
        let headers = response.headers_mut();
        if let Some(after) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(after)));
        }
        if let Some(retry) = self.should_retry {
            headers.insert(X_SHOULD_RETRY, HeaderValue::from_static(if retry { "true" } else { "false" }));
        }
        response.extensions_mut().insert(ErrorCode(code));
        response
    }
}

/// The `code` of a failed answer, for the log line.
#[derive(Debug, Clone, Copy)]
pub struct ErrorCode(pub Option<&'static str>);

/// Rounds up: a client that comes back a moment early is refused again.
fn whole_seconds(after: Duration) -> u64 {
    after.as_secs() + u64::from(after.subsec_nanos() > 0)
}
