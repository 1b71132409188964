//! Promise 10: whatever clients do, the gateway holds a bounded amount of it, and says so early.

use std::time::Duration;

use axum::body::Body;
use bedrock_gateway::emulator::Script;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::Request;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::Instant;

use crate::client::request;
use crate::memory::{Memory, Step, beginning, ending, next, text, whole};
use crate::running::{TestGateway, chat, soon, streamed};

/// A chat request with this body.
fn upload(body: Body) -> Request<Body> {
    let mut request = request("/v1/chat/completions", Some(&chat()));
    *request.body_mut() = body;
    request
}

/// A valid request of exactly so many bytes.
fn sized(bytes: usize) -> Bytes {
    let (before, after) = (r#"{"model":"gpt-4o","messages":[{"role":"user","content":""#, r#""}]}"#);
    [before, &"x".repeat(bytes - before.len() - after.len()), after].concat().into()
}

#[tokio::test]
async fn over_the_cap_the_answer_is_an_early_503() {
    let gateway = TestGateway::with(&[("GATEWAY__SERVER__MAX_IN_FLIGHT", "2")]).await;
    let hang = || gateway.emulator.script(Script::text(["one", "two"]).hang_after(2));
    let mut streams = Vec::new();
    for _ in 0..2 {
        hang();
        streams.push(gateway.open(&streamed()).await);
    }
    for path in ["/v1/chat/completions", "/api/v1/chat/completions"] {
        // Refused before the body is even sent.
        let unsent = upload(Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>()));
        let (mut parts, body) = unsent.into_parts();
        parts.uri = path.parse().unwrap();
        let refused =
            soon(async { gateway.send(Request::from_parts(parts, body)).await.whole().await }).await;
        assert_eq!(refused.failure(), "503 server_error gateway_overloaded - 1 -");
    }
    for probe in ["/health", "/ready", "/metrics"] {
        assert_eq!(gateway.get(probe).await.status, 200, "{probe} is outside the cap");
    }
    assert_eq!(gateway.emulator.requests().len(), 2);
    assert_eq!(
        gateway.metrics("throttled_total").await,
        [
            r#"throttled_total{limit="body_total"} 0"#,
            r#"throttled_total{limit="global"} 0"#,
            r#"throttled_total{limit="in_flight"} 2"#
        ]
    );
    drop(streams.pop());
    soon(gateway.until_running((1, 1))).await;
    assert_eq!(gateway.chat(&chat()).await.status, 200, "a place that is free again is given again");
}

/// 48 MiB wait at Bedrock; what is taken of it is what the kernel's four socket buffers and ours hold.
#[tokio::test]
async fn a_client_that_does_not_read_stops_the_flow() {
    const EVENTS: usize = 3072;
    const EVENT: usize = 16 * 1024;
    const BOUND: usize = EVENTS / 2;
    let gateway = TestGateway::start().await;
    gateway.emulator.script(Script::text(vec!["x".repeat(EVENT); EVENTS]));
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut client = socket.connect(gateway.address).await.unwrap();
    let body = streamed().to_string();
    let head =
        format!("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
    client.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    client.read_exact(&mut [0; 512]).await.unwrap();
    let flooded = |sent: usize| {
        gateway.emulator.wait_for(move |call| call.outcome.events() > sent, Duration::from_millis(500))
    };
    // Half a second without an event is a flow that has stopped.
    let mut sent = 0;
    while let Some(call) = flooded(sent).await {
        sent = call.outcome.events();
        assert!(sent < BOUND, "{sent} of {EVENTS} events were taken");
    }
    assert!(sent > 0);
    drop(client);
    assert!(gateway.emulator.wait_hung_up(Duration::from_secs(1)).await.is_some());
}

/// The same to the byte: as long as nobody takes the next write, Bedrock is not asked for the next event.
#[tokio::test(start_paused = true)]
async fn row_14_what_the_client_does_not_take_is_not_asked_of_bedrock() {
    let events = (0..10_000).map(|_| Step::Bytes(text(&"x".repeat(1000))));
    let gateway = Memory::stream([Step::Bytes(beginning())].into_iter().chain(events)).gateway(&[]);
    let mut response = gateway.post(&streamed()).await;
    tokio::time::advance(Duration::from_secs(100)).await;
    assert_eq!(gateway.memory.taken(), 1, "the first event, without which there is no answer");
    let written = next(&mut response).await.unwrap().len();
    assert!(gateway.memory.taken() <= 129 && written < 256 * 1024, "{} {written}", gateway.memory.taken());
}

#[tokio::test]
async fn a_body_over_the_limit_is_a_413_with_and_without_a_length() {
    let gateway = TestGateway::with(&[("GATEWAY__SERVER__MAX_BODY", "64KiB")]).await;
    let limit = 64 * 1024;
    let chunked = |bytes: Bytes| {
        let pieces: Vec<_> =
            bytes.chunks(1000).map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece))).collect();
        Body::from_stream(stream::iter(pieces))
    };
    for (body, fits) in [
        (Body::from(sized(limit)), true),
        (chunked(sized(limit)), true),
        (Body::from(sized(limit + 1)), false),
        (chunked(sized(limit + 1)), false),
    ] {
        let answer = soon(async { gateway.send(upload(body)).await.whole().await }).await;
        if fits {
            assert_eq!(answer.status, 200, "{}", answer.text());
        } else {
            assert_eq!(answer.failure(), "413 invalid_request_error request_too_large - - -");
        }
    }
    assert_eq!(gateway.emulator.requests().len(), 2);
}

