//! A gateway that listens on loopback, with everything between the socket and Bedrock, over an emulator.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use axum::body::Body;
use bedrock_gateway::app::App;
use bedrock_gateway::bedrock::{Transport, connect_with};
use bedrock_gateway::config::{self, Config, Environment};
use bedrock_gateway::emulator::{self, Emulator, Outcome, Recorded};
use bedrock_gateway::lifecycle::Lifecycle;
use bedrock_gateway::lifecycle::signals::{Signals, Stop};
use bedrock_gateway::server::routes::routes;
use bedrock_gateway::server::stack::{StackSettings, stack};
use bedrock_gateway::server::{Server, ServerSettings, Surfaces};
use bedrock_gateway::telemetry::metrics::Metrics;
use http::Request;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::client::{self, Answer, Open};
use crate::logs;

/// Long enough for any machine, never reached when things work.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The name that tests ask for; `amazon.nova-pro-v1:0` serves it.
pub(crate) const MODEL: &str = "gpt-4o";

/// What every test starts from; single keys are overridden as `GATEWAY__A__B`.
const CONFIG: &str = r#"
customer: { region: us-east-1 }
server: { listen: "127.0.0.1:0", drain: { delay: 0s, deadline: 0s } }
models:
  mappings:
    "gpt-4o": "amazon.nova-pro-v1:0"
    "claude": "us.anthropic.claude-haiku-4-5-20251001-v1:0"
    "with-defaults": "amazon.nova-lite-v1:0"
  model_configs: { "with-defaults": { max_tokens: 500, temperature: 0.5 } }
integrations: { authentication: { type: none } }
"#;

/// A gateway and its emulator, on threads of their own.
///
/// Dropped, it checks that nothing is left over: no request in flight, no open stream, no call that still runs at
/// Bedrock.
pub(crate) struct TestGateway {
    pub(crate) address: SocketAddr,
    pub(crate) emulator: Emulator,
    /// `server.ops_listen`, when it is set.
    pub(crate) operators: Option<SocketAddr>,
    metrics: Arc<Metrics>,
    /// Keeps the signal that never comes from coming.
    _stop: Stop,
    runtime: Option<Runtime>,
}

/// What [`compose`] puts together.
pub(crate) struct Parts {
    pub(crate) surfaces: Surfaces,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) lifecycle: Lifecycle,
}

/// The configuration of a test.
pub(crate) fn configure(overrides: &[(&str, &str)]) -> Config {
    let transport = [("GATEWAY__UPSTREAM__TRANSPORT", transport_kind())];
    let variables = transport.into_iter().chain(overrides.iter().copied());
    config::parse_text(CONFIG, &Environment::from_iter(variables)).unwrap()
}

/// The gateway around a transport, as `serve` puts it together.
pub(crate) fn compose(config: &Config, transport: Arc<dyn Transport>) -> Parts {
    logs::collect();
    let metrics = Arc::new(Metrics::new("0.0.0-test").unwrap());
    let lifecycle = Lifecycle::new();
    let settings = StackSettings::new(config).unwrap();
    let app = App::new(config, transport, metrics.clone(), lifecycle.clone());
    let surfaces = stack(routes(app), &settings, &metrics, &lifecycle);
    Parts { surfaces, metrics, lifecycle }
}

/// The transport that these tests are built for: `gateway_sdk` is about the one on the SDK.
pub(crate) fn transport_kind() -> &'static str {
    if env!("CARGO_CRATE_NAME") == "gateway_sdk" { "sdk" } else { "direct" }
}

async fn connected(config: &Config) -> Arc<dyn Transport> {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    connect_with(&sdk, &config.upstream).await.unwrap()
}

/// A chat request of one user message.
pub(crate) fn chat() -> Value {
    json!({"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]})
}

/// The same, to be streamed.
pub(crate) fn streamed() -> Value {
    json!({"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "stream": true})
}

/// Fails a test that would otherwise hang.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap()
}

// === impl TestGateway ===

impl TestGateway {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Starts with some keys of the configuration set.
    pub(crate) async fn with(overrides: &[(&str, &str)]) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let settings = emulator::Settings { pace: Duration::ZERO, ..emulator::Settings::default() };
        let emulator = runtime.spawn(Emulator::start(settings)).await.unwrap().unwrap();
        let mut config = configure(overrides);
        config.upstream.endpoint_url.get_or_insert_with(|| emulator.endpoint());
        let (stop, signals) = Signals::manual();
        let upstream = config.clone();
        let transport = runtime.spawn(async move { connected(&upstream).await }).await.unwrap();
        let parts = compose(&config, transport);
        let metrics = parts.metrics.clone();
        let server = runtime.spawn(async move {
            let config::ServerSettings { listen, ops_listen, drain, .. } = config.server;
            Server::bind(&ServerSettings { listen, ops_listen, drain }).await.unwrap()
        });
        let server = server.await.unwrap();
        let (address, operators) = (server.address().unwrap(), server.operators_address().unwrap());
        let Parts { surfaces, metrics: counted, lifecycle } = parts;
        runtime.spawn(async move { server.run(surfaces, &lifecycle, &counted, signals).await });
        Self { address, operators, emulator, metrics, _stop: stop, runtime: Some(runtime) }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Open {
        soon(client::send(self.address, request)).await
    }

    /// A GET, or with a body a POST, answered whole.
    pub(crate) async fn call(&self, path: &str, body: Option<&Value>) -> Answer {
        soon(async { self.send(client::request(path, body)).await.whole().await }).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(path, None).await
    }

    /// A chat request, answered whole.
    pub(crate) async fn chat(&self, body: &Value) -> Answer {
        self.call("/v1/chat/completions", Some(body)).await
    }

    /// A chat request whose answer is read by the test.
    pub(crate) async fn open(&self, body: &Value) -> Open {
        self.send(client::request("/v1/chat/completions", Some(body))).await
    }

    /// The one call that Bedrock got.
    pub(crate) fn only_call(&self) -> Recorded {
        let [call] = self.emulator.requests().try_into().unwrap_or_else(|calls| panic!("{calls:?}"));
        call
    }

    /// The lines of `/metrics` that begin so, without their prefix `gateway_`.
    pub(crate) async fn metrics(&self, prefix: &str) -> Vec<String> {
        let text = self.get("/metrics").await;
        let lines = text.text().lines().filter_map(|line| line.strip_prefix("gateway_"));
        lines.filter(|line| line.starts_with(prefix)).map(str::to_owned).collect()
    }

    /// Requests in flight and open streams.
    pub(crate) fn running(&self) -> (i64, i64) {
        self.metrics.running()
    }

    /// Waits for a state of [`running`](Self::running).
    pub(crate) async fn until_running(&self, wanted: (i64, i64)) {
        while self.running() != wanted {
            tokio::task::yield_now().await;
        }
    }

    fn is_idle(&self) -> bool {
        let running = |call: &Recorded| matches!(call.outcome, Outcome::Running { .. });
        self.running() == (0, 0) && !self.emulator.requests().iter().any(running)
    }
}

impl Drop for TestGateway {
    fn drop(&mut self) {
        let began = Instant::now();
        while !std::thread::panicking() && !self.is_idle() {
            assert!(
                began.elapsed() < PATIENCE,
                "left over: {:?} {:?}",
                self.running(),
                self.emulator.requests()
            );
            // The gateway winds up on its own threads, and a destructor cannot wait otherwise.
            std::thread::sleep(Duration::from_millis(1));
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
