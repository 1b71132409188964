//! The one door to Bedrock (layer 2, an adapter): an operation, a model id and bytes go in, a head and a
//! stream of bytes or a classified [`Fault`] come out.
//!
//! What the bytes mean is not decided here: JSON belongs to `converse`, translation to `translate`. Signing,
//! credentials, the pool, TLS, deadlines and the classification of failures do belong here, whatever the
//! operation.
//!
//! | module | holds |
//! |---|---|
//! | [`settings`] | region, endpoint, deadlines |
//! | [`fault`], `classify`, `param` | what can go wrong, and how Bedrock's words for it are recognised |
//! | [`frames`] | AWS event-stream framing, incremental and zero-copy |
//! | [`events`], [`whole`](mod@whole) | the two ways to read a reply, both with deadlines |
//! | [`profiles`] | which model an application inference profile stands for |
//! | `patience` | the deadlines of a body |
//! | `start` | which transport a target is reached by |
//! | `direct` | the transport that signs and sends requests itself |
//! | `sdk`, `http` | the transport on `aws-sdk-bedrockruntime`, the other's reference, and the HTTP client under it |
//! | `dial`, `cause` | what both are made of: opening connections, other crates' errors |
//!
//! It refuses to look inside a request, to retry for the sake of routing (only a call whose signature was
//! refused is repeated, once, and only where the reason can be mended), and to print a body: `Debug` shows lengths.

mod cause;
mod classify;
mod dial;
mod direct;
pub mod events;
pub mod fault;
pub mod frames;
mod http;
#[cfg(test)]
mod loopback;
mod param;
mod patience;
pub mod profiles;
mod sdk;
pub mod settings;
mod start;
pub mod whole;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

pub use events::{Frame, Frames};
pub use fault::{Fault, FaultKind, Stage};
pub use profiles::Profiles;
pub use settings::{Deadlines, Settings, TransportKind};
pub use start::{StartError, connect, connect_with};
pub use whole::whole;

/// A Bedrock Runtime operation (AWS "Amazon Bedrock Runtime" API reference; translation reference §1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `POST /model/{modelId}/converse`: JSON in, JSON out.
    Converse,
    /// `POST /model/{modelId}/converse-stream`: JSON in, `application/vnd.amazon.eventstream` out.
    ConverseStream,
    /// `GET /inference-profiles/{inferenceProfileIdentifier}` of the control plane: no body in, JSON out.
    GetInferenceProfile,
}

/// One request to Bedrock.
#[derive(Clone)]
pub struct Call {
    /// What to do.
    pub operation: Operation,
    /// A model id, inference-profile id or ARN, as it is: the transport percent-encodes it, once.
    pub model_id: Arc<str>,
    /// The JSON body, sent as it is.
    pub body: Bytes,
}

/// The head of a 2xx answer and its body. Other answers are a [`Fault`].
pub struct Reply {
    /// `x-amzn-requestid`.
    pub request_id: Option<Box<str>>,
    /// `content-type`.
    pub content_type: Option<Box<str>>,
    /// What follows. Dropping it closes the exchange at once.
    pub body: ReplyBody,
}

/// The bytes of an answer as they arrive; an error is a cut connection.
pub type ReplyBody = Pin<Box<dyn http_body::Body<Data = Bytes, Error = Fault> + Send>>;

/// The seam between the gateway and Bedrock. Nothing above it knows which implementation runs.
pub trait Transport: Send + Sync + 'static {
    /// Sends `call` and waits for the head of the answer, at most [`Deadlines::head`].
    ///
    /// Dropping the future, or the body of the reply, closes the upstream exchange at once.
    ///
    /// # Errors
    /// A refusal by Bedrock, unusable credentials, a failed connection or a missed deadline, as a [`Fault`].
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Reply, Fault>>;

    /// Whether there is an identity to call Bedrock with. What is found is kept for the calls; whether AWS accepts it
    /// is not asked, for nothing is sent to Bedrock. A transport that needs none says yes.
    ///
    /// # Errors
    /// [`FaultKind::Credentials`], with what an operator can do. Any other fault would be that of every call, such as
    /// settings that lead to no endpoint.
    fn check_credentials(&self) -> BoxFuture<'static, Result<(), Fault>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// What is encoded in a label of a path, once (translation reference §1.1): all but RFC 3986's unreserved characters.
const LABEL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

// === impl Call ===

impl Call {
    /// The model id as it stands in the path.
    ///
    /// # Errors
    /// [`FaultKind::Invalid`] for an id that would not be in the path at all: dots alone are taken out of it.
    fn label(&self) -> Result<PercentEncode<'_>, Fault> {
        if matches!(&*self.model_id, "" | "." | "..") {
            let kind = FaultKind::Invalid { param: Some("model".to_owned()) };
            return Err(Fault::new(kind, format!("`{}` is no model id", self.model_id)));
        }
        Ok(utf8_percent_encode(&self.model_id, LABEL))
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation)
            .field("model_id", &self.model_id)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

// === impl Reply ===

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("request_id", &self.request_id)
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}
