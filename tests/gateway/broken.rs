//! Promise 1: a stream that broke is never made to look finished. However it breaks, the client gets what came before,
//! then an error frame, no finish reason and no `[DONE]`, and the HTTP body ends as it should.

use base64::Engine as _;
use bedrock_gateway::emulator::{End, Event, Script};
use serde_json::json;

use crate::client::failure;
use crate::memory::{Memory, Step, beginning, ending, frame, message, text};
use crate::running::{TestGateway, streamed};
use crate::sse::Transcript;

const PROTOCOL: &str = "server_error upstream_protocol_error -";
const CONNECTION: &str = "server_error upstream_connection_error -";
const TIMEOUT: &str = "server_error upstream_timeout -";

/// messageStart, three text deltas (events 1 to 3), the block's stop, messageStop, metadata.
fn script() -> Script {
    Script::text(["one ", "two ", "three"])
}

fn bytes(bytes: impl AsRef<[u8]>) -> Event {
    Event::Bytes { base64: base64::engine::general_purpose::STANDARD.encode(bytes) }
}

/// A frame whose last payload byte was changed on the way.
fn corrupted() -> Vec<u8> {
    let mut frame = text("wrong").to_vec();
    let place = frame.len() - 5;
    frame[place] ^= 1;
    frame
}

fn assert_broken(transcript: &Transcript, content: &str, error: &str, how: &str) {
    assert_eq!(transcript.content(), content, "{how}");
    assert_eq!(
        failure(transcript.error().unwrap_or_else(|| panic!("{how}: {transcript:?}"))),
        error,
        "{how}"
    );
    assert_eq!(transcript.finish_reasons(), Vec::<&str>::new(), "{how}");
    assert!(!transcript.is_done(), "{how}");
}

#[tokio::test]
async fn every_way_of_breaking_is_told() {
    let gateway = TestGateway::with(&[("GATEWAY__UPSTREAM__DEADLINES__GAP", "100ms")]).await;
    let after = |events, event| End::EventAfter { events, event };
    for (end, content, error) in [
        (End::CutAfter { events: 1 }, "", CONNECTION),
        (End::CutAfter { events: 3 }, "one two ", CONNECTION),
        (End::CutAfter { events: 5 }, "one two three", CONNECTION),
        (End::CutInside { event: 3, bytes: 5 }, "one two ", CONNECTION),
        (End::CutInside { event: 3, bytes: 60 }, "one two ", CONNECTION),
        (End::CleanAfter { events: 1 }, "", PROTOCOL),
        (End::CleanAfter { events: 3 }, "one two ", PROTOCOL),
        (End::CleanAfter { events: 5 }, "one two three", PROTOCOL),
        (End::HangAfter { events: 3 }, "one two ", TIMEOUT),
        (after(3, bytes("garbage that is no frame")), "one two ", PROTOCOL),
        (after(3, bytes(&text("half")[..20])), "one two ", PROTOCOL),
        (after(3, bytes(corrupted())), "one two ", PROTOCOL),
        (after(3, bytes(vec![0xff; 64])), "one two ", PROTOCOL),
        (after(3, bytes(frame("contentBlockDelta", &json!({"delta": 7})))), "one two ", PROTOCOL),
        (after(3, bytes(frame("messageStop", &json!({})))), "one two ", PROTOCOL),
        (
            after(3, bytes(frame("throttlingException", &json!({"message": "slow"})))),
            "one two ",
            "rate_limit_error rate_limit_exceeded -",
        ),
        (
            after(3, bytes(message(&[(":message-type", "error")], ""))),
            "one two ",
            "server_error internal_error -",
        ),
    ] {
        let how = format!("{end:?}");
        gateway.emulator.script(script().end(end));
        let answer = gateway.chat(&streamed()).await;
        assert_eq!(answer.status, 200, "{how}");
        assert_broken(&answer.transcript(), content, error, &how);
    }
    let outcomes = gateway.metrics("stream_outcomes_total").await;
    assert_eq!(
        outcomes,
        [
            r#"stream_outcomes_total{outcome="cancelled"} 0"#,
            r#"stream_outcomes_total{outcome="error"} 17"#,
            r#"stream_outcomes_total{outcome="ok"} 0"#
        ]
    );
}

