//! Bytes in and bytes out: both operations, URLs, what is carried untouched.

use bedrock_gateway::bedrock::{Deadlines, FaultKind, Frames, Operation, StartError, whole};

use crate::server::{Server, Step, answer, chunk, stream_end, stream_head};
use crate::{BOTH, call, connected, event, sdk_config, send, settings, soon, transport};

#[tokio::test]
async fn converse_carries_unknown_members_both_ways_to_the_byte() {
    const REQUEST: &str = r#"{ "messages" : [], "brandNew":{"deep":[1, 2.50]} }"#;
    const ANSWER: &str = r#"{"output": null,  "brandNewToo": 1.10}"#;
    let server = Server::start(|_, _| answer(200, "content-type: application/json\r\n", ANSWER)).await;
    let sent = call(Operation::Converse, "us.amazon.nova-lite-v1:0", REQUEST);
    let reply = transport(&server).await.call(sent).await.unwrap();
    assert_eq!(reply.request_id.as_deref(), Some("r-1"));
    assert_eq!(reply.content_type.as_deref(), Some("application/json"));
    assert_eq!(whole(reply, &Deadlines::default(), 1000).await.unwrap(), ANSWER);

    let [seen] = server.seen().try_into().unwrap();
    assert_eq!(seen.target, "/model/us.amazon.nova-lite-v1%3A0/converse");
    assert_eq!(seen.body, REQUEST.as_bytes());
    assert_eq!(seen.header("content-length"), Some(&*REQUEST.len().to_string()));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("host"), server.url.strip_prefix("http://"));
}

#[tokio::test]
async fn converse_stream_carries_unknown_events_and_members() {
    let server = Server::start(|_, _| {
        let events = [
            event("messageStart", r#"{"role":"assistant","p":"abcd"}"#),
            event("brandNewEvent", r#"{"x":1.10}"#),
            event("messageStop", r#"{"stopReason":"end_turn"}"#),
        ]
        .concat();
        let (first, second) = events.split_at(7);
        vec![stream_head(), chunk(first), chunk(second), stream_end()]
    })
    .await;
    let reply = send(&transport(&server).await, Operation::ConverseStream).await.unwrap();
    assert_eq!(reply.request_id.as_deref(), Some("r-1"));
    let mut frames = Frames::new(reply, &Deadlines::default()).unwrap();
    let mut found = Vec::new();
    while let Some(frame) = frames.next().await {
        let frame = frame.unwrap();
        found.push((frame.event_type.to_string(), String::from_utf8(frame.payload.to_vec()).unwrap()));
    }
    let expected = [
        ("messageStart", r#"{"role":"assistant","p":"abcd"}"#),
        ("brandNewEvent", r#"{"x":1.10}"#),
        ("messageStop", r#"{"stopReason":"end_turn"}"#),
    ];
    assert_eq!(found, expected.map(|(name, payload)| (name.to_owned(), payload.to_owned())));
    let [seen] = server.seen().try_into().unwrap();
    assert_eq!(seen.target, "/model/amazon.nova-lite-v1%3A0/converse-stream");
}

#[tokio::test]
async fn a_path_in_the_endpoint_is_kept() {
    for suffix in ["/prefix/x", "/prefix/x/"] {
        let server = Server::start(|_, _| answer(200, "", "{}")).await;
        let settings = settings(&format!("{}{suffix}", server.url));
        let transport = connected(&sdk_config().build(), &settings).await.unwrap();
        send(&transport, Operation::Converse).await.unwrap();
        assert_eq!(server.seen()[0].target, "/prefix/x/model/amazon.nova-lite-v1%3A0/converse");
    }
}

#[tokio::test]
async fn an_answer_of_another_kind_is_no_stream() {
    let server = Server::start(|_, _| answer(200, "content-type: application/json\r\n", "{}")).await;
    let reply = send(&transport(&server).await, Operation::ConverseStream).await.unwrap();
    assert_eq!(Frames::new(reply, &Deadlines::default()).unwrap_err().kind, FaultKind::Protocol);
}

#[tokio::test]
async fn a_connection_cut_inside_a_body_is_a_connection_fault() {
    let server = Server::start(|number, _| match number {
        0 => vec![Step::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"out".to_vec()), Step::Cut],
        _ => vec![stream_head(), chunk(&event("messageStart", "{}")), Step::Cut],
    })
    .await;
    let transport = transport(&server).await;
    let reply = send(&transport, Operation::Converse).await.unwrap();
    let fault = whole(reply, &Deadlines::default(), 1000).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Connection, "{fault}");

    let reply = send(&transport, Operation::ConverseStream).await.unwrap();
    let mut frames = Frames::new(reply, &Deadlines::default()).unwrap();
    frames.next().await.unwrap().unwrap();
    let fault = frames.next().await.unwrap().unwrap_err();
    assert_eq!((fault.kind, fault.request_id.as_deref()), (FaultKind::Connection, Some("r-1")));
    assert!(frames.next().await.is_none());
}

#[tokio::test]
async fn a_server_that_hangs_up_without_an_answer_is_asked_once() {
    for operation in BOTH {
        let server = Server::start(|_, _| vec![Step::Cut]).await;
        let fault = soon(send(&transport(&server).await, operation)).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Connection, "{fault}");
        assert_eq!(server.counts().requests, 1);
    }
}

#[tokio::test]
async fn a_target_without_region_or_with_a_senseless_endpoint_does_not_start() {
    let nowhere = connected(&aws_config::SdkConfig::builder().build(), &settings("http://localhost")).await;
    assert!(matches!(nowhere.err().unwrap(), StartError::NoRegion));
    for url in ["localhost:8000", "ftp://localhost", "/path", "", "http://"] {
        let error = connected(&sdk_config().build(), &settings(url)).await.err().unwrap();
        assert!(error.to_string().contains(&format!("`{url}`")), "{error}");
    }
}

#[tokio::test]
async fn an_id_that_would_not_be_in_the_path_is_refused_by_its_name() {
    let server = Server::start(|_, _| answer(200, "", "{}")).await;
    for operation in [Operation::Converse, Operation::ConverseStream, Operation::GetInferenceProfile] {
        for id in ["", ".", ".."] {
            let fault = transport(&server).await.call(call(operation, id, "{}")).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::Invalid { param: Some("model".to_owned()) });
        }
    }
    assert_eq!(server.counts().requests, 0);
}
