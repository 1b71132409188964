//! What the client asks of the model's reasoning, in any of the dialects that clients speak: OpenAI's `reasoning_effort`,
//! Anthropic's `thinking` and `output_config.effort`, OpenRouter's `reasoning` (translation reference §2.2, §5.2).

use super::super::{Judge, Refusal, shown};
use crate::{catalog::Effort, openai::chat::ChatRequest};
use serde_json::{Map, Value};

/// OpenAI's effort words.
const EFFORTS: [(&str, Effort); 7] = [
    ("none", Effort::None),
    ("minimal", Effort::Minimal),
    ("low", Effort::Low),
    ("medium", Effort::Medium),
    ("high", Effort::High),
    ("xhigh", Effort::Xhigh),
    ("max", Effort::Max),
];

/// The smallest budget that Anthropic's models take, in tokens.
const MIN_BUDGET: u64 = 1024;

/// What the client wants.
#[derive(Debug)]
pub(super) struct Wish {
    /// The member that says so.
    pub(super) param: &'static str,
    /// How much.
    pub(super) amount: Amount,
    /// `thinking.display`: how much of it the answer shall show.
    pub(super) display: Option<String>,
}

/// How much the model shall reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    /// An effort.
    Effort(Effort),
    /// So many tokens at most.
    Tokens(u32),
    /// As much as it thinks right: `thinking` of the type `adaptive`.
    Free,
}

/// Reads all dialects. Of several, `thinking` has the last word, then `reasoning_effort`, `reasoning`, `output_config`;
/// an effort says how much where `thinking` leaves it open. What says otherwise is left out.
pub(super) fn wish(request: &mut ChatRequest<'_>, judge: &mut Judge) -> Result<Option<Wish>, Refusal> {
    let mut display = None;
    let mut said = Vec::new();
    if let Some(value) = request.thinking.take() {
        said.push(thinking(value, &mut display, judge)?);
    }
    if let Some(word) = request.reasoning_effort.take() {
        said.push(("reasoning_effort", Amount::Effort(effort("reasoning_effort", &word)?)));
    }
    if let Some(value) = request.reasoning.take() {
        open_router(value, &mut said, judge)?;
    }
    if let Some(value) = request.output_config.take() {
        let mut members = object("output_config", value)?;
        if let Some(value) = members.remove("effort").filter(|value| !value.is_null()) {
            said.push(("output_config.effort", Amount::Effort(word("output_config.effort", &value)?)));
        }
        judge.unknown("output_config.", &members)?;
    }
    let mut said = said.into_iter();
    let Some((mut param, mut amount)) = said.next() else { return Ok(None) };
    for (other, wanted) in said {
        match wanted {
            Amount::Effort(effort) if amount == Amount::Free && effort != Effort::None => {
                (param, amount) = (other, wanted);
            }
            wanted if wanted == amount => {}
            _ => judge.leave_out(other, format!("it contradicts `{param}`"))?,
        }
    }
    Ok(Some(Wish { param, amount, display }))
}

/// Anthropic's `thinking`.
fn thinking(
    value: Value,
    display: &mut Option<String>,
    judge: &mut Judge,
) -> Result<(&'static str, Amount), Refusal> {
    let mut members = object("thinking", value)?;
    let kind = members.remove("type").unwrap_or_default();
    let budget = members.remove("budget_tokens").filter(|value| !value.is_null());
    let shown_as = members.remove("display").filter(|value| !value.is_null());
    judge.unknown("thinking.", &members)?;
    if let Some(value) = shown_as {
        match value.as_str() {
            Some(word @ ("summarized" | "omitted")) => *display = Some(word.to_owned()),
            _ => {
                let message = "`thinking.display` must be \"summarized\" or \"omitted\".";
                return Err(Refusal::invalid("thinking.display", message));
            }
        }
    }
    let amount = match (kind.as_str(), budget) {
        (Some("enabled"), Some(budget)) => {
            return Ok(("thinking.budget_tokens", tokens("thinking.budget_tokens", &budget)?));
        }
        (Some("enabled"), None) => {
            let message = "`thinking.budget_tokens` is required in this type of thinking.";
            return Err(Refusal::missing("thinking.budget_tokens", message));
        }
        (Some("adaptive" | "disabled"), Some(_)) => {
            let message = "`thinking.budget_tokens` goes with the type \"enabled\" only.";
            return Err(Refusal::invalid("thinking.budget_tokens", message));
        }
        (Some("adaptive"), None) => Amount::Free,
        (Some("disabled"), None) => Amount::Effort(Effort::None),
        _ => {
            let message = "`thinking.type` must be \"enabled\", \"adaptive\" or \"disabled\".";
            return Err(Refusal::invalid("thinking.type", message));
        }
    };
    Ok(("thinking", amount))
}

