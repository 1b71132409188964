//! From settings to a transport: which one, and what can be wrong with them.

use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use http::Uri;

use super::direct::DirectTransport;
use super::sdk::SdkTransport;
use super::settings::TransportKind;
use super::{Settings, Transport};

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
    /// `upstream.transport` is `direct`, and this target is not one for it.
    #[error("upstream.transport is `direct`, which cannot serve this target: {0}; `auto` or `sdk` can")]
    NotDirect(String),
}

/// Sets a target up from `settings` and everything the AWS SDK reads: environment, profile, container and
/// instance metadata. Nothing is sent to Bedrock, and credentials are first fetched by the first call,
/// or by [`check_credentials`](Transport::check_credentials).
///
/// # Errors
/// [`StartError`] says what to change.
pub async fn connect(settings: &Settings) -> Result<Arc<dyn Transport>, StartError> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    // The future walks the whole credential chain and is far too large for a caller's stack.
    let config = Box::pin(loader.load()).await;
    connect_with(&config, settings).await
}

/// Sets a target up from a configuration that is already there, which `settings` override.
///
/// # Errors
/// [`StartError`] says what to change.
pub async fn connect_with(config: &SdkConfig, settings: &Settings) -> Result<Arc<dyn Transport>, StartError> {
    let sdk = SdkTransport::new(config, settings)?;
    if settings.transport == TransportKind::Sdk {
        return Ok(Arc::new(sdk));
    }
    // It asks the SDK, whose futures are large.
    match Box::pin(DirectTransport::beside(&sdk, config, settings)).await {
        Ok(direct) => Ok(Arc::new(direct)),
        Err(StartError::NotDirect(why)) if settings.transport == TransportKind::Auto => {
            tracing::info!(why, "Bedrock is called through the AWS SDK");
            Ok(Arc::new(sdk))
        }
        Err(error) => Err(error),
    }
}

/// A URL as an operator may give it.
pub(super) fn checked_url(url: &str) -> Result<&str, StartError> {
    let sound = url.parse::<Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    });
    if sound { Ok(url) } else { Err(StartError::Endpoint(url.to_owned())) }
}
