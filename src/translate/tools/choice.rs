//! `tool_choice` and `function_call`: whether and what the model must call.

use super::{
    super::{Context, Judge, Refusal, reasoning::Reasoning, shown},
    declare::Declaration,
    stray,
};
use crate::{
    converse::{Nothing, ToolChoice, ToolName},
    openai::chat::{AllowedTools, ChatRequest, Named, NamedChoice, ToolChoice as Asked},
};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// `tool_choice` as a word.
const MODES: [&str; 3] = ["none", "auto", "required"];

/// What the client may name, and whether it is a custom tool: the name under which Bedrock has it.
type Names<'a> = HashMap<(&'a str, bool), &'a str>;

/// What the client wants of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// No call.
    Nothing,
    /// What it likes.
    Auto,
    /// A call of some tool.
    Any,
    /// A call of this tool, by the name under which Bedrock has it.
    One(String),
}

/// What the request says, in the spelling that belongs to the way in which its tools are declared. Of `allowed_tools`
/// the others are taken out.
pub(super) fn wanted(
    request: &mut ChatRequest<'_>,
    functions: bool,
    tools: &mut Vec<Declaration<'_>>,
    judge: &mut Judge,
) -> Result<Wanted, Refusal> {
    let (asked, call) = (request.tool_choice.take(), request.function_call.take());
    if functions {
        idle_or_left_out("tool_choice", asked, judge)?;
        return call.map_or(Ok(Wanted::Auto), |call| function_call(call, &names(tools), judge));
    }
    if call.is_some_and(|call| call != "none" && call != "auto") {
        judge.leave_out("function_call", "there are no `functions` to choose from")?;
    }
    if tools.is_empty() {
        return idle_or_left_out("tool_choice", asked, judge);
    }
    match asked {
        None => Ok(Wanted::Auto),
        Some(Asked::Mode(mode)) => word(&mode),
        Some(Asked::Named(named)) => choice(*named, tools, judge),
    }
}

