//! Servers on loopback, for the tests of both transports.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A TLS server for `localhost` that would rather speak HTTP/2, with its own certificate as the client's only
/// root.
pub(super) struct TlsServer {
    pub(super) port: u16,
    pub(super) roots: RootCertStore,
    pub(super) connections: AtomicUsize,
    pub(super) protocols: Mutex<Vec<Option<Vec<u8>>>>,
    pub(super) turns: Turns,
}

/// When requests are answered.
pub(super) struct Turns {
    /// One for each request that may be answered.
    pub(super) permits: Semaphore,
    /// One for each that came.
    pub(super) waiting: Semaphore,
}

impl TlsServer {
    pub(super) async fn start() -> Arc<Self> {
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
            turns: Turns::new(0),
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
                server.turns.answer(stream, usize::MAX).await;
            });
        }
    }
}

impl Turns {
    pub(super) fn new(permits: usize) -> Self {
        Self { permits: Semaphore::new(permits), waiting: Semaphore::new(0) }
    }

    /// Answers so many requests at most with `ok`. They have no body, and end at their blank line.
    pub(super) async fn answer(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin, most: usize) {
        let (mut request, mut answered) = (Vec::new(), 0);
        while answered < most && stream.read_buf(&mut request).await.is_ok_and(|length| length > 0) {
            if request.ends_with(b"\r\n\r\n") {
                request.clear();
                self.waiting.add_permits(1);
                self.permits.acquire().await.unwrap().forget();
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
                answered += 1;
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test server ends with its runtime")]
pub(super) fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(future)
}
