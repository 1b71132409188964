//! The SDK's own frame decoder agrees with the emulator's encoder, CRCs included.

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use bedrock_gateway::emulator::{Event, Script, Settings, Writes};
use bytes::BytesMut;
use serde_json::{Value, json};

use crate::support::{MODEL, path, post, start};

/// Header names and payload of each frame.
fn decode(bytes: &[u8]) -> Vec<(Vec<(String, String)>, Value)> {
    let (mut decoder, mut buffer, mut frames) =
        (MessageFrameDecoder::new(), BytesMut::from(bytes), Vec::new());
    while let DecodedFrame::Complete(message) = decoder.decode_frame(&mut buffer).expect("sound frames") {
        let header = |h: &aws_smithy_types::event_stream::Header| {
            let value = h.value().as_string().expect("a string header");
            (h.name().as_str().to_owned(), value.as_str().to_owned())
        };
        let headers = message.headers().iter().map(header).collect();
        frames.push((headers, serde_json::from_slice(message.payload()).unwrap_or(Value::Null)));
    }
    assert!(buffer.is_empty(), "{} bytes are left over", buffer.len());
    frames
}

fn named(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[tokio::test]
async fn events_exceptions_and_errors_decode_with_their_headers() {
    let emulator = start(Settings::default()).await;
    emulator.script(Script::events([
        Event::text(0, "Grüße"),
        Event::new("somethingNew", json!({"from": "tomorrow"})),
        Event::Exception { kind: "throttlingException".to_owned(), payload: json!({"message": "slow down"}) },
        Event::Error { code: "InternalFailure".to_owned(), message: "oh".to_owned() },
    ]));
    let request = json!({"messages": [{"role": "user", "content": [{"text": "Hi"}]}]});
    let (status, _, response) = post(&emulator, &path(MODEL, "converse-stream"), &request).await;
    assert_eq!(status, 200);
    assert_eq!(response.headers()["content-type"], "application/vnd.amazon.eventstream");
    let frames = decode(response.body());
    let json = named(":content-type", "application/json");
    let event = named(":message-type", "event");
    assert_eq!(frames[0].0, [named(":event-type", "contentBlockDelta"), json.clone(), event]);
    assert_eq!(frames[0].1["delta"]["text"], "Grüße");
    assert!(frames.iter().take(2).all(|(_, payload)| payload["p"].as_str().is_some_and(|p| !p.is_empty())));
    assert_eq!(frames[1].0[0], named(":event-type", "somethingNew"));
    let exception = named(":message-type", "exception");
    assert_eq!(frames[2].0, [named(":exception-type", "throttlingException"), json, exception]);
    assert_eq!(frames[2].1, json!({"message": "slow down"}));
    assert_eq!(frames[3].0[2], named(":message-type", "error"));
}

#[tokio::test]
async fn however_bytes_are_cut_the_frames_are_the_same() {
    let emulator = start(Settings::default()).await;
    let request = json!({"messages": [{"role": "user", "content": [{"text": "Hi"}]}]});
    let texts = |frames: &[(Vec<_>, Value)]| -> Vec<Value> {
        frames.iter().map(|(_, payload)| payload["delta"]["text"].clone()).collect()
    };
    let mut seen = Vec::new();
    for writes in
        [Writes::PerEvent, Writes::Burst, Writes::Bytes(1), Writes::Bytes(7), Writes::SplitAt(vec![5])]
    {
        emulator.script(Script::text(["one ", "two"]).writes(writes));
        let (_, _, response) = post(&emulator, &path(MODEL, "converse-stream"), &request).await;
        seen.push(texts(&decode(response.body())));
    }
    assert_eq!(seen[0].len(), 6);
    assert!(seen.iter().all(|texts| *texts == seen[0]), "{seen:?}");
}
