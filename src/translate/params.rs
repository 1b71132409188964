//! Limits and sampling: `inferenceConfig` (translation reference §2.2).

use super::{Context, Judge, Refusal, reasoning::Reasoning};
use crate::{
    catalog::{ReasoningShape, Sampling, TopK},
    converse::InferenceConfig,
    openai::chat::{ChatRequest, Stop},
};
use serde_json::{Map, Value, json};

/// Bedrock's own bound; OpenAI's is 4.
const MAX_STOP_SEQUENCES: usize = 2500;

/// The most that Nova takes (user guide, Amazon Nova, request schema).
const MAX_NESTED_TOP_K: u64 = 128;

/// Why sampling is not the client's to choose.
const NO_SAMPLING: &str = "this model does not take it";
const WHILE_REASONING: &str = "this model does not take it while it reasons";

/// How long the answer may be, reasoning included.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Limit {
    /// In tokens.
    pub(super) tokens: Option<u32>,
    /// The member that says so; `None` where it is the operator's default.
    pub(super) param: Option<&'static str>,
    /// The answer is streamed.
    pub(super) streamed: bool,
}

/// Most tokens of an answer that is not streamed while the model reasons with a budget (user guide, extended thinking).
const MOST_UNSTREAMED: u32 = 21_333;

// === impl Limit ===

impl Limit {
    /// The same while the model reasons with a budget.
    pub(super) fn with_budget(self) -> Self {
        let tokens =
            self.tokens.map(|tokens| if self.streamed { tokens } else { tokens.min(MOST_UNSTREAMED) });
        Self { tokens, ..self }
    }
}

/// `max_completion_tokens`, else the deprecated `max_tokens`, else the operator's default; within what the model takes.
pub(super) fn limit(request: &ChatRequest<'_>, cx: Context<'_>, judge: &mut Judge) -> Result<Limit, Refusal> {
    let Context { can, defaults, .. } = cx;
    let streamed = request.stream == Some(true);
    let least = can.min_max_tokens.max(1);
    let most = can.most_output().unwrap_or(u32::MAX);
    let Some((param, tokens)) = max_tokens(request, judge)? else {
        return Ok(Limit {
            tokens: defaults.max_tokens.map(|tokens| tokens.max(least).min(most)),
            param: None,
            streamed,
        });
    };
    if tokens < least {
        judge.change(param, format!("this model takes {least} or more"), format!("raised to {least}"))?;
    } else if tokens > most {
        judge.change(param, format!("this model gives {most} at most"), format!("lowered to {most}"))?;
    }
    Ok(Limit { tokens: Some(tokens.max(least).min(most)), param: Some(param), streamed })
}

/// Maps what the client set; what it left open is the operator's default, and else left to the model. What Converse has
/// no member for goes to the `additional` fields.
pub(super) fn inference_config(
    request: &mut ChatRequest<'_>,
    limit: Limit,
    cx: Context<'_>,
    reasoning: &Reasoning,
    additional: &mut Map<String, Value>,
    judge: &mut Judge,
) -> Result<InferenceConfig, Refusal> {
    let (temperature, top_p) = sampling(request, cx, reasoning, judge)?;
    if let Some(value) = request.top_k.take() {
        top_k(&value, cx, reasoning, additional, judge)?;
    }
    let mut max_tokens = limit.tokens.filter(|_| !reasoning.unlimited);
    if reasoning.on && cx.can.reasoning == ReasoningShape::Budget && max_tokens != limit.with_budget().tokens
    {
        let why = "this model gives more only in a stream while it reasons";
        max_tokens = limit.with_budget().tokens;
        if let Some(param) = limit.param {
            judge.change(param, why, format!("lowered to {MOST_UNSTREAMED}"))?;
        }
    }
    Ok(InferenceConfig {
        max_tokens,
        temperature,
        top_p,
        stop_sequences: stop_sequences(request.stop.take(), cx, judge)?,
    })
}

/// What the client says.
fn max_tokens(request: &ChatRequest<'_>, judge: &mut Judge) -> Result<Option<(&'static str, u32)>, Refusal> {
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
        Ok(value @ 1..=0x7fff_ffff) => Ok(Some((param, value))),
        _ => {
            Err(Refusal::invalid(param, format!("`{param}` must be between 1 and 2147483647, not {value}.")))
        }
    }
}

