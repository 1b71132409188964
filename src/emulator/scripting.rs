//! The emulator's own endpoints, for tests that are not written in Rust.
//!
//! | call | does |
//! |---|---|
//! | `POST /_emulator/scripts` | queues the script, or the list of scripts, in the body |
//! | `POST /_emulator/scripts/always` | the same as standing scripts |
//! | `DELETE /_emulator/scripts` | forgets all scripts |
//! | `GET /_emulator/requests` | `{"connections": N, "requests": [..]}` |
//! | `DELETE /_emulator/requests` | forgets all calls |
//! | `PUT /_emulator/settings` | takes the settings in the body; what it leaves out goes back to its default |
//!
//! These calls are neither authenticated nor recorded; their connections count.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::Method;
use http::request::Parts;
use serde::de::DeserializeOwned;
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
        (&Method::PUT, "settings") => {
            service.reconfigure(read("Not settings", body)?);
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
    let list = body.trim_ascii_start().starts_with(b"[");
    let scripts: Vec<Script> =
        if list { read("Not a list of scripts", body)? } else { vec![read("Not a script", body)?] };
    let count = scripts.len();
    scripts.into_iter().for_each(take);
    Ok(json!({"scripts": count}))
}

/// Reads JSON, or says at which path it is wrong.
fn read<T: DeserializeOwned>(what: &str, body: &Bytes) -> Result<T, Refusal> {
    let mut json = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut json)
        .map_err(|error| Refusal::validation(format!("{what}: {error}")))
}
