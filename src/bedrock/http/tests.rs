use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use http_body_util::BodyExt;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use super::*;

/// A TLS server for `localhost` that would rather speak HTTP/2, with its own certificate as the client's only root.
struct TlsServer {
    port: u16,
    roots: RootCertStore,
    connections: AtomicUsize,
    protocols: Mutex<Vec<Option<Vec<u8>>>>,
    /// Requests are answered when there is a permit for them.
    permits: Semaphore,
    waiting: Semaphore,
}

impl TlsServer {
    async fn start() -> Arc<Self> {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certified.cert.der().clone()).unwrap();
        let server = Arc::new(Self {
            port: listener.local_addr().unwrap().port(),
            roots,
            connections: AtomicUsize::new(0),
            protocols: Mutex::default(),
            permits: Semaphore::new(0),
            waiting: Semaphore::new(0),
        });
        let acceptor = TlsAcceptor::from(Arc::new(config));
        spawn(server.clone().accept(listener, acceptor));
        server
    }

    async fn accept(self: Arc<Self>, listener: TcpListener, acceptor: TlsAcceptor) {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (server, acceptor) = (self.clone(), acceptor.clone());
            spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                server.connections.fetch_add(1, Ordering::SeqCst);
                let protocol = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
                server.protocols.lock().unwrap().push(protocol);
                server.serve(stream).await;
            });
        }
    }

    /// Answers requests without a body, which end at their blank line.
    async fn serve(&self, mut stream: tokio_rustls::server::TlsStream<TcpStream>) {
        let mut request = Vec::new();
        while stream.read_buf(&mut request).await.is_ok_and(|length| length > 0) {
            if request.ends_with(b"\r\n\r\n") {
                request.clear();
                self.waiting.add_permits(1);
                self.permits.acquire().await.unwrap().forget();
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            }
        }
    }

    fn request(&self) -> HttpRequest {
        HttpRequest::get(format!("https://localhost:{}/", self.port)).unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "a test server ends with its runtime")]
fn spawn(future: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(future);
}

async fn body(answer: HttpConnectorFuture) -> Vec<u8> {
    answer.await.unwrap().into_body().collect().await.unwrap().to_bytes().to_vec()
}

/// The reason for this client: no exchange waits for another's stream, however many there are.
#[tokio::test]
async fn over_tls_each_exchange_has_its_own_connection_and_idle_ones_are_reused() {
    const MANY: usize = 120;
    let server = TlsServer::start().await;
    let http = Http::new(server.roots.clone(), Duration::from_secs(20)).unwrap();
    let answers: Vec<_> = (0..MANY)
        .map(|_| {
            let (answer, received) = tokio::sync::oneshot::channel();
            let call = http.connector.call(server.request());
            spawn(async move {
                let _ = answer.send(body(call).await);
            });
            received
        })
        .collect();
    // All of them are in flight at the same time before the first is answered.
    server.waiting.acquire_many(MANY as u32).await.unwrap().forget();
    server.permits.add_permits(MANY);
    for answer in answers {
        assert_eq!(answer.await.unwrap(), b"ok");
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), MANY);

    server.permits.add_permits(5);
    for _ in 0..5 {
        assert_eq!(body(http.connector.call(server.request())).await, b"ok");
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), MANY, "idle connections are reused");
    assert!(server.protocols.lock().unwrap().iter().all(|protocol| protocol.as_deref() == Some(b"http/1.1")));
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let server = TlsServer::start().await;
    let http = Http::new(RootCertStore::empty(), Duration::from_secs(20)).unwrap();
    let error = http.connector.call(server.request()).await.unwrap_err();
    assert!(error.is_io(), "{error:?}");
    assert!(format!("{error:?}").contains("UnknownIssuer"), "{error:?}");
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
}
