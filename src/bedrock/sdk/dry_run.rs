//! The interceptor that ends a call once it is signed: the SDK has found its identity as for any call, bearer token or
//! not, and keeps it for the calls that follow. Nothing is sent.

use std::error::Error;

use aws_sdk_bedrockruntime::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_bedrockruntime::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_bedrockruntime::error::BoxError;

use crate::bedrock::cause::find;

/// Lets a call go no further than its signature.
#[derive(Debug)]
pub(super) struct DryRun;

/// How a dry run ends that went well. The SDK knows no other way to end a call than an error.
#[derive(Debug, thiserror::Error)]
#[error("signed, and not to be sent")]
struct Signed;

// === impl DryRun ===

impl DryRun {
    /// Whether `error` is the end of a dry run that went well.
    pub(super) fn went_well(error: &(dyn Error + 'static)) -> bool {
        find::<Signed>(error).is_some()
    }
}

impl Intercept for DryRun {
    fn name(&self) -> &'static str {
        "DryRun"
    }

    fn read_after_signing(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Err(Signed.into())
    }
}
