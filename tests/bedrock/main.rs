//! The transports against a scripted server: every behaviour that the design asks of them, over real sockets. Built
//! twice: as `bedrock` it is about the direct transport, as `bedrock_sdk` about the one on the SDK.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, serve on tasks that end with them, and may look at the clock"
)]

mod errors;
mod exchange;
mod identity;
mod lifetime;
mod oracle;
mod privacy;
mod profiles;
mod server;

use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bedrock_gateway::bedrock::{
    Call, Fault, Operation, Reply, Settings, StartError, Transport, TransportKind, connect_with,
};
use bytes::Bytes;

use server::Server;

const ACCESS_KEY: &str = "AKIDEXAMPLE";
const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const BOTH: [Operation; 2] = [Operation::Converse, Operation::ConverseStream];

/// A configuration with credentials and a region, and nothing from the environment.
fn sdk_config() -> aws_types::sdk_config::Builder {
    let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-west-2"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
}

fn settings(endpoint_url: &str) -> Settings {
    Settings { endpoint_url: Some(endpoint_url.to_owned()), ..Settings::default() }
}

/// The transport that these tests are built for.
fn kind() -> TransportKind {
    match env!("CARGO_CRATE_NAME") {
        "bedrock_sdk" => TransportKind::Sdk,
        _ => TransportKind::Direct,
    }
}

async fn connected(config: &SdkConfig, settings: &Settings) -> Result<Arc<dyn Transport>, StartError> {
    connect_with(config, &Settings { transport: kind(), ..settings.clone() }).await
}

async fn transport(server: &Server) -> Arc<dyn Transport> {
    connected(&sdk_config().build(), &settings(&server.url)).await.unwrap()
}

fn call(operation: Operation, model_id: &str, body: &str) -> Call {
    Call { operation, model_id: Arc::from(model_id), body: Bytes::from(body.to_owned()) }
}

async fn send(transport: &Arc<dyn Transport>, operation: Operation) -> Result<Reply, Fault> {
    transport.call(call(operation, "amazon.nova-lite-v1:0", r#"{"messages":[]}"#)).await
}

/// One event-stream frame.
fn frame(headers: &[(&'static str, &str)], payload: &str) -> Vec<u8> {
    let mut message = Message::new(payload.as_bytes().to_vec());
    for (name, value) in headers {
        message = message.add_header(Header::new(*name, HeaderValue::String((*value).to_owned().into())));
    }
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    bytes
}

fn event(event_type: &str, payload: &str) -> Vec<u8> {
    frame(
        &[(":message-type", "event"), (":event-type", event_type), (":content-type", "application/json")],
        payload,
    )
}

/// Fails a test that would otherwise hang.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.unwrap()
}
