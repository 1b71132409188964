//! A server with toy handlers, and a client that shows everything.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bedrock_gateway::{
    error::GatewayError,
    lifecycle::{
        Lifecycle,
        drain::{DrainSettings, Drained},
        signals::{Signals, Stop},
        tasks::Tasks,
    },
    limit::bucket::Rate,
    middleware::{authenticate::Authentication, body::Bodies},
    server::{
        Server, ServerSettings,
        stack::{Routes, StackSettings, stack},
    },
    telemetry::{
        labels::{Label, Outcome},
        metrics::Metrics,
        record::CallRecord,
    },
    usage::Tokens,
};
use futures_util::stream;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::TcpStream,
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::JoinHandle,
};

/// The body limit of the toy handlers, in bytes.
pub(crate) const BODY_LIMIT: usize = 1000;

/// A running server.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    pub(crate) operators: Option<SocketAddr>,
    pub(crate) life: Lifecycle,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) stop: Stop,
    pub(crate) drained: JoinHandle<Drained>,
    /// The streams that clients opened, in order.
    pub(crate) streams: UnboundedReceiver<ToyStream>,
}

/// The handler's end of an open stream.
pub(crate) struct ToyStream(mpsc::Sender<&'static str>);

/// What a test wants to be different.
pub(crate) struct Options {
    pub(crate) stack: StackSettings,
    pub(crate) drain: DrainSettings,
}

/// A connection to the server.
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    pub(crate) connection: JoinHandle<()>,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

#[derive(Clone)]
struct Toys {
    life: Lifecycle,
    bodies: Arc<Bodies>,
    streams: UnboundedSender<ToyStream>,
}

// === impl TestServer ===

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::default();
        change(&mut options);
        let life = Lifecycle::new();
        let metrics = Arc::new(Metrics::new("0.0.0-test").unwrap());
        let (sender, streams) = mpsc::unbounded_channel();
        let bodies = Arc::new(Bodies::new(BODY_LIMIT, 100 * BODY_LIMIT, metrics.clone()));
        let routes = toys(Toys { life: life.clone(), bodies, streams: sender }, &metrics);
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let ops_listen = options.stack.separate_operators.then_some(loopback);
        let settings = ServerSettings { listen: loopback, ops_listen, drain: options.drain };
        let server = Server::bind(&settings).await.unwrap();
        let (address, operators) = (server.address().unwrap(), server.operators_address().unwrap());
        let surfaces = stack(routes, &options.stack, &metrics, &life);
        let (stop, signals) = Signals::manual();
        let (run_life, run_metrics) = (life.clone(), metrics.clone());
        let drained = Tasks::default()
            .spawn(async move { server.run(surfaces, &run_life, &run_metrics, signals).await });
        Self { address, operators, life, metrics, stop, drained, streams }
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.address).await.unwrap()
    }

    /// One request on a connection of its own.
    pub(crate) async fn ask(&self, request: http::request::Builder, body: &'static str) -> Answer {
        self.client().await.ask(request, body).await
    }

    /// Waits until the metrics hold this line. A call is counted after its client has seen the end of it.
    pub(crate) async fn metric(&self, line: &str) {
        until(line, async || self.metrics.render().lines().any(|have| have == line)).await;
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            stack: StackSettings {
                base_path: String::new(),
                max_in_flight: 100,
                authentication: Authentication::None,
                throttle: None,
                separate_operators: false,
            },
            drain: DrainSettings { delay: Duration::from_secs(5), deadline: Duration::from_secs(300) },
        }
    }
}

impl Options {
    pub(crate) fn keys(&mut self, keys: &[&str]) {
        self.stack.authentication = Authentication::api_keys(None, keys.iter().copied()).unwrap();
    }

    pub(crate) fn throttle(&mut self, per_second: f64, burst: u32) {
        self.stack.throttle = Some(Rate { per_second, burst });
    }
}

// === impl ToyStream ===

impl ToyStream {
    pub(crate) async fn send(&self, text: &'static str) {
        self.0.send(text).await.unwrap();
    }

    /// Waits until the response body is dropped.
    pub(crate) async fn closed(&self) {
        self.0.closed().await;
    }
}

// === impl Client ===

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let connection = Tasks::default().spawn(async move {
            let _ = connection.await;
        });
        Ok(Self { sender, connection })
    }

    /// Sends a request and waits for the head of the answer.
    pub(crate) async fn open(
        &mut self,
        request: http::request::Builder,
        body: &'static str,
    ) -> http::Response<Incoming> {
        let request = request.header("host", "gateway").body(Full::from(body)).unwrap();
        self.sender.ready().await.unwrap();
        self.sender.send_request(request).await.unwrap()
    }

    pub(crate) async fn ask(&mut self, request: http::request::Builder, body: &'static str) -> Answer {
        whole(self.open(request, body).await).await
    }

    /// Waits until the server has closed the connection.
    pub(crate) async fn closed(self) {
        self.connection.await.unwrap();
    }

    /// Closes the connection.
    pub(crate) fn hang_up(self) {
        self.connection.abort();
    }
}

