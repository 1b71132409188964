//! An HTTP client that owns its connection: dropping an [`Open`] answer is a client that hangs up, at once.

use std::net::SocketAddr;
use std::pin::Pin;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::sse::Transcript;

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// An answer whose body is still coming.
pub(crate) struct Open {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    body: Incoming,
    connection: Connection,
}

struct Connection {
    driver: Pin<Box<http1::Connection<TokioIo<TcpStream>, Body>>>,
    ended: bool,
}

/// Sends a request and waits for the head of its answer. The connection is its own.
pub(crate) async fn send(address: SocketAddr, request: Request<Body>) -> Open {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    let mut connection = Connection { driver: Box::pin(connection), ended: false };
    let response = connection.drive(sender.send_request(request)).await.unwrap();
    let (parts, body) = response.into_parts();
    Open { status: parts.status.as_u16(), headers: parts.headers, body, connection }
}

/// A request to `path` as OpenAI's clients send them; without a body it is a GET.
pub(crate) fn request(path: &str, body: Option<&Value>) -> Request<Body> {
    let builder = Request::builder().uri(path).header("host", "gateway").header("user-agent", "test/1.0");
    match body {
        None => builder.body(Body::empty()),
        Some(json) => builder
            .method("POST")
            .header("content-type", "application/json")
            .body(Body::from(json.to_string())),
    }
    .unwrap()
}

// === impl Answer ===

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn transcript(&self) -> Transcript {
        Transcript::parse(self.text())
    }

    /// A failed answer in one line: status, type, code, param, `Retry-After`, `x-should-retry`.
    pub(crate) fn failure(&self) -> String {
        let header = |name| self.header(name).unwrap_or("-");
        let (retry_after, should_retry) = (header("retry-after"), header("x-should-retry"));
        format!("{} {} {retry_after} {should_retry}", self.status, failure(&self.json()))
    }
}

/// An error object in one line: type, code, param. Fails when it is not the envelope of OpenAI's.
pub(crate) fn failure(body: &Value) -> String {
    let error = &body["error"];
    let names: Vec<_> = error.as_object().map(|error| error.keys().map(String::as_str).collect()).unwrap();
    assert_eq!(names, ["code", "message", "param", "type"], "{body}");
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(1), "{body}");
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
    let text = |name: &str| error[name].as_str().unwrap_or("-").to_owned();
    format!("{} {} {}", text("type"), text("code"), text("param"))
}

// === impl Open ===

impl Open {
    /// The next piece of the body; an error is a body that did not end as HTTP wants it.
    pub(crate) async fn piece(&mut self) -> Option<Result<Bytes, hyper::Error>> {
        let frame = self.connection.drive(self.body.frame()).await?;
        Some(frame.map(|frame| frame.into_data().unwrap_or_default()))
    }

    /// Reads until the text of a stream holds `wanted`, and returns what was read.
    pub(crate) async fn read_until(&mut self, wanted: &str) -> String {
        let mut text = String::new();
        while !text.contains(wanted) {
            let piece = self.piece().await.unwrap_or_else(|| panic!("ended before {wanted}: {text}"));
            text.push_str(str::from_utf8(&piece.unwrap()).unwrap());
        }
        text
    }

    /// The whole answer, which must end as HTTP wants it.
    pub(crate) async fn whole(mut self) -> Answer {
        let mut body = Vec::new();
        while let Some(piece) = self.piece().await {
            body.extend_from_slice(&piece.unwrap());
        }
        Answer { status: self.status, headers: self.headers, body: body.into() }
    }
}

// === impl Connection ===

impl Connection {
    /// Waits for `wanted` while the connection moves.
    async fn drive<T>(&mut self, wanted: impl Future<Output = T>) -> T {
        let mut wanted = std::pin::pin!(wanted);
        loop {
            tokio::select! {
                biased;
                got = &mut wanted => return got,
                _ = &mut self.driver, if !self.ended => self.ended = true,
            }
        }
    }
}
