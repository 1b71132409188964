//! How much the model shall reason: what the client asks for in the words that the model knows (translation reference
//! §5.2).
//!
//! Which words those are, and what each effort becomes in them, is data of the catalog. Reasoning of earlier turns is
//! [`replay`](super::replay)'s matter.

mod wish;

use super::{Context, Judge, Refusal, params::Limit};
use crate::{
    catalog::{Capabilities, Effort, Level, ReasoningShape},
    converse::{ContentBlock, Message, Role},
    openai::chat::ChatRequest,
};
use serde_json::{Map, Value, json};
use wish::{Amount, Wish, wish};

/// The smallest budget that Anthropic's models take, in tokens.
const MIN_BUDGET: u32 = 1024;

/// What is left for the answer when a budget is made to fit: a quarter of all, and never more tokens than this.
const ANSWER_TOKENS: u32 = 4096;

/// Where Anthropic's models say how many tokens went into reasoning (translation reference §3.2).
const TOKENS_POINTER: &str = "/usage/output_tokens_details";

/// What the request asks of the model's reasoning.
#[derive(Debug, Default)]
pub(super) struct Reasoning {
    /// The model will reason: because it is asked to, or because it does unless it is told not to.
    pub(super) on: bool,
    /// Temperature, `top_p` and `top_k` cannot be chosen meanwhile.
    pub(super) fixed_sampling: bool,
    /// `maxTokens` must not be sent.
    pub(super) unlimited: bool,
    /// The same in the model's own terms, as additional fields.
    pub(super) additional: Map<String, Value>,
    /// Members of the model's own answer that say how much it reasoned.
    pub(super) response_field_paths: Vec<String>,
}

/// Where a wish meets its limits.
#[derive(Clone, Copy)]
struct Circumstances<'a> {
    turns: &'a [Message<'a>],
    limit: Limit,
    can: &'a Capabilities,
}

/// Reads what the client asks for. `turns` is the conversation, `limit` how long the answer may be.
pub(super) fn reasoning(
    request: &mut ChatRequest<'_>,
    turns: &[Message<'_>],
    limit: Limit,
    cx: Context<'_>,
    judge: &mut Judge,
) -> Result<Reasoning, Refusal> {
    let can = cx.can;
    let Some(Wish { param, amount, display }) = wish(request, judge)? else {
        return Ok(Reasoning::by_default(can));
    };
    let around = Circumstances { turns, limit, can };
    let asked = match can.reasoning {
        ReasoningShape::None => unsteered(param, amount, can, judge)?,
        _ => steered(param, amount, around, judge)?,
    };
    let mut reasoning = asked.unwrap_or_else(|| Reasoning::by_default(can));
    if let Some(display) = display {
        match reasoning.additional.get_mut("thinking").filter(|_| reasoning.on) {
            Some(thinking) => thinking["display"] = display.into(),
            None => judge.leave_out("thinking.display", "there is no reasoning to be shown")?,
        }
    }
    Ok(reasoning)
}

/// A model that knows no words for it: to ask for little is to ask for nothing.
fn unsteered(
    param: &str,
    amount: Amount,
    can: &Capabilities,
    judge: &mut Judge,
) -> Result<Option<Reasoning>, Refusal> {
    let why = match amount {
        Amount::Effort(Effort::None) if can.reasoning_by_default => "this model always reasons",
        Amount::Effort(Effort::None | Effort::Minimal | Effort::Low) => return Ok(None),
        _ => "this model cannot be told to reason",
    };
    judge.leave_out(param, why)?;
    Ok(None)
}

/// The wish in the model's words; none when it was left out.
fn steered(
    param: &str,
    amount: Amount,
    around: Circumstances<'_>,
    judge: &mut Judge,
) -> Result<Option<Reasoning>, Refusal> {
    let can = around.can;
    let effort = match (can.reasoning, amount) {
        (ReasoningShape::Adaptive, Amount::Free) => {
            return Ok(Some(Reasoning::asked(can, "thinking", json!({"type": "adaptive"}))));
        }
        (ReasoningShape::Budget, Amount::Tokens(tokens)) => {
            return budget(param, tokens, true, around, judge);
        }
        (_, Amount::Effort(effort)) => effort,
        (_, amount) => {
            let effort = amount.nearest();
            let taken = format!("taken as the effort \"{}\"", wish::name(effort));
            let why = match amount {
                Amount::Free => "this model takes no adaptive thinking",
                _ => "this model takes an effort",
            };
            judge.change(param, why, taken)?;
            effort
        }
    };
    match (can.reasoning, can.reasoning_levels.get(&effort)) {
        (ReasoningShape::Budget, Some(Level::Budget(tokens))) => budget(param, *tokens, false, around, judge),
        (shape, Some(Level::Word(word))) if shape != ReasoningShape::Budget || word == "omit" => {
            let word = told(param, effort, word, judge)?;
            in_words(param, word, around, judge).map(Some)
        }
        _ => {
            judge.leave_out(param, "this model has no such effort")?;
            Ok(None)
        }
    }
}

/// The model's word for an effort; where it says another thing, the client is told.
fn told<'a>(param: &str, effort: Effort, word: &'a str, judge: &mut Judge) -> Result<&'a str, Refusal> {
    let taken = || format!("taken as \"{word}\"");
    match effort {
        Effort::None if ["omit", "disabled", "none"].contains(&word) => {}
        Effort::None => judge.change(param, "this model always reasons", taken())?,
        effort if wish::name(effort) == word => {}
        _ => judge.warn(param, "this model has no such effort", taken()),
    }
    Ok(word)
}