/// OpenRouter's `reasoning`: `effort`, or `max_tokens`, or `enabled`.
fn open_router(
    value: Value,
    said: &mut Vec<(&'static str, Amount)>,
    judge: &mut Judge,
) -> Result<(), Refusal> {
    let mut members = object("reasoning", value)?;
    members.retain(|_, value| !value.is_null());
    match members.remove("enabled") {
        None => {}
        Some(Value::Bool(false)) => said.push(("reasoning.enabled", Amount::Effort(Effort::None))),
        Some(Value::Bool(true)) if members.contains_key("effort") || members.contains_key("max_tokens") => {}
        Some(Value::Bool(true)) => said.push(("reasoning.enabled", Amount::Effort(Effort::Medium))),
        Some(_) => {
            let message = "`reasoning.enabled` must be true or false.";
            return Err(Refusal::invalid("reasoning.enabled", message));
        }
    }
    if let Some(value) = members.remove("effort") {
        said.push(("reasoning.effort", Amount::Effort(word("reasoning.effort", &value)?)));
    }
    if let Some(value) = members.remove("max_tokens") {
        said.push(("reasoning.max_tokens", tokens("reasoning.max_tokens", &value)?));
    }
    if members.remove("exclude").is_some_and(|value| value != false) {
        judge.leave_out("reasoning.exclude", "the answer needs its reasoning to be continued")?;
    }
    judge.unknown("reasoning.", &members)
}

fn object(param: &str, value: Value) -> Result<Map<String, Value>, Refusal> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(Refusal::invalid(param, format!("`{param}` must be an object."))),
    }
}

/// A number of tokens to reason with.
fn tokens(param: &str, value: &Value) -> Result<Amount, Refusal> {
    let tokens = value.as_u64().filter(|tokens| *tokens >= MIN_BUDGET);
    match tokens.and_then(|tokens| u32::try_from(tokens).ok()) {
        Some(tokens) => Ok(Amount::Tokens(tokens)),
        None => {
            let message = format!("`{param}` must be a whole number of at least {MIN_BUDGET} tokens.");
            Err(Refusal::invalid(param, message))
        }
    }
}

fn word(param: &str, value: &Value) -> Result<Effort, Refusal> {
    effort(param, value.as_str().unwrap_or_default())
}

fn effort(param: &str, word: &str) -> Result<Effort, Refusal> {
    EFFORTS.iter().find(|(known, _)| *known == word).map(|(_, effort)| *effort).ok_or_else(|| {
        let words = EFFORTS.map(|(known, _)| known).join(", ");
        Refusal::invalid(param, format!("`{param}` must be one of {words}, not \"{}\".", shown(word)))
    })
}

// === impl Amount ===

impl Amount {
    /// The effort that comes nearest: the one that would be given as many tokens.
    pub(super) fn nearest(self) -> Effort {
        match self {
            Self::Effort(effort) => effort,
            Self::Tokens(..=2048) => Effort::Low,
            Self::Tokens(..=8192) => Effort::Medium,
            Self::Tokens(..=16_384) => Effort::High,
            Self::Tokens(_) => Effort::Xhigh,
            Self::Free => Effort::Medium,
        }
    }
}

/// OpenAI's word for it.
pub(super) fn name(effort: Effort) -> &'static str {
    EFFORTS.iter().find(|(_, known)| *known == effort).map_or("none", |(word, _)| word)
}
