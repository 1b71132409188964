//! The interceptor that makes the SDK carry our bytes: put in before signing, taken out before
//! deserialisation.
//!
//! The SDK serialises an empty input (`{}`), and this replaces the body and its length; it deserialises an
//! empty body, for this has taken the answer's. What it makes of either is thrown away. Only documented hooks
//! are used:
//!
//! - `modify_before_retry_loop` runs once, after serialisation and before signing;
//! - `modify_before_transmit` runs after signing. The SDK traces whole requests, bodies included, so the body is
//!   hidden behind a type that prints nothing by then;
//! - `modify_before_deserialization` runs when the head is there and the body has not been read. Answers other than
//!   2xx stay with the SDK.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_bedrockruntime::config::interceptors::{
    BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut,
};
use aws_sdk_bedrockruntime::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_bedrockruntime::error::BoxError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};

use crate::bedrock::cause::cut;
use crate::bedrock::{Fault, FaultKind, Reply};

/// One exchange: the body to send, and where the answer is put.
#[derive(Clone)]
pub(super) struct Exchange {
    body: Bytes,
    answer: Arc<Mutex<Option<Reply>>>,
}

// === impl Exchange ===

impl Exchange {
    pub(super) fn new(body: Bytes) -> Self {
        Self { body, answer: Arc::default() }
    }

    /// The answer, once the SDK has said that there is one.
    pub(super) fn answer(&self) -> Result<Reply, Fault> {
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        answer
            .ok_or_else(|| Fault::new(FaultKind::Protocol, "the AWS SDK reported success without an answer"))
    }
}

impl Intercept for Exchange {
    fn name(&self) -> &'static str {
        "Exchange"
    }

    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        request.headers_mut().insert("content-length", self.body.len().to_string());
        *request.body_mut() = SdkBody::from(self.body.clone());
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        *context.request_mut().body_mut() = SdkBody::from_body_1_x(Full::new(self.body.clone()));
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        if response.status().is_success() {
            let body = mem::replace(response.body_mut(), SdkBody::empty());
            let header = |name| response.headers().get(name).map(Box::from);
            let reply = Reply {
                request_id: header("x-amzn-requestid"),
                content_type: header("content-type"),
                body: Box::pin(body.map_err(|error| cut(error.as_ref()))),
            };
            *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(reply);
        }
        Ok(())
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exchange({} bytes)", self.body.len())
    }
}
