//! The answers that the emulator is told to give.

use serde_json::{Value, json};
use std::time::Duration;

/// A short whole answer.
pub(crate) fn answer() -> Value {
    json!({"blocks": [{"text": {"chunks": ["Paris has been the capital of France since 987."]}}]})
}

/// A stream in one write.
pub(crate) fn burst(deltas: usize) -> Value {
    let chunks: Vec<String> = (0..deltas).map(|number| format!("token{number} ")).collect();
    json!({"blocks": [{"text": {"chunks": chunks}}], "writes": "burst"})
}

/// A stream at a steady pace.
pub(crate) fn paced(deltas: usize, pace: Duration) -> Value {
    let mut script = burst(deltas);
    script["writes"] = json!("per_event");
    script["event_delay_ms"] = json!(pace.as_millis() as u64);
    script
}
