//! Rules that some model families have and others have not; see [`Family`](super::Family) for which.

use super::super::models::Sampling;
use super::super::tokens;
use super::{Conversation, Refusal, Rule, ensure};

pub(super) const RULES: &[Rule] = &[
    first_speaks_the_user,
    last_speaks_the_user,
    prefill_ends_in_a_letter,
    system_is_supported,
    results_stand_alone,
    results_are_plain,
    text_precedes_calls,
    sampling_is_supported,
    max_tokens_are_in_range,
    stop_sequences_are_supported,
    ids_are_of_the_family,
    input_fits_the_window,
];

fn first_speaks_the_user(c: &Conversation<'_>) -> Result<(), Refusal> {
    let first = c.turns.first().map(|turn| turn.role);
    ensure(first == Some("user") || (first == Some("assistant") && c.family.leading_assistant), || {
        "A conversation must start with a user message. Try again with a conversation that starts with a user message."
            .to_owned()
    })
}

fn last_speaks_the_user(c: &Conversation<'_>) -> Result<(), Refusal> {
    let prefilled = c.turns.last().is_some_and(|turn| turn.role == "assistant");
    ensure(c.family.prefill || !prefilled, || {
        "This model does not support assistant message prefill. The conversation must end with a user message."
            .to_owned()
    })
}

fn prefill_ends_in_a_letter(c: &Conversation<'_>) -> Result<(), Refusal> {
    let last = c.turns.last().filter(|turn| turn.role == "assistant").and_then(|turn| turn.blocks.last());
    let text = last.and_then(|block| block["text"].as_str()).unwrap_or_default();
    ensure(!c.family.anthropic || text.trim_end().len() == text.len(), || {
        "messages: final assistant content cannot end with trailing whitespace".to_owned()
    })
}

fn system_is_supported(c: &Conversation<'_>) -> Result<(), Refusal> {
    let has_system = c.request["system"].as_array().is_some_and(|blocks| !blocks.is_empty());
    ensure(c.family.system || !has_system, || {
        "This model doesn't support the system field. Remove the system field and try again.".to_owned()
    })?;
    ensure(c.family.system_role || c.turns.iter().all(|turn| turn.role != "system"), || {
        "This model doesn't support messages of the system role.".to_owned()
    })
}

fn results_stand_alone(c: &Conversation<'_>) -> Result<(), Refusal> {
    for turn in &c.turns {
        let results = turn.all("toolResult").count();
        let others = turn.blocks.iter().filter(|block| block.get("cachePoint").is_none()).count() - results;
        ensure(c.family.content_beside_results || results == 0 || others == 0, || {
            "Conversation blocks and tool result blocks cannot be provided in the same turn.".to_owned()
        })?;
        let media = ["document", "video"].iter().any(|kind| turn.all(kind).next().is_some());
        ensure(!c.family.anthropic || results == 0 || !media, || {
            "Document and video blocks cannot be provided in the same turn as tool result blocks.".to_owned()
        })?;
    }
    Ok(())
}

fn results_are_plain(c: &Conversation<'_>) -> Result<(), Refusal> {
    for result in c.turns.iter().flat_map(|turn| turn.all("toolResult")) {
        ensure(c.family.result_status || result["status"].is_null(), || {
            "This model doesn't support the status field in toolResult. Remove the status field and try again."
                .to_owned()
        })?;
        let empty = result["content"].as_array().is_some_and(Vec::is_empty);
        ensure(c.family.empty_result || !empty, || "The content field in toolResult is empty.".to_owned())?;
    }
    Ok(())
}

fn text_precedes_calls(c: &Conversation<'_>) -> Result<(), Refusal> {
    for turn in c.turns.iter().filter(|turn| turn.role == "assistant") {
        let call = turn.blocks.iter().position(|block| block.get("toolUse").is_some());
        let text = turn.blocks.iter().rposition(|block| block.get("text").is_some());
        ensure(c.family.text_after_call || call.is_none() || text < call, || {
            "`tool_use` ids were found without `tool_result` blocks immediately after: text follows a tool call in one \
             assistant message."
                .to_owned()
        })?;
    }
    Ok(())
}

fn sampling_is_supported(c: &Conversation<'_>) -> Result<(), Refusal> {
    let config = &c.request["inferenceConfig"];
    let set = [
        ("temperature", !config["temperature"].is_null()),
        ("top_p", !config["topP"].is_null() || !c.additional("top_p").is_null()),
        ("top_k", !c.additional("top_k").is_null()),
    ];
    match c.family.sampling {
        Sampling::Free => Ok(()),
        Sampling::OneOf => ensure(!(set[0].1 && set[1].1), || {
            "`temperature` and `top_p` cannot both be specified for this model. Please use only one."
                .to_owned()
        }),
        Sampling::None => match set.iter().find(|(_, set)| *set) {
            Some((name, _)) => Err(Refusal::validation(format!("`{name}` is deprecated for this model."))),
            None => Ok(()),
        },
    }
}

fn max_tokens_are_in_range(c: &Conversation<'_>) -> Result<(), Refusal> {
    let Some(asked) = c.request["inferenceConfig"]["maxTokens"].as_u64() else { return Ok(()) };
    let (least, most) = (c.family.min_max_tokens, c.model.max_output);
    ensure(asked >= least, || {
        format!("The maximum tokens you requested is below the model minimum of {least}.")
    })?;
    // Claude's larger models were seen to refuse the very number that is published.
    let fits = if c.family.anthropic && most >= 64_000 { asked < most } else { asked <= most };
    ensure(fits || c.family.native.is_none(), || {
        format!(
            "The maximum tokens you requested exceeds the model limit of {most}. Try again with a maximum tokens value \
             that is lower than {most}."
        )
    })
}

fn stop_sequences_are_supported(c: &Conversation<'_>) -> Result<(), Refusal> {
    let stops = c.request["inferenceConfig"]["stopSequences"].as_array().map_or(&[][..], Vec::as_slice);
    ensure(c.family.stop || stops.is_empty(), || {
        "This model doesn't support the stopSequences field. Remove stopSequences and try again.".to_owned()
    })?;
    let blank = stops.iter().any(|stop| stop.as_str().is_some_and(|stop| stop.trim().is_empty()));
    ensure(c.family.blank_stop || !blank, || {
        "stop_sequences: each stop sequence must contain non-whitespace".to_owned()
    })
}

/// Of Mistral's own format: nine letters or digits.
fn ids_are_of_the_family(c: &Conversation<'_>) -> Result<(), Refusal> {
    let sound = |id: &str| id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric());
    for (place, _, block) in c.blocks() {
        let id = block["toolUse"]["toolUseId"].as_str().or(block["toolResult"]["toolUseId"].as_str());
        ensure(!c.family.nine_character_ids || id.is_none_or(sound), || {
            let id = id.unwrap_or_default();
            format!("Tool call id was {id} at {place} but must be a-z, A-Z, 0-9, with a length of 9.")
        })?;
    }
    Ok(())
}

/// By the emulator's own count of tokens, which is a rough one.
fn input_fits_the_window(c: &Conversation<'_>) -> Result<(), Refusal> {
    let Some(window) = c.family.window else { return Ok(()) };
    let input = tokens::of_request(c.request);
    let asked = c.request["inferenceConfig"]["maxTokens"].as_u64().unwrap_or_default();
    ensure(input.saturating_add(asked) <= window, || {
        format!(
            "input length and `max_tokens` exceed context limit: {input} + {asked} > {window}, decrease input length or \
             `max_tokens` and try again"
        )
    })
}
