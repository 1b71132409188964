//! A bug in a handler fails one request, not the connection and everything else on it.

use crate::error::GatewayError;
use axum::response::{IntoResponse, Response};
use std::any::Any;

/// The answer to a request whose handler panicked, for `tower_http::catch_panic`. The payload is dropped unseen: it
/// may quote a prompt. Where it happened is logged by the hook of `telemetry::logs`.
pub fn answer(_payload: Box<dyn Any + Send>) -> Response {
    GatewayError::Internal.into_response()
}
