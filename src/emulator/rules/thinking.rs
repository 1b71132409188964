//! Rules about what steers the reasoning, and what goes with it: translation reference §5.2, and the user guide's pages on
//! extended and adaptive thinking.

use serde_json::Value;

use super::super::models::Knob;
use super::{Conversation, Refusal, Rule, ensure};

pub(super) const RULES: &[Rule] = &[
    native_fields_are_known,
    thinking_is_well_formed,
    budgets_are_in_range,
    efforts_are_known,
    words_are_known,
    nova_settings_are_known,
    sampling_suits_thinking,
    thinking_forces_no_tool,
    thinking_has_no_prefill,
];

const MIN_BUDGET: i64 = 1024;
/// With a budget, more tokens than these come as a stream only (user guide, extended thinking).
const MAX_WHOLE_TOKENS: i64 = 21_333;

/// Every family knows its own members and refuses those of the others.
fn native_fields_are_known(c: &Conversation<'_>) -> Result<(), Refusal> {
    let fields = &c.request["additionalModelRequestFields"];
    ensure(fields.is_null() || fields.is_object(), || {
        "The additionalModelRequestFields field must be a JSON object.".to_owned()
    })?;
    let (Some(native), Some(fields)) = (c.family.native, fields.as_object()) else { return Ok(()) };
    let steers = |name: &str| match c.family.reasoning.knob {
        Knob::None => false,
        Knob::Any => true,
        Knob::Thinking { efforts, .. } => {
            name == "thinking" || (name == "output_config" && !efforts.is_empty())
        }
        Knob::Config => name == "reasoningConfig",
        Knob::Word(member, _) => name == member,
        Knob::Nested(_) => name == "reasoning",
    };
    let mut given = fields.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name.as_str());
    match given.find(|name| !native.contains(name) && !steers(name)) {
        Some(foreign) => Err(extraneous("#", foreign)),
        None => Ok(()),
    }
}

fn thinking_is_well_formed(c: &Conversation<'_>) -> Result<(), Refusal> {
    let Knob::Thinking { types, .. } = c.family.reasoning.knob else { return Ok(()) };
    let thinking = c.additional("thinking");
    if thinking.is_null() {
        return Ok(());
    }
    let kind = thinking["type"].as_str().unwrap_or_default();
    let known = ["enabled", "disabled", "adaptive", "between_tools"].contains(&kind);
    ensure(known, || {
        "thinking: Input tag found using 'type' does not match any of the expected tags".to_owned()
    })?;
    ensure(types.contains(&kind), || {
        format!(
            "\"thinking.type.{kind}\" is not supported for this model. Use \"thinking.type.{}\" instead.",
            types.first().copied().unwrap_or_default()
        )
    })?;
    let members = thinking.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    for name in members {
        let expected = match name {
            "type" => true,
            "budget_tokens" => kind == "enabled",
            "display" => kind != "disabled",
            "block_binding" => c.family.binds_prefix,
            _ => false,
        };
        ensure(expected, || format!("thinking.{kind}.{name}: Extra inputs are not permitted"))?;
    }
    let display = &thinking["display"];
    ensure(display.is_null() || display == "summarized" || display == "omitted", || {
        format!("thinking.{kind}.display: Input should be 'summarized' or 'omitted'")
    })
}

fn budgets_are_in_range(c: &Conversation<'_>) -> Result<(), Refusal> {
    let thinking = c.additional("thinking");
    if !matches!(c.family.reasoning.knob, Knob::Thinking { .. }) || thinking["type"] != "enabled" {
        return Ok(());
    }
    let budget = thinking["budget_tokens"].as_i64();
    let budget = budget.ok_or_else(|| {
        Refusal::validation("thinking.enabled.budget_tokens: Input should be a valid integer")
    })?;
    ensure(budget >= MIN_BUDGET, || {
        format!("thinking.enabled.budget_tokens: Input should be greater than or equal to {MIN_BUDGET}")
    })?;
    let asked = c.request["inferenceConfig"]["maxTokens"].as_i64();
    let most = asked.unwrap_or(i64::try_from(c.model.max_output).unwrap_or(i64::MAX));
    ensure(budget < most, || "`max_tokens` must be greater than `thinking.budget_tokens`.".to_owned())?;
    ensure(c.streams || asked.is_none_or(|asked| asked <= MAX_WHOLE_TOKENS), || {
        format!(
            "Streaming is required when thinking is enabled and `max_tokens` is greater than {MAX_WHOLE_TOKENS}."
        )
    })
}

/// `output_config.effort` and Converse's own `outputConfig.effort`.
fn efforts_are_known(c: &Conversation<'_>) -> Result<(), Refusal> {
    let (native, own) = (c.additional("output_config"), &c.request["outputConfig"]["effort"]);
    let (efforts, beta) = match c.family.reasoning.knob {
        Knob::Any => return Ok(()),
        Knob::Thinking { efforts, beta, .. } => (efforts, beta),
        _ => (&[][..], ""),
    };
    ensure(own.is_null() || !efforts.is_empty(), || {
        "This model doesn't support the outputConfig.effort field. Remove outputConfig.effort and try again."
            .to_owned()
    })?;
    ensure(own.is_null() || native["effort"].is_null(), || {
        "The additional field output_config conflicts with an existing field.".to_owned()
    })?;
    if let Some((name, _)) = native.as_object().into_iter().flatten().find(|(name, _)| *name != "effort") {
        return Err(Refusal::validation(format!("output_config.{name}: Extra inputs are not permitted")));
    }
    let mut betas = c.additional("anthropic_beta").as_array().into_iter().flatten().filter_map(Value::as_str);
    ensure(native.is_null() || beta.is_empty() || betas.any(|name| name.starts_with(beta)), || {
        "output_config: Extra inputs are not permitted".to_owned()
    })?;
    let effort = if own.is_null() { &native["effort"] } else { own };
    let off = c.additional("thinking")["type"] == "disabled";
    let known = efforts.iter().any(|word| effort == word);
    ensure(effort.is_null() || known, || {
        format!("output_config.effort: Input should be one of: {}", quoted(efforts))
    })?;
    ensure(!(off && (effort == "xhigh" || effort == "max")), || {
        "output_config.effort: efforts above 'high' need thinking to be on".to_owned()
    })
}

