//! The HTTP client under the SDK: one HTTP/1.1 connection per exchange in flight, pooled when idle.
//!
//! The SDK's own client offers `h2` to the server, and there is no public way to stop it. With HTTP/2 it
//! opens one connection per host and queues near its hundred streams, so a hundred long answers would block
//! everyone else. HTTP/1.1 has no such ceiling, closes the upstream by closing the connection, and needs no
//! flow control beyond TCP's. This client also sets what the SDK's does not: TCP keep-alive (NAT gateways and
//! load balancers forget an idle connection after 350 s, a model may think longer; translation reference §3.5) and a
//! connect deadline that includes name lookup and the TLS handshake.
//!
//! As the SDK's does, it goes through the proxy that `HTTPS_PROXY` names, unless `NO_PROXY` has the host. It
//! speaks `CONNECT` to a plain `http://` proxy; requests to an `http://` endpoint never take a proxy.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector as SdkConnector, HttpConnectorFuture, HttpConnectorSettings,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use futures_util::TryFutureExt;
use futures_util::future::BoxFuture;
use http::Uri;
use http::uri::Scheme;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tower::ServiceExt;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Less than the 45 s that keep every NAT's memory fresh.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// Shorter than servers commonly wait, so that an idle connection is seldom closed under a new request.
const IDLE: Duration = Duration::from_secs(50);
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

/// Opens a connection within a limit.
#[derive(Clone)]
struct Dial {
    https: HttpsConnector<Tcp>,
    limit: Duration,
}

/// Opens a TCP connection, or a tunnel through a proxy.
#[derive(Clone)]
struct Tcp {
    direct: HttpConnector,
    proxies: Arc<Matcher>,
}

/// The connect deadline passed.
#[derive(Debug)]
pub(super) struct ConnectTimedOut;

// === impl Http ===

impl Http {
    /// A client that trusts `roots`, asks `proxies` for the way, and gives up on a connection after `limit`.
    ///
    /// # Errors
    /// When the TLS library refuses its own defaults.
    pub(super) fn new(
        roots: RootCertStore,
        proxies: Matcher,
        limit: Duration,
    ) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let mut direct = HttpConnector::new();
        direct.enforce_http(false);
        direct.set_nodelay(true);
        direct.set_keepalive(Some(KEEP_ALIVE));
        direct.set_keepalive_interval(Some(KEEP_ALIVE));
        let https = HttpsConnector::from((Tcp { direct, proxies: Arc::new(proxies) }, tls));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http1_max_buf_size(BUFFER)
            .build(Dial { https, limit });
        Ok(Self { connector: SharedHttpConnector::new(Pool(client)) })
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

// === impl Dial ===

impl tower::Service<Uri> for Dial {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let dialled = tokio::time::timeout(self.limit, self.https.call(uri));
        Box::pin(async move { dialled.await.map_err(|_| ConnectTimedOut)? })
    }
}

// === impl Tcp ===

impl tower::Service<Uri> for Tcp {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let direct = self.direct.clone();
        let proxy = self.proxies.intercept(&uri).filter(|_| uri.scheme() == Some(&Scheme::HTTPS));
        let Some(proxy) = proxy else { return Box::pin(direct.oneshot(uri).err_into()) };
        let tunnel = Tunnel::new(proxy.uri().clone(), direct);
        let tunnel = match proxy.basic_auth() {
            Some(authorization) => tunnel.with_auth(authorization.clone()),
            None => tunnel,
        };
        Box::pin(tunnel.oneshot(uri).err_into())
    }
}

// === impl ConnectTimedOut ===

impl fmt::Display for ConnectTimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no connection in time")
    }
}

impl std::error::Error for ConnectTimedOut {}

#[cfg(test)]
mod tests;