// === impl Answer ===

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers)).to_str().unwrap()
    }

    /// The code of OpenAI's error envelope, whose form is checked.
    pub(crate) fn error_code(&self) -> String {
        let error = &self.json()["error"];
        assert!(error["message"].is_string() && error["type"].is_string(), "{error}");
        assert!(error.as_object().unwrap().contains_key("param"), "{error}");
        error["code"].as_str().unwrap().to_owned()
    }
}

pub(crate) async fn whole(response: http::Response<Incoming>) -> Answer {
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: head.status, headers: head.headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

/// The next piece of a streamed answer; `None` at its end.
pub(crate) async fn piece(response: &mut http::Response<Incoming>) -> Option<String> {
    let frame = response.body_mut().frame().await?.unwrap();
    Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
}

pub(crate) fn get_(path: &str) -> http::request::Builder {
    http::Request::get(path)
}

pub(crate) fn post_(path: &str) -> http::request::Builder {
    http::Request::post(path)
}

/// A chat request; the toy answers in the way that the body names.
pub(crate) fn chat() -> http::request::Builder {
    post_("/v1/chat/completions")
}

/// Asks again and again, letting everything else run in between, and gives up when that leads nowhere.
pub(crate) async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    for _ in 0..20_000 {
        if condition().await {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it never came to: {what}");
}

/// Stops the clock without letting it jump while the runtime waits for a socket: tokio leaves a paused clock alone for
/// as long as a blocking task runs. From then on it moves by `tokio::time::advance` only; a test that hangs gets a
/// clock that jumps after all.
pub(crate) fn stop_clock() -> std::sync::mpsc::Sender<()> {
    tokio::time::pause();
    let (hold, released) = std::sync::mpsc::channel::<()>();
    tokio::task::spawn_blocking(move || released.recv_timeout(Duration::from_secs(20)));
    hold
}

fn toys(toys: Toys, metrics: &Arc<Metrics>) -> Routes {
    let clients = Router::new()
        .route("/chat/completions", post(toy_chat))
        .route("/models/{*id}", get(|Path(id): Path<String>| async move { id }))
        .route("/headers", get(|headers: HeaderMap| async move { format!("{headers:?}") }))
        .with_state(toys.clone());
    let life = toys.life;
    let ready = move || async move {
        match life.ready() {
            Ok(()) => StatusCode::OK.into_response(),
            Err(missing) => (StatusCode::SERVICE_UNAVAILABLE, missing.join(",")).into_response(),
        }
    };
    let probes = Router::new().route("/health", get(|| async { "ok" })).route("/ready", get(ready));
    let metrics = metrics.clone();
    let operators = Router::new().route("/metrics", get(move || async move { metrics.render() }));
    Routes { clients, probes, operators }
}

async fn toy_chat(State(toys): State<Toys>, request: Request) -> Result<Response, GatewayError> {
    let record = request.extensions().get::<CallRecord>().cloned().ok_or(GatewayError::Internal)?;
    let bodies = toys.bodies.clone();
    let (text, _room) = bodies.read(request.into_body()).await?;
    record.body_read();
    record.set_model("gpt-4o", Label::bounded("gpt-4o"), "amazon.nova-pro-v1:0");
    match &*text {
        b"stream" => Ok(toy_stream(toys, record).into_response()),
        b"panic" => panic!("a panic that quotes sk-secret"),
        b"hang" => {
            let (sender, receiver) = mpsc::channel(1);
            let _ = toys.streams.send(ToyStream(sender));
            std::future::pending::<()>().await;
            drop(receiver);
            Ok(Response::default())
        }
        _ => {
            record.set_usage(Tokens { input: 3, output: 5, ..Tokens::default() });
            record.set_outcome(Outcome::Ok);
            Ok(text.into_response())
        }
    }
}

/// A stream as the real one: it ends itself when it is cut, and books its usage when it is dropped.
fn toy_stream(toys: Toys, record: CallRecord) -> Body {
    struct Settle(CallRecord);
    impl Drop for Settle {
        fn drop(&mut self) {
            self.0.set_usage(Tokens { input: 7, output: 11, ..Tokens::default() });
        }
    }

    record.set_stream();
    let (sender, receiver) = mpsc::channel(1);
    let _ = toys.streams.send(ToyStream(sender));
    let life = toys.life;
    let state = Some((receiver, Box::pin(life.cut()), Settle(record)));
    Body::from_stream(stream::unfold(state, move |state| {
        let life = life.clone();
        async move {
            let (mut receiver, mut cut, settle) = state?;
            let text = tokio::select! {
                text = receiver.recv() => text?,
                () = &mut cut => {
                    life.note_cut();
                    settle.0.set_outcome(Outcome::Error { code: "gateway_shutting_down" });
                    return Some((Ok::<_, GatewayError>("data: {\"error\":{}}\n\n"), None));
                }
            };
            settle.0.first_token();
            Some((Ok(text), Some((receiver, cut, settle))))
        }
    }))
}
