//! How a stream is written: what is ready goes out together, what is not is not waited for, silence is filled with
//! comments, and nothing is sent before Bedrock's first event.

use std::time::Duration;

use bedrock_gateway::emulator::Script;
use bedrock_gateway::lifecycle::Phase;
use bytes::Bytes;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::client::failure;
use crate::memory::{Memory, Step, beginning, ending, frame, next, text};
use crate::running::{TestGateway, chat, soon, streamed};
use crate::sse::Transcript;

fn ms(ms: u64) -> Step {
    Step::Wait(Duration::from_millis(ms))
}

fn word(number: usize) -> Step {
    Step::Bytes(text(&format!("w{number} ")))
}

/// The writes of an answer, each with its time in milliseconds and the words in it.
async fn writes(memory: Memory, overrides: &[(&str, &str)]) -> Vec<(u128, String)> {
    let gateway = memory.gateway(overrides);
    let began = Instant::now();
    let mut response = gateway.post(&streamed()).await;
    let mut writes = Vec::new();
    let mut whole = String::new();
    while let Some(data) = next(&mut response).await {
        whole.push_str(&data);
        // No write ends inside an event.
        Transcript::parse(&whole);
        writes.push((began.elapsed().as_millis(), shown(&data)));
    }
    writes
}

/// The words of a write, and a mark for what is none.
fn shown(data: &str) -> String {
    let mut shown = Transcript::parse(data).content();
    for (part, mark) in [("keep-alive", "~"), ("\"finish_reason\":\"", "!"), ("[DONE]", ".")] {
        if data.contains(part) {
            shown.push_str(mark);
        }
    }
    shown
}

#[tokio::test(start_paused = true)]
async fn a_burst_in_one_read_goes_out_in_few_writes() {
    const EVENTS: usize = 500;
    let words = (0..EVENTS).map(|number| text(&format!("w{number} ")));
    let burst: Vec<Bytes> = [beginning()].into_iter().chain(words).chain([ending()]).collect();
    let writes = writes(Memory::stream([Step::Bytes(burst.concat().into())]), &[]).await;
    assert!(writes.len() <= EVENTS / 128 + 1, "{} writes for {EVENTS} events", writes.len());
}

/// hyper gives up one read at a time, and the next is a wake-up away.
#[tokio::test(start_paused = true)]
async fn events_that_are_ready_in_several_reads_are_gathered() {
    const EVENTS: usize = 60;
    let words = (0..EVENTS).flat_map(|number| [word(number), Step::Yield]);
    let steps = [Step::Bytes(beginning())].into_iter().chain(words).chain([Step::Bytes(ending())]);
    let writes = writes(Memory::stream(steps), &[]).await;
    assert!(writes.len() <= EVENTS / 3, "{} writes for {EVENTS} events", writes.len());
    assert!(writes.len() > 5, "a stream without a pause must not be held back to its end");
}