/// Temperature and `top_p`: OpenAI takes 0 to 2 and 0 to 1, Bedrock 0 to 1 for both, and some models neither, or one.
fn sampling(
    request: &ChatRequest<'_>,
    cx: Context<'_>,
    reasoning: &Reasoning,
    judge: &mut Judge,
) -> Result<(Option<f64>, Option<f64>), Refusal> {
    let Context { can, defaults, .. } = cx;
    let temperature = in_range("temperature", request.temperature, 2.0)?;
    let top_p = in_range("top_p", request.top_p, 1.0)?;
    // Where the model's own default for both is 1, leaving a 1 out means the same, and the newer models refuse the
    // parameters themselves. Other families have other defaults, so a 1 is sent.
    let one_is_nothing = can.sampling_default_one || can.sampling == Sampling::None;
    let meaningful = |value: &f64| !(one_is_nothing && *value == 1.0);
    let (temperature, mut top_p) = (temperature.filter(meaningful), top_p.filter(meaningful));
    if can.sampling == Sampling::None || reasoning.fixed_sampling {
        let why = if can.sampling == Sampling::None { NO_SAMPLING } else { WHILE_REASONING };
        for (param, value) in [("temperature", temperature), ("top_p", top_p)] {
            if value.is_some() {
                judge.leave_out(param, why)?;
            }
        }
        return Ok((None, None));
    }
    let temperature = match temperature {
        Some(value) if value > 1.0 => {
            judge.change("temperature", "Bedrock takes 0 to 1", "lowered to 1")?;
            Some(1.0).filter(meaningful)
        }
        other => other,
    };
    let one_only = can.sampling == Sampling::OneOf;
    if one_only && temperature.is_some() && top_p.is_some() {
        judge.leave_out("top_p", "this model takes either `temperature` or `top_p`")?;
        top_p = None;
    }
    let default =
        defaults.temperature.filter(|_| request.temperature.is_none() && !(one_only && top_p.is_some()));
    Ok((temperature.or(default), top_p))
}

fn in_range(param: &str, value: Option<f64>, max: f64) -> Result<Option<f64>, Refusal> {
    match value {
        Some(value) if !(0.0..=max).contains(&value) => {
            Err(Refusal::invalid(param, format!("`{param}` must be between 0 and {max}, not {value}.")))
        }
        other => Ok(other),
    }
}

/// Not a member of `inferenceConfig`: each family has its own.
fn top_k(
    value: &Value,
    cx: Context<'_>,
    reasoning: &Reasoning,
    additional: &mut Map<String, Value>,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    let Some(top_k) = value.as_u64().filter(|top_k| (1..=0x7fff_ffff).contains(top_k)) else {
        return Err(Refusal::invalid("top_k", "`top_k` must be a whole number between 1 and 2147483647."));
    };
    match cx.can.top_k {
        TopK::None => return judge.leave_out("top_k", NO_SAMPLING),
        _ if reasoning.fixed_sampling => return judge.leave_out("top_k", WHILE_REASONING),
        TopK::TopK => additional.insert("top_k".into(), top_k.into()),
        TopK::Nested => {
            if top_k > MAX_NESTED_TOP_K {
                let taken = format!("lowered to {MAX_NESTED_TOP_K}");
                judge.change("top_k", format!("this model takes {MAX_NESTED_TOP_K} at most"), taken)?;
            }
            additional.insert("inferenceConfig".into(), json!({"topK": top_k.min(MAX_NESTED_TOP_K)}))
        }
    };
    Ok(())
}

/// Empty sequences stop nothing, and Bedrock refuses them; some models refuse blank ones, and some all.
fn stop_sequences(stop: Option<Stop>, cx: Context<'_>, judge: &mut Judge) -> Result<Vec<String>, Refusal> {
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
    if !sequences.is_empty() && !cx.can.stop_sequences {
        judge.leave_out("stop", NO_SAMPLING)?;
        return Ok(Vec::new());
    }
    if !cx.can.blank_stop_sequences && sequences.iter().any(|sequence| super::is_blank(sequence)) {
        judge.change("stop", "this model takes no sequence of white space", "those left out")?;
        sequences.retain(|sequence| !super::is_blank(sequence));
    }
    Ok(sequences)
}