fn words_are_known(c: &Conversation<'_>) -> Result<(), Refusal> {
    let (place, words, value) = match c.family.reasoning.knob {
        Knob::Word(member, words) => (member, words, c.additional(member)),
        Knob::Nested(words) => {
            let reasoning = c.additional("reasoning");
            if let Some((name, _)) =
                reasoning.as_object().into_iter().flatten().find(|(name, _)| *name != "effort")
            {
                return Err(extraneous("#/reasoning", name));
            }
            ensure(reasoning.is_null() || reasoning.is_object(), || {
                "Malformed input request: #/reasoning: expected type: JSONObject".to_owned()
            })?;
            ("reasoning.effort", words, &reasoning["effort"])
        }
        _ => return Ok(()),
    };
    ensure(value.is_null() || words.iter().any(|word| value == word), || {
        format!("Unsupported value at {place}: {value}. Supported values are: {}", quoted(words))
    })
}

/// Nova's own settings: `inferenceConfig.topK`, and the reasoning of Nova 2, whose highest effort has no limits beside
/// it.
fn nova_settings_are_known(c: &Conversation<'_>) -> Result<(), Refusal> {
    if c.family.native == Some(&["inferenceConfig"]) {
        let own = c.additional("inferenceConfig");
        if let Some((name, _)) = own.as_object().into_iter().flatten().find(|(name, _)| *name != "topK") {
            return Err(extraneous("#/inferenceConfig", name));
        }
        let top_k = &own["topK"];
        ensure(top_k.is_null() || top_k.as_u64().is_some_and(|top_k| top_k <= 128), || {
            format!(
                "Malformed input request: #/inferenceConfig/topK: {top_k} is not an integer from 0 to 128"
            )
        })?;
    }
    let config = c.additional("reasoningConfig");
    if !matches!(c.family.reasoning.knob, Knob::Config) || config.is_null() {
        return Ok(());
    }
    let known = ["type", "maxReasoningEffort"];
    if let Some((name, _)) =
        config.as_object().into_iter().flatten().find(|(name, _)| !known.contains(&name.as_str()))
    {
        return Err(extraneous("#/reasoningConfig", name));
    }
    let (kind, effort) = (config["type"].as_str(), config["maxReasoningEffort"].as_str());
    let fits = match kind {
        Some("disabled") => config["maxReasoningEffort"].is_null(),
        Some("enabled") => effort.is_some_and(|effort| ["low", "medium", "high"].contains(&effort)),
        _ => false,
    };
    ensure(fits, || {
        "Malformed input request: #/reasoningConfig: type must be enabled or disabled, and maxReasoningEffort low, \
         medium or high"
            .to_owned()
    })?;
    let config = &c.request["inferenceConfig"];
    let limit = ["maxTokens", "temperature", "topP"].into_iter().find(|name| !config[*name].is_null());
    ensure(effort != Some("high") || limit.is_none(), || {
        format!("{} must be unset when maxReasoningEffort is high.", limit.unwrap_or_default())
    })
}

fn sampling_suits_thinking(c: &Conversation<'_>) -> Result<(), Refusal> {
    if !c.family.anthropic || !c.thinks {
        return Ok(());
    }
    let config = &c.request["inferenceConfig"];
    ensure(config["temperature"].as_f64().is_none_or(|temperature| temperature == 1.0), || {
        "`temperature` may only be set to 1 when thinking is enabled.".to_owned()
    })?;
    let top_p = !config["topP"].is_null() || !c.additional("top_p").is_null();
    ensure(!top_p, || "`top_p` must be unset when thinking is enabled.".to_owned())?;
    ensure(c.additional("top_k").is_null(), || "`top_k` must be unset when thinking is enabled.".to_owned())
}

fn thinking_forces_no_tool(c: &Conversation<'_>) -> Result<(), Refusal> {
    let choice = &c.request["toolConfig"]["toolChoice"];
    let native = matches!(c.additional("tool_choice")["type"].as_str(), Some("any" | "tool"));
    let forces = !choice["any"].is_null() || !choice["tool"].is_null() || native;
    ensure(c.family.forced_while_thinking || !c.thinks || !forces, || {
        "Thinking may not be enabled when tool_choice forces tool use.".to_owned()
    })
}

fn thinking_has_no_prefill(c: &Conversation<'_>) -> Result<(), Refusal> {
    let prefilled = c.turns.last().is_some_and(|turn| turn.role == "assistant");
    ensure(!(c.family.anthropic && c.thinks && prefilled), || {
        "A prefilled assistant message cannot be used when thinking is enabled.".to_owned()
    })
}

fn extraneous(place: &str, name: &str) -> Refusal {
    Refusal::validation(format!(
        "Malformed input request: {place}: extraneous key [{name}] is not permitted, please reformat your input and \
         try again."
    ))
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}
