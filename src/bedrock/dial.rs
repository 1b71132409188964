//! Opening connections, for both transports: TCP, TLS where the endpoint is `https`, a tunnel where a proxy is in
//! between, all of it within the connect deadline.
//!
//! HTTP/1.1 alone is offered. It sets what the SDK's own client does not: TCP keep-alive (NAT gateways and load
//! balancers forget an idle connection after 350 s, a model may think longer; translation reference §3.5) and a deadline
//! that includes name lookup and the TLS handshake.
//!
//! As the SDK's does, it goes through the proxy that `HTTPS_PROXY` names, unless `NO_PROXY` has the host. It
//! speaks `CONNECT` to a plain `http://` proxy; requests to an `http://` endpoint never take a proxy.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::TryFutureExt;
use futures_util::future::BoxFuture;
use http::Uri;
use http::uri::Scheme;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tower::ServiceExt;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Less than the 45 s that keep every NAT's memory fresh.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// How long an idle connection is kept: shorter than servers commonly wait, so that it is seldom closed under a new
/// request.
pub(super) const IDLE: Duration = Duration::from_secs(50);

/// A connection that was opened.
pub(super) type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Opens a connection within a limit.
#[derive(Clone)]
pub(super) struct Dial {
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

// === impl Dial ===

impl Dial {
    /// Trusts what the platform trusts and asks the environment for proxies.
    ///
    /// # Errors
    /// When the TLS library refuses its own defaults.
    pub(super) fn new(limit: Duration) -> Result<Self, rustls::Error> {
        Self::with(platform_roots(), Matcher::from_env(), limit)
    }

    /// Trusts `roots`, asks `proxies` for the way, and gives up on a connection after `limit`.
    ///
    /// # Errors
    /// When the TLS library refuses its own defaults.
    pub(super) fn with(
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
        Ok(Self { https, limit })
    }
}

impl tower::Service<Uri> for Dial {
    type Response = Stream;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Stream, BoxError>>;

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

/// The platform's trusted roots (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured).
///
/// None at all is not an error yet: an image without certificates can still reach an `http` endpoint.
fn platform_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::warn!(errors = ?found.errors, "no trusted root certificates found: https endpoints will be refused");
    }
    roots
}