fn names<'a>(tools: &'a [Declaration<'_>]) -> Names<'a> {
    tools.iter().map(|tool| ((&*tool.name, tool.custom), &*tool.spec.name)).collect()
}

/// Without tools there is no choice.
fn idle_or_left_out(path: &str, asked: Option<Asked>, judge: &mut Judge) -> Result<Wanted, Refusal> {
    match asked {
        None => return Ok(Wanted::Auto),
        Some(Asked::Mode(mode)) => match word(&mode)? {
            Wanted::Any => {}
            idle => return Ok(idle),
        },
        Some(Asked::Named(_)) => {}
    }
    judge.leave_out(path, "there are no `tools` to choose from")?;
    Ok(Wanted::Auto)
}

fn word(mode: &str) -> Result<Wanted, Refusal> {
    match mode {
        "none" => Ok(Wanted::Nothing),
        "auto" => Ok(Wanted::Auto),
        "required" => Ok(Wanted::Any),
        other => {
            let message = format!(
                "`tool_choice` must be {} or an object that names tools, not \"{}\".",
                MODES.map(|mode| format!("\"{mode}\"")).join(", "),
                shown(other)
            );
            Err(Refusal::invalid("tool_choice", message))
        }
    }
}

fn choice(
    named: NamedChoice,
    tools: &mut Vec<Declaration<'_>>,
    judge: &mut Judge,
) -> Result<Wanted, Refusal> {
    let NamedChoice { kind, function, custom, allowed_tools, rest } = named;
    judge.unknown("tool_choice.", &rest)?;
    stray(format_args!("tool_choice"), &kind, function.is_some(), custom.is_some(), judge)?;
    if kind != "allowed_tools" && allowed_tools.is_some() {
        judge.leave_out("tool_choice.allowed_tools", "it does not belong to this type")?;
    }
    match kind.as_str() {
        "function" | "custom" => {
            tool("tool_choice", &kind, (function, custom), &names(tools), judge).map(Wanted::One)
        }
        "allowed_tools" => match allowed_tools {
            Some(allowed_tools) => allowed(allowed_tools, tools, judge),
            None => {
                let message = "`tool_choice.allowed_tools` is required in a choice of this type.";
                Err(Refusal::missing("tool_choice.allowed_tools", message))
            }
        },
        other => {
            let message = format!(
                "`tool_choice.type` must be \"function\", \"custom\" or \"allowed_tools\", not \"{}\".",
                shown(other)
            );
            Err(Refusal::unsupported_value("tool_choice.type", message))
        }
    }
}

/// The name under which Bedrock has the tool that is named here.
fn tool(
    path: &str,
    kind: &str,
    (function, custom): (Option<Named>, Option<Named>),
    names: &Names<'_>,
    judge: &mut Judge,
) -> Result<String, Refusal> {
    let is_custom = kind == "custom";
    let path = format!("{path}.{kind}");
    let Some(named) = (if is_custom { custom } else { function }) else {
        return Err(Refusal::missing(&path, format!("`{path}` is required here.")));
    };
    judge.unknown(format_args!("{path}."), &named.rest)?;
    by_name(&format!("{path}.name"), &named.name, is_custom, names)
}

fn by_name(path: &str, name: &str, custom: bool, names: &Names<'_>) -> Result<String, Refusal> {
    names.get(&(name, custom)).map(|&name| name.to_owned()).ok_or_else(|| {
        let declared = if path.starts_with("function_call") { "functions" } else { "tools" };
        let message = format!("`{path}` is not one of `{declared}`: \"{}\".", shown(name));
        Refusal::invalid(path, message)
    })
}

/// Keeps only the tools that are allowed.
fn allowed(
    allowed: AllowedTools,
    tools: &mut Vec<Declaration<'_>>,
    judge: &mut Judge,
) -> Result<Wanted, Refusal> {
    const PATH: &str = "tool_choice.allowed_tools";
    judge.unknown(format_args!("{PATH}."), &allowed.rest)?;
    let wanted = match allowed.mode.as_str() {
        "auto" => Wanted::Auto,
        "required" => Wanted::Any,
        other => {
            let param = format!("{PATH}.mode");
            let message = format!("`{param}` must be \"auto\" or \"required\", not \"{}\".", shown(other));
            return Err(Refusal::invalid(param, message));
        }
    };
    let names = names(tools);
    let mut keep = HashSet::with_capacity(allowed.tools.len());
    for (index, entry) in allowed.tools.into_iter().enumerate() {
        let path = format!("{PATH}.tools[{index}]");
        judge.unknown(format_args!("{path}."), &entry.rest)?;
        stray(format_args!("{path}"), &entry.kind, entry.function.is_some(), entry.custom.is_some(), judge)?;
        if !["function", "custom"].contains(&entry.kind.as_str()) {
            let message =
                format!("`{path}.type` must be \"function\" or \"custom\", not \"{}\".", shown(&entry.kind));
            return Err(Refusal::unsupported_value(format!("{path}.type"), message));
        }
        keep.insert(tool(&path, &entry.kind, (entry.function, entry.custom), &names, judge)?);
    }
    if keep.is_empty() {
        let message = format!("`{PATH}.tools` must name at least one tool.");
        return Err(Refusal::invalid(format!("{PATH}.tools"), message));
    }
    tools.retain(|tool| keep.contains(&*tool.spec.name));
    Ok(wanted)
}

/// `function_call`: `none`, `auto`, or a name.
fn function_call(call: Value, functions: &Names<'_>, judge: &mut Judge) -> Result<Wanted, Refusal> {
    let mut members = match call {
        Value::String(word) if word == "none" => return Ok(Wanted::Nothing),
        Value::String(word) if word == "auto" => return Ok(Wanted::Auto),
        Value::Object(members) => members,
        _ => {
            let message = "`function_call` must be \"none\", \"auto\" or an object that names a function.";
            return Err(Refusal::invalid("function_call", message));
        }
    };
    let Some(Value::String(name)) = members.remove("name") else {
        let message = "`function_call.name` is required.";
        return Err(Refusal::missing("function_call.name", message));
    };
    judge.unknown("function_call.", &members)?;
    by_name("function_call.name", &name, false, functions).map(Wanted::One)
}

/// `toolConfig.toolChoice`: as near to what is wanted as the model goes. Leaving it out means auto everywhere; saying
/// that is an error on models without the member.
pub(super) fn tool_choice(
    (path, wanted): (&str, Wanted),
    tools: &[Declaration<'_>],
    cx: Context<'_>,
    reasoning: &Reasoning,
    judge: &mut Judge,
) -> Result<Option<ToolChoice>, Refusal> {
    let (any, tool) = (cx.can.tool_choice_any, cx.can.tool_choice_tool);
    let reasons = reasoning.on && !cx.can.forced_choice_while_reasoning && (any || tool);
    let any = (any && !reasons).then_some(ToolChoice::Any(Nothing {}));
    let tool = (tool && !reasons).then_some(|name: String| ToolChoice::Tool(ToolName { name }));
    let only = (tools.len() == 1).then(|| tools[0].spec.name.clone().into_owned());
    let choice = match wanted {
        Wanted::Nothing | Wanted::Auto => return Ok(None),
        // To call any of one tool is to call that tool.
        Wanted::Any => any.or_else(|| tool.zip(only).map(|(tool, only)| tool(only))),
        Wanted::One(name) => tool.map(|tool| tool(name)).or(any.filter(|_| only.is_some())),
    };
    if choice.is_none() {
        let why = match reasons {
            true => "this model cannot be made to call a tool while it reasons",
            false => "this model cannot be made to call a tool",
        };
        judge.change(path, why, "sent as \"auto\"")?;
    }
    Ok(choice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::{Capabilities, Defaults},
        converse::{ToolInputSchema, ToolSpec},
        translate::{Policy, Unsupported},
    };
    use std::borrow::Cow;

    fn declaration(name: &'static str) -> Declaration<'static> {
        let input_schema = ToolInputSchema::Json(Cow::Owned(Box::default()));
        let spec = ToolSpec { name: name.into(), description: None, input_schema, strict: None };
        Declaration { spec, mark: None, name: name.into(), custom: false }
    }

    /// What is sent to a model that takes `any`, `tool`, and both while it reasons; of `count` tools.
    fn sent([any, tool, while_reasoning]: [bool; 3], on: bool, count: usize, wanted: Wanted) -> String {
        let can = Capabilities {
            tool_choice_any: any,
            tool_choice_tool: tool,
            forced_choice_while_reasoning: while_reasoning,
            ..Capabilities::default()
        };
        let policy = Policy::default();
        let media = crate::translate::Fetched::default();
        let cx = Context { can: &can, defaults: Defaults::default(), policy: &policy, media: &media };
        let tools: Vec<_> = ["a", "b"].into_iter().take(count).map(declaration).collect();
        let reasoning = Reasoning { on, ..Reasoning::default() };
        let mut judge = Judge::new(Unsupported::Lenient);
        let choice = tool_choice(("tool_choice", wanted), &tools, cx, &reasoning, &mut judge).unwrap();
        let sent = serde_json::to_string(&choice).unwrap();
        format!("{sent}{}", if judge.warnings.is_empty() { "" } else { " reported" })
    }

    #[test]
    fn the_nearest_choice_that_the_model_has_is_sent() {
        let one = || Wanted::One("a".into());
        for (has, on, count, wanted, expected) in [
            ([true, true, false], false, 2, Wanted::Any, r#"{"any":{}}"#),
            ([true, true, false], false, 2, one(), r#"{"tool":{"name":"a"}}"#),
            ([true, false, false], false, 1, one(), r#"{"any":{}}"#),
            ([true, false, false], false, 2, one(), "null reported"),
            ([false, true, false], false, 1, Wanted::Any, r#"{"tool":{"name":"a"}}"#),
            ([false, true, false], false, 2, Wanted::Any, "null reported"),
            ([false, false, true], true, 1, Wanted::Any, "null reported"),
            ([true, true, false], true, 1, Wanted::Any, "null reported"),
            ([true, true, false], true, 1, one(), "null reported"),
            ([true, true, true], true, 1, one(), r#"{"tool":{"name":"a"}}"#),
            ([true, true, false], true, 1, Wanted::Auto, "null"),
            ([false, false, false], false, 1, Wanted::Nothing, "null"),
        ] {
            assert_eq!(sent(has, on, count, wanted.clone()), expected, "{has:?} {on} {count} {wanted:?}");
        }
    }
}
