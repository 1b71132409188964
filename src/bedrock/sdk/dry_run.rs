//! The interceptor that ends a call once it is signed: the SDK has found its identity as for any call, bearer token or
//! not, and keeps it for the calls that follow. Nothing is sent. What would have been sent can be looked at.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_bedrockruntime::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_bedrockruntime::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_bedrockruntime::error::BoxError;

use crate::bedrock::cause::find;

/// Lets a call go no further than its signature.
#[derive(Clone, Default)]
pub(super) struct DryRun(Arc<Mutex<Option<Specimen>>>);

/// A signed request that was not sent. Its body is `{}`.
pub(in crate::bedrock) struct Specimen {
    /// All of it, from the scheme on.
    pub(in crate::bedrock) uri: String,
    pub(in crate::bedrock) headers: Vec<(String, String)>,
}

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

    /// What would have been sent, after a dry run that went well.
    pub(super) fn specimen(&self) -> Option<Specimen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Intercept for DryRun {
    fn name(&self) -> &'static str {
        "DryRun"
    }

    fn read_after_signing(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let headers = request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let specimen = Specimen { uri: request.uri().to_owned(), headers: headers.collect() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(specimen);
        Err(Signed.into())
    }
}

/// Without the specimen, which may hold a bearer token.
impl fmt::Debug for DryRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DryRun")
    }
}

// === impl Specimen ===

impl Specimen {
    /// The value of a header, by its name in lower case.
    pub(in crate::bedrock) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}
