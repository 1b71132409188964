use std::sync::atomic::Ordering;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper_util::client::proxy::matcher::Matcher;
use rustls::RootCertStore;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::*;
use crate::bedrock::loopback::{TlsServer, spawn};

/// For what would otherwise hang when it is wrong.
const LIMIT: Duration = Duration::from_secs(20);

fn request(server: &TlsServer) -> HttpRequest {
    HttpRequest::get(format!("https://localhost:{}/", server.port)).unwrap()
}

fn client(roots: RootCertStore, proxy: &str) -> Http {
    Http::new(Dial::with(roots, Matcher::builder().all(proxy).build(), LIMIT).unwrap())
}

/// A request's head.
async fn head(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_buf(&mut request).await.unwrap();
    }
    String::from_utf8(request).unwrap()
}

async fn body(answer: HttpConnectorFuture) -> Vec<u8> {
    answer.await.unwrap().into_body().collect().await.unwrap().to_bytes().to_vec()
}

/// The reason for this client: no exchange waits for another's stream, however many there are.
#[tokio::test]
async fn over_tls_each_exchange_has_its_own_connection_and_idle_ones_are_reused() {
    const MANY: usize = 120;
    let server = TlsServer::start().await;
    let http = client(server.roots.clone(), "");
    let answers: Vec<_> = (0..MANY)
        .map(|_| {
            let (answer, received) = tokio::sync::oneshot::channel();
            let call = http.connector.call(request(&server));
            spawn(async move {
                let _ = answer.send(body(call).await);
            });
            received
        })
        .collect();
    // All of them are in flight at the same time before the first is answered.
    timeout(LIMIT, server.turns.waiting.acquire_many(MANY as u32)).await.unwrap().unwrap().forget();
    server.turns.permits.add_permits(MANY);
    for answer in answers {
        assert_eq!(answer.await.unwrap(), b"ok");
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), MANY);

    server.turns.permits.add_permits(5);
    for _ in 0..5 {
        assert_eq!(body(http.connector.call(request(&server))).await, b"ok");
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), MANY, "idle connections are reused");
    assert!(server.protocols.lock().unwrap().iter().all(|protocol| protocol.as_deref() == Some(b"http/1.1")));
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let server = TlsServer::start().await;
    let http = client(RootCertStore::empty(), "");
    let error = http.connector.call(request(&server)).await.unwrap_err();
    assert!(error.is_io(), "{error:?}");
    assert!(format!("{error:?}").contains("UnknownIssuer"), "{error:?}");
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_proxy_is_asked_for_a_tunnel_to_https_endpoints_only() {
    let server = TlsServer::start().await;
    server.turns.permits.add_permits(1);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let http = client(server.roots.clone(), &format!("http://user:password@{address}"));

    let (asked, question) = tokio::sync::oneshot::channel();
    let port = server.port;
    spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        asked.send(head(&mut stream).await).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let mut onward = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut onward).await;
    });
    let answered = timeout(LIMIT, body(http.connector.call(request(&server)))).await;
    assert_eq!(answered.unwrap(), b"ok");
    let question = question.await.unwrap();
    assert!(question.starts_with(&format!("CONNECT localhost:{port} HTTP/1.1\r\n")), "{question}");
    assert!(
        question.to_ascii_lowercase().contains("proxy-authorization: basic dxnlcjpwyxnzd29yza=="),
        "{question}"
    );

    // The proxy is gone by now, and nobody misses it.
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", plain.local_addr().unwrap());
    let answer = http.connector.call(HttpRequest::get(url).unwrap());
    let accepted = async {
        let (mut stream, _) = plain.accept().await.unwrap();
        head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
        stream
    };
    let (answered, _stream) = timeout(LIMIT, async { tokio::join!(body(answer), accepted) }).await.unwrap();
    assert_eq!(answered, b"ok");
}
