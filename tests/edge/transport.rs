//! Connections: protocols, hang-ups and idle times.

use crate::support::{Client, TestServer, ToyStream, chat, get_, piece, stop_clock};
use bedrock_gateway::lifecycle::tasks::Tasks;
use bytes::Bytes;
use http::{StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{advance, timeout},
};

/// How soon a hang-up has to be noticed.
const AT_ONCE: Duration = Duration::from_millis(100);

async fn dropped(stream: &ToyStream) {
    timeout(AT_ONCE, stream.closed()).await.unwrap();
}

#[tokio::test]
async fn a_hang_up_ends_a_silent_stream_at_once() {
    let mut server = TestServer::start().await;
    let mut client = server.client().await;
    let mut response = client.open(chat(), "stream").await;
    let stream = server.streams.recv().await.unwrap();
    stream.send("data: 1\n\n").await;
    piece(&mut response).await.unwrap();
    client.hang_up();
    dropped(&stream).await;
    server.metric("gateway_stream_outcomes_total{outcome=\"cancelled\"} 1").await;
    server.metric("gateway_open_streams 0").await;
    server.metric("gateway_in_flight_requests 0").await;
}

#[tokio::test]
async fn a_hang_up_before_the_answer_ends_the_call_at_once() {
    let mut server = TestServer::start().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = "POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\ncontent-length: 4\r\n\r\nhang";
    stream.write_all(request.as_bytes()).await.unwrap();
    let call = server.streams.recv().await.unwrap();
    drop(stream);
    dropped(&call).await;
    server.metric(r#"gateway_requests_total{model="gpt-4o",route="chat_completions",status="499"} 1"#).await;
    server.metric("gateway_in_flight_requests 0").await;
}

#[tokio::test]
async fn a_client_that_takes_nothing_loses_its_stream() {
    static PIECE: [u8; 64 * 1024] = [b'x'; 64 * 1024];
    let piece = str::from_utf8(&PIECE).unwrap();
    let mut server = TestServer::start().await;
    let mut client = TcpStream::connect(server.address).await.unwrap();
    let request = "POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\ncontent-length: 6\r\n\r\nstream";
    client.write_all(request.as_bytes()).await.unwrap();
    let stream = server.streams.recv().await.unwrap();
    // Until all buffers on the way are full.
    while timeout(AT_ONCE, stream.send(piece)).await.is_ok() {}
    let _clock = stop_clock();
    advance(Duration::from_secs(100)).await;
    server.metric("gateway_open_streams 1").await;
    advance(Duration::from_secs(30)).await;
    dropped(&stream).await;
    server.metric("gateway_stream_outcomes_total{outcome=\"cancelled\"} 1").await;
    server.metric("gateway_in_flight_requests 0").await;
}

#[tokio::test]
async fn http2_without_tls_streams_and_cancels() {
    let mut server = TestServer::start().await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    Tasks::default().spawn(connection);
    let request = |body: &'static str| {
        http::Request::post("http://gateway/v1/chat/completions").body(Full::<Bytes>::from(body)).unwrap()
    };
    let answer = sender.send_request(request("hello")).await.unwrap();
    assert_eq!((answer.status(), answer.version()), (StatusCode::OK, Version::HTTP_2));
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "hello");

    let mut response = sender.send_request(request("stream")).await.unwrap();
    let stream = server.streams.recv().await.unwrap();
    stream.send("data: 1\n\n").await;
    assert_eq!(piece(&mut response).await.unwrap(), "data: 1\n\n");
    drop(response);
    dropped(&stream).await;
    server.metric("gateway_stream_outcomes_total{outcome=\"cancelled\"} 1").await;
    let answer = sender.send_request(request("again")).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "again", "the connection lives on");
}

#[tokio::test]
async fn an_idle_connection_outlives_every_load_balancer() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let _clock = stop_clock();
    for _ in 0..2 {
        assert_eq!(client.ask(get_("/health"), "").await.status, StatusCode::OK);
        advance(Duration::from_secs(4001)).await;
    }
    advance(Duration::from_secs(10)).await;
    client.closed().await;
}

#[tokio::test]
async fn a_connection_that_never_asks_is_closed() {
    let server = TestServer::start().await;
    let _clock = stop_clock();
    for begin in ["", "PRI * HT", "POST /v1/chat/completions HTTP/1.1\r\nhost: g"] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(begin.as_bytes()).await.unwrap();
        // Answered on a later connection, so the server has taken the first one.
        Client::connect(server.address).await.unwrap().ask(get_("/health"), "").await;
        advance(Duration::from_secs(29)).await;
        let mut byte = [0];
        let waiting = futures_util::FutureExt::now_or_never(stream.read(&mut byte));
        assert!(waiting.is_none(), "{begin:?} was closed too early");
        advance(Duration::from_secs(2)).await;
        // Closed, by an end or (with unread bytes) by a reset.
        assert!(matches!(stream.read(&mut byte).await, Ok(0) | Err(_)), "{begin:?}");
    }
}

/// As most HTTP clients do: write all of the body, then read. The answer comes long before that.
#[tokio::test]
async fn a_refusal_reaches_a_client_that_is_still_sending() {
    let server = TestServer::with(|options| options.keys(&["sk-right"])).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let length = 16 * 1024 * 1024;
    let head =
        format!("POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = vec![b'x'; 64 * 1024];
    for _ in 0..length / piece.len() {
        stream.write_all(&piece).await.unwrap();
    }
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    timeout(Duration::from_secs(10), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(answer.contains("invalid_api_key"), "{answer}");
}
