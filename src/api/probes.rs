//! What orchestrators and Prometheus ask: `/health`, `/ready`, `/metrics`.

use crate::{lifecycle::Lifecycle, telemetry::metrics::Metrics};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use serde_json::{Value, json};
use std::sync::Arc;

/// The process is alive; nothing that it depends on is asked.
pub async fn health() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// Whether new work should be sent here; else what is missing.
pub async fn ready(State(lifecycle): State<Lifecycle>) -> Response {
    match lifecycle.ready() {
        Ok(()) => Json(json!({"status": "ready"})).into_response(),
        Err(missing) => {
            let body = json!({"status": "not_ready", "missing": missing});
            (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
        }
    }
}

/// All metrics in Prometheus' text format.
pub async fn metrics(State(metrics): State<Arc<Metrics>>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.render()).into_response()
}
