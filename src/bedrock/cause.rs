//! Errors of other crates, in the words of a [`Fault`]: for both transports.

use std::error::Error;

use super::{Fault, FaultKind};

/// Where an operator finds the credentials that are missing.
const WHERE: &str = "Bedrock can be called with AWS_BEARER_TOKEN_BEDROCK, with AWS_ACCESS_KEY_ID and \
                     AWS_SECRET_ACCESS_KEY, with a profile, or with the role of the task, pod or instance";

/// The fault of having no identity to call Bedrock with.
pub(super) fn no_identity(why: &str) -> Fault {
    Fault::new(FaultKind::Credentials, format!("no usable AWS credentials: {why}. {WHERE}."))
}

/// The fault of a call without an answer.
pub(super) fn no_answer(error: &(dyn Error + 'static)) -> Fault {
    Fault::new(FaultKind::Connection, format!("no answer from Bedrock: {}", chain(error)))
}

/// The fault of a body that broke off.
pub(super) fn cut(error: &(dyn Error + 'static)) -> Fault {
    Fault::new(FaultKind::Connection, format!("the connection to Bedrock broke: {}", chain(error)))
}

/// The first error of type `T` among `error` and its sources.
pub(super) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
}

/// `error` and its sources in one line. `Display` only: a source's `Debug` may hold more than is meant to be
/// seen.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut line = String::new();
    for text in std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string) {
        if !line.ends_with(&text) {
            line.push_str(if line.is_empty() { "" } else { ": " });
            line.push_str(&text);
        }
    }
    line
}
