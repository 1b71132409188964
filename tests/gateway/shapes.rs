//! Bedrock's streams in all their shapes: unknown events, interleaved blocks, several tools, calls without arguments;
//! and any cut of their bytes gives the client the same.

use bedrock_gateway::emulator::{Event, Script, Writes};
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::memory::{Memory, Step, beginning, ending, frame, text};
use crate::running::{TestGateway, streamed};
use crate::sse::Transcript;

/// The tool calls of a stream: id, name and joined arguments, in the order of their indices.
fn tool_calls(transcript: &Transcript) -> Vec<(String, String, String)> {
    let mut calls: Vec<(String, String, String)> = Vec::new();
    for call in transcript.deltas().filter_map(|delta| delta["tool_calls"].get(0)) {
        let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        if call.get("id").is_some() {
            assert_eq!(
                (index, &call["type"]),
                (calls.len(), &json!("function")),
                "dense and in order: {call}"
            );
            calls.push((text(&call["id"]), text(&call["function"]["name"]), String::new()));
        }
        calls[index].2.push_str(&text(&call["function"]["arguments"]));
    }
    calls
}

fn call(id: &str, name: &str, arguments: &str) -> (String, String, String) {
    (id.to_owned(), name.to_owned(), arguments.to_owned())
}

async fn stream(script: Script) -> Transcript {
    let gateway = TestGateway::start().await;
    gateway.emulator.script(script);
    let answer = gateway.chat(&streamed()).await;
    let transcript = answer.transcript();
    assert!(transcript.is_done(), "{}", answer.text());
    assert!(!answer.text().contains("\"p\":"), "Bedrock's padding is Bedrock's business: {}", answer.text());
    transcript
}

