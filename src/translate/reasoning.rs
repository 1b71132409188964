//! How much the model shall reason: `reasoning_effort` and `thinking` (translation reference §5.2).

use super::{Context, Judge, Refusal, shown};
use crate::openai::chat::ChatRequest;
use serde_json::{Map, Value};

/// OpenAI's effort words.
const EFFORTS: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/// What the request asks of the model's reasoning.
#[derive(Debug, Default)]
pub(super) struct Reasoning {
    /// The same in the model's own terms, as additional fields.
    pub(super) additional: Map<String, Value>,
    /// The model will reason.
    pub(super) on: bool,
}

/// Reads `reasoning_effort` and `thinking`.
pub(super) fn reasoning(
    request: &mut ChatRequest,
    _cx: Context<'_>,
    judge: &mut Judge,
) -> Result<Reasoning, Refusal> {
    // `disabled` asks for something too: some models think unless they are told not to.
    if request.thinking.take().is_some() {
        let message = "`thinking` is not supported: this version of the gateway does not support it.";
        return Err(Refusal::unsupported("thinking", message));
    }
    match request.reasoning_effort.as_deref() {
        None => {}
        Some(effort) if EFFORTS.contains(&effort) => {
            judge.leave_out("reasoning_effort", "not supported by this version")?;
        }
        Some(effort) => {
            let message = format!(
                "`reasoning_effort` must be one of {}, not \"{}\".",
                EFFORTS.join(", "),
                shown(effort)
            );
            return Err(Refusal::invalid("reasoning_effort", message));
        }
    }
    Ok(Reasoning::default())
}
