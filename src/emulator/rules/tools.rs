//! Rules about `toolConfig`: what it declares, what it forces, and what the model's family makes of it.

use std::collections::HashSet;

use serde_json::Value;

use super::{Conversation, Refusal, Rule, ensure};

pub(super) const RULES: &[Rule] = &[
    history_needs_tool_config,
    schemas_describe_objects,
    names_are_unique,
    family_has_tools,
    family_has_tools_in_streams,
    family_has_the_choice,
    forced_tool_exists,
    thinking_forces_no_tool,
    native_choice_fits,
    strict_is_supported,
    patterns_are_plain,
];

fn history_needs_tool_config(c: &Conversation<'_>) -> Result<(), Refusal> {
    let used =
        c.blocks().any(|(_, _, block)| block.get("toolUse").is_some() || block.get("toolResult").is_some());
    ensure(!used || c.request["toolConfig"].is_object(), || {
        "The toolConfig field must be defined when using toolUse and toolResult content blocks.".to_owned()
    })
}

fn schemas_describe_objects(c: &Conversation<'_>) -> Result<(), Refusal> {
    let bad = c.specs.iter().position(|spec| spec["inputSchema"]["json"]["type"] != "object");
    ensure(bad.is_none(), || {
        format!(
            "The value at toolConfig.tools.{}.toolSpec.inputSchema.json.type must be one of the following: object.",
            bad.unwrap_or_default()
        )
    })
}

fn names_are_unique(c: &Conversation<'_>) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    let twice = c.specs.iter().filter_map(|spec| spec["name"].as_str()).find(|name| !seen.insert(*name));
    ensure(twice.is_none(), || {
        format!(
            "The toolConfig contains duplicate tool names: {}. Tool names must be unique.",
            twice.unwrap_or_default()
        )
    })
}

fn family_has_tools(c: &Conversation<'_>) -> Result<(), Refusal> {
    ensure(c.family.tools || !c.request["toolConfig"].is_object(), || {
        "This model doesn't support tool use.".to_owned()
    })
}

fn family_has_tools_in_streams(c: &Conversation<'_>) -> Result<(), Refusal> {
    ensure(c.family.tools_in_stream || !c.streams || !c.request["toolConfig"].is_object(), || {
        "This model doesn't support tool use in streaming mode.".to_owned()
    })
}

fn family_has_the_choice(c: &Conversation<'_>) -> Result<(), Refusal> {
    let choice = &c.request["toolConfig"]["toolChoice"];
    let family = c.family;
    let kinds = [("auto", family.choice_auto), ("any", family.choice_any), ("tool", family.choice_tool)];
    for (kind, supported) in kinds {
        ensure(supported || choice[kind].is_null(), || {
            format!(
                "This model doesn't support the toolConfig.toolChoice.{kind} field. Remove \
                 toolConfig.toolChoice.{kind} and try again."
            )
        })?;
    }
    Ok(())
}

fn forced_tool_exists(c: &Conversation<'_>) -> Result<(), Refusal> {
    let forced = c.request["toolConfig"]["toolChoice"]["tool"]["name"].as_str();
    let known = forced.is_none_or(|name| c.specs.iter().any(|spec| spec["name"] == name));
    ensure(known, || format!("Tool '{}' not found in provided tools", forced.unwrap_or_default()))
}

fn thinking_forces_no_tool(c: &Conversation<'_>) -> Result<(), Refusal> {
    let thinks = matches!(c.additional("thinking")["type"].as_str(), Some("enabled" | "adaptive"));
    let choice = &c.request["toolConfig"]["toolChoice"];
    let forces = !choice["any"].is_null() || !choice["tool"].is_null();
    ensure(!(c.family.anthropic && thinks && forces), || {
        "Thinking may not be enabled when tool_choice forces tool use.".to_owned()
    })
}

/// Anthropic's own `tool_choice` beside, or in place of, Converse's.
fn native_choice_fits(c: &Conversation<'_>) -> Result<(), Refusal> {
    let native = c.additional("tool_choice");
    if native.is_null() || !c.family.anthropic {
        return Ok(());
    }
    ensure(c.request["toolConfig"].is_object(), || {
        "tool_choice may only be specified while providing tools.".to_owned()
    })?;
    ensure(native["type"].is_null() || c.request["toolConfig"]["toolChoice"].is_null(), || {
        "The additional field tool_choice conflicts with an existing field.".to_owned()
    })
}

fn strict_is_supported(c: &Conversation<'_>) -> Result<(), Refusal> {
    let strict = c.specs.iter().position(|spec| spec["strict"] == true);
    ensure(c.family.strict_tools || strict.is_none(), || {
        format!("tools.{}.custom.strict: Extra inputs are not permitted", strict.unwrap_or_default())
    })?;
    for spec in c.specs.iter().filter(|spec| spec["strict"] == true) {
        ensure(spec["inputSchema"]["json"]["additionalProperties"] == false, || {
            "For 'object' type, 'additionalProperties' must be explicitly set to false".to_owned()
        })?;
    }
    Ok(())
}

/// Grammars are made of strict schemas, and some families make them of all: none knows look-around.
fn patterns_are_plain(c: &Conversation<'_>) -> Result<(), Refusal> {
    let checked = c.specs.iter().filter(|spec| !c.family.lookaround || spec["strict"] == true);
    for spec in checked {
        ensure(!has_lookaround(&spec["inputSchema"]["json"]), || {
            "Invalid regex in the tool's schema: look-around and back-references are not supported".to_owned()
        })?;
    }
    Ok(())
}

fn has_lookaround(schema: &Value) -> bool {
    const MARKS: [&str; 6] = ["(?=", "(?!", "(?<=", "(?<!", r"\1", r"\2"];
    match schema {
        Value::Object(members) => members.iter().any(|(name, value)| match value.as_str() {
            Some(pattern) if name == "pattern" => MARKS.iter().any(|mark| pattern.contains(mark)),
            _ => has_lookaround(value),
        }),
        Value::Array(items) => items.iter().any(has_lookaround),
        _ => false,
    }
}