#[tokio::test]
async fn a_truncated_tool_call_is_not_delivered_as_one() {
    let gateway = TestGateway::start().await;
    let call = Script::tool_use("tooluse_1", "get_weather", [r#"{"ci"#, r#"ty":"#, r#""Oslo"}"#]);
    gateway.emulator.script(call.end_after(3));
    let transcript = gateway.chat(&streamed()).await.transcript();
    assert_broken(&transcript, "", PROTOCOL, "after a piece of the arguments");
    assert!(transcript.deltas().any(|delta| delta["tool_calls"][0]["function"]["arguments"] == "{\"ci"));
}

/// The finish reason has gone out by then, and it is true; that the usage which was asked for will never come is told.
#[tokio::test]
async fn a_stream_without_the_usage_that_was_asked_for_has_no_done() {
    let gateway = TestGateway::start().await;
    let mut body = streamed();
    body["stream_options"] = json!({"include_usage": true});
    for end in [End::CleanAfter { events: 6 }, End::CutAfter { events: 6 }] {
        gateway.emulator.script(script().end(end));
        let transcript = gateway.chat(&body).await.transcript();
        assert_eq!(transcript.finish_reasons(), ["stop"]);
        assert!(transcript.error().is_some() && !transcript.is_done());
    }
}

#[tokio::test]
async fn without_that_wish_an_answer_is_whole_when_the_model_stopped() {
    let gateway = TestGateway::start().await;
    gateway.emulator.script(script().end_after(6));
    let transcript = gateway.chat(&streamed()).await.transcript();
    assert_eq!((transcript.finish_reasons(), transcript.is_done()), (vec!["stop"], true));
}

#[tokio::test(start_paused = true)]
async fn silence_is_a_failure_when_the_gap_is_over_and_not_before() {
    let gap = ("GATEWAY__UPSTREAM__DEADLINES__GAP", "60s");
    let keep_alive = ("GATEWAY__SERVER__KEEP_ALIVE", "10m");
    let pause = |seconds| Step::Wait(std::time::Duration::from_secs(seconds));
    let steps = [beginning(), text("one "), text("two")].map(Step::Bytes);
    let slow = steps.clone().into_iter().flat_map(|step| [step, pause(59)]).chain([Step::Bytes(ending())]);
    let transcript = Memory::stream(slow).gateway(&[gap, keep_alive]).answer(&streamed()).await.transcript();
    assert_eq!((transcript.content().as_str(), transcript.is_done()), ("one two", true));

    let began = tokio::time::Instant::now();
    let silent = steps.into_iter().chain([pause(61), Step::Bytes(ending())]);
    let transcript =
        Memory::stream(silent).gateway(&[gap, keep_alive]).answer(&streamed()).await.transcript();
    assert_broken(&transcript, "one two", TIMEOUT, "61 s of silence");
    assert_eq!(began.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_ends_is_ended_by_the_total_deadline() {
    let total = ("GATEWAY__UPSTREAM__DEADLINES__TOTAL", "99500ms");
    let drip =
        (0..1000).flat_map(|_| [Step::Wait(std::time::Duration::from_secs(1)), Step::Bytes(text("x"))]);
    let steps = [Step::Bytes(beginning())].into_iter().chain(drip);
    let transcript = Memory::stream(steps).gateway(&[total]).answer(&streamed()).await.transcript();
    assert_broken(&transcript, &"x".repeat(99), TIMEOUT, "99.5 s");
}

#[tokio::test(start_paused = true)]
async fn what_comes_after_the_end_of_the_answer_is_an_error() {
    let stop = frame("messageStop", &json!({"stopReason": "end_turn"}));
    let steps = [beginning(), text("one"), stop, text("two")].map(Step::Bytes);
    let transcript = Memory::stream(steps).gateway(&[]).answer(&streamed()).await.transcript();
    assert_eq!((transcript.content().as_str(), transcript.is_done()), ("one", false));
    assert_eq!(failure(transcript.error().unwrap()), PROTOCOL);
}
