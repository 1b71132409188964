//! Phase 1: how many requests are served at once. Over the cap the answer is an early 503, before the body is read;
//! waiting in line would slow down everybody (design §5, promise 10).

use crate::{
    error::GatewayError,
    lifecycle::Lifecycle,
    telemetry::{
        labels::Limit,
        metrics::{Counted, Metrics},
    },
};
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body::{Frame, SizeHint};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The state of [`admit`].
#[derive(Clone)]
pub struct Admission {
    places: Arc<Semaphore>,
    metrics: Arc<Metrics>,
    lifecycle: Lifecycle,
}

/// Lets a request in if there is a place, and keeps the place until the response body is gone: a stream holds memory
/// and an upstream connection for minutes after its head. (tower's own limit gives it up with the head.)
///
/// When the process has waited long enough for its calls, one that has not begun to answer is answered here with 503.
/// A stream that has begun ends itself, since only it knows how to say so.
pub async fn admit(State(admission): State<Admission>, request: Request, next: Next) -> Response {
    let Some(place) = admission.take() else {
        admission.metrics.throttled(Limit::InFlight);
        return GatewayError::Overloaded.into_response();
    };
    let response = tokio::select! {
        biased;
        response = next.run(request) => response,
        () = admission.lifecycle.cut() => {
            admission.lifecycle.note_cut();
            GatewayError::ShuttingDown.into_response()
        }
    };
    response.map(|body| Body::new(Holding { body, _place: place }))
}

/// A place among the requests that are served.
struct Place {
    _permit: OwnedSemaphorePermit,
    _counted: Counted,
}

pin_project_lite::pin_project! {
    /// A response body that holds its place.
    struct Holding {
        #[pin]
        body: Body,
        _place: Place,
    }
}

// === impl Admission ===

impl Admission {
    /// Serves at most so many requests at once.
    pub fn new(max_in_flight: usize, metrics: Arc<Metrics>, lifecycle: Lifecycle) -> Self {
        let places = Arc::new(Semaphore::new(max_in_flight.min(Semaphore::MAX_PERMITS)));
        Self { places, metrics, lifecycle }
    }

    fn take(&self) -> Option<Place> {
        let permit = self.places.clone().try_acquire_owned().ok()?;
        Some(Place { _permit: permit, _counted: self.metrics.in_flight() })
    }
}

// === impl Holding ===

impl http_body::Body for Holding {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.project().body.poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
