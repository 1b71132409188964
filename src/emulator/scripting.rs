//! The emulator's own endpoints, for tests that are not written in Rust.
//!
//! | call | does |
//! |---|---|
//! | `POST /_emulator/scripts` | queues the script, or the list of scripts, in the body |
//! | `POST /_emulator/scripts/always` | the same as standing scripts |
//! | `DELETE /_emulator/scripts` | forgets all scripts |
//! | `GET /_emulator/requests` | `{"connections": N, "requests": [..]}` |
//! | `DELETE /_emulator/requests` | forgets all calls |
//!
//! These calls are neither authenticated nor recorded; their connections count.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::Method;
use http::request::Parts;
use serde_json::{Value, json};

use super::playback::Step;
use super::record::Recorded;
use super::reply::{Head, Refusal, json_step};
use super::script::Script;
use super::service::Service;

/// What the paths of these endpoints begin with.
pub(super) const PREFIX: &str = "/_emulator/";

/// Answers a call to one of them.
pub(super) fn call(service: &Service, parts: &Parts, body: &Bytes) -> Result<(Head, Vec<Step>), Refusal> {
    let path = parts.uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let answer = match (&parts.method, path) {
        (&Method::POST, "scripts") => each(body, |script| service.queue.push(script))?,
        (&Method::POST, "scripts/always") => each(body, |script| service.queue.stand(script))?,
        (&Method::DELETE, "scripts") => {
            service.queue.clear();
            json!({})
        }
        (&Method::GET, "requests") => json!({
            "connections": service.connections.load(Ordering::Relaxed),
            "requests": service.journal.all().iter().map(Recorded::to_json).collect::<Vec<_>>(),
        }),
        (&Method::DELETE, "requests") => {
            service.journal.clear();
            json!({})
        }
        _ => {
            return Err(Refusal::new(404, "UnknownOperationException", "The emulator has no such endpoint."));
        }
    };
    Ok((Head::json(200), json_step(&answer)))
}

/// Reads one script or a list of them. None takes effect when one of them is wrong.
fn each(body: &Bytes, take: impl Fn(Script)) -> Result<Value, Refusal> {
    let wrong = |error: String| Refusal::validation(format!("Not a script: {error}"));
    let value: Value = serde_json::from_slice(body).map_err(|error| wrong(error.to_string()))?;
    let list = if value.is_array() { value } else { json!([value]) };
    let scripts: Vec<Script> =
        serde_path_to_error::deserialize(list).map_err(|error| wrong(error.to_string()))?;
    let count = scripts.len();
    scripts.into_iter().for_each(take);
    Ok(json!({"scripts": count}))
}
