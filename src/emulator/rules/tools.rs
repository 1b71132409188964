//! Rules about `toolConfig`: what it declares, what it forces, and what the model's family makes of it.

use std::collections::HashSet;

use super::{Conversation, Refusal, Rule, ensure};

pub(super) const RULES: &[Rule] = &[
    history_needs_tool_config,
    schemas_describe_objects,
    names_are_unique,
    family_has_tools,
    family_has_tools_in_streams,
    family_has_the_choice,
    forced_tool_exists,
    native_choice_fits,
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
