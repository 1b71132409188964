//! What a script promises on the wire, seen without an SDK in between, and the endpoints for other languages.

use std::time::Duration;

use bedrock_gateway::emulator::{Emulator, End, Outcome, Script, Settings, Writes};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::support::{MODEL, PATIENCE, http, path, post, start};

fn hi() -> Value {
    json!({"messages": [{"role": "user", "content": [{"text": "Hi"}]}]})
}

/// Data chunks of a streamed answer, and whether it ended as HTTP wants it.
async fn chunks(emulator: &Emulator) -> (Vec<usize>, bool) {
    let request = http::Request::post(format!("{}{}", emulator.endpoint(), path(MODEL, "converse-stream")))
        .body(http_body_util::Full::<bytes::Bytes>::from(hi().to_string()))
        .expect("a sound request");
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut body = client.request(request).await.expect("a head").into_body();
    let mut sizes = Vec::new();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => sizes.push(frame.data_ref().map_or(0, bytes::Bytes::len)),
            Err(_) => return (sizes, false),
        }
    }
    (sizes, true)
}

#[tokio::test]
async fn cuts_and_clean_ends_come_where_they_should() {
    let emulator = start(Settings::default()).await;
    emulator.script(Script::text(["a", "b", "c"]).cut_after(3));
    let (sizes, whole) = chunks(&emulator).await;
    assert_eq!((sizes.len(), whole), (3, false));
    emulator.script(Script::text(["a", "b", "c"]).cut_inside(1, 5));
    let (sizes, whole) = chunks(&emulator).await;
    assert_eq!((sizes.len(), sizes.last(), whole), (2, Some(&5), false));
    emulator.script(Script::text(["a", "b", "c"]).end_after(2));
    let (sizes, whole) = chunks(&emulator).await;
    assert_eq!((sizes.len(), whole), (2, true));
    let outcomes: Vec<Outcome> = emulator.requests().iter().map(|call| call.outcome).collect();
    assert_eq!(
        outcomes,
        [Outcome::Cut { events: 3 }, Outcome::Cut { events: 1 }, Outcome::Completed { events: 2 }]
    );
}

#[tokio::test]
async fn writes_are_as_small_or_as_large_as_asked() {
    let emulator = start(Settings::default()).await;
    emulator.script_always(MODEL, Script::burst(10));
    assert_eq!(chunks(&emulator).await.0.len(), 1);
    emulator.script_always(MODEL, Script::text(["a"]).writes(Writes::Bytes(1)));
    assert!(chunks(&emulator).await.0.iter().all(|size| *size == 1));
    emulator.clear_scripts();
    assert!(chunks(&emulator).await.0.len() > 5, "the default answer comes event by event");
}

#[tokio::test]
async fn a_whole_answer_can_be_cut_and_left_hanging_too() {
    let emulator = start(Settings::default()).await;
    emulator.script(Script::text(["a"]).cut_after(0));
    let client = Client::builder(TokioExecutor::new()).build_http();
    let call = || {
        let request = http::Request::post(format!("{}{}", emulator.endpoint(), path(MODEL, "converse")));
        request.body(http_body_util::Full::<bytes::Bytes>::from(hi().to_string())).expect("a sound request")
    };
    let cut = client.request(call()).await.expect("a head").into_body().collect().await;
    assert!(cut.is_err());
    emulator.script(Script::text(["a"]).end(End::HangAfter { events: 0 }));
    let hung = client.request(call()).await.expect("a head");
    drop(hung);
    assert!(emulator.wait_hung_up(PATIENCE).await.is_some());
}

#[tokio::test]
async fn raw_replies_and_given_answers_go_out_as_they_are() {
    let emulator = start(Settings::default()).await;
    emulator.script(Script::raw(200, "text/html", "<html>").header("x-from", "a proxy"));
    let (status, _, response) = post(&emulator, &path(MODEL, "converse-stream"), &hi()).await;
    assert_eq!((status, response.body().as_ref()), (200, b"<html>".as_slice()));
    assert_eq!(
        (&response.headers()["content-type"], &response.headers()["x-from"]),
        (&http::HeaderValue::from_static("text/html"), &http::HeaderValue::from_static("a proxy"),)
    );
    let body = json!({"output": {"message": {"role": "assistant", "content": []}}, "brandNew": 1});
    emulator.script(Script::answer(body.clone()));
    let (_, json, _) = post(&emulator, &path(MODEL, "converse"), &hi()).await;
    assert_eq!(json, body);
}

