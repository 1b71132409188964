//! What a client is told of a call that failed on its way to Bedrock or back: the table of the translation
//! reference, §4.1.
//!
//! Two rules behind it. The SDKs retry 408, 409, 429 and everything from 500 on, and nothing else: a status says
//! whether trying again can help. And what is wrong with the gateway's own AWS credentials is never the client's
//! fault: it is a 500, not a 401.

use super::Report;
use crate::{
    bedrock::{Fault, FaultKind, Stage},
    dispatch::Error,
    openai::error::ErrorType::{
        InsufficientQuota, InvalidRequestError, PermissionError, RateLimitError, ServerError,
    },
    route::NoRoute,
    translate::{ReplyError, StreamError},
};
use http::StatusCode;
use std::time::Duration;

/// Bedrock seldom says when to come back; its quotas are per minute, and most throttles pass within seconds.
const THROTTLED: Duration = Duration::from_secs(5);
/// A model is being loaded.
const NOT_READY: Duration = Duration::from_secs(15);
/// No capacity: another attempt soon may meet some.
const NO_CAPACITY: Duration = Duration::from_secs(2);
/// The marketplace agreement takes minutes.
const ACCESS_PENDING: Duration = Duration::from_secs(900);

/// The answer for an error of the dispatcher.
pub(super) fn report(error: &Error) -> Report {
    match error {
        Error::NoRoute(NoRoute::Unnamed) => Report::new(StatusCode::BAD_REQUEST, InvalidRequestError)
            .code("missing_required_parameter")
            .param("model")
            .message(error.to_string()),
        Error::NoRoute(NoRoute::Unknown(_) | NoRoute::NotChat(_)) => {
            Report::new(StatusCode::NOT_FOUND, InvalidRequestError)
                .code("model_not_found")
                .param("model")
                .message(error.to_string())
        }
        Error::Refused(refusal) => Report::new(StatusCode::BAD_REQUEST, InvalidRequestError)
            .code(refusal.code.as_str())
            .param(refusal.param.clone())
            .message(refusal.message.clone()),
        Error::Upstream(fault) => self::fault(fault),
        Error::Reply(reply) => bad_gateway(reply_code(*reply)).message(error.to_string()),
        Error::Stream(StreamError::Reply(reply)) => {
            bad_gateway(reply_code(*reply)).message(error.to_string())
        }
        Error::Stream(StreamError::Truncated | StreamError::AfterStop | StreamError::Misfit)
        | Error::Undecodable { .. } => bad_gateway("upstream_protocol_error").message(error.to_string()),
        Error::Overloaded => super::GatewayError::Overloaded.report(),
        Error::ShuttingDown => super::GatewayError::ShuttingDown.report(),
        Error::Internal => super::GatewayError::Internal.report(),
    }
}

fn bad_gateway(code: &'static str) -> Report {
    Report::new(StatusCode::BAD_GATEWAY, ServerError).code(code)
}

fn reply_code(error: ReplyError) -> &'static str {
    match error {
        ReplyError::MalformedModelOutput => "malformed_model_output",
        ReplyError::MalformedToolUse => "malformed_tool_use",
        ReplyError::NotJson | ReplyError::OffSchema => "invalid_model_output",
        ReplyError::Incomplete => "upstream_protocol_error",
    }
}

