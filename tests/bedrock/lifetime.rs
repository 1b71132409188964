//! Connections and time: reuse, hang-ups, and the deadlines before the body.

use std::time::Duration;

use bedrock_gateway::bedrock::{Deadlines, FaultKind, Frames, Operation, Settings, Stage, whole};
use tokio::net::TcpListener;

use crate::server::{Server, Step, answer, chunk, stream_end, stream_head};
use crate::{BOTH, call, connected, event, sdk_config, send, settings, soon, transport};

#[tokio::test]
async fn calls_in_sequence_share_one_connection() {
    let server = Server::start(|number, _| match number {
        1 => vec![stream_head(), chunk(&event("messageStart", "{}")), stream_end()],
        2 => answer(400, "x-amzn-errortype: ValidationException\r\n", r#"{"message":"No."}"#),
        3 => answer(503, "x-amzn-errortype: ServiceUnavailableException\r\n", r#"{"message":"No."}"#),
        _ => answer(200, "", "{}"),
    })
    .await;
    let transport = transport(&server).await;
    for number in 0..5 {
        let operation = if number == 1 { Operation::ConverseStream } else { Operation::Converse };
        match send(&transport, operation).await {
            Ok(reply) if number == 1 => {
                let mut frames = Frames::new(reply, &Deadlines::default()).unwrap();
                while frames.next().await.transpose().unwrap().is_some() {}
            }
            Ok(reply) => drop(whole(reply, &Deadlines::default(), 100).await.unwrap()),
            Err(fault) => assert!(number == 2 || number == 3, "{fault}"),
        }
    }
    assert_eq!((server.counts().requests, server.counts().connections), (5, 1));
}

#[tokio::test]
async fn a_stream_that_is_dropped_closes_the_upstream_at_once() {
    let server =
        Server::start(|_, _| vec![stream_head(), chunk(&event("messageStart", "{}")), Step::Hold]).await;
    let reply = send(&transport(&server).await, Operation::ConverseStream).await.unwrap();
    let mut frames = Frames::new(reply, &Deadlines::default()).unwrap();
    frames.next().await.unwrap().unwrap();
    drop(frames);
    // The server sends nothing more, so it is the drop itself that is noticed.
    soon(server.until(|counts| counts.hangups == 1)).await;
}

#[tokio::test]
async fn a_call_that_is_dropped_before_its_head_closes_the_upstream_at_once() {
    for operation in BOTH {
        let server = Server::start(|_, _| vec![Step::Hold]).await;
        let transport = transport(&server).await;
        let mut call = transport.call(call(operation, "m", "{}"));
        tokio::select! {
            _ = &mut call => panic!("there is no answer"),
            () = soon(server.until(|counts| counts.requests == 1)) => {}
        }
        drop(call);
        soon(server.until(|counts| counts.hangups == 1)).await;
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_a_connection_fault() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let transport = connected(&sdk_config().build(), &settings(&url)).await.unwrap();
    for operation in BOTH {
        let fault = soon(send(&transport, operation)).await.unwrap_err();
        assert_eq!((&fault.kind, fault.status), (&FaultKind::Connection, None));
        assert!(fault.message.contains("refused"), "{fault}");
    }
}

/// The clock is stopped only when the request has arrived, so the sockets have no part in the time that
/// passes.
#[tokio::test]
async fn an_answer_that_does_not_come_misses_the_head_deadline() {
    for operation in BOTH {
        let server = Server::start(|_, _| vec![Step::Hold]).await;
        let transport = transport(&server).await;
        let mut call = transport.call(call(operation, "m", "{}"));
        tokio::select! {
            _ = &mut call => panic!("there is no answer"),
            () = server.until(|counts| counts.requests == 1) => {}
        }
        tokio::time::pause();
        let started = tokio::time::Instant::now();
        let fault = call.await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Timeout(Stage::Head));
        assert_eq!(fault.message, "no answer from Bedrock within 900 s");
        // Some of the 900 s passed before the clock was stopped.
        assert!((890..=900).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
        tokio::time::resume();
        soon(server.until(|counts| counts.hangups == 1)).await;
    }
}

/// A listener that accepts and then says nothing leaves the TLS handshake hanging.
#[tokio::test]
async fn a_handshake_that_does_not_end_misses_the_connect_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let transport = connected(&sdk_config().build(), &settings(&url)).await.unwrap();
    let mut call = transport.call(call(Operation::Converse, "m", "{}"));
    let silent = tokio::select! {
        _ = &mut call => panic!("there is no answer"),
        accepted = listener.accept() => accepted.unwrap(),
    };
    tokio::time::pause();
    let started = tokio::time::Instant::now();
    let fault = call.await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Timeout(Stage::Connect), "{fault}");
    // Less than the whole limit is left when the clock stops.
    assert!((4..=5).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    drop(silent);
}

#[tokio::test]
async fn a_silent_stream_misses_the_gap_deadline_over_a_real_connection() {
    let server =
        Server::start(|_, _| vec![stream_head(), chunk(&event("messageStart", "{}")), Step::Hold]).await;
    let deadlines = Deadlines { gap: Duration::from_millis(50), ..Deadlines::default() };
    let settings = Settings { deadlines, ..settings(&server.url) };
    let transport = connected(&sdk_config().build(), &settings).await.unwrap();
    let reply = send(&transport, Operation::ConverseStream).await.unwrap();
    let mut frames = Frames::new(reply, &deadlines).unwrap();
    frames.next().await.unwrap().unwrap();
    let fault = soon(frames.next()).await.unwrap().unwrap_err();
    assert_eq!(fault.kind, FaultKind::Timeout(Stage::Gap));
    drop(frames);
    soon(server.until(|counts| counts.hangups == 1)).await;
}
