//! A look-alike of Amazon Bedrock Runtime, for tests, demos and load tests without an AWS account.
//!
//! It speaks Converse, ConverseStream, CountTokens, InvokeModel for the embedding models, and of the control plane
//! ListFoundationModels, ListInferenceProfiles and GetInferenceProfile, all on one port and over plain HTTP; any AWS SDK talks to it through
//! `AWS_ENDPOINT_URL_BEDROCK_RUNTIME` (and `AWS_ENDPOINT_URL_BEDROCK`). Left alone it gives answers that say they
//! are emulated; a [`Script`] makes it answer, fail, stall and break in any way.
//!
//! It stands apart: it imports nothing of the crate, so that what it refuses and how it frames is a second opinion
//! on what the gateway sends and reads. It refuses what Bedrock refuses (the translation reference §1.2 to §1.6), with
//! Bedrock's status codes, error names and words.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

mod answer;
mod auth;
mod control;
mod date;
mod embeddings;
mod frames;
mod ledger;
mod models;
mod playback;
mod queue;
mod random;
mod recent;
mod record;
mod reply;
mod rules;
mod sample;
mod script;
mod scripting;
mod seal;
mod server;
mod service;
mod sigv4;
mod tokens;

pub use record::{Outcome, Recorded};
pub use script::{Block, End, Event, Failure, RawReply, Script, Writes};

use ledger::Ledger;
use queue::Queue;
use record::Journal;
use service::Service;

/// How an emulator is set up. The default listens on a free loopback port and lets anybody in.
///
/// As JSON (for `PUT /_emulator/settings`) it has the names below, with `pace_ms` for `pace`.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where to listen. Cannot change once it runs.
    #[serde(skip, default = "any_loopback_port")]
    pub listen: SocketAddr,
    /// The mean pause before each event of a default streamed answer. Scripts bring their own delays.
    #[serde(rename = "pace_ms", deserialize_with = "milliseconds")]
    pub pace: Duration,
    /// When set, requests must carry a SigV4 signature of this identity.
    pub credentials: Option<Credentials>,
    /// Access key ids that get `ExpiredTokenException`.
    pub expired_access_key_ids: Vec<String>,
    /// When set, `Authorization: Bearer` with this token is accepted.
    pub bearer: Option<String>,
    /// How many seconds the service's clock is ahead of this machine's; negative for behind.
    pub clock_offset_secs: i64,
    /// The application inference profiles: the last segment of the ARN, and the id of the model behind it. The rules of
    /// that model hold for calls with the ARN; a profile that is not listed can do everything.
    pub profiles: BTreeMap<String, String>,
    /// Whether the control plane's calls are answered with `AccessDeniedException`.
    pub listing_denied: bool,
    /// How many calls are kept for [`Emulator::requests`]. Cannot change once it runs.
    #[serde(skip)]
    pub keep_requests: usize,
}

/// The identity that requests are to be signed with.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: String,
    /// What `x-amz-security-token` must say; without one the header must be absent.
    #[serde(default)]
    pub session_token: Option<String>,
}

/// A running emulator. Dropping it closes the listener and every connection.
pub struct Emulator {
    address: SocketAddr,
    service: Arc<Service>,
    /// Holds the listener's task, which ends with the set.
    _tasks: JoinSet<()>,
}

// === impl Settings ===

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: any_loopback_port(),
            pace: Duration::from_millis(30),
            credentials: None,
            expired_access_key_ids: Vec::new(),
            bearer: None,
            clock_offset_secs: 0,
            profiles: BTreeMap::from([("emulated0001".to_owned(), "amazon.nova-lite-v1:0".to_owned())]),
            listing_denied: false,
            keep_requests: 1_000,
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("listen", &self.listen)
            .field("pace", &self.pace)
            .field("credentials", &self.credentials)
            .field("bearer", &self.bearer.as_ref().map(|_| ".."))
            .field("clock_offset_secs", &self.clock_offset_secs)
            .finish_non_exhaustive()
    }
}

fn any_loopback_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_millis)
}

// === impl Credentials ===

impl Credentials {
    /// Long-lived credentials, without a session token.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            secret_access_key: secret_access_key.into(),
            session_token: None,
        }
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

// === impl Emulator ===

impl Emulator {
    /// Binds and serves on the current tokio runtime.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind(settings.listen).await?;
        let address = listener.local_addr()?;
        let service = Arc::new(Service {
            journal: Journal::new(settings.keep_requests),
            settings: RwLock::new(Arc::new(settings)),
            queue: Queue::default(),
            ledger: Ledger::default(),
            connections: AtomicU64::new(0),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(server::run(listener, Arc::clone(&service)));
        Ok(Self { address, service, _tasks: tasks })
    }

    /// Serves until `shutdown` is done, then closes everything.
    pub async fn until(self, shutdown: impl Future<Output = ()>) {
        shutdown.await;
    }

    /// The base URL, e.g. `http://127.0.0.1:49152`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Goes on under other settings, e.g. with rotated credentials. Calls that have begun keep the old ones.
    pub fn reconfigure(&self, settings: Settings) {
        self.service.reconfigure(settings);
    }

    /// Queues a script for the next Converse or ConverseStream call (for its model, when it names one).
    pub fn script(&self, script: Script) {
        self.service.queue.push(script);
    }

    /// Answers every call for `model` with this script, once the queued ones are used up.
    pub fn script_always(&self, model: impl Into<String>, script: Script) {
        self.service.queue.stand(script.for_model(model));
    }

    /// Forgets all scripts.
    pub fn clear_scripts(&self) {
        self.service.queue.clear();
    }

    /// The calls so far, in the order they came. Old ones are forgotten; see [`Settings::keep_requests`].
    pub fn requests(&self) -> Vec<Recorded> {
        self.service.journal.all()
    }

    /// Forgets the calls so far.
    pub fn clear_requests(&self) {
        self.service.journal.clear();
    }

    /// Waits until a call is as `wanted` says and returns it, or `None` after `timeout` (tokio's time).
    pub async fn wait_for(&self, wanted: impl Fn(&Recorded) -> bool, timeout: Duration) -> Option<Recorded> {
        self.service.journal.wait_for(wanted, timeout).await
    }

    /// Waits until a client has hung up on a reply and returns the first such call.
    pub async fn wait_hung_up(&self, timeout: Duration) -> Option<Recorded> {
        self.wait_for(|recorded| matches!(recorded.outcome, Outcome::HungUp { .. }), timeout).await
    }

    /// How many TCP connections were accepted.
    pub fn connections(&self) -> u64 {
        self.service.connections.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator").field("address", &self.address).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secrets() {
        let settings = Settings {
            credentials: Some(Credentials::new("AKIDEXAMPLE", "topsecret")),
            bearer: Some("topsecret".to_owned()),
            ..Settings::default()
        };
        let shown = format!("{settings:?}");
        assert!(shown.contains("AKIDEXAMPLE") && !shown.contains("topsecret"), "{shown}");
    }
}