/// The answer for a fault of Bedrock.
fn fault(fault: &Fault) -> Report {
    use FaultKind as Kind;
    let Fault { kind, message, retry_after, .. } = fault;
    let wait = |default: Duration| retry_after.unwrap_or(default);
    let report = match kind {
        Kind::Throttled => Report::new(StatusCode::TOO_MANY_REQUESTS, RateLimitError)
            .code("rate_limit_exceeded")
            .retry_after(wait(THROTTLED)),
        Kind::DailyQuota | Kind::ServiceQuotaExceeded => {
            Report::new(StatusCode::TOO_MANY_REQUESTS, InsufficientQuota)
                .code("insufficient_quota")
                .maybe_retry_after(*retry_after)
                .should_retry(false)
        }
        Kind::ModelNotReady => unavailable("model_not_ready").retry_after(wait(NOT_READY)),
        Kind::ServiceUnavailable => unavailable("service_unavailable").retry_after(wait(NO_CAPACITY)),
        Kind::Overloaded => unavailable("overloaded").retry_after(wait(NO_CAPACITY)),
        Kind::AccessDenied => forbidden("access_denied"),
        Kind::ModelAccessDenied => forbidden("model_access_denied"),
        Kind::ModelAccessPending => Report::new(StatusCode::SERVICE_UNAVAILABLE, PermissionError)
            .code("model_access_pending")
            .retry_after(wait(ACCESS_PENDING))
            .should_retry(false),
        Kind::UseCaseFormRequired => forbidden("model_use_case_required"),
        Kind::DataRetentionRequired => forbidden("data_retention_required"),
        Kind::ModelNotFound => {
            Report::new(StatusCode::NOT_FOUND, InvalidRequestError).code("model_not_found").param("model")
        }
        Kind::InferenceProfileRequired => invalid("inference_profile_required").param("model"),
        Kind::ContextLengthExceeded => invalid("context_length_exceeded").param("messages"),
        Kind::MaxTokensTooHigh => invalid("invalid_value").param("max_tokens"),
        Kind::StructuredOutputRejected => invalid("invalid_json_schema").param("response_format"),
        Kind::Invalid { param } => invalid("invalid_value").maybe_param(param.clone()),
        // 409 would be retried by the SDKs, and the same request conflicts again.
        Kind::Conflict => invalid("conflict"),
        Kind::TooLarge => {
            Report::new(StatusCode::PAYLOAD_TOO_LARGE, InvalidRequestError).code("request_too_large")
        }
        // Bedrock's own status, 424, is one that no client retries.
        Kind::ModelError { original_status: Some(400..=499) } => invalid("model_error"),
        Kind::ModelError { .. } => bad_gateway("model_error"),
        Kind::ModelStreamError { .. } => bad_gateway("model_stream_error"),
        // Bedrock's own status, 408, reads as a timeout of the client.
        Kind::ModelTimeout => gateway_timeout("model_timeout"),
        Kind::Internal => Report::new(StatusCode::INTERNAL_SERVER_ERROR, ServerError).code("internal_error"),
        Kind::Credentials => Report::new(StatusCode::INTERNAL_SERVER_ERROR, ServerError)
            .code("upstream_auth_error")
            .should_retry(false),
        Kind::Connection => bad_gateway("upstream_connection_error"),
        Kind::Timeout(Stage::Connect) => bad_gateway("upstream_connection_error"),
        Kind::Timeout(_) => gateway_timeout("upstream_timeout"),
        Kind::Protocol => bad_gateway("upstream_protocol_error"),
    };
    match kind {
        // The details name accounts and roles: they are for the log.
        Kind::Credentials => {
            report.message("The gateway's own AWS credentials were refused. Tell its operator.")
        }
        Kind::AccessDenied => {
            report.message("The gateway's AWS identity may not call this model. Tell its operator.")
        }
        _ => report.message(message.clone()),
    }
}

fn invalid(code: &'static str) -> Report {
    Report::new(StatusCode::BAD_REQUEST, InvalidRequestError).code(code)
}

fn forbidden(code: &'static str) -> Report {
    Report::new(StatusCode::FORBIDDEN, PermissionError).code(code)
}

fn unavailable(code: &'static str) -> Report {
    Report::new(StatusCode::SERVICE_UNAVAILABLE, ServerError).code(code)
}

