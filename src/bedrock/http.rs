//! The HTTP client under the SDK: one HTTP/1.1 connection per exchange in flight, pooled when idle.
//!
//! The SDK's own client offers `h2` to the server, and there is no public way to stop it. With HTTP/2 it
//! opens one connection per host and queues near its hundred streams, so a hundred long answers would block
//! everyone else. HTTP/1.1 has no such ceiling, closes the upstream by closing the connection, and needs no
//! flow control beyond TCP's.

use std::fmt;
use std::pin::Pin;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector as SdkConnector, HttpConnectorFuture, HttpConnectorSettings,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::dial::{Dial, IDLE};

/// Bounds what one stream can buffer; a head larger than this is no Bedrock's.
const BUFFER: usize = 64 * 1024;

/// The client, in the form that the SDK takes.
#[derive(Clone)]
pub(super) struct Http {
    connector: SharedHttpConnector,
}

/// One pool of connections.
///
/// The body is boxed because hyper keeps a queue of 32 requests for every connection, which has to be allocated
/// however large a request is; one is all that is ever in it.
struct Pool(Client<Dial, Pin<Box<SdkBody>>>);

// === impl Http ===

impl Http {
    /// A client whose connections `dial` opens.
    pub(super) fn new(dial: Dial) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http1_max_buf_size(BUFFER)
            .build(dial);
        Self { connector: SharedHttpConnector::new(Pool(client)) }
    }
}

impl HttpClient for Http {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        // The SDK's settings are its timeouts, which are off.
        self.connector.clone()
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

// === impl Pool ===

impl SdkConnector for Pool {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let answer = self.0.request(request.map(Box::pin));
        HttpConnectorFuture::new(async move {
            let response = answer.await.map_err(|error| ConnectorError::io(error.into()))?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::io(error.into()))
        })
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

#[cfg(test)]
mod tests;