#[tokio::test]
async fn errors_have_bedrocks_shape() {
    let emulator = start(Settings::default()).await;
    emulator.script(Script::failure(429, "ThrottlingException", "slow").header("Retry-After", "3"));
    let (status, json, response) = post(&emulator, &path(MODEL, "converse"), &hi()).await;
    assert_eq!((status, json), (429, json!({"message": "slow"})));
    let header = |name: &str| response.headers()[name].to_str().expect("text").to_owned();
    assert_eq!(
        header("x-amzn-errortype"),
        "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/"
    );
    assert_eq!((header("retry-after").as_str(), header("x-amzn-requestid").len()), ("3", 36));
    assert!(header("date").ends_with(" GMT"));
    let (status, _, response) = post(&emulator, "/model/x/no-such-operation", &hi()).await;
    assert_eq!(status, 404);
    assert!(response.headers().contains_key("x-amzn-errortype"));
}

#[tokio::test(start_paused = true)]
async fn delays_are_kept_in_virtual_time() {
    let emulator = start(Settings::default()).await;
    let second = Duration::from_secs(1);
    emulator.script(
        Script::text(["a"]).head_delay(second * 100).first_event_delay(second * 10).event_delay(second),
    );
    let began = tokio::time::Instant::now();
    assert!(chunks(&emulator).await.1);
    let spent = began.elapsed();
    assert!(spent >= second * 114 && spent < second * 116, "{spent:?}");
}

#[tokio::test(start_paused = true)]
async fn default_answers_stream_at_the_set_pace() {
    let pace = Duration::from_millis(30);
    let emulator = Emulator::start(Settings { pace, ..Settings::default() }).await.expect("a free port");
    let began = tokio::time::Instant::now();
    let events = u32::try_from(chunks(&emulator).await.0.len()).expect("few events");
    let mean = began.elapsed() / events;
    assert!(mean >= pace * 2 / 3 && mean <= pace * 4 / 3 + Duration::from_millis(2), "{mean:?}");
}

#[tokio::test]
async fn connections_are_counted() {
    let emulator = start(Settings::default()).await;
    let client = crate::support::client(&emulator);
    for _ in 0..3 {
        let call = client.converse().model_id(MODEL).messages(crate::support::user("Hi"));
        assert!(call.send().await.is_ok());
    }
    assert_eq!(emulator.connections(), 1, "the SDK keeps its connection");
    post(&emulator, &path(MODEL, "converse"), &hi()).await;
    assert_eq!(emulator.connections(), 2);
}

#[tokio::test]
async fn other_languages_script_and_look_over_http() {
    let emulator = start(Settings::default()).await;
    let scripts = json!([
        {"blocks": [{"text": {"chunks": ["from ", "JSON"]}}], "writes": "burst", "end": {"clean_after": {"events": 9}}},
        {"failure": {"status": 503, "kind": "ServiceUnavailableException", "message": "no"}},
    ]);
    let (status, json, _) = post(&emulator, "/_emulator/scripts", &scripts).await;
    assert_eq!((status, json), (200, json!({"scripts": 2})));
    let (_, answer, _) = post(&emulator, &path(MODEL, "converse"), &hi()).await;
    assert_eq!(answer["output"]["message"]["content"][0]["text"], "from JSON");
    assert_eq!(post(&emulator, &path(MODEL, "converse"), &hi()).await.0, 503);

    let standing = json!({"model": MODEL, "blocks": [{"text": {"chunks": ["always"]}}]});
    post(&emulator, "/_emulator/scripts/always", &standing).await;
    for _ in 0..2 {
        let (_, answer, _) = post(&emulator, &path(MODEL, "converse"), &hi()).await;
        assert_eq!(answer["output"]["message"]["content"][0]["text"], "always");
    }

    let seen = http(&emulator, "GET", "/_emulator/requests", "").await;
    let seen: Value = serde_json::from_slice(seen.body()).expect("JSON");
    assert_eq!(seen["requests"].as_array().map(Vec::len), Some(4));
    assert_eq!(seen["requests"][0]["json"], hi());
    assert_eq!(seen["requests"][0]["model"], MODEL);
    assert_eq!(seen["requests"][0]["outcome"], json!({"state": "completed", "events": 1}));
    http(&emulator, "DELETE", "/_emulator/requests", "").await;
    assert!(emulator.requests().is_empty());

    let (status, json, _) = post(&emulator, "/_emulator/scripts", &json!({"blocks": [], "typo": 1})).await;
    assert!(status == 400 && json["message"].as_str().is_some_and(|m| m.contains("typo")), "{json}");
}
