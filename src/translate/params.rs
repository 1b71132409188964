//! Limits and sampling: `inferenceConfig` (translation reference §2.2).

use super::{Context, Judge, Refusal, reasoning::Reasoning};
use crate::{
    converse::InferenceConfig,
    openai::chat::{ChatRequest, Stop},
};

/// Bedrock's own bound; OpenAI's is 4.
const MAX_STOP_SEQUENCES: usize = 2500;

/// Maps what the client set; what it left open is the operator's default, and else left to the model.
pub(super) fn inference_config(
    request: &mut ChatRequest,
    cx: Context<'_>,
    _reasoning: &Reasoning,
    judge: &mut Judge,
) -> Result<InferenceConfig, Refusal> {
    let Context { can, defaults, .. } = cx;
    if request.top_k.take().is_some() {
        judge.leave_out("top_k", "not supported by this version")?;
    }
    // Where the model's own default for both is 1, leaving a 1 out means the same, and the newer models refuse the
    // parameters themselves. Other families have other defaults, so a 1 is sent.
    let meaningful = |value: f64| !(can.sampling_default_one && value == 1.0);
    let temperature = temperature(request.temperature, judge)?.filter(|value| meaningful(*value));
    let top_p = in_range("top_p", request.top_p, 1.0)?.filter(|value| meaningful(*value));
    Ok(InferenceConfig {
        max_tokens: max_tokens(request, judge)?.or(defaults.max_tokens),
        temperature: if request.temperature.is_some() { temperature } else { defaults.temperature },
        top_p,
        stop_sequences: stop_sequences(request.stop.take())?,
    })
}

/// `max_completion_tokens`, else the deprecated `max_tokens`.
fn max_tokens(request: &ChatRequest, judge: &mut Judge) -> Result<Option<u32>, Refusal> {
    let (param, value) = match (request.max_completion_tokens, request.max_tokens) {
        (Some(value), old) => {
            if old.is_some_and(|old| old != value) {
                judge.leave_out("max_tokens", "it contradicts `max_completion_tokens`")?;
            }
            ("max_completion_tokens", value)
        }
        (None, Some(value)) => ("max_tokens", value),
        (None, None) => return Ok(None),
    };
    // Bedrock's member is a 32-bit signed integer.
    match u32::try_from(value) {
        Ok(value @ 1..=0x7fff_ffff) => Ok(Some(value)),
        _ => {
            Err(Refusal::invalid(param, format!("`{param}` must be between 1 and 2147483647, not {value}.")))
        }
    }
}

/// OpenAI takes 0 to 2, Bedrock 0 to 1.
fn temperature(value: Option<f64>, judge: &mut Judge) -> Result<Option<f64>, Refusal> {
    match in_range("temperature", value, 2.0)? {
        Some(value) if value > 1.0 => {
            judge.change("temperature", "Bedrock takes 0 to 1", "lowered to 1")?;
            Ok(Some(1.0))
        }
        other => Ok(other),
    }
}

fn in_range(param: &str, value: Option<f64>, max: f64) -> Result<Option<f64>, Refusal> {
    match value {
        Some(value) if !(0.0..=max).contains(&value) => {
            Err(Refusal::invalid(param, format!("`{param}` must be between 0 and {max}, not {value}.")))
        }
        other => Ok(other),
    }
}

/// Empty sequences stop nothing, and Bedrock refuses them.
fn stop_sequences(stop: Option<Stop>) -> Result<Vec<String>, Refusal> {
    let mut sequences = match stop {
        None => Vec::new(),
        Some(Stop::One(sequence)) => vec![sequence],
        Some(Stop::Many(sequences)) => sequences,
    };
    sequences.retain(|sequence| !sequence.is_empty());
    if sequences.len() > MAX_STOP_SEQUENCES {
        let message = format!("`stop` must hold at most {MAX_STOP_SEQUENCES} sequences.");
        return Err(Refusal::invalid("stop", message));
    }
    Ok(sequences)
}