fn gateway_timeout(code: &'static str) -> Report {
    Report::new(StatusCode::GATEWAY_TIMEOUT, ServerError).code(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Row by row: kind, status, type, code, param, Retry-After in seconds, x-should-retry.
    #[test]
    fn every_fault_has_its_row() {
        let rows = [
            (FaultKind::Throttled, "429 rate_limit_error rate_limit_exceeded - 5 -"),
            (FaultKind::DailyQuota, "429 insufficient_quota insufficient_quota - - false"),
            (FaultKind::ModelNotReady, "503 server_error model_not_ready - 15 -"),
            (FaultKind::ServiceQuotaExceeded, "429 insufficient_quota insufficient_quota - - false"),
            (FaultKind::AccessDenied, "403 permission_error access_denied - - -"),
            (FaultKind::ModelAccessDenied, "403 permission_error model_access_denied - - -"),
            (FaultKind::ModelAccessPending, "503 permission_error model_access_pending - 900 false"),
            (FaultKind::UseCaseFormRequired, "403 permission_error model_use_case_required - - -"),
            (FaultKind::DataRetentionRequired, "403 permission_error data_retention_required - - -"),
            (FaultKind::ModelNotFound, "404 invalid_request_error model_not_found model - -"),
            (
                FaultKind::InferenceProfileRequired,
                "400 invalid_request_error inference_profile_required model - -",
            ),
            (
                FaultKind::ContextLengthExceeded,
                "400 invalid_request_error context_length_exceeded messages - -",
            ),
            (FaultKind::MaxTokensTooHigh, "400 invalid_request_error invalid_value max_tokens - -"),
            (
                FaultKind::StructuredOutputRejected,
                "400 invalid_request_error invalid_json_schema response_format - -",
            ),
            (
                FaultKind::Invalid { param: Some("messages[1]".into()) },
                "400 invalid_request_error invalid_value messages[1] - -",
            ),
            (FaultKind::Conflict, "400 invalid_request_error conflict - - -"),
            (FaultKind::TooLarge, "413 invalid_request_error request_too_large - - -"),
            (FaultKind::ModelError { original_status: Some(500) }, "502 server_error model_error - - -"),
            (
                FaultKind::ModelError { original_status: Some(400) },
                "400 invalid_request_error model_error - - -",
            ),
            (FaultKind::ModelTimeout, "504 server_error model_timeout - - -"),
            (
                FaultKind::ModelStreamError { original_status: None },
                "502 server_error model_stream_error - - -",
            ),
            (FaultKind::Internal, "500 server_error internal_error - - -"),
            (FaultKind::ServiceUnavailable, "503 server_error service_unavailable - 2 -"),
            (FaultKind::Overloaded, "503 server_error overloaded - 2 -"),
            (FaultKind::Credentials, "500 server_error upstream_auth_error - - false"),
            (FaultKind::Connection, "502 server_error upstream_connection_error - - -"),
            (FaultKind::Timeout(Stage::Connect), "502 server_error upstream_connection_error - - -"),
            (FaultKind::Timeout(Stage::FirstEvent), "504 server_error upstream_timeout - - -"),
            (FaultKind::Protocol, "502 server_error upstream_protocol_error - - -"),
        ];
        for (kind, expected) in rows {
            assert_eq!(row(&fault(&Fault::new(kind.clone(), "why"))), expected, "{kind:?}");
        }
    }

    fn row(report: &Report) -> String {
        let kind = serde_json::to_value(report.error.kind).unwrap();
        let dash = || "-".to_owned();
        format!(
            "{} {} {} {} {} {}",
            report.status.as_u16(),
            kind.as_str().unwrap(),
            report.error.code.unwrap_or("-"),
            report.error.param.as_deref().unwrap_or("-"),
            report.retry_after.map_or_else(dash, |after| after.as_secs().to_string()),
            report.should_retry.map_or_else(dash, |retry| retry.to_string()),
        )
    }

    #[test]
    fn what_bedrock_asks_for_is_passed_on() {
        let mut throttled = Fault::new(FaultKind::Throttled, "slow down");
        throttled.retry_after = Some(Duration::from_secs(42));
        assert_eq!(fault(&throttled).retry_after, Some(Duration::from_secs(42)));
        assert_eq!(fault(&throttled).error.message, "slow down");
    }

    #[test]
    fn the_state_of_our_credentials_stays_with_us() {
        let report = fault(&Fault::new(FaultKind::Credentials, "role arn:aws:iam::123456789012:role/secret"));
        assert!(!report.error.message.contains("123456789012"));
    }
}
