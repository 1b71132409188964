//! Promises 4 and 5: one request of a client is one call to Bedrock, and a client that hangs up ends it at once.

use std::time::Duration;

use axum::body::Body;
use bedrock_gateway::emulator::{End, Event, Outcome, Script};
use http::Request;
use http_body_util::BodyExt as _;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use crate::client::{request, send};
use crate::logs;
use crate::memory::{Memory, Step, beginning, next, text};
use crate::running::{PATIENCE, TestGateway, chat, soon, streamed};
use crate::sse::Transcript;

/// How soon Bedrock must be rid of a call that nobody waits for any more.
const AT_ONCE: Duration = Duration::from_secs(1);

fn named(id: &str, body: &Value) -> Request<Body> {
    let mut request = request("/v1/chat/completions", Some(body));
    request.headers_mut().insert("x-request-id", id.parse().unwrap());
    request
}

/// What the books say of a call whose client left.
async fn assert_cancelled(id: &str, status: u16) {
    let line = logs::line(id).await;
    assert_eq!((&line["outcome"], &line["status"]), (&json!("cancelled"), &json!(status)), "{line}");
    assert_eq!(line.get("error_code"), None, "{line}");
}

#[tokio::test]
async fn hanging_up_in_mid_stream_closes_the_upstream() {
    let gateway = TestGateway::start().await;
    gateway.emulator.script(Script::text(["one ", "two ", "three"]).hang_after(3));
    let mut open = gateway.send(named("cancel-stream", &streamed())).await;
    soon(open.read_until("two")).await;
    assert_eq!(gateway.running(), (1, 1));
    drop(open);
    let call = gateway.emulator.wait_hung_up(AT_ONCE).await.unwrap();
    assert_eq!(call.outcome, Outcome::HungUp { events: 3 });
    assert_cancelled("cancel-stream", 200).await;
    let outcomes = gateway.metrics("stream_outcomes_total").await;
    assert_eq!(
        outcomes,
        [
            r#"stream_outcomes_total{outcome="cancelled"} 1"#,
            r#"stream_outcomes_total{outcome="error"} 0"#,
            r#"stream_outcomes_total{outcome="ok"} 0"#,
        ]
    );
}

#[tokio::test]
async fn hanging_up_before_there_is_an_answer_closes_the_upstream() {
    let gateway = TestGateway::start().await;
    let whole = Script::text(["late"]).end(End::HangAfter { events: 0 });
    for (id, body, script) in [
        ("cancel-before-head", streamed(), Script::hang()),
        ("cancel-before-event", streamed(), Script::text(["late"]).hang_after(0)),
        ("cancel-whole", chat(), Script::hang()),
        ("cancel-whole-body", chat(), whole),
    ] {
        gateway.emulator.clear_requests();
        gateway.emulator.script(script);
        tokio::select! {
            _ = send(gateway.address, named(id, &body)) => panic!("{id} was answered"),
            call = gateway.emulator.wait_for(|_| true, PATIENCE) => assert!(call.is_some()),
        }
        assert!(gateway.emulator.wait_hung_up(AT_ONCE).await.is_some(), "{id}");
        assert_cancelled(id, 499).await;
    }
    let cancelled = r#"requests_total{model="amazon.nova-pro-v1:0",route="chat_completions",status="499"} 4"#;
    assert!(gateway.metrics("requests_total").await.contains(&cancelled.to_owned()));
}

#[tokio::test]
async fn an_upload_that_breaks_off_never_reaches_bedrock() {
    let gateway = TestGateway::start().await;
    let mut stream = tokio::net::TcpStream::connect(gateway.address).await.unwrap();
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-request-id: cancel-upload\r\ncontent-length: 99\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    soon(gateway.until_running((1, 0))).await;
    drop(stream);
    let line = logs::line("cancel-upload").await;
    assert_eq!((&line["error_code"], &line["status"]), (&json!("unreadable_body"), &json!(400)), "{line}");
    assert!(gateway.emulator.requests().is_empty());
}

