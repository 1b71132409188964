//! The cap on requests in flight, the body limit, and panics.

use crate::support::{BODY_LIMIT, TestServer, chat, get_, piece};
use http::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test]
async fn a_stream_keeps_its_place_until_its_body_ends() {
    let mut server = TestServer::with(|options| options.stack.max_in_flight = 1).await;
    let mut client = server.client().await;
    let mut response = client.open(chat(), "stream").await;
    let stream = server.streams.recv().await.unwrap();
    stream.send("data: 1\n\n").await;
    assert_eq!(piece(&mut response).await.unwrap(), "data: 1\n\n");
    server.metric("gateway_in_flight_requests 1").await;
    server.metric("gateway_open_streams 1").await;

    let refused = server.ask(chat(), "hello").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.error_code(), "gateway_overloaded");
    assert_eq!(refused.header("retry-after"), "1");
    server.metric("gateway_throttled_total{limit=\"in_flight\"} 1").await;
    assert_eq!(server.ask(get_("/health"), "").await.status, StatusCode::OK, "a probe needs no place");

    drop(stream);
    assert_eq!(piece(&mut response).await, None);
    server.metric("gateway_in_flight_requests 0").await;
    server.metric("gateway_open_streams 0").await;
    assert_eq!(server.ask(chat(), "hello").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_refusal_does_not_wait_for_the_body() {
    let server = TestServer::with(|options| options.stack.max_in_flight = 0).await;
    let answer = raw(&server, "content-length: 900\r\n", "").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
}

#[tokio::test]
async fn a_declared_length_over_the_limit_is_refused_at_once() {
    let server = TestServer::start().await;
    let answer = raw(&server, &format!("content-length: {}\r\n", BODY_LIMIT + 1), "").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains(r#""code":"request_too_large""#), "{answer}");
    assert!(answer.contains("x-request-id: "), "{answer}");
}

#[tokio::test]
async fn a_chunked_body_is_refused_when_it_is_over_the_limit() {
    let server = TestServer::start().await;
    let chunk = format!("{BODY_LIMIT:x}\r\n{}\r\n", "x".repeat(BODY_LIMIT));
    let headers = "transfer-encoding: chunked\r\nconnection: close\r\n";
    let answer = raw(&server, headers, &format!("{chunk}0\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let answer = raw(&server, headers, &format!("{chunk}1\r\nx\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_panic_fails_one_request_and_tells_nothing() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let answer = client.ask(chat(), "panic").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.error_code(), "internal_error");
    assert!(!answer.body.contains("sk-secret"), "{}", answer.body);
    server.metric(r#"gateway_requests_total{model="gpt-4o",route="chat_completions",status="500"} 1"#).await;
    server.metric("gateway_in_flight_requests 0").await;
    assert_eq!(client.ask(chat(), "hello").await.body, "hello", "the connection lives on");
}

/// Sends a request by hand and reads what comes until the server closes the connection.
async fn raw(server: &TestServer, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = format!("POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\n{headers}\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
