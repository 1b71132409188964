//! Phase 3: the global request rate, `performance.api_gateway.throttling`. Refuses with 429 and the time to wait.

use crate::{
    error::GatewayError,
    limit::bucket::{Rate, TokenBucket},
    telemetry::{labels::Limit, metrics::Metrics},
};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use tokio::time::Instant;

/// The state of [`throttle`].
#[derive(Debug)]
pub struct Throttle {
    bucket: TokenBucket,
    /// When the bucket's time began.
    since: Instant,
}

/// Lets requests pass at the global rate.
pub async fn throttle(
    State((throttle, metrics)): State<(Arc<Throttle>, Arc<Metrics>)>,
    request: Request,
    next: Next,
) -> Response {
    match throttle.bucket.try_take(throttle.since.elapsed()) {
        Ok(()) => next.run(request).await,
        Err(retry_after) => {
            metrics.throttled(Limit::Global);
            GatewayError::RateLimited { retry_after }.into_response()
        }
    }
}

// === impl Throttle ===

impl Throttle {
    /// A full bucket, from now on.
    pub fn new(rate: Rate) -> Self {
        Self { bucket: TokenBucket::new(rate), since: Instant::now() }
    }
}
