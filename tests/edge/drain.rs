//! The end of the process as clients see it (design §5, promise 7). The clock stands still and is moved by hand.

use crate::support::{Client, TestServer, chat, get_, piece, stop_clock, until, whole};
use http::StatusCode;
use std::time::Duration;
use tokio::time::advance;

const DELAY: Duration = Duration::from_secs(5);
const DEADLINE: Duration = Duration::from_secs(300);
/// Timers have a granularity of a millisecond.
const MOMENT: Duration = Duration::from_millis(5);

/// Waits until nobody listens any more.
async fn refused(server: &TestServer) {
    until("connection refused", async || Client::connect(server.address).await.is_err()).await;
}

/// Stops the server and waits until it says so.
async fn stop(server: &TestServer) {
    server.stop.request();
    until("not ready", async || server.ask(get_("/ready"), "").await.status != StatusCode::OK).await;
}

#[tokio::test]
async fn a_deploy_loses_no_stream_shorter_than_the_deadline() {
    let mut server = TestServer::start().await;
    let mut idle = server.client().await;
    assert_eq!(idle.ask(get_("/ready"), "").await.status, StatusCode::OK);
    let mut client = server.client().await;
    let mut response = client.open(chat(), "stream").await;
    let stream = server.streams.recv().await.unwrap();
    let _clock = stop_clock();

    stop(&server).await;
    let unready = server.ask(get_("/ready"), "").await;
    assert_eq!((unready.status, &*unready.body), (StatusCode::SERVICE_UNAVAILABLE, "draining"));
    advance(DELAY - MOMENT).await;
    assert_eq!(server.ask(chat(), "late").await.body, "late", "new work is taken during the delay");

    advance(2 * MOMENT).await;
    refused(&server).await;
    idle.closed().await;
    advance(DEADLINE - 2 * MOMENT).await;
    stream.send("data: last\n\n").await;
    assert_eq!(piece(&mut response).await.unwrap(), "data: last\n\n");
    drop(stream);
    assert_eq!(piece(&mut response).await, None);
    client.closed().await;
    let drained = server.drained.await.unwrap();
    assert_eq!((drained.cut, drained.exit_code()), (0, 0));
}

#[tokio::test]
async fn what_outlives_the_deadline_is_told_so() {
    let mut server = TestServer::start().await;
    let (mut first, mut second) = (server.client().await, server.client().await);
    let mut stream = first.open(chat(), "stream").await;
    let _handler = server.streams.recv().await.unwrap();
    let waiting = second.open(chat(), "hang");
    tokio::pin!(waiting);
    let call = tokio::select! {
        _ = &mut waiting => panic!("a call that hangs has answered"),
        call = server.streams.recv() => call.unwrap(),
    };
    let _clock = stop_clock();
    stop(&server).await;
    advance(DELAY + MOMENT).await;
    refused(&server).await;
    advance(DEADLINE + MOMENT).await;

    assert_eq!(piece(&mut stream).await.unwrap(), "data: {\"error\":{}}\n\n");
    assert_eq!(piece(&mut stream).await, None);
    let answer = whole(waiting.await).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.error_code(), "gateway_shutting_down");
    assert_eq!(answer.header("connection"), "close");
    call.closed().await;
    server.metric("gateway_stream_outcomes_total{outcome=\"error\"} 1").await;
    let drained = server.drained.await.unwrap();
    assert_eq!((drained.cut, drained.exit_code()), (2, 3));
}

#[tokio::test]
async fn a_client_that_reads_nothing_cannot_hold_the_process() {
    let mut server = TestServer::start().await;
    let mut client = server.client().await;
    let _response = client.open(chat(), "stream").await;
    let stream = server.streams.recv().await.unwrap();
    let _clock = stop_clock();
    // More than the buffers of both ends take, so that the error frame cannot be written.
    let big: &'static str = Box::leak("x".repeat(1 << 20).into_boxed_str());
    let fill = async {
        loop {
            stream.send(big).await;
        }
    };
    tokio::select! {
        () = fill => {}
        () = stuck(&server) => {}
    }
    stop(&server).await;
    server.stop.request();
    until("the cut", async || server.life.is_cut()).await;
    advance(Duration::from_secs(2) + MOMENT).await;
    assert_eq!(server.drained.await.unwrap().exit_code(), 3);
    assert_eq!(server.life.calls_cut(), 0, "the stream was never asked for its last words");
}

/// Long enough for the stream to fill every buffer: other requests are answered in turn with it.
async fn stuck(server: &TestServer) {
    for _ in 0..500 {
        server.ask(get_("/health"), "").await;
    }
}
