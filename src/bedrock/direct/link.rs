//! One HTTP/1.1 connection, driven by whoever uses it.
//!
//! hyper would have its side of a connection spawned as a task of its own. Then every exchange goes through two tasks
//! that wake each other, for the request, for the head and for every read of the body, and usually on two threads. Here
//! the call polls the connection itself: the bytes of an answer reach it in the wake-up that the socket gives. What
//! hyper hands from its connection to the request's future and the body comes about only within that poll, so those two
//! are polled with a waker that does nothing.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, Connection, SendRequest};
use tokio::task::unconstrained;

use super::pool::Pool;
use crate::bedrock::cause::cut;
use crate::bedrock::dial::Stream;
use crate::bedrock::{Fault, FaultKind};

/// Bounds what one stream can buffer; a head larger than this is no Bedrock's.
const BUFFER: usize = 64 * 1024;

/// A connection.
pub(super) struct Link {
    sender: SendRequest<Full<Bytes>>,
    driver: Connection<Stream, Full<Bytes>>,
    /// The driver has ended: nothing more comes, and it must not be polled again.
    closed: bool,
}

/// Why there is no answer.
pub(super) enum NoAnswer {
    /// The connection was gone before anything of the request was sent; here it is again.
    Unsent(Box<Request<Full<Bytes>>>, hyper::Error),
    /// Bedrock may have seen the request.
    Broken(hyper::Error),
    /// The same, without an error to show for it.
    Closed,
}

/// The body of an answer. It holds its connection, gives it back to the pool at its end, and closes it when it is
/// dropped before that.
pub(super) struct LinkBody {
    incoming: Incoming,
    link: Option<Box<Link>>,
    pool: Arc<Pool>,
}

// === impl Link ===

impl Link {
    /// Speaks HTTP on a new connection.
    pub(super) async fn new(stream: Stream) -> hyper::Result<Box<Self>> {
        let (sender, driver) = http1::Builder::new().max_buf_size(BUFFER).handshake(stream).await?;
        Ok(Box::new(Self { sender, driver, closed: false }))
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, NoAnswer> {
        // Not constrained: with its budget used up, tokio would have it wait for a wake-up by a waker that does nothing.
        let mut answer = pin!(unconstrained(self.sender.try_send_request(request)));
        std::future::poll_fn(|cx| {
            self.closed = self.closed || Pin::new(&mut self.driver).poll(cx).is_ready();
            match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(answer) => {
                    Poll::Ready(answer.map_err(|mut unsent| match unsent.take_message() {
                        Some(request) => NoAnswer::Unsent(Box::new(request), unsent.into_error()),
                        None => NoAnswer::Broken(unsent.into_error()),
                    }))
                }
                Poll::Pending if self.closed => Poll::Ready(Err(NoAnswer::Closed)),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Whether a request can be sent on it. Nobody is woken by what happens on a connection after this, until it is
    /// used.
    pub(super) fn is_usable(&mut self) -> bool {
        self.drive(&mut Context::from_waker(Waker::noop()));
        !self.closed && self.sender.is_ready()
    }

    fn drive(&mut self, cx: &mut Context<'_>) {
        self.closed = self.closed || Pin::new(&mut self.driver).poll(cx).is_ready();
    }
}

// === impl LinkBody ===

impl LinkBody {
    pub(super) fn new(incoming: Incoming, link: Box<Link>, pool: Arc<Pool>) -> Self {
        Self { incoming, link: Some(link), pool }
    }

    /// What has come already.
    fn poll_incoming(&mut self) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let frame = Pin::new(&mut self.incoming).poll_frame(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(None) = &frame
            && let Some(link) = self.link.take()
        {
            self.pool.give_back(link);
        }
        frame.map(|frame| frame.map(|frame| frame.map_err(|error| cut(&error))))
    }
}

impl Body for LinkBody {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        if let Poll::Ready(frame) = self.poll_incoming() {
            return Poll::Ready(frame);
        }
        let Some(link) = &mut self.link else { return Poll::Ready(None) };
        link.drive(cx);
        let closed = link.closed;
        match self.poll_incoming() {
            Poll::Pending if closed => {
                let message = "the connection to Bedrock broke: it was closed";
                Poll::Ready(Some(Err(Fault::new(FaultKind::Connection, message))))
            }
            frame => frame,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.link.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