#[tokio::test(start_paused = true)]
async fn a_paced_stream_is_not_held_back() {
    let steps = [Step::Bytes(beginning()), ms(10), word(1), ms(10), word(2), ms(10), Step::Bytes(ending())];
    let expected = [(0, ""), (10, "w1 "), (20, "w2 "), (30, "!.")];
    let writes = writes(Memory::stream(steps), &[]).await;
    assert_eq!(writes, expected.map(|(ms, words)| (ms, words.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn coalesce_holds_events_so_long_and_no_longer() {
    let steps =
        [Step::Bytes(beginning())].into_iter().chain((1..=7).flat_map(|number| [ms(20), word(number)]));
    let memory = Memory::stream(steps.chain([ms(20), Step::Bytes(ending())]));
    let writes = writes(memory, &[("GATEWAY__SERVER__COALESCE", "50ms")]).await;
    // The first event starts the clock; after a write the next one does. The end is not held.
    let expected = [(50, "w1 w2 "), (110, "w3 w4 w5 "), (160, "w6 w7 !.")];
    assert_eq!(writes, expected.map(|(ms, words)| (ms, words.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn coalesce_does_not_hold_a_full_buffer() {
    let large = || Step::Bytes(text(&"x".repeat(20_000)));
    let steps = [Step::Bytes(beginning()), ms(1), large(), ms(1), large(), ms(1), Step::Bytes(ending())];
    let writes = writes(Memory::stream(steps), &[("GATEWAY__SERVER__COALESCE", "5s")]).await;
    assert_eq!(writes.iter().map(|write| write.0).collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn silence_is_filled_with_comments() {
    let steps = [
        Step::Bytes(beginning()),
        ms(40_000),
        word(1),
        ms(10_000),
        word(2),
        ms(14_999),
        Step::Bytes(ending()),
    ];
    let writes = writes(Memory::stream(steps), &[("GATEWAY__SERVER__KEEP_ALIVE", "15s")]).await;
    let expected = [(0, ""), (15_000, "~"), (30_000, "~"), (40_000, "w1 "), (50_000, "w2 "), (64_999, "!.")];
    assert_eq!(writes, expected.map(|(ms, words)| (ms, words.to_owned())));
}

/// Bedrock may be silent for minutes while a model writes the arguments of a call.
#[tokio::test(start_paused = true)]
async fn row_13_a_long_silence_within_a_call_is_filled_with_comments() {
    let call = json!({"toolUse": {"toolUseId": "c1", "name": "write"}});
    let start = frame("contentBlockStart", &json!({"contentBlockIndex": 0, "start": call}));
    let delta = json!({"contentBlockIndex": 0, "delta": {"toolUse": {"input": "{}"}}});
    let steps = [
        Step::Bytes(beginning()),
        Step::Bytes(start),
        ms(130_000),
        Step::Bytes(frame("contentBlockDelta", &delta)),
        Step::Bytes(ending()),
    ];
    let writes = writes(Memory::stream(steps), &[("GATEWAY__SERVER__KEEP_ALIVE", "50s")]).await;
    let expected = [(0, ""), (50_000, "~"), (100_000, "~"), (130_000, "!.")];
    assert_eq!(writes, expected.map(|(ms, words)| (ms, words.to_owned())));
}

/// Events that say nothing to the client are no sign of life to it.
#[tokio::test(start_paused = true)]
async fn events_without_a_chunk_do_not_put_the_comments_off() {
    let silent = || Step::Bytes(text(""));
    let pauses = (0..9).flat_map(|_| [ms(5_000), silent()]);
    let steps = [Step::Bytes(beginning())].into_iter().chain(pauses).chain([ms(1), Step::Bytes(ending())]);
    let writes = writes(Memory::stream(steps), &[("GATEWAY__SERVER__KEEP_ALIVE", "20s")]).await;
    let expected = [(0, ""), (20_000, "~"), (40_000, "~"), (45_001, "!.")];
    assert_eq!(writes, expected.map(|(ms, words)| (ms, words.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_the_first_event() {
    let gateway = Memory::stream([ms(100_000), Step::Bytes(beginning()), Step::Bytes(ending())]).gateway(&[]);
    let began = Instant::now();
    let response = gateway.post(&streamed()).await;
    assert_eq!((began.elapsed().as_secs(), response.status().as_u16()), (100, 200));
}

#[tokio::test]
async fn the_headers_of_a_stream_keep_proxies_from_buffering_it() {
    let gateway = TestGateway::start().await;
    let answer = gateway.chat(&streamed()).await;
    for (name, value) in [
        ("content-type", "text/event-stream; charset=utf-8"),
        ("cache-control", "no-cache"),
        ("x-accel-buffering", "no"),
        ("transfer-encoding", "chunked"),
        ("x-gateway-model", "amazon.nova-pro-v1:0"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    assert_eq!(answer.header("content-length"), None);
    assert_eq!(answer.header("x-amzn-requestid"), Some(&*gateway.only_call().request_id));
    let whole = gateway.chat(&chat()).await;
    assert_eq!(whole.header("content-type"), Some("application/json"));
}

/// Chunks of the HTTP body are the writes of the server.
#[tokio::test]
async fn a_burst_of_bedrock_is_a_few_chunks_on_the_wire() {
    const EVENTS: usize = 1000;
    let gateway = TestGateway::start().await;
    gateway.emulator.script(Script::burst(EVENTS));
    let mut client = TcpStream::connect(gateway.address).await.unwrap();
    let body = streamed().to_string();
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
    client.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon(client.read_to_string(&mut answer)).await.unwrap();
    let (_, mut rest) = answer.split_once("\r\n\r\n").unwrap();
    let (mut chunks, mut stream) = (0, String::new());
    loop {
        let (size, after) = rest.split_once("\r\n").unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        chunks += 1;
        stream.push_str(&after[..size]);
        rest = after[size..].strip_prefix("\r\n").unwrap();
    }
    let transcript = Transcript::parse(&stream);
    assert_eq!((transcript.chunks().count(), transcript.is_done()), (EVENTS + 2, true));
    assert!(chunks <= EVENTS / 10, "{chunks} writes for {EVENTS} events");
}

/// Promise 7, its last resort: what outlives the deadline ends with an error that says so.
#[tokio::test(start_paused = true)]
async fn a_cut_at_the_end_of_the_drain_is_told() {
    let gateway = Memory::stream([Step::Bytes(beginning()), word(1), Step::Hang]).gateway(&[]);
    let mut response = gateway.post(&streamed()).await;
    assert_eq!(shown(&next(&mut response).await.unwrap()), "w1 ");
    gateway.lifecycle().enter(Phase::Closing);
    gateway.lifecycle().enter(Phase::Cut);
    let last = Transcript::parse(&next(&mut response).await.unwrap());
    assert_eq!(failure(last.error().unwrap()), "server_error gateway_shutting_down -");
    assert_eq!(next(&mut response).await, None);
    let refused = gateway.answer(&json!({"model": "gpt-4o", "stream": true, "messages": []})).await;
    assert_eq!(refused.status, 400, "what needs no Bedrock is answered to the end");
    assert_eq!(gateway.lifecycle().calls_cut(), 1);
}