/// One request takes 60 of 64 KiB, from the moment it says so to the moment it is answered.
#[tokio::test]
async fn the_bodies_of_all_requests_together_are_bounded() {
    let gateway = TestGateway::with(&[
        ("GATEWAY__SERVER__MAX_BODY", "64KiB"),
        ("GATEWAY__SERVER__MAX_BODY_TOTAL", "64KiB"),
    ])
    .await;
    let (large, all, next) = (sized(60 * 1024), sized(64 * 1024), sized(4 * 1024 + 1));
    let send = async |body: Bytes| gateway.send(upload(body.into())).await.whole().await;
    let full = async || {
        let refused = soon(send(next.clone())).await;
        assert_eq!(refused.failure(), "503 server_error gateway_overloaded - 1 -");
        assert_eq!(soon(send(sized(4 * 1024))).await.status, 200, "one that fits");
    };

    let mut client = announced(&gateway, large.len()).await;
    full().await;
    let mut refused = TcpStream::connect(gateway.address).await.unwrap();
    assert_eq!(announce(&mut refused, next.len()).await, "HTTP/1.1 503", "and is spared the upload");

    gateway.emulator.script(Script::hang());
    client.write_all(&large).await.unwrap();
    let bytes = large.len();
    let asked = gateway.emulator.wait_for(move |call| call.body.len() > bytes / 2, Duration::from_secs(5));
    assert!(asked.await.is_some(), "the upload has become a request to Bedrock, which has not answered");
    full().await;
    drop(client);
    soon(gateway.until_running((0, 0))).await;
    assert_eq!(soon(send(all.clone())).await.status, 200, "a client that left gives all of it back");

    drop(announced(&gateway, large.len()).await);
    soon(gateway.until_running((0, 0))).await;
    let mut stream = streamed();
    stream["messages"][0]["content"] = "x".repeat(60 * 1024).into();
    gateway.emulator.script(Script::text(["one", "two"]).hang_after(1));
    let stream = gateway.open(&stream).await;
    assert_eq!(stream.status, 200, "so does one that left while it sent");
    assert_eq!(soon(send(all)).await.status, 200, "a stream that has begun needs its body no more");
    drop(stream);
    let counted = gateway.metrics("throttled_total{limit=\"body_total\"}").await;
    assert_eq!(counted, [r#"throttled_total{limit="body_total"} 3"#]);
}

/// A client that has said how much it will send, and has been told to.
async fn announced(gateway: &TestGateway, length: usize) -> TcpStream {
    let mut client = TcpStream::connect(gateway.address).await.unwrap();
    assert_eq!(announce(&mut client, length).await, "HTTP/1.1 100");
    client.read_exact(&mut [0; " Continue\r\n\r\n".len()]).await.unwrap();
    client
}

/// Says how much will be sent, and reads the status that this gets.
async fn announce(client: &mut TcpStream, length: usize) -> String {
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n";
    client.write_all(format!("{head}content-length: {length}\r\n\r\n").as_bytes()).await.unwrap();
    let mut status = [0; "HTTP/1.1 100".len()];
    soon(client.read_exact(&mut status)).await.unwrap();
    String::from_utf8(status.into()).unwrap()
}

/// `Expect: 100-continue` asks before it uploads, and a body that would be refused is not asked for.
#[tokio::test]
async fn a_client_that_asks_first_is_spared_the_upload() {
    let gateway = TestGateway::with(&[("GATEWAY__SERVER__MAX_BODY", "64KiB")]).await;
    let body = chat().to_string();
    for (length, first) in [(body.len(), "HTTP/1.1 100 Continue\r\n"), (1_000_000, "HTTP/1.1 413 ")] {
        let mut client = TcpStream::connect(gateway.address).await.unwrap();
        let head =
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\nconnection: close\r\n";
        client.write_all(format!("{head}content-length: {length}\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = vec![0; first.len()];
        soon(client.read_exact(&mut answer)).await.unwrap();
        assert_eq!(str::from_utf8(&answer).unwrap(), first);
        if length == body.len() {
            client.write_all(body.as_bytes()).await.unwrap();
            let mut rest = String::new();
            soon(client.read_to_string(&mut rest)).await.unwrap();
            assert!(rest.trim_start().starts_with("HTTP/1.1 200 "), "{rest}");
        }
    }
}

#[tokio::test]
async fn streams_at_the_same_time_do_not_mix() {
    let gateway = TestGateway::start().await;
    let calls = (0..200).map(|number| {
        let mut body = if number % 3 == 0 { chat() } else { streamed() };
        body["messages"][0]["content"] = format!("I am number {number}.").into();
        let gateway = &gateway;
        async move {
            let answer = gateway.chat(&body).await;
            let content = match number % 3 {
                0 => answer.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned(),
                _ => answer.transcript().content(),
            };
            assert!(
                content.ends_with(&format!("You said: \"I am number {number}.\".")),
                "{number}: {content}"
            );
        }
    });
    futures_util::future::join_all(calls).await;
    assert_eq!(gateway.emulator.requests().len(), 200);
}

/// The answer comes while the client is still sending, and must not be lost with the rest of the upload.
#[tokio::test]
async fn a_huge_upload_gets_its_413_too() {
    let gateway = TestGateway::with(&[("GATEWAY__SERVER__MAX_BODY", "64KiB")]).await;
    for _ in 0..5 {
        let body = Body::from(vec![b' '; 8 * 1024 * 1024]);
        let answer = soon(async { gateway.send(upload(body)).await.whole().await }).await;
        assert_eq!(answer.failure(), "413 invalid_request_error request_too_large - - -");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stops_sending_is_a_408() {
    let gateway = Memory::stream([Step::Bytes(beginning()), Step::Bytes(ending())]).gateway(&[]);
    let began = Instant::now();
    let stuck =
        stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{\"model\":"))]).chain(stream::pending());
    let answer = whole(gateway.send(upload(Body::from_stream(stuck))).await).await;
    assert_eq!(answer.failure(), "408 invalid_request_error request_timeout - - -");
    assert_eq!((began.elapsed(), gateway.memory.calls()), (Duration::from_secs(30), 0));
}

#[tokio::test(start_paused = true)]
async fn the_global_rate_refuses_with_the_time_to_wait() {
    let gateway = Memory::stream([Step::Bytes(beginning()), Step::Bytes(ending())]).gateway(&[
        ("GATEWAY__PERFORMANCE__API_GATEWAY__THROTTLING__RATE_LIMIT", "0.5"),
        ("GATEWAY__PERFORMANCE__API_GATEWAY__THROTTLING__BURST_LIMIT", "3"),
    ]);
    for _ in 0..3 {
        assert_eq!(gateway.answer(&chat()).await.status, 200);
    }
    let refused = gateway.answer(&streamed()).await;
    assert_eq!(refused.failure(), "429 rate_limit_error rate_limit_exceeded - 2 -");
    tokio::time::advance(Duration::from_millis(1999)).await;
    assert_eq!(gateway.answer(&chat()).await.header("retry-after"), Some("1"));
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(gateway.answer(&chat()).await.status, 200);
    assert_eq!(gateway.answer(&chat()).await.status, 429);
    assert_eq!(gateway.memory.calls(), 4);
    let counted = gateway.parts.metrics.render();
    assert!(counted.contains("gateway_throttled_total{limit=\"global\"} 3\n"), "{counted}");
    let probe = gateway.send(request("/health", None)).await;
    assert_eq!(probe.status(), 200, "probes are not counted");
}