/// A reset of one HTTP/2 stream is a client that hung up; the connection and its other streams go on.
#[tokio::test]
async fn one_stream_of_a_connection_can_be_given_up_alone() {
    let gateway = TestGateway::start().await;
    let stream = tokio::net::TcpStream::connect(gateway.address).await.unwrap();
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.unwrap();
    let connection = tokio::spawn(connection);
    let mut open = Vec::new();
    for id in ["h2-left", "h2-stays"] {
        gateway.emulator.script(Script::text(["one ", "two"]).delay_before(2, Duration::from_millis(300)));
        let mut request = named(id, &streamed());
        *request.uri_mut() = "http://gateway/v1/chat/completions".parse().unwrap();
        request.headers_mut().remove("host");
        open.push(soon(sender.send_request(request)).await.unwrap());
    }
    let [left, stays] = open.try_into().unwrap();
    drop(left);
    assert!(gateway.emulator.wait_hung_up(AT_ONCE).await.is_some());
    assert_cancelled("h2-left", 200).await;
    let whole = soon(stays.into_body().collect()).await.unwrap().to_bytes();
    let transcript = Transcript::parse(str::from_utf8(&whole).unwrap());
    assert_eq!((transcript.content().as_str(), transcript.is_done()), ("one two", true));
    drop(sender);
    soon(connection).await.unwrap().unwrap();
}

/// Dropping the body of the answer is enough: nothing has to be polled for Bedrock to be rid of the call.
#[tokio::test(start_paused = true)]
async fn the_upstream_goes_in_the_same_instant_as_the_client() {
    let gateway =
        Memory::stream([Step::Bytes(beginning()), Step::Bytes(text("one")), Step::Hang]).gateway(&[]);
    let mut response = gateway.post(&streamed()).await;
    assert!(next(&mut response).await.unwrap().contains("one"));
    assert_eq!((gateway.memory.open(), gateway.parts.metrics.running()), (1, (1, 1)));
    drop(response);
    assert_eq!((gateway.memory.open(), gateway.parts.metrics.running()), (0, (0, 0)));
}

/// A client that read to `[DONE]` and left is no cancellation, whatever the connection does afterwards.
#[tokio::test]
async fn leaving_after_the_end_is_no_cancellation() {
    let gateway = TestGateway::start().await;
    // Bedrock leaves its side open after the last event.
    let events = Script::text(["one"]).to_events().len();
    gateway.emulator.script(Script::text(["one"]).hang_after(events));
    let mut open = gateway.send(named("read-to-done", &streamed())).await;
    soon(open.read_until("[DONE]")).await;
    drop(open);
    let line = logs::line("read-to-done").await;
    assert_eq!(line["outcome"], "ok", "{line}");
}

#[tokio::test]
async fn one_request_is_one_call_however_it_ends() {
    let gateway = TestGateway::start().await;
    let throttled = || Script::failure(429, "ThrottlingException", "slow");
    for (body, script) in [
        (streamed(), Script::text(["a", "b"]).cut_after(2)),
        (streamed(), Script::text(["a", "b"]).exception_after(2, "throttlingException", "slow")),
        (streamed(), Script::text(["a", "b"]).exception_after(0, "throttlingException", "slow")),
        (streamed(), Script::text(["a", "b"]).end_after(2)),
        (streamed(), Script::text(["a"]).cut_after(0)),
        (streamed(), Script::events([Event::Bytes { base64: "AAAA".to_owned() }])),
        (streamed(), throttled()),
        (chat(), throttled()),
        (chat(), Script::failure(503, "ServiceUnavailableException", "no")),
        (chat(), Script::text(["a"]).cut_after(0)),
    ] {
        gateway.emulator.clear_requests();
        let shown = format!("{script:?}");
        gateway.emulator.script(script);
        gateway.chat(&body).await;
        assert_eq!(gateway.emulator.requests().len(), 1, "{shown}");
    }
}
