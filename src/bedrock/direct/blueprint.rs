//! What a request to this target looks like, learnt from one that the SDK has signed and not sent.
//!
//! Where the endpoint is (FIPS, dual-stack, partitions, overrides), how the program introduces itself and whether it
//! holds a bearer token are decided in dozens of places of the SDK. So the SDK is asked once, at start, with made-up
//! credentials, and what it shows is copied. The same request is then signed here: if the two signatures differ, or the
//! SDK does anything that is not known here, this target is not one for the direct transport.

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_types::service_config::ServiceConfigKey;
use http::HeaderValue;

use super::endpoint::Place;
use super::sign::{Scope, Signable, Signer, Stamp};
use crate::bedrock::sdk::Specimen;
use crate::bedrock::sdk::control::{PREPARED, control_endpoint};

/// What is the same in all requests to a target.
pub(super) struct Blueprint {
    /// Of Bedrock Runtime.
    pub(super) runtime: Place,
    /// Of the control plane.
    pub(super) control: Place,
    pub(super) agent: Agent,
    pub(super) authorization: Authorization,
}

/// How the program introduces itself.
pub(super) struct Agent {
    /// `user-agent`
    pub(super) plain: HeaderValue,
    /// `x-amz-user-agent`, which is signed.
    pub(super) signed: HeaderValue,
}

/// How a request is authorised.
pub(super) enum Authorization {
    /// By this value of `authorization`.
    Bearer(HeaderValue),
    /// By a signature.
    Signature(Scope),
}

/// The headers of a specimen that are known here. The last two number the attempts of the SDK's own retries.
const KNOWN: [&str; 8] = [
    "content-type",
    "content-length",
    "user-agent",
    "x-amz-user-agent",
    "x-amz-date",
    "authorization",
    "amz-sdk-request",
    "amz-sdk-invocation-id",
];

/// The credentials that a specimen is signed with.
pub(super) fn made_up_keys() -> Credentials {
    Credentials::new("AKIDSPECIMEN", "specimen", None, None, "specimen")
}

// === impl Blueprint ===

impl Blueprint {
    /// Reads a specimen that is signed with [`made_up_keys`].
    ///
    /// # Errors
    /// What is not known here, in a few words.
    pub(super) fn read(
        specimen: &Specimen,
        config: &SdkConfig,
        own_control: Option<&str>,
    ) -> Result<Self, String> {
        if let Some((name, _)) = specimen.headers.iter().find(|(name, _)| !KNOWN.contains(&name.as_str())) {
            return Err(format!("the AWS SDK sends a header that is not known, `{name}`"));
        }
        let header = |name: &str| {
            specimen.header(name).ok_or_else(|| format!("the AWS SDK does not send the header `{name}`"))
        };
        let value = |name: &str| {
            HeaderValue::from_str(&single_spaced(header(name)?))
                .map_err(|_| format!("the AWS SDK's header `{name}` cannot be sent"))
        };
        let runtime = specimen.uri.strip_suffix(PREPARED);
        let runtime = runtime.ok_or("the AWS SDK has prepared an unknown path")?;
        // What it is stays unsaid: a URL with a user has a password.
        let place =
            |url: &str| Place::parse(url).ok_or("its endpoint has more than a scheme, a host and a path");
        let blueprint = Self {
            runtime: place(runtime)?,
            control: place(&control_endpoint(runtime, own_control))?,
            agent: Agent { plain: value("user-agent")?, signed: value("x-amz-user-agent")? },
            authorization: Authorization::read(header("authorization")?, config)?,
        };
        if let Authorization::Signature(scope) = &blueprint.authorization {
            let ours = blueprint.sign(specimen, scope).ok_or("the AWS SDK's specimen cannot be read")?;
            if ours != header("authorization")? {
                return Err("the AWS SDK signs in another way".to_owned());
            }
        }
        Ok(blueprint)
    }

    /// The specimen's signature, made here.
    fn sign(&self, specimen: &Specimen, scope: &Scope) -> Option<String> {
        let at = Stamp::parse(specimen.header("x-amz-date")?)?;
        let path = format!("{}{PREPARED}", self.runtime.base);
        let request = Signable {
            method: "POST",
            path: &path,
            headers: [
                Some(("content-length", specimen.header("content-length")?)),
                Some(("content-type", specimen.header("content-type")?)),
                Some(("host", self.runtime.host.to_str().ok()?)),
                Some(("x-amz-date", at.as_str())),
                Some(("x-amz-user-agent", self.agent.signed.to_str().ok()?)),
            ],
            body: b"{}",
        };
        Some(Signer::new(made_up_keys(), scope.clone()).authorization(&at, &request))
    }
}

// === impl Authorization ===

impl Authorization {
    fn read(value: &str, config: &SdkConfig) -> Result<Self, String> {
        if let Some(token) = value.strip_prefix("Bearer ") {
            // Any other token is renewed by the SDK, out of sight.
            if environment_token(config).as_deref() != Some(token) {
                return Err("its bearer token is not that of AWS_BEARER_TOKEN_BEDROCK".to_owned());
            }
            let mut value =
                HeaderValue::from_str(value).map_err(|_| "its bearer token cannot be sent".to_owned())?;
            value.set_sensitive(true);
            return Ok(Self::Bearer(value));
        }
        let scope = value.strip_prefix("AWS4-HMAC-SHA256 Credential=").and_then(|rest| {
            let mut parts = rest.split(',').next()?.split('/').skip(2);
            Some(Scope { region: parts.next()?.to_owned(), service: parts.next()?.to_owned() })
        });
        scope.map(Self::Signature).ok_or_else(|| "the AWS SDK signs with another algorithm".to_owned())
    }
}

/// The token that the SDK takes from the environment for this service.
fn environment_token(config: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id("bedrock").env("AWS_BEARER_TOKEN").profile("").build();
    config.service_config().and_then(|environment| environment.load_config(key.ok()?))
}

/// How a value is signed.
fn single_spaced(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
