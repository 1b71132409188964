//! What the SDK's errors mean: an answer of Bedrock's, our own credentials, or the network.

use std::error::Error;

use aws_credential_types::provider::error::{CredentialsError, TokenError};
use aws_sdk_bedrockruntime::config::http::HttpResponse;
use aws_sdk_bedrockruntime::error::SdkError;

use crate::bedrock::cause::{chain, find, no_answer, no_identity};
use crate::bedrock::dial::ConnectTimedOut;
use crate::bedrock::{Deadlines, Fault, FaultKind, Stage};

/// The fault that `error` stands for.
pub(super) fn fault<E: Error + 'static>(error: &SdkError<E, HttpResponse>, deadlines: &Deadlines) -> Fault {
    if let Some(response) = error.raw_response() {
        return answered(response, error);
    }
    match error {
        // Nothing else of the input is ours to get wrong: the body is not looked at.
        SdkError::ConstructionFailure(_) => {
            Fault::new(FaultKind::Invalid { param: Some("model".to_owned()) }, chain(error))
        }
        SdkError::DispatchFailure(failure) if !failure.is_io() => unsent(error),
        _ if find::<ConnectTimedOut>(error).is_some() => deadlines.missed(Stage::Connect),
        _ => no_answer(error),
    }
}

/// Bedrock answered, and not with success.
fn answered(response: &HttpResponse, error: &(dyn Error + 'static)) -> Fault {
    let status = response.status().as_u16();
    if response.status().is_success() {
        return Fault::new(FaultKind::Protocol, chain(error));
    }
    let body = response.body().bytes().unwrap_or_default();
    Fault::from_answer(status, |name| response.headers().get(name), body)
}

/// The request could not be prepared: no identity, or no endpoint to send it to.
fn unsent(error: &(dyn Error + 'static)) -> Fault {
    let chain = chain(error);
    if find::<CredentialsError>(error).is_some()
        || find::<TokenError>(error).is_some()
        || chain.contains("auth scheme")
        || chain.contains("identity")
    {
        return no_identity(&chain);
    }
    Fault::new(FaultKind::Connection, format!("the request to Bedrock could not be sent: {chain}"))
}