/// A budget that leaves room for the answer.
fn budget(
    param: &str,
    mut tokens: u32,
    by_client: bool,
    Circumstances { turns, limit, can }: Circumstances<'_>,
    judge: &mut Judge,
) -> Result<Option<Reasoning>, Refusal> {
    if let Some(why) = obstacle(turns) {
        judge.leave_out(param, why)?;
        return Ok(None);
    }
    if let Limit { tokens: Some(most), param: Some(limit), .. } = limit
        && by_client
        && tokens >= most
    {
        let message = format!("`{param}` must be less than `{limit}`, which is {most}.");
        return Err(Refusal::invalid(param, message));
    }
    let most = limit.with_budget().tokens.or_else(|| can.most_output());
    if let Some(most) = most.filter(|most| tokens >= *most) {
        if most <= MIN_BUDGET {
            let why =
                format!("this model reasons with {MIN_BUDGET} tokens or more, the answer may have {most}");
            judge.leave_out(param, why)?;
            return Ok(None);
        }
        tokens = MIN_BUDGET.max(most - ANSWER_TOKENS.min(most / 4));
        let why = format!("reasoning and answer share {most} tokens");
        judge.warn(param, why, format!("lowered to {tokens} tokens of reasoning"));
    }
    let thinking = json!({"type": "enabled", "budget_tokens": tokens});
    Ok(Some(Reasoning::asked(can, "thinking", thinking)))
}

/// What keeps Anthropic's models from reasoning with a budget: within a round of tool calls they go on with the signed
/// reasoning that it began with, and words put into their mouth leave no place for it. (User guide, extended thinking.)
fn obstacle(turns: &[Message<'_>]) -> Option<&'static str> {
    let last = turns.last()?;
    if last.role == Role::Assistant {
        return Some("the conversation ends with the assistant's words");
    }
    let in_round = last.content.iter().any(|block| matches!(block, ContentBlock::ToolResult(_)));
    let calls = turns.iter().rfind(|turn| turn.role == Role::Assistant).filter(|_| in_round)?;
    match calls.content.first() {
        Some(ContentBlock::ReasoningContent(_)) => None,
        _ => Some("the tool calls came back without the signed reasoning before them"),
    }
}

/// One of the words that the catalog has for the model.
fn in_words(
    param: &str,
    word: &str,
    Circumstances { limit, can, .. }: Circumstances<'_>,
    judge: &mut Judge,
) -> Result<Reasoning, Refusal> {
    let asked = |name, value| Reasoning::asked(can, name, value);
    Ok(match (can.reasoning, word) {
        (_, "omit") => Reasoning::default(),
        (ReasoningShape::None | ReasoningShape::Budget, _) => Reasoning::by_default(can),
        (ReasoningShape::Adaptive, "disabled") => {
            Reasoning { additional: one("thinking", json!({"type": "disabled"})), ..Reasoning::default() }
        }
        (ReasoningShape::Adaptive, "between_tools") => asked("thinking", json!({"type": "between_tools"})),
        (ReasoningShape::Adaptive, word) => {
            let mut reasoning = asked("thinking", json!({"type": "adaptive"}));
            reasoning.additional.insert("output_config".into(), json!({"effort": word}));
            reasoning
        }
        (ReasoningShape::ReasoningConfig, word) => {
            // Nova 2's highest effort has neither limit nor sampling beside it.
            let unlimited = word == "high" && limit.param.is_none();
            let word = match (word, limit.param) {
                ("high", Some(limit)) => {
                    let why = format!("this model reasons that much only without `{limit}`");
                    judge.change(param, why, "taken as \"medium\"")?;
                    "medium"
                }
                (word, _) => word,
            };
            let config = json!({"type": "enabled", "maxReasoningEffort": word});
            Reasoning { unlimited, fixed_sampling: unlimited, ..asked("reasoningConfig", config) }
        }
        (ReasoningShape::Effort, word) => in_word("reasoning_effort", word, word.into(), can),
        (ReasoningShape::EffortConfig, word) => in_word("reasoning_config", word, word.into(), can),
        (ReasoningShape::EffortObject, word) => in_word("reasoning", word, json!({"effort": word}), can),
    })
}

/// Families whose word for no reasoning is `none`.
fn in_word(name: &str, word: &str, value: Value, can: &Capabilities) -> Reasoning {
    match word {
        "none" => Reasoning { additional: one(name, value), ..Reasoning::default() },
        _ => Reasoning::asked(can, name, value),
    }
}

fn one(name: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value)])
}

// === impl Reasoning ===

impl Reasoning {
    /// Of a model that is asked to reason by this member.
    fn asked(can: &Capabilities, name: &str, value: Value) -> Self {
        Self { additional: one(name, value), ..Self::going_on(can) }
    }

    /// Of a model that is asked nothing.
    fn by_default(can: &Capabilities) -> Self {
        if can.reasoning_by_default { Self::going_on(can) } else { Self::default() }
    }

    fn going_on(can: &Capabilities) -> Self {
        let paths = can.reasoning_tokens.then(|| TOKENS_POINTER.to_owned());
        Self {
            on: true,
            fixed_sampling: matches!(can.reasoning, ReasoningShape::Budget | ReasoningShape::Adaptive),
            unlimited: false,
            additional: Map::new(),
            response_field_paths: paths.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests;
