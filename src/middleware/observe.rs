//! Watches a request to the end of its response body, where a stream's real outcome is known, and then writes the
//! log line and the metrics.

use crate::{
    error::ErrorCode,
    middleware::request_id::RequestId,
    telemetry::{
        labels::{Outcome, Route},
        metrics::{Counted, Metrics},
        record::{CallRecord, Ending, Received},
    },
};
use axum::{
    body::{Body, Bytes},
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::header::USER_AGENT;
use http_body::{Body as _, Frame, SizeHint};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

/// The status of a request whose client left before there was one, as nginx writes it.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// A failed answer whose error has no code of its own.
const NO_CODE: &str = "unknown";
/// A body that ended in an error after its head was sent.
const BROKEN_BODY: &str = "response_broken";

/// Opens the call's record, hands it on in the request's extensions, and closes it at the end of the response body.
pub async fn observe(State(metrics): State<Arc<Metrics>>, mut request: Request, next: Next) -> Response {
    let record = open(&request);
    request.extensions_mut().insert(record.clone());
    let mut observation = Observation { record, metrics, head: None, stream: None };
    let response = next.run(request).await;
    observation.head(&response);
    response.map(|body| {
        if body.is_end_stream() {
            observation.end();
            return body;
        }
        Body::new(Observed { body, observation })
    })
}

fn open(request: &Request) -> CallRecord {
    let extensions = request.extensions();
    let route = Route::of(extensions.get::<MatchedPath>().map(MatchedPath::as_str));
    let request_id = extensions.get::<RequestId>().map_or_else(|| "".into(), |id| id.0.clone());
    let record = CallRecord::open(Received { request_id, method: request.method().clone(), route });
    if let Some(agent) = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()) {
        record.set_user_agent(agent);
    }
    record
}

/// A call under observation; dropped before its end, it was cancelled.
struct Observation {
    record: CallRecord,
    metrics: Arc<Metrics>,
    head: Option<Head>,
    stream: Option<Counted>,
}

#[derive(Clone, Copy)]
struct Head {
    status: u16,
    after: Duration,
    outcome: Outcome,
    ended: bool,
}

pin_project_lite::pin_project! {
    /// A response body that reports its end. The body is dropped before the observation, so that what it still has
    /// to say is in the record.
    struct Observed {
        #[pin]
        body: Body,
        observation: Observation,
    }
}

// === impl Observation ===

impl Observation {
    fn head(&mut self, response: &Response) {
        let status = response.status();
        let code = response.extensions().get::<ErrorCode>().and_then(|code| code.0).unwrap_or(NO_CODE);
        let failed = status.is_client_error() || status.is_server_error();
        let outcome = if failed { Outcome::Error { code } } else { Outcome::Ok };
        self.head =
            Some(Head { status: status.as_u16(), after: self.record.elapsed(), outcome, ended: false });
        self.stream = (self.record.is_stream() && !failed).then(|| self.metrics.open_stream());
    }

    /// The whole body was handed over.
    fn end(&mut self) {
        if let Some(head) = &mut self.head {
            head.ended = true;
        }
    }

    /// The body ended in an error.
    fn fail(&mut self) {
        if let Some(head) = &mut self.head {
            head.outcome = Outcome::Error { code: BROKEN_BODY };
            head.ended = true;
        }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        let ending = match self.head {
            Some(head) => Ending {
                status: head.status,
                head: Some(head.after),
                outcome: if head.ended { head.outcome } else { Outcome::Cancelled },
            },
            None => Ending { status: CLIENT_CLOSED_REQUEST, head: None, outcome: Outcome::Cancelled },
        };
        self.record.close(ending).emit(&self.metrics);
    }
}

// === impl Observed ===

impl http_body::Body for Observed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut this = self.project();
        let frame = ready!(this.body.as_mut().poll_frame(context));
        match &frame {
            None => this.observation.end(),
            Some(Err(_)) => this.observation.fail(),
            // Nobody asks again after the last frame of a body of known length.
            Some(Ok(_)) if this.body.is_end_stream() => this.observation.end(),
            Some(Ok(_)) => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
