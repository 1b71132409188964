//! The whole breadth of requests against an oracle: whatever a client may send, to any family of models, is either
//! refused by the gateway with the name of the member, or sent in a form that the emulated Bedrock, which knows each
//! family's rules by itself, takes.
//!
//! The requests are made at random from the words of the API, the same ones in every run. `BREADTH_CASES` and
//! `BREADTH_SEED` make it longer, or another one.

#[path = "breadth/requests.rs"]
mod requests;

pub(crate) use requests::MODELS;

use std::panic::AssertUnwindSafe;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use crate::running::TestGateway;

/// As many as take some seconds.
const CASES: u32 = 1500;

/// The most steps from a request that fails to a simpler one.
const SIMPLER: usize = 400;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_sent_is_taken() {
    let lenient = TestGateway::start().await;
    let strict = TestGateway::with(&[("GATEWAY__POLICY__UNSUPPORTED", "strict")]).await;
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed()));
    let strategy = requests::any_request();
    let mut tally = Tally::default();
    for case in 0..number("BREADTH_CASES").unwrap_or(CASES) {
        let gateway = if case % 6 == 0 { &strict } else { &lenient };
        let mut tree = strategy.new_tree(&mut runner).unwrap();
        match judge(gateway, &tree.current()).await {
            Ok(end) => tally.count(end),
            Err(_) => {
                let (body, why) = simplest(gateway, &mut tree).await;
                panic!("case {case}: {why}\n{body}");
            }
        }
    }
    tally.is_telling();
}

/// How a request ended, when it ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Answered,
    Streamed,
    Refused,
}

#[derive(Debug, Default)]
struct Tally {
    answered: u32,
    streamed: u32,
    refused: u32,
}

// === impl Tally ===

impl Tally {
    fn count(&mut self, end: End) {
        match end {
            End::Answered => self.answered += 1,
            End::Streamed => self.streamed += 1,
            End::Refused => self.refused += 1,
        }
    }

    /// Were nearly all refused, or nearly none, the requests would say little.
    fn is_telling(&self) {
        let Self { answered, streamed, refused } = *self;
        let all = answered + streamed + refused;
        assert!(answered * 5 > all && streamed * 10 > all && refused * 10 > all, "{self:?}");
    }
}

/// Sends the request, and says what is wrong with what came of it.
async fn judge(gateway: &TestGateway, body: &Value) -> Result<End, String> {
    gateway.emulator.clear_requests();
    let answer = gateway.chat(body).await;
    let text = answer.text();
    let mut calls = gateway.emulator.requests();
    // What a profile stands for is asked before.
    calls.retain(|call| call.path.starts_with("/model/"));
    if answer.status == 400 && calls.is_empty() {
        return refusal(&serde_json::from_str(text).map_err(|error| format!("{error}: {text}"))?);
    }
    let sent = calls.last().map(|call| String::from_utf8_lossy(&call.body).into_owned()).unwrap_or_default();
    if answer.status != 200 || calls.len() != 1 {
        return Err(format!("{} after {} calls: {text}\nsent: {sent}", answer.status, calls.len()));
    }
    if body["stream"] != true {
        return whole(&serde_json::from_str(text).map_err(|error| format!("{error}: {text}"))?)
            .map_err(|why| format!("{why}: {text}"));
    }
    streamed(text).map_err(|why| format!("{why}: {text}\nsent: {sent}"))
}

/// A refusal names a member that its text names too.
fn refusal(body: &Value) -> Result<End, String> {
    let (param, message) = (body["error"]["param"].as_str(), body["error"]["message"].as_str());
    match (param, message) {
        (Some(param), Some(message)) if !param.is_empty() && message.contains(last(param)) => {
            Ok(End::Refused)
        }
        _ => Err(format!("the refusal does not name its member: {body}")),
    }
}

/// The name at the end of a path.
fn last(param: &str) -> &str {
    param.rsplit('.').next().and_then(|name| name.split('[').next()).unwrap_or(param)
}

fn whole(body: &Value) -> Result<End, String> {
    let choice = &body["choices"][0];
    let calls = !choice["message"]["tool_calls"].is_null() || !choice["message"]["function_call"].is_null();
    match choice["finish_reason"].as_str() {
        Some("tool_calls" | "function_call" | "length") if calls => Ok(End::Answered),
        Some("stop" | "length" | "content_filter") if choice["message"]["content"].is_string() => {
            Ok(End::Answered)
        }
        _ => Err("this is no answer".to_owned()),
    }
}

/// A stream ends with a finish reason and `[DONE]`, or it broke.
fn streamed(text: &str) -> Result<End, String> {
    let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    let Some(("[DONE]", chunks)) = lines.split_last().map(|(last, chunks)| (*last, chunks)) else {
        return Err("the stream broke".to_owned());
    };
    let finishes = chunks.iter().filter(|chunk| {
        serde_json::from_str::<Value>(chunk)
            .is_ok_and(|chunk| chunk["choices"][0]["finish_reason"].is_string())
    });
    if finishes.count() == 1 { Ok(End::Streamed) } else { Err("one finish reason was expected".to_owned()) }
}

/// The simplest request that still fails.
async fn simplest(gateway: &TestGateway, tree: &mut impl ValueTree<Value = Value>) -> (Value, String) {
    let mut found = (tree.current(), judge(gateway, &tree.current()).await.err().unwrap_or_default());
    for _ in 0..SIMPLER {
        if !std::panic::catch_unwind(AssertUnwindSafe(|| tree.simplify())).unwrap_or(false) {
            break;
        }
        let body = tree.current();
        match judge(gateway, &body).await {
            Err(why) => found = (body, why),
            Ok(_) if !tree.complicate() => break,
            Ok(_) => {}
        }
    }
    found
}

fn seed() -> [u8; 32] {
    let mut seed = [7; 32];
    seed[..4].copy_from_slice(&number("BREADTH_SEED").unwrap_or(1).to_le_bytes());
    seed
}

fn number(name: &str) -> Option<u32> {
    std::env::var(name).ok()?.parse().ok()
}
