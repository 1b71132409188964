//! SDK clients for an emulator, and raw HTTP where an SDK is too well behaved.

use std::time::Duration;

use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::retry::RetryConfig;
use aws_sdk_bedrockruntime::config::{BehaviorVersion, Builder, Credentials, Region, Token};
use aws_sdk_bedrockruntime::types::{ContentBlock, ConversationRole, Message};
use bedrock_gateway::emulator::{Emulator, Settings};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

pub(crate) const MODEL: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

/// Long enough for any machine, never reached when things work.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// An emulator that does not dawdle.
pub(crate) async fn start(settings: Settings) -> Emulator {
    Emulator::start(Settings { pace: Duration::ZERO, ..settings }).await.expect("a free loopback port")
}

fn config(emulator: &Emulator) -> Builder {
    Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(emulator.endpoint())
        .retry_config(RetryConfig::disabled())
}

/// A client that signs as `AKIDEXAMPLE`.
pub(crate) fn client(emulator: &Emulator) -> Client {
    signing_client(emulator, "AKIDEXAMPLE", "secret", None)
}

pub(crate) fn signing_client(emulator: &Emulator, id: &str, secret: &str, token: Option<&str>) -> Client {
    let credentials = Credentials::new(id, secret, token.map(str::to_owned), None, "test");
    Client::from_conf(config(emulator).credentials_provider(credentials).build())
}

pub(crate) fn bearer_client(emulator: &Emulator, token: &str) -> Client {
    Client::from_conf(config(emulator).bearer_token(Token::new(token, None)).build())
}

pub(crate) fn message(role: ConversationRole, block: ContentBlock) -> Message {
    Message::builder().role(role).content(block).build().expect("role and content are set")
}

pub(crate) fn user(text: &str) -> Message {
    message(ConversationRole::User, ContentBlock::Text(text.to_owned()))
}

/// One plain HTTP request; `body` is empty for GET.
pub(crate) async fn http(
    emulator: &Emulator,
    method: &str,
    path: &str,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let client = HttpClient::builder(TokioExecutor::new()).build_http();
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", emulator.endpoint()))
        .header("content-type", "application/json")
        .body(Full::new(body.into()))
        .expect("a sound request");
    let (parts, body) = client.request(request).await.expect("an answer").into_parts();
    Response::from_parts(parts, body.collect().await.expect("a whole body").to_bytes())
}

pub(crate) async fn post(emulator: &Emulator, path: &str, body: &Value) -> (u16, Value, Response<Bytes>) {
    let response = http(emulator, "POST", path, body.to_string()).await;
    let json = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
    (response.status().as_u16(), json, response)
}

/// The path of an operation on a model.
pub(crate) fn path(model: &str, operation: &str) -> String {
    let encoded = percent_encoding::utf8_percent_encode(model, percent_encoding::NON_ALPHANUMERIC);
    format!("/model/{encoded}/{operation}")
}
