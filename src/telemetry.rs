//! What the gateway tells its operators: metrics, and one log line per request.
//!
//! The life of a request fills in a [`record::CallRecord`]; at the end of the response body it becomes one
//! [`summary::Summary`], and that alone writes the log line and the metrics, so the two cannot disagree. Refuses to
//! carry content: there is no field for a prompt, an answer or a key.

mod json;
pub mod labels;
pub mod logs;
pub mod metrics;
mod process;
pub mod record;
mod sink;
pub mod summary;
