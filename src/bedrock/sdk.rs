//! The transport on `aws-sdk-bedrockruntime`: it owns endpoint resolution, identity and its refresh, signing,
//! clock skew and the pool; we own the bytes.
//!
//! Per call an interceptor (`exchange`) puts our body in and takes the answer's out, because the typed SDK
//! would lose every member it does not know, in both directions, and a new Bedrock field would need a new
//! SDK. The price is that the SDK's retries and timeouts do not cover a body that was taken out: they are
//! off, and the deadlines are ours.
//!
//! Clock-skew correction stays on. The SDK learns the skew from a refused answer and repeats the call in its
//! retry loop, which is off, so the one repetition is made here.

pub(super) mod control;
mod dry_run;
mod exchange;
mod failure;

use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::retry::RetryConfig;
use aws_sdk_bedrockruntime::config::timeout::TimeoutConfig;
use aws_sdk_bedrockruntime::config::{self, StalledStreamProtectionConfig};
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::dial::Dial;
use super::http::Http;
use super::start::{StartError, checked_url};
use super::{Call, Deadlines, Fault, FaultKind, Operation, Reply, Settings, Stage, Transport};
use control::GetInferenceProfile;
use dry_run::DryRun;
pub(super) use dry_run::Specimen;
use exchange::Exchange;

/// One Bedrock target, reached through the SDK. Connections and credentials are kept for its lifetime: the
/// SDK caches an identity per client and renews it before it expires.
#[derive(Clone)]
pub(super) struct SdkTransport {
    client: Client,
    control_endpoint: Option<String>,
    deadlines: Deadlines,
    /// To read the platform's trusted roots takes milliseconds: once is enough for both transports.
    dial: Dial,
}

// === impl SdkTransport ===

impl SdkTransport {
    /// Sets a target up from a configuration that `settings` override. Nothing is sent to Bedrock, and credentials
    /// are first fetched by the first call, or by [`check_credentials`](Transport::check_credentials).
    ///
    /// # Errors
    /// [`StartError`] says what to change.
    pub(super) fn new(config: &SdkConfig, settings: &Settings) -> Result<Self, StartError> {
        let dial = Dial::new(settings.deadlines.connect)?;
        let mut builder = config::Builder::from(config)
            .http_client(Http::new(dial.clone()))
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(region) = settings.region.clone().map(Region::new).or_else(|| config.region().cloned()) {
            builder = builder.region(region);
        } else {
            return Err(StartError::NoRegion);
        }
        if let Some(url) = &settings.endpoint_url {
            builder = builder.endpoint_url(checked_url(url)?);
        }
        let control_endpoint = settings.control_endpoint_url.as_deref().map(checked_url).transpose()?;
        Ok(Self {
            client: Client::from_conf(builder.build()),
            control_endpoint: control_endpoint.map(str::to_owned),
            deadlines: settings.deadlines,
            dial,
        })
    }

    /// Opens its connections.
    pub(super) fn dial(&self) -> Dial {
        self.dial.clone()
    }

    /// A `Converse` call as the SDK would send it, signed with `keys` in place of those that it would find; a bearer
    /// token takes their place as it does in every call. Nothing is sent, and no credentials are asked for.
    ///
    /// # Errors
    /// Those of every call: settings that lead to no endpoint.
    pub(super) async fn specimen(&self, keys: Credentials) -> Result<Specimen, Fault> {
        let dry_run = DryRun::default();
        let operation = self.client.converse().model_id(control::PLACEHOLDER).customize();
        let operation = operation.config_override(config::Config::builder().credentials_provider(keys));
        let ended = operation.interceptor(dry_run.clone()).send().await;
        match (ended, dry_run.specimen()) {
            (Err(error), _) if !DryRun::went_well(&error) => Err(failure::fault(&error, &self.deadlines)),
            (_, Some(specimen)) => Ok(specimen),
            (_, None) => Err(Fault::new(FaultKind::Internal, "the AWS SDK signs nothing")),
        }
    }

    /// One attempt, and a second one if the first was refused for the time on our clock.
    async fn exchange(&self, call: &Call) -> Result<Reply, Fault> {
        match self.attempt(call).await {
            Err(fault) if fault.is_clock_skew() => self.attempt(call).await,
            outcome => outcome,
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Reply, Fault> {
        let label = call.label()?;
        let exchange = Exchange::new(call.body.clone());
        let model_id = &*call.model_id;
        let sent = match call.operation {
            Operation::Converse => {
                let operation = self.client.converse().model_id(model_id).customize();
                let sent = operation.interceptor(exchange.clone()).send().await;
                sent.map(drop).map_err(|error| failure::fault(&error, &self.deadlines))
            }
            Operation::ConverseStream => {
                let operation = self.client.converse_stream().model_id(model_id).customize();
                let sent = operation.interceptor(exchange.clone()).send().await;
                sent.map(drop).map_err(|error| failure::fault(&error, &self.deadlines))
            }
            Operation::GetInferenceProfile => {
                let endpoint = self.control_endpoint.clone();
                let control = GetInferenceProfile { label: label.to_string(), endpoint };
                let operation = self.client.converse().model_id(control::PLACEHOLDER).customize();
                let sent = operation.interceptor(exchange.clone()).interceptor(control).send().await;
                sent.map(drop).map_err(|error| failure::fault(&error, &self.deadlines))
            }
        };
        sent.and_then(|()| exchange.answer())
    }
}

impl Transport for SdkTransport {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Reply, Fault>> {
        let transport = self.clone();
        Box::pin(async move {
            let head = transport.deadlines.head;
            match timeout(head, transport.exchange(&call)).await {
                Ok(outcome) => outcome,
                Err(_) => Err(transport.deadlines.missed(Stage::Head)),
            }
        })
    }

    /// The SDK looks for an identity as for a call, and signs with it; what it finds is kept for the calls.
    fn check_credentials(&self) -> BoxFuture<'static, Result<(), Fault>> {
        let transport = self.clone();
        Box::pin(async move {
            // The model is only there because the SDK refuses to go on without one.
            let operation = transport.client.converse().model_id(control::PLACEHOLDER).customize();
            match operation.interceptor(DryRun::default()).send().await {
                Err(error) if !DryRun::went_well(&error) => Err(failure::fault(&error, &transport.deadlines)),
                _ => Ok(()),
            }
        })
    }
}
