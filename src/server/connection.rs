//! One connection, HTTP/1.1 or HTTP/2 without TLS, from its first byte to its last.

use super::socket::Socket;
use crate::lifecycle::{Lifecycle, Phase, tasks::Tasks};
use axum::{Router, body::Body};
use http::Request;
use hyper::{body::Incoming, rt::Executor, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto,
};
use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpStream, time::sleep};
use tower::Service;
use tracing::debug;

/// How long a new connection may take for the head of its first request.
const FIRST_REQUEST: Duration = Duration::from_secs(30);
/// How long a connection may be idle between requests, the head of the next one included. An ALB may be set to keep
/// idle connections for up to 4000 s (and has to be set high, since an answer may take minutes to begin); a backend
/// that closes first gives its clients 502s.
const IDLE: Duration = Duration::from_secs(4010);
/// What is buffered per connection in each direction, and the longest request head: as much as an ALB lets through.
const BUFFER: usize = 64 * 1024;
/// Finds HTTP/2 peers that are gone without a word; HTTP/1.1 streams find theirs by the keep-alive comments.
const PING: Duration = Duration::from_secs(30);

/// What HTTP/2 begins with (RFC 9113, 3.4), as far as no HTTP/1.1 request does.
const PREFACE: &[u8] = b"PRI";

/// The settings of every connection.
pub(super) struct Protocol {
    /// For those that begin as HTTP/1.1 does.
    http1: auto::Builder<Spawner>,
    /// For all others.
    any: auto::Builder<Spawner>,
}

/// Starts the tasks of an HTTP/2 connection where the process waits for them.
#[derive(Clone)]
struct Spawner(Tasks);

/// Serves one connection to its end. A client that hangs up drops the response body, and with it the call to Bedrock.
pub(super) async fn serve(stream: TcpStream, protocol: Arc<Protocol>, app: Router, lifecycle: Lifecycle) {
    let asked = AtomicBool::new(false);
    let service = service_fn(|request: Request<Incoming>| {
        asked.store(true, Ordering::Relaxed);
        app.clone().call(request.map(Body::new))
    });
    let mut closing = pin!(lifecycle.reached(Phase::Closing));
    let mut patience = pin!(sleep(FIRST_REQUEST));
    let builder = tokio::select! {
        builder = protocol.of(&stream) => builder,
        () = &mut closing => return,
        () = &mut patience => return,
    };
    let mut connection = pin!(builder.serve_connection(TokioIo::new(Socket::new(stream)), service));
    let (mut patient, mut open) = (true, true);
    let result = loop {
        tokio::select! {
            result = connection.as_mut() => break result,
            () = &mut closing, if open => {
                open = false;
                connection.as_mut().graceful_shutdown();
            }
            // hyper's own timeout does not cover a connection whose protocol is not known yet.
            () = &mut patience, if patient => {
                patient = false;
                if !asked.load(Ordering::Relaxed) {
                    return;
                }
            }
        }
    };
    if let Err(error) = result {
        debug!(error, "connection ended in an error");
    }
}

// === impl Protocol ===

impl Protocol {
    pub(super) fn new(tasks: &Tasks) -> Self {
        let mut builder = auto::Builder::new(Spawner(tasks.clone()));
        builder.http1().timer(TokioTimer::new()).header_read_timeout(IDLE).max_buf_size(BUFFER);
        builder.http2().timer(TokioTimer::new()).keep_alive_interval(PING).max_send_buf_size(BUFFER);
        Self { http1: builder.clone().http1_only(), any: builder }
    }

    /// The settings for a connection, by the first bytes that it sends.
    ///
    /// The builder for both protocols would read those bytes itself and hand them on, and hyper, whose buffer they do
    /// not fill, then doubles that buffer for the life of the connection: 8 KiB.
    async fn of(&self, stream: &TcpStream) -> &auto::Builder<Spawner> {
        let mut first = [0; PREFACE.len()];
        match stream.peek(&mut first).await {
            Ok(length) if !PREFACE.starts_with(&first[..length]) => &self.http1,
            _ => &self.any,
        }
    }
}

// === impl Spawner ===

impl<F> Executor<F> for Spawner
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn execute(&self, task: F) {
        self.0.spawn(task);
    }
}
