//! One HTTP/1.1 connection, driven by whoever uses it.
//!
//! hyper would have its side of a connection spawned as a task of its own. Then every exchange goes through two tasks
//! that wake each other, for the request, for the head and for every read of the body, and usually on two threads. Here
//! the call polls the connection itself: the bytes of an answer reach it in the wake-up that the socket gives.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, Connection, SendRequest};
use tokio::task::unconstrained;

use super::pool::Pool;
use super::relay::Relay;
use crate::bedrock::cause::cut;
use crate::bedrock::dial::Stream;
use crate::bedrock::{Fault, FaultKind};

/// What is read at once, in bytes, and the largest head of an answer; Bedrock's are a few hundred bytes. hyper keeps the
/// buffer for as long as an answer streams, and what it may grow to it keeps too.
const BUFFER: usize = 6 * 1024;

/// The body of a request.
pub(super) type RequestBody = Full<Bytes>;

/// A connection.
pub(super) struct Link {
    sender: SendRequest<RequestBody>,
    driver: Driver,
    relay: Arc<Relay>,
    /// Of the relay.
    waker: Waker,
}

/// hyper's side of a connection.
struct Driver {
    connection: Connection<Stream, RequestBody>,
    /// It has ended: nothing more comes, and it must not be polled again.
    closed: bool,
}

/// Why there is no answer.
pub(super) enum NoAnswer {
    /// The connection was gone before anything of the request was sent; here it is again.
    Unsent(Box<Request<RequestBody>>, hyper::Error),
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
        let (sender, connection) =
            http1::Builder::new().read_buf_exact_size(Some(BUFFER)).handshake(stream).await?;
        let (driver, relay) = (Driver { connection, closed: false }, Relay::new());
        let waker = Waker::from(Arc::clone(&relay));
        Ok(Box::new(Self { sender, driver, relay, waker }))
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(
        &mut self,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, NoAnswer> {
        let Self { sender, driver, relay, waker } = self;
        let mut answer = pin!(sender.try_send_request(request));
        let answered = poll_fn(|cx| {
            relay.poll(waker, cx, |cx| {
                driver.poll(cx);
                match answer.as_mut().poll(cx) {
                    Poll::Pending if driver.closed => Poll::Ready(None),
                    answer => answer.map(Some),
                }
            })
        });
        match answered.await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(mut unsent)) => Err(match unsent.take_message() {
                Some(request) => NoAnswer::Unsent(Box::new(request), unsent.into_error()),
                None => NoAnswer::Broken(unsent.into_error()),
            }),
            None => Err(NoAnswer::Closed),
        }
    }

    /// Whether a request can be sent on it. Nobody is woken by what happens on a connection after this, until it is
    /// used.
    pub(super) fn is_usable(&mut self) -> bool {
        self.relay.forget();
        let Self { driver, waker, .. } = self;
        let mut cx = Context::from_waker(waker);
        // A task whose turn is over would see nothing of what the socket has to say, such as its end.
        let looked = pin!(unconstrained(poll_fn(|cx| {
            driver.poll(cx);
            Poll::Ready(())
        })));
        let _ = looked.poll(&mut cx);
        !self.driver.closed && self.sender.is_ready()
    }
}

// === impl Driver ===

impl Driver {
    fn poll(&mut self, cx: &mut Context<'_>) {
        self.closed = self.closed || Pin::new(&mut self.connection).poll(cx).is_ready();
    }
}

// === impl LinkBody ===

impl LinkBody {
    pub(super) fn new(incoming: Incoming, link: Box<Link>, pool: Arc<Pool>) -> Self {
        Self { incoming, link: Some(link), pool }
    }

    /// Polls the connection until it has given something, or has nothing.
    fn poll_link(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let Some(link) = &mut self.link else { return Poll::Ready(None) };
        let Link { driver, relay, waker, .. } = &mut **link;
        let incoming = &mut self.incoming;
        relay.poll(waker, cx, |cx| {
            // What has come already needs no look at the socket.
            let mut frame = Pin::new(&mut *incoming).poll_frame(cx);
            if frame.is_pending() {
                driver.poll(cx);
                frame = Pin::new(&mut *incoming).poll_frame(cx);
            }
            match frame {
                Poll::Pending if driver.closed => {
                    let message = "the connection to Bedrock broke: it was closed";
                    Poll::Ready(Some(Err(Fault::new(FaultKind::Connection, message))))
                }
                frame => frame.map_err(|error| cut(&error)),
            }
        })
    }
}

impl Body for LinkBody {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let frame = ready!(self.poll_link(cx));
        if frame.is_none()
            && let Some(link) = self.link.take()
        {
            self.pool.give_back(link);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.link.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
