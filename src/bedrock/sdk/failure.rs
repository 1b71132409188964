//! What the SDK's errors mean: an answer of Bedrock's, our own credentials, or the network.

use std::error::Error;

use aws_credential_types::provider::error::{CredentialsError, TokenError};
use aws_sdk_bedrockruntime::config::http::HttpResponse;
use aws_sdk_bedrockruntime::error::SdkError;
use aws_smithy_types::body::Error as BodyError;

use crate::bedrock::dial::ConnectTimedOut;
use crate::bedrock::{Deadlines, Fault, FaultKind, Stage};

/// Where an operator finds the credentials that are missing.
const WHERE: &str = "Bedrock can be called with AWS_BEARER_TOKEN_BEDROCK, with AWS_ACCESS_KEY_ID and \
                     AWS_SECRET_ACCESS_KEY, with a profile, or with the role of the task, pod or instance";

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
        _ => Fault::new(FaultKind::Connection, format!("no answer from Bedrock: {}", chain(error))),
    }
}

/// The fault of a body that broke off.
pub(super) fn cut(error: BodyError) -> Fault {
    Fault::new(FaultKind::Connection, format!("the connection to Bedrock broke: {}", chain(error.as_ref())))
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
    let no_identity = find::<CredentialsError>(error).is_some()
        || find::<TokenError>(error).is_some()
        || chain.contains("auth scheme")
        || chain.contains("identity");
    if no_identity {
        return Fault::new(FaultKind::Credentials, format!("no usable AWS credentials: {chain}. {WHERE}."));
    }
    Fault::new(FaultKind::Connection, format!("the request to Bedrock could not be sent: {chain}"))
}

/// The first error of type `T` among `error` and its sources.
pub(super) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
}

/// `error` and its sources in one line. `Display` only: a source's `Debug` may hold more than is meant to be
/// seen.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut line = String::new();
    for text in std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string) {
        if !line.ends_with(&text) {
            line.push_str(if line.is_empty() { "" } else { ": " });
            line.push_str(&text);
        }
    }
    line
}
