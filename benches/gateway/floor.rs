//! The floor: the least that a proxy to Bedrock can be, measured beside the gateway to tell what is the gateway's own.
//!
//! axum, `aws-sigv4` and hyper's pooled client, without keys, log, metrics, deadlines and refusals. The floor passes
//! Converse JSON and its answer through as they are; the translating floor does the least that makes it a proxy for
//! OpenAI's clients, as anyone would write it first. Both are this program, started anew with [`Kind::flag`].

mod translate;

use super::{
    process::{ACCESS_KEY, REGION, SECRET_KEY},
    requests::MODEL,
};
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_runtime_api::client::identity::Identity;
use axum::{
    Router,
    body::Body,
    extract::State,
    routing::post,
    serve::{self, ListenerExt},
};
use bytes::Bytes;
use http::{Request, Response, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::Deserialize;
use std::{net::Ipv4Addr, sync::Arc};
use tokio::net::TcpListener;

/// Which floor.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    PassThrough,
    Translating,
}

/// What a request needs.
struct Floor {
    client: Client<HttpConnector, Full<Bytes>>,
    identity: Identity,
    /// The emulator.
    endpoint: String,
}

/// The one thing about a request that decides how it is sent.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    stream: bool,
}

/// The operation that answers a chat completion.
pub(crate) fn operation(body: &[u8]) -> &'static str {
    operation_of(serde_json::from_slice::<Asked>(body).unwrap().stream)
}

fn operation_of(stream: bool) -> &'static str {
    if stream { "converse-stream" } else { "converse" }
}

/// Serves until it is killed.
pub(crate) fn run(kind: Kind, endpoint: String) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        println!("floor listening on {}", listener.local_addr().unwrap());
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        let handler = match kind {
            Kind::PassThrough => post(pass_through),
            Kind::Translating => post(translating),
        };
        let app = Router::new().route("/v1/chat/completions", handler).with_state(Floor::new(endpoint));
        serve::serve(listener, app).await.unwrap();
    });
}

/// The operation comes as the query, so that the body need not be looked at.
async fn pass_through(State(floor): State<Arc<Floor>>, uri: Uri, body: Bytes) -> Response<Body> {
    floor.call(uri.query().unwrap(), body).await.map(Body::new)
}

async fn translating(State(floor): State<Arc<Floor>>, body: Bytes) -> Response<Body> {
    let request: translate::ChatRequest = serde_json::from_slice(&body).unwrap();
    let (model, operation) = (request.model.clone(), operation_of(request.stream));
    let streams = request.stream;
    let body = serde_json::to_vec(&translate::request(request)).unwrap();
    let answer = floor.call(operation, body.into()).await.into_body();
    let (kind, body) = if streams {
        let mut stream = translate::Stream::new(model);
        let body = answer.map_frame(move |frame| frame.map_data(|data| stream.translate(&data)));
        ("text/event-stream", Body::new(body))
    } else {
        let whole = answer.collect().await.unwrap().to_bytes();
        let answer = translate::answer(serde_json::from_slice(&whole).unwrap(), model);
        ("application/json", Body::from(serde_json::to_vec(&answer).unwrap()))
    };
    Response::builder().header(header::CONTENT_TYPE, kind).body(body).unwrap()
}

// === impl Kind ===

impl Kind {
    /// What makes this program that floor; the emulator's URL follows it.
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Self::PassThrough => "--floor",
            Self::Translating => "--translating-floor",
        }
    }
}

// === impl Floor ===

impl Floor {
    fn new(endpoint: String) -> Arc<Self> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Arc::new(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            identity: Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "bench").into(),
            endpoint,
        })
    }

    async fn call(&self, operation: &str, body: Bytes) -> Response<Incoming> {
        let uri = format!("{}/model/{}/{operation}", self.endpoint, MODEL.replace(':', "%3A"));
        let mut request = Request::post(uri)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body.clone()))
            .unwrap();
        self.sign(&mut request, &body);
        self.client.request(request).await.unwrap()
    }

    #[expect(clippy::disallowed_methods, reason = "the gateway's clock is none of the floor's")]
    fn sign(&self, request: &mut Request<Full<Bytes>>, body: &[u8]) {
        let params = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(REGION)
            .name("bedrock")
            .time(std::time::SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let headers = [("content-type", "application/json")].into_iter();
        let signable =
            SignableRequest::new("POST", request.uri().to_string(), headers, SignableBody::Bytes(body));
        let (instructions, _) = sign(signable.unwrap(), &params).unwrap().into_parts();
        instructions.apply_to_request_http1x(request);
    }
}