#[tokio::test]
async fn text_then_two_tools_have_dense_indices() {
    let script = Script::text(["I'll look."])
        .and_tool_use("tooluse_a", "first", [r#"{"a":"#, "1}"])
        .and_tool_use("tooluse_b", "second", [r#"{"b":2}"#]);
    let transcript = stream(script).await;
    let expected = [call("tooluse_a", "first", r#"{"a":1}"#), call("tooluse_b", "second", r#"{"b":2}"#)];
    assert_eq!(tool_calls(&transcript), expected);
    assert_eq!(
        (transcript.content().as_str(), transcript.finish_reasons()),
        ("I'll look.", vec!["tool_calls"])
    );
}

#[tokio::test]
async fn a_call_without_arguments_has_empty_ones() {
    let script =
        Script::tool_use("tooluse_a", "now", [] as [&str; 0]).and_tool_use("tooluse_b", "then", [""]);
    let expected = [call("tooluse_a", "now", "{}"), call("tooluse_b", "then", "{}")];
    assert_eq!(tool_calls(&stream(script).await), expected);
}

#[tokio::test]
async fn interleaved_blocks_are_told_apart() {
    let script = Script::events([
        Event::new("messageStart", json!({"role": "assistant"})),
        Event::text(0, "one "),
        Event::tool_start(1, "tooluse_a", "first"),
        Event::tool_start(2, "tooluse_b", "second"),
        Event::tool_input(2, r#"{"b""#),
        Event::tool_input(1, r#"{"a""#),
        Event::text(0, "two"),
        Event::tool_input(1, ":1}"),
        Event::block_stop(1),
        Event::tool_input(2, ":2}"),
        Event::block_stop(0),
        Event::block_stop(2),
        Event::new("messageStop", json!({"stopReason": "end_turn"})),
        Event::new("metadata", json!({"usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}})),
    ]);
    let transcript = stream(script).await;
    let expected = [call("tooluse_a", "first", r#"{"a":1}"#), call("tooluse_b", "second", r#"{"b":2}"#)];
    assert_eq!(tool_calls(&transcript), expected);
    assert_eq!((transcript.content().as_str(), transcript.finish_reasons()), ("one two", vec!["tool_calls"]));
}

#[tokio::test]
async fn what_is_newer_than_the_gateway_is_passed_over() {
    let script = Script::text(["one ", "two"]).edit_events(|events| {
        events.insert(1, Event::new("futureEvent", json!({"anything": [1, 2, 3]})));
        events.insert(
            3,
            Event::new("contentBlockDelta", json!({"contentBlockIndex": 0, "delta": {"aura": 1}})),
        );
        events.insert(
            3,
            Event::new("contentBlockStart", json!({"contentBlockIndex": 7, "start": {"dream": {}}})),
        );
        events.push(Event::new("afterword", json!({"text": "never"})));
    });
    let transcript = stream(script.stop_reason("bored")).await;
    assert_eq!((transcript.content().as_str(), transcript.finish_reasons()), ("one two", vec!["stop"]));
}

#[tokio::test]
async fn blocks_that_are_never_stopped_are_whole_at_the_end() {
    let script =
        Script::text(["one"]).and_tool_use("tooluse_a", "now", [] as [&str; 0]).edit_events(|events| {
            events.retain(|event| !matches!(event, Event::Event { kind, .. } if kind == "contentBlockStop"));
        });
    assert_eq!(tool_calls(&stream(script).await), [call("tooluse_a", "now", "{}")]);
}

#[tokio::test]
async fn usage_may_come_before_the_stop() {
    let script = Script::text(["one"]).edit_events(|events| {
        let last = events.len() - 1;
        events.swap(last, last - 1);
    });
    assert_eq!(stream(script).await.finish_reasons(), ["stop"]);
}

#[tokio::test]
async fn every_stop_reason_is_one_of_openais() {
    for (reason, expected) in [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("tool_use", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
    ] {
        assert_eq!(
            stream(Script::text(["x"]).stop_reason(reason)).await.finish_reasons(),
            [expected],
            "{reason}"
        );
    }
}

/// The emulator's writes, over real sockets: byte by byte, inside the prelude, all at once.
#[tokio::test]
async fn the_cut_of_the_writes_makes_no_difference() {
    let script = Script::text(["Grüße ", "🦀"]).and_tool_use("tooluse_a", "f", [r#"{"a":"#, "1}"]);
    let expected = stream(script.clone()).await.anonymous();
    for writes in
        [Writes::Burst, Writes::Bytes(1), Writes::Bytes(7), Writes::SplitAt(vec![1, 5, 11, 12, 13, 60])]
    {
        let transcript = stream(script.clone().writes(writes.clone())).await.anonymous();
        assert_eq!(transcript, expected, "{writes:?}");
    }
}

fn conversation() -> Vec<Bytes> {
    let tool = json!({"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "t1", "name": "f"}}});
    let input =
        |text: &str| json!({"contentBlockIndex": 1, "delta": {"toolUse": {"input": text}}, "p": "abc"});
    vec![
        beginning(),
        text("Grüße, "),
        text(""),
        text("\u{1f980}\n\"quoted\" \\ and a tab\t"),
        frame("futureEvent", &json!({"x": 1})),
        frame("contentBlockStart", &tool),
        frame("contentBlockDelta", &input("{\"a\"")),
        frame("contentBlockDelta", &input(":[1,2]}")),
        frame("contentBlockStop", &json!({"contentBlockIndex": 1})),
        ending(),
    ]
}

/// The stream of `bytes` cut at `cuts`, with or without a pause after each read.
fn answer(bytes: &Bytes, cuts: &[usize], pauses: bool) -> Transcript {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % bytes.len()).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    let pieces = cuts.windows(2).map(|two| bytes.slice(two[0]..two[1]));
    let steps =
        pieces.flat_map(|piece| [Step::Bytes(piece)].into_iter().chain(pauses.then_some(Step::Yield)));
    let gateway = Memory::stream(steps).gateway(&[]);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let mut body = streamed();
    body["stream_options"] = json!({"include_usage": true});
    runtime.block_on(gateway.answer(&body)).transcript().anonymous()
}

#[test]
fn reads_of_one_byte_give_the_same_stream() {
    let bytes = Bytes::from(conversation().concat());
    let expected = answer(&bytes, &[], false);
    assert!(expected.is_done());
    let every: Vec<usize> = (0..bytes.len()).collect();
    for pauses in [false, true] {
        assert_eq!(answer(&bytes, &every, pauses), expected);
    }
    for cut in 0..bytes.len() {
        assert_eq!(answer(&bytes, &[cut], true), expected, "cut at {cut}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_reads_give_the_same_stream(cuts in prop::collection::vec(any::<usize>(), 0..40), pauses in any::<bool>()) {
        let bytes = Bytes::from(conversation().concat());
        prop_assert_eq!(answer(&bytes, &cuts, pauses), answer(&bytes, &[], false));
    }

    /// A stream that is cut anywhere is told to be broken, unless nothing but its own end is missing.
    #[test]
    fn any_truncation_is_told(cut in any::<prop::sample::Index>()) {
        let whole = Bytes::from(conversation().concat());
        let place = cut.index(whole.len());
        let gateway = Memory::stream([Step::Bytes(whole.slice(..place))]).gateway(&[]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let answer = runtime.block_on(gateway.answer(&streamed()));
        if answer.status == 200 {
            let transcript = answer.transcript();
            let stopped = whole.len() - ending().len() + frame("messageStop", &json!({"stopReason": "end_turn"})).len();
            prop_assert_eq!(transcript.is_done(), place == stopped, "cut at {}", place);
            prop_assert_eq!(transcript.error().is_some(), place != stopped);
        } else {
            prop_assert_eq!(answer.failure(), "502 server_error upstream_protocol_error - - -");
        }
    }
}
