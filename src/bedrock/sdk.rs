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

mod control;
mod dry_run;
mod exchange;
mod failure;

use std::fmt;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::retry::RetryConfig;
use aws_sdk_bedrockruntime::config::timeout::TimeoutConfig;
use aws_sdk_bedrockruntime::config::{self, StalledStreamProtectionConfig};
use futures_util::future::BoxFuture;
use http::Uri;
use tokio::time::timeout;

use super::dial::Dial;
use super::http::Http;
use super::{Call, Deadlines, Fault, Operation, Reply, Settings, Stage, Transport};
use control::GetInferenceProfile;
use dry_run::DryRun;
use exchange::Exchange;

/// One Bedrock target, reached through the SDK. Connections and credentials are kept for its lifetime: the
/// SDK caches an identity per client and renews it before it expires.
#[derive(Clone)]
pub struct SdkTransport {
    client: Client,
    control_endpoint: Option<String>,
    deadlines: Deadlines,
}

/// Why a transport could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Neither the settings nor the environment name a region.
    #[error(
        "no AWS region for Bedrock: set it in the configuration, in AWS_REGION, or in the profile (AWS_PROFILE)"
    )]
    NoRegion,
    /// The endpoint is not an absolute `http` or `https` URL.
    #[error(
        "`{0}` is not a URL that Bedrock can be reached at: it must begin with http:// or https:// and a host"
    )]
    Endpoint(String),
    /// The TLS library could not be set up.
    #[error("TLS towards Bedrock cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

// === impl SdkTransport ===

impl SdkTransport {
    /// Sets a target up from `settings` and everything the AWS SDK reads: environment, profile, container and
    /// instance metadata. Nothing is sent to Bedrock, and credentials are first fetched by the first call,
    /// or by [`check_credentials`](Self::check_credentials).
    ///
    /// # Errors
    /// [`StartError`] says what to change.
    pub async fn connect(settings: &Settings) -> Result<Self, StartError> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = &settings.region {
            loader = loader.region(Region::new(region.clone()));
        }
        // The future walks the whole credential chain and is far too large for a caller's stack.
        let config = Box::pin(loader.load()).await;
        Self::with_config(&config, settings)
    }

    /// Sets a target up from a configuration that is already there, which `settings` override.
    ///
    /// # Errors
    /// [`StartError`] says what to change.
    pub fn with_config(config: &SdkConfig, settings: &Settings) -> Result<Self, StartError> {
        let mut builder = config::Builder::from(config)
            .http_client(Http::new(Dial::new(settings.deadlines.connect)?))
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(region) = settings.region.clone().map(Region::new).or_else(|| config.region().cloned()) {
            builder = builder.region(region);
        } else {
            return Err(StartError::NoRegion);
        }
        if let Some(url) = &settings.endpoint_url {
            builder = builder.endpoint_url(checked(url)?);
        }
        let control_endpoint = settings.control_endpoint_url.as_deref().map(checked).transpose()?;
        Ok(Self {
            client: Client::from_conf(builder.build()),
            control_endpoint: control_endpoint.map(str::to_owned),
            deadlines: settings.deadlines,
        })
    }

    /// Whether there is an identity to call Bedrock with: the SDK looks for it as for a call, and signs with it. What
    /// it finds is kept for the calls; whether AWS accepts it is not asked, for nothing is sent to Bedrock.
    ///
    /// # Errors
    /// [`FaultKind::Credentials`](super::FaultKind::Credentials), with what an operator can do. Any other fault would
    /// be that of every call, such as settings that lead to no endpoint.
    pub async fn check_credentials(&self) -> Result<(), Fault> {
        // The model is only there because the SDK refuses to go on without one.
        let operation = self.client.converse().model_id("none").customize();
        match operation.interceptor(DryRun).send().await {
            Err(error) if !DryRun::went_well(&error) => Err(failure::fault(&error, &self.deadlines)),
            _ => Ok(()),
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
                let profile = model_id.to_owned();
                let control = GetInferenceProfile { profile, endpoint: self.control_endpoint.clone() };
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
}

impl fmt::Debug for SdkTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SdkTransport")
            .field("region", &self.client.config().region())
            .field("deadlines", &self.deadlines)
            .finish_non_exhaustive()
    }
}

fn checked(url: &str) -> Result<&str, StartError> {
    let sound = url.parse::<Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    });
    if sound { Ok(url) } else { Err(StartError::Endpoint(url.to_owned())) }
}
