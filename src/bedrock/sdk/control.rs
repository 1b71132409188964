//! The interceptor that sends a call to Bedrock's control plane: the SDK prepares a call to the Runtime, and this
//! makes it a `GET` of another path and host before it is signed. Both are signed as the service `bedrock`, so that
//! credentials, bearer tokens, region, clock skew and the pool are those of every call.

use aws_sdk_bedrockruntime::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_bedrockruntime::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_bedrockruntime::error::BoxError;

/// The model id of the call that is prepared and never sent.
pub(super) const PLACEHOLDER: &str = "none";

/// What the SDK puts behind the endpoint for that call.
pub(in crate::bedrock) const PREPARED: &str = "/model/none/converse";

/// Makes a call one for an inference profile.
#[derive(Debug)]
pub(super) struct GetInferenceProfile {
    /// An ARN or id, as it stands in a path.
    pub(super) label: String,
    /// The control plane's own endpoint.
    pub(super) endpoint: Option<String>,
}

/// The SDK has prepared another path than it always did.
#[derive(Debug, thiserror::Error)]
#[error("the AWS SDK has prepared an unknown path")]
struct UnknownPath;

// === impl GetInferenceProfile ===

impl GetInferenceProfile {
    /// Where the profile is found, given where the prepared call would have gone.
    fn uri(&self, prepared: &str) -> Result<String, UnknownPath> {
        let runtime = prepared.strip_suffix(PREPARED).ok_or(UnknownPath)?;
        let endpoint = control_endpoint(runtime, self.endpoint.as_deref());
        Ok(format!("{endpoint}/inference-profiles/{}", self.label))
    }
}

impl Intercept for GetInferenceProfile {
    fn name(&self) -> &'static str {
        "GetInferenceProfile"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let uri = self.uri(request.uri())?;
        request.set_method("GET")?;
        request.set_uri(uri)?;
        request.headers_mut().remove("content-type");
        request.headers_mut().remove("content-length");
        Ok(())
    }
}

/// The endpoint of the control plane, without a slash at its end: its own, or the one beside that of the Runtime.
pub(in crate::bedrock) fn control_endpoint(runtime: &str, own: Option<&str>) -> String {
    // `bedrock-runtime.REGION`, `bedrock-runtime-fips.REGION`; any other endpoint serves both, or neither.
    let beside = runtime.replacen("://bedrock-runtime", "://bedrock", 1);
    own.unwrap_or(&beside).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_control_plane_is_beside_the_runtime() {
        for (runtime, own, expected) in [
            (
                "https://bedrock-runtime.eu-west-1.amazonaws.com",
                None,
                "https://bedrock.eu-west-1.amazonaws.com",
            ),
            (
                "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com",
                None,
                "https://bedrock-fips.us-gov-west-1.amazonaws.com",
            ),
            ("http://127.0.0.1:4000/bedrock", None, "http://127.0.0.1:4000/bedrock"),
            ("https://bedrock-runtime.eu-west-1.amazonaws.com", Some("https://vpce/"), "https://vpce"),
        ] {
            let call = GetInferenceProfile {
                label: "arn%3Aaws%3Ax%2Fy".to_owned(),
                endpoint: own.map(str::to_owned),
            };
            let uri = call.uri(&format!("{runtime}{PREPARED}")).unwrap();
            assert_eq!(uri, format!("{expected}/inference-profiles/arn%3Aaws%3Ax%2Fy"));
        }
    }
}
